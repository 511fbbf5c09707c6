"""How long a statement, a wait for a lock and an idle transaction may last: nothing waits for ever."""

from __future__ import annotations

import contextlib
import select
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from psycopg import Connection

STATEMENT_MS = 15_000
LOCK_MS = 5_000
IDLE_IN_TRANSACTION_MS = 30_000
"""What a request may take: far beyond any page's time, short enough that a stuck one frees its thread."""
SWEEP_STATEMENT_MS = 300_000
SWEEP_LOCK_MS = 60_000


def options(statement_ms: int = STATEMENT_MS, lock_ms: int = LOCK_MS) -> str:
    """libpq's `options` that set the limits for a connection from its first moment."""
    idle = f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}"
    return f"-c statement_timeout={statement_ms} -c lock_timeout={lock_ms} {idle}"


def check(lent: Connection[Any]) -> None:
    """Raise when a connection that is about to be lent is broken; asks the server only when there is reason to doubt.

    A server that went away has closed the socket, which then has something to read (the end). Silence is health.
    """
    watch = select.poll()
    watch.register(lent.fileno(), select.POLLIN)
    if watch.poll(0):
        lent.execute("")


@contextlib.contextmanager
def patient(statement_ms: int = SWEEP_STATEMENT_MS) -> Iterator[None]:
    """One transaction whose statements may take longer: for exports that a person waits for."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(statement_ms)])
        yield
