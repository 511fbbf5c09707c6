"""Time. Everything that needs `now` asks here; SQL gets it as a parameter. Days are Shanghai's."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """The present moment, aware, UTC."""
    return dt.datetime.now(dt.UTC)


def shanghai_day(moment: dt.datetime) -> dt.date:
    """The calendar day in Shanghai on which `moment` (aware) falls."""
    return moment.astimezone(SHANGHAI).date()


def shanghai_midnight(day: dt.date) -> dt.datetime:
    """The moment (UTC) at which `day` begins in Shanghai."""
    return dt.datetime.combine(day, dt.time(), SHANGHAI).astimezone(dt.UTC)


def shanghai_day_end(day: dt.date) -> dt.datetime:
    """The moment (UTC) at which `day` is over in Shanghai: the next day's beginning."""
    return shanghai_midnight(day + dt.timedelta(days=1))
