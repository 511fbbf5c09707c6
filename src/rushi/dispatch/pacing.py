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


@dataclass(frozen=True, slots=True)
class Supply:
    """What an audience did lately. `days` are (people who took a place, places they took) of each full day.

    `people` fit the audience and may work; `asked` places are open to them in other live campaigns now, of which
    `asked_paying` pay at least as much an hour.
    """

    people: int
    days: tuple[tuple[int, int], ...]
    asked: int
    asked_paying: int


@dataclass(frozen=True, slots=True)
class DayQuote:
    """How many responses an audience can give in the first 24 hours, or in the `hours` until the campaign closes.

    `state`: enough (all of them) | partly (at most part) | range | unknown (nearly nobody worked lately: no figure).
    `is_short` says that the audience holds fewer people than places: everybody takes part once.
    """

    state: Literal["enough", "partly", "range", "unknown"]
    places: int
    people: int
    is_short: bool
    asked: int
    low: int = 0
    high: int = 0
    active_low: int = 0
    active_high: int = 0
    places_each: float = 0.0
    hours: float = 24.0

    @property
    def is_cut(self) -> bool:
        """Whether the campaign closes before 24 hours are over."""
        return self.hours < DAY / 3600

    @property
    def hours_whole(self) -> int:
        """The hours until it closes, whole ones."""
        return int(self.hours)

    @property
    def days_low(self) -> int | None:
        """How many days the places take at the high end; None when that says nothing."""
        return None if self.is_short or self.is_cut or not self.high else -(-self.places // self.high)

    @property
    def days_high(self) -> int | None:
        """How many days the places take at the low end; None when that says nothing."""
        return None if self.is_short or self.is_cut or not self.low else -(-self.places // self.low)


ACTIVE_MIN = 10
"""Under so many people a day an audience says nothing."""
LOST_SHARE = 0.1
"""Places lost to returns, expiries and rejections that may not be refilled within the day (low end)."""


def day_quote(supply: Supply, places: int, open_seconds: float = DAY) -> DayQuote:
    """What a campaign of `places` can expect of its audience in 24 hours; never more than supply was seen to carry.

    One that closes after `open_seconds`, earlier than that, meets as large a part of a day's people, evenly counted.

    A person takes part once, so the people active in a day bound it. Where all open campaigns ask for more places than
    those people take a day, each gets its part: of all that ask (low end), of those paying at least as much (high end).
    """
    share = min(1.0, max(0.0, open_seconds / DAY))
    base = DayQuote("unknown", places, supply.people, supply.people < places, supply.asked, hours=share * DAY / 3600)
    people = [day[0] for day in supply.days]
    mean = sum(people) / len(people) if people else 0.0
    if mean < ACTIVE_MIN:
        return base
    active_low = max(0, min([*people, int(mean - Z90 * sqrt(mean))]))
    active_high = min(supply.people, max(people))
    each = sum(day[1] for day in supply.days) / sum(people)
    met_low = active_low if share == 1 else max(0.0, active_low * share - Z90 * sqrt(active_low * share))
    low = _share_of(met_low, each, supply.asked, places) * (1 - LOST_SHARE)
    high = _share_of(active_high * share, each, supply.asked_paying, places)
    found = (int(low) if low < places * (1 - LOST_SHARE) else places, int(high))
    state: Literal["enough", "partly", "range"]
    state = "enough" if found[0] >= places else "partly" if found[1] < places else "range"
    return DayQuote(
        state, places, supply.people, base.is_short, supply.asked, found[0], max(found), active_low, active_high, each,
        base.hours,
    )  # fmt: skip


def _share_of(active: float, each: float, asked: int, places: int) -> float:
    """Of `places` beside `asked` others, how many `active` people who take `each` a day will fill."""
    return min(places, active, places * active * each / (asked + places))
