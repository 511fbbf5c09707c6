"""Cursors: opaque words that say where the next page begins. Nothing counts pages, so all cost the same."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import Annotated
from uuid import UUID

from ninja import Query

from rushi.kernel.errors import Invalid

Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.")]
Cursor = Annotated[
    str, Query(max_length=200, pattern=r"^[0-9A-Za-z_\-]*$", description="`next_cursor` of the page before.")
]
LIMIT = 50


def pack(text: str) -> str:
    """A cursor from what our queries call it."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unpack(cursor: str) -> str:
    """What `pack` was given. Raises Invalid for anything else."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise Invalid(field="cursor") from None


def pack_moment(at: dt.datetime, id_: UUID) -> str:
    """The cursor after a row that lists are ordered by."""
    return pack(f"{at.isoformat()}~{id_}")


def unpack_moment(cursor: str) -> tuple[dt.datetime, UUID] | None:
    """The row of `pack_moment`; None at the beginning. Raises Invalid."""
    if not cursor:
        return None
    moment, _, id_ = unpack(cursor).partition("~")
    try:
        at = dt.datetime.fromisoformat(moment)
        if at.tzinfo is None:
            raise Invalid(field="cursor")
        return at, UUID(id_)
    except ValueError:
        raise Invalid(field="cursor") from None
