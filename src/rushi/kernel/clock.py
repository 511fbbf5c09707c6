"""Time. Everything that needs `now` asks here; SQL gets it as a parameter. Days are Shanghai's."""

from __future__ import annotations

import contextlib
import datetime as dt
import mmap
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from zoneinfo import ZoneInfo

from rushi.kernel import environment

SHANGHAI = ZoneInfo("Asia/Shanghai")
STEP_BYTES = 8
_pretended: ContextVar[dt.datetime | None] = ContextVar("pretended", default=None)


def _mapped_step(path: str) -> mmap.mmap | None:
    """The file of a fault trial, by which all its processes step their clocks at once; none in production."""
    if not path or environment.get("RUSHI_PROFILE") == "production":
        return None
    with Path(path).open("rb") as file:
        return mmap.mmap(file.fileno(), STEP_BYTES, prot=mmap.PROT_READ)


_step = _mapped_step(environment.get("RUSHI_CLOCK_FILE"))


def now() -> dt.datetime:
    """The present moment, aware, UTC."""
    if (pretended := _pretended.get()) is not None:
        return pretended
    moment = dt.datetime.now(dt.UTC)
    if _step is not None:
        moment += dt.timedelta(milliseconds=int.from_bytes(_step[:STEP_BYTES], "little", signed=True))
    return moment


def step_all(path: Path, milliseconds: int) -> None:
    """Set how far the clocks of every process started with RUSHI_CLOCK_FILE=`path` are off. For fault trials."""
    with path.open("r+b" if path.exists() else "wb") as file:
        file.write(milliseconds.to_bytes(STEP_BYTES, "little", signed=True))


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
