"""A simulated day handed out by a policy: everybody who comes takes the first task they are shown. Pure.

`random`, `oldest` and `highest` are what other markets do; `priced` is ours, by the functions of `dispatch`. It is told
what a market knows: its campaigns, earlier days, and who came so far today; never who will come.
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
SOLVED_EVERY = 400
"""Arrivals between two solutions; a market of 20,000 a day that solves every half hour."""
MARGIN_HOURS = 0.4
"""Promises are planned to be kept so long before they are due; within it, what is still open comes first."""


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
    """What our market knows and remembers during its day."""

    market: Scene
    earlier: NDArray[np.float64] | None
    a_day: float
    seen: NDArray[np.int64]
    places: NDArray[np.float64]
    price: NDArray[np.float64]
    step: NDArray[np.float64]
    given: NDArray[np.float64]
    planned: NDArray[np.float64]
    fine: NDArray[np.float64]
    share: NDArray[np.float64]
    segment: NDArray[np.int64]
    campaign: NDArray[np.int64]
    since: int = 0
    until: float = -1.0


def priced(market: Scene, earlier: Sequence[Day], a_day: float) -> Choose:
    """Ours: value minus shadow price, solved again on what is left; with no earlier days it learns from today alone."""
    segments, campaigns = market.eligible.shape
    mean = (
        np.mean([pricing.count(day.segment, day.hour, segments) for day in earlier], axis=0) if len(earlier) else None
    )
    none = np.zeros(campaigns)
    segment, campaign = np.nonzero(market.eligible)
    book = _Book(
        market, mean, a_day, np.zeros(segments, np.int64), market.places.astype(np.float64), none, none, none.copy(),
        none.copy(), none, np.zeros((segments, campaigns)), segment, campaign,
    )  # fmt: skip

    def choose(segment: int, hour: float, found: NDArray[np.int64]) -> int:
        if book.since == 0 or book.since >= SOLVED_EVERY or hour >= book.until:
            _solve(book, hour)
        book.since += 1
        book.seen[segment] += 1
        book.planned += book.share[segment]
        if len(found) == 0:
            return -1
        price = matching.live_price(book.price[found], book.step[found], book.given[found], book.planned[found])
        hurry = market.due_hour[found] - MARGIN_HOURS < hour
        score = market.value[segment, found] - price + np.where(hurry, book.fine[found], 0)
        chosen = int(found[matching.order(score, found)[0]])
        book.places[chosen] -= 1
        book.given[chosen] += 1
        return chosen

    return choose


def _solve(book: _Book, hour: float) -> None:
    """Price what is left of the day."""
    market = book.market
    dues = np.unique(market.due_hour[market.due_hour > hour])
    until = np.append(np.maximum(dues - MARGIN_HOURS, hour), HOURS)
    supply = (
        pricing.expected_without_history(hour, until, book.seen, book.a_day)
        if book.earlier is None
        else pricing.expected(book.earlier, hour, until)
        * pricing.factor(book.seen, pricing.seen_by(book.earlier, hour))[:, None]
    )
    is_open = (book.places > 0) & ((market.due_hour == 0) | (market.due_hour > hour))
    pair = is_open[book.campaign]
    segment, campaign = book.segment[pair], book.campaign[pair]
    promised = is_open & (market.due_hour > 0)
    plan = pricing.solve(
        pricing.Rest(
            segment=segment,
            campaign=campaign,
            value=market.value[segment, campaign],
            most=np.full(len(segment), np.inf),
            places=np.where(is_open, book.places, 0),
            due=np.where(promised, np.searchsorted(dues, market.due_hour), len(dues)),
            promised=promised,
            supply=supply,
        )
    )
    worth = np.bincount(campaign, market.value[segment, campaign], len(promised)) / np.maximum(
        np.bincount(campaign, minlength=len(promised)), 1
    )
    book.price, book.fine, book.step = plan.price, plan.fine, matching.steps(worth, book.places)
    book.share = np.zeros(market.eligible.shape)
    book.share[segment, campaign] = plan.share
    book.given[:], book.planned[:], book.since = 0, 0, 0
    book.until = float(dues[0]) if len(dues) else HOURS
