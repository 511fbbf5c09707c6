"""Our SQL functions raise private SQLSTATEs (class RU); this table says which error each one is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import DatabaseError

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
