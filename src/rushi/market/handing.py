"""A simulated day handed out by a policy: everybody who comes takes the first task they are shown. Pure.

`random`, `oldest` and `highest` are what other markets do; `ours` asks the functions of `dispatch` that order the hall.
It is told what a market knows: its campaigns, earlier days, and who came so far today; never who will come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rushi.dispatch import matching, pricing
from rushi.market.arrivals import HOURS, Day, Scene

Choose = Callable[[int, float, NDArray[np.int64]], int]
"""(segment, hour, open campaigns) → the one of them that is taken."""
PRICED_EVERY_HOURS = 0.2
"""How often prices are made anew; the site does it every minute."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What came of a day: value in fen, places left by campaign, people who left without a task, and for each segment
    how many came and what they earned."""

    value: float
    left: NDArray[np.int64]
    idle: int
    came: NDArray[np.int64]
    earned_fen: NDArray[np.int64]


def hand_out(market: Scene, day: Day, choose: Choose) -> Handed:
    """Let everybody of a day take the task that `choose` picks; nobody leaves without one while one is open to them."""
    left, closes = market.places.copy(), np.where(market.due_hour > 0, market.due_hour, HOURS)
    open_to = [np.flatnonzero(row) for row in market.eligible]
    value, idle = 0.0, 0
    came, earned = np.zeros(len(open_to), np.int64), np.zeros(len(open_to), np.int64)
    for segment, hour in zip(day.segment.tolist(), day.hour.tolist(), strict=True):
        candidates = open_to[segment]
        candidates = candidates[(left[candidates] > 0) & (closes[candidates] > hour)]
        came[segment] += 1
        chosen = choose(segment, hour, candidates)
        if len(candidates) == 0:
            idle += 1
            continue
        left[chosen] -= 1
        value += market.value[segment, chosen]
        earned[segment] += market.reward_fen[chosen]
    return Handed(value, left, idle, came, earned)


def on_time(handed: Handed, feasible: NDArray[np.bool_]) -> float:
    """The share of feasible campaigns whose every place was taken in time (work after the due hour is not counted)."""
    return float((handed.left[feasible] == 0).mean()) if feasible.any() else 1.0


def by_quarter(handed: Handed) -> list[float]:
    """The share of all pay that went to each quarter of the people, from the segments that earned least a visit up."""
    rate = handed.earned_fen / np.maximum(handed.came, 1)
    ranked = np.argsort(rate, kind="stable")
    people, pay = (np.concatenate([[0], np.cumsum(one[ranked])]) for one in (handed.came, handed.earned_fen))
    at = np.interp(np.linspace(0, people[-1], 5), people, pay)
    return [round(float(share), 4) for share in np.diff(at) / max(float(pay[-1]), 1.0)]


def random(market: Scene, seed: int) -> Choose:
    """Any open task."""
    draw = np.random.default_rng([seed, 3])
    return lambda _segment, _hour, found: int(draw.choice(found)) if len(found) else -1


def oldest(market: Scene, seed: int) -> Choose:
    """The task published first (what PyBossa does)."""
    return lambda _segment, _hour, found: int(found[0]) if len(found) else -1


def highest(market: Scene, seed: int) -> Choose:
    """The task that pays most."""
    return lambda _segment, _hour, found: int(found[np.argmax(market.reward_fen[found])]) if len(found) else -1


@dataclass(slots=True)
class _Book:
    """What our market's tables know of its day: visits by hour, places left, prices, and places given since."""

    market: Scene
    usual: NDArray[np.float64]
    came: NDArray[np.int64]
    left: NDArray[np.float64]
    given: NDArray[np.float64]
    prices: pricing.Prices
    priced_at: float = 0.0
    again_at: float = 0.0


def ours(market: Scene, earlier: Sequence[Day]) -> Choose:
    """The hall's order (`dispatch.matching`) at the hall's prices (`dispatch.pricing`), told what its tables know."""
    segments, campaigns = market.eligible.shape
    counts = [pricing.count(day.segment, day.hour, segments) for day in earlier]
    nothing = np.zeros(campaigns)
    book = _Book(
        market,
        np.mean(counts, axis=0),
        np.zeros((segments, HOURS), np.int64),
        market.places.astype(np.float64),
        nothing.copy(),
        pricing.Prices(nothing, nothing, nothing),
    )

    def choose(segment: int, hour: float, found: NDArray[np.int64]) -> int:
        if hour >= book.again_at:
            _price(book, hour)
        book.came[segment, int(hour)] += 1
        if len(found) == 0:
            return -1
        now = book.prices
        planned = now.per_hour[found] * (hour - book.priced_at)
        price = matching.live_price(now.price[found], now.step[found], book.given[found], planned)
        chosen = int(found[matching.order(market.value[segment, found], price, found)[0]])
        book.left[chosen] -= 1
        book.given[chosen] += 1
        return chosen

    return choose


def _price(book: _Book, hour: float) -> None:
    """What the job of every minute does, here less often: price what is open, as `dispatch.outlook` does."""
    market = book.market
    is_open = (book.left > 0) & ((market.due_hour == 0) | (market.due_hour > hour))
    segment, campaign = np.nonzero(market.eligible & is_open)
    promised = is_open & (market.due_hour > 0)
    worth = (market.value * market.eligible).sum(axis=0) / np.maximum(market.eligible.sum(axis=0), 1)
    work = pricing.Work(
        segment=segment,
        campaign=campaign,
        value=market.value[segment, campaign],
        part=np.ones(len(segment)),
        places=np.where(is_open, book.left, 0),
        due_hours=np.where(promised, market.due_hour - hour, HOURS - hour),
        promised=promised,
        worth=worth,
    )
    book.prices, book.priced_at = pricing.prices(work, _visits(book, hour)), hour
    book.given[:] = 0
    book.again_at = hour + PRICED_EVERY_HOURS


def _visits(book: _Book, hour: float) -> pricing.Visits:
    """Who is expected from now to the day's end; like the hall's tables, whole hours only."""
    whole = int(hour)
    scale = pricing.scale(book.came[:, :whole].sum(axis=1), book.usual[:, :whole].sum(axis=1))
    return pricing.Visits(np.roll(book.usual, -whole, axis=1), hour - whole, scale, HOURS - hour)
