"""A connection that breaks inside a transaction is no error: what was not committed is simply done again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection

from rushi.db.retry import single, transactional

pytestmark = pytest.mark.django_db(transaction=True)


def cut() -> None:
    """End our own backend, as a crash would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_transaction_that_was_cut_off_is_done_again() -> None:
    tries: list[int] = []

    @transactional
    def work() -> int:
        tries.append(1)
        if len(tries) == 1:
            cut()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 7")
            return int(cursor.fetchone()[0])

    assert work() == 7
    assert len(tries) == 2


def test_a_single_statement_that_was_cut_off_is_not_it_may_have_happened() -> None:
    tries: list[int] = []

    @single
    def work() -> None:
        tries.append(1)
        cut()

    with pytest.raises(OperationalError):
        work()
    assert len(tries) == 1
    connection.close()


def test_inside_a_transaction_of_the_callers_own_nothing_is_done_again() -> None:
    tries: list[int] = []

    @transactional
    def outer() -> Any:
        @transactional
        def inner() -> int:
            tries.append(1)
            return 3

        return inner()

    assert outer() == 3
    assert len(tries) == 1
