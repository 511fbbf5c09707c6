"""Time. Everything that needs `now` asks here; SQL gets it as a parameter. Days are Shanghai's."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from contextvars import ContextVar
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_pretended: ContextVar[dt.datetime | None] = ContextVar("pretended", default=None)


def now() -> dt.datetime:
    """The present moment, aware, UTC."""
    return _pretended.get() or dt.datetime.now(dt.UTC)


@contextlib.contextmanager
def pretend(moment: dt.datetime) -> Iterator[None]:
    """Let `now()` answer `moment` in this thread, inside the block. For the demo market and tests only.

    The demo market writes its past with it, through the same actions as people. No door may call this.
    """
    assert moment.tzinfo is not None
    token = _pretended.set(moment)
    try:
        yield
    finally:
        _pretended.reset(token)


def shanghai_day(moment: dt.datetime) -> dt.date:
    """The calendar day in Shanghai on which `moment` (aware) falls."""
    return moment.astimezone(SHANGHAI).date()


def shanghai_midnight(day: dt.date) -> dt.datetime:
    """The moment (UTC) at which `day` begins in Shanghai."""
    return dt.datetime.combine(day, dt.time(), SHANGHAI).astimezone(dt.UTC)


def shanghai_day_end(day: dt.date) -> dt.datetime:
    """The moment (UTC) at which `day` is over in Shanghai: the next day's beginning."""
    return shanghai_midnight(day + dt.timedelta(days=1))
