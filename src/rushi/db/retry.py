"""The one place that retries what the database asks to retry (40001 serialization, 40P01 deadlock)."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
T = TypeVar("T")
_RETRYABLE = {"40001", "40P01"}
_TRIES = 5


def transactional(function: Callable[P, T]) -> Callable[P, T]:
    """Run `function` in one transaction; at the outermost level retry it when the database says so.

    Inside another transaction it runs as is: the outermost owner retries the whole.
    """

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            return function(*args, **kwargs)
        for attempt in range(_TRIES):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                state = getattr(error.__cause__, "sqlstate", None)
                if state not in _RETRYABLE or attempt == _TRIES - 1:
                    raise
                time.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311 - jitter, not a secret
        raise AssertionError("unreachable")

    return wrapper
