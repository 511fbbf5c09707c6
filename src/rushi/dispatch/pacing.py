"""When a campaign will be done, and what its audience can carry: estimates with honest ranges. Pure.

The pace is a count of accepted work in a window of open time; its logarithm errs by about √(1/k + 1/r) for k seen and
r still to come (both Poisson), plus what hours of the day differ by when the window is shorter than a day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from math import exp, sqrt
from typing import Literal

SEEN_MIN = 5
"""Fewer accepted in the window than this say nothing about a pace."""
Z90 = 1.645
DAY = 86_400
DAYTIME_SPREAD = 0.35
"""Relative spread of the pace between hours of a day, when less than a day was seen (diurnal arrivals)."""
STEADY_SPREAD = 0.12
STALLED_SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a campaign: places filled by accepted work so far, and how many of them within the window.

    `window_seconds` is open time: pauses are not in it.
    """

    places: int
    delivered: int
    window_delivered: int
    window_seconds: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the rest will be done at the present pace, with a 90 % range.

    `state`: done | paced | stalled (nothing for hours) | unknown (too little seen). `by_deadline` is how many places
    will be filled when the campaign closes, where that comes first.
    """

    state: Literal["done", "paced", "stalled", "unknown"]
    at: dt.datetime | None = None
    earliest: dt.datetime | None = None
    latest: dt.datetime | None = None
    by_deadline: int | None = None


def forecast(seen: Seen, now: dt.datetime, closes_at: dt.datetime | None) -> Forecast:
    """When a campaign is done at the pace of its window; `unknown` under five accepted, never a guess."""
    rest = seen.places - seen.delivered
    if rest <= 0:
        return Forecast("done")
    if seen.window_delivered < SEEN_MIN or seen.window_seconds <= 0:
        is_stalled = seen.window_delivered == 0 and seen.window_seconds >= STALLED_SECONDS
        return Forecast("stalled" if is_stalled else "unknown")
    pace = seen.window_delivered / seen.window_seconds
    factor = exp(Z90 * spread(seen.window_delivered, rest, seen.window_seconds))
    at, earliest, latest = (now + _span(rest / pace * by) for by in (1.0, 1 / factor, factor))
    by_deadline = None
    if closes_at is not None and closes_at < at:
        by_deadline = seen.delivered + min(rest, int(pace * max(0.0, (closes_at - now).total_seconds())))
    return Forecast("paced", at, earliest, latest, by_deadline)


def spread(seen: int, rest: int, window_seconds: float) -> float:
    """The standard deviation of the logarithm of the time that `rest` will take."""
    between_hours = STEADY_SPREAD if window_seconds >= DAY / 2 else DAYTIME_SPREAD
    return sqrt(1 / seen + 1 / rest + between_hours**2)


def _span(seconds: float) -> dt.timedelta:
    return dt.timedelta(seconds=min(seconds, 3650.0 * DAY))


def quoted_due(quoted_low: int | None, places: int, open_seconds: float) -> int | None:
    """How many places the low end of a quote for 24 hours promised by now; None without a quote."""
    return None if quoted_low is None else int(min(places, quoted_low * min(1.0, open_seconds / DAY)))
