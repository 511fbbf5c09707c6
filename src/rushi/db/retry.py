"""The one place that retries: what the database asks to retry (40001, 40P01), and what broke off before its commit."""

from __future__ import annotations

import contextlib
import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction

P = ParamSpec("P")
T = TypeVar("T")
RETRYABLE = frozenset({"40001", "40P01"})
"""SQLSTATEs with which the server asks to do the whole transaction again."""
_CUT = ("57P", "08")
"""The server shut the connection, or the connection broke; no state at all means that no server spoke any more."""
TRIES = 5


def transactional(function: Callable[P, T]) -> Callable[P, T]:
    """Run `function` in one transaction; at the outermost level retry it when the database says so.

    Inside another transaction it runs as is: the outermost owner retries the whole.
    """

    return _retrying(function, transaction.atomic)


def single(function: Callable[P, T]) -> Callable[P, T]:
    """Run `function`, which is one statement, as the transaction that a statement is anyway: one round trip, not three.

    Retried as `transactional` does. A second statement that writes would be a second transaction: don't.
    """
    return _retrying(function, contextlib.nullcontext)


def pause(attempt: int) -> None:
    """Wait a little before the next attempt, each time about twice as long, so that those who met do not meet again."""
    time.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311 - jitter, not a secret


def _retrying(
    function: Callable[P, T], around: Callable[[], contextlib.AbstractContextManager[object]]
) -> Callable[P, T]:
    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            return function(*args, **kwargs)
        for attempt in range(TRIES):
            is_inside = False
            try:
                with around():
                    is_inside = around is transaction.atomic
                    result = function(*args, **kwargs)
                    is_inside = False
                return result
            except (OperationalError, InterfaceError) as error:
                state = getattr(error.__cause__, "sqlstate", None)
                # Cut off inside a transaction, before the commit was sent: the server rolled it back, surely.
                is_undone = is_inside and (state is None or state.startswith(_CUT))
                if (state not in RETRYABLE and not is_undone) or attempt == TRIES - 1:
                    raise
                if is_undone:
                    connection.close()  # Django may hold the broken one still
                pause(attempt)
        raise AssertionError("unreachable")

    return wrapper
