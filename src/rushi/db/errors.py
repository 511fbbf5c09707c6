"""Our SQL functions raise private SQLSTATEs (class RU); this table says which error each one is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import DatabaseError, Error, InterfaceError, OperationalError

from rushi.kernel.errors import RushiError

_BY_SQLSTATE: dict[str, type[RushiError]] = {}


def register(sqlstate: str, error: type[RushiError]) -> type[RushiError]:
    """Bind a private SQLSTATE (`RUxxx`) to a room's typed error; called once, from the room's errors.py."""
    assert sqlstate.startswith("RU")
    assert _BY_SQLSTATE.setdefault(sqlstate, error) is error
    return error


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn a private SQLSTATE raised inside into the room's typed error."""
    try:
        yield
    except DatabaseError as error:
        mapped = _BY_SQLSTATE.get(getattr(error.__cause__, "sqlstate", "") or "")
        if mapped is None:
            raise
        raise mapped(detail=str(error).splitlines()[0]) from error


# Connection, read-only after a failover, resources (disk full), a lock that was not had in time, shutting down.
_AWAY = ("08", "25006", "53", "55P03", "57P")


def is_away(error: BaseException | None) -> bool:
    """Whether an error says that the database could not be asked just now: away, starting, full, or cut off.

    What was asked may have happened; asking again with the same key is right. A bug of ours is never that.
    """
    if not isinstance(error, Error):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    if state is None:  # no server spoke: refused, cut in the middle, or none to be had from the pool in time
        return isinstance(error, OperationalError | InterfaceError)
    return str(state).startswith(_AWAY)
