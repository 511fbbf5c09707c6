"""What the market knows about the next day, made ready for `pricing`: campaigns, segments, who may do what. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np

from rushi.dispatch import matching, pricing
from rushi.dispatch.matching import Floats, Ints, Masks

AHEAD_HOURS: Final = 24
DUE_HOURS: Final = (1, 3, 6, 12, 18)
"""Promises of the next day are planned to the last of these that comes before they are due; the rest to a day ahead."""
PAIRS_MAX: Final = 20_000
"""So many pairs of segment and campaign are solved in about a second; beyond, the largest segments stand for all."""
TASKS_A_VISIT: Final = (0.2, 20.0)


@dataclass(frozen=True, slots=True)
class Open:
    """A live campaign as pricing sees it; `quoted` are the places promised for its first 24 hours (0: none)."""

    campaign_id: UUID
    regions: Sequence[str]
    age_bands: Sequence[str]
    genders: Sequence[str]
    interests: Sequence[str]
    trade: str
    reward_fen: int
    places_left: int
    taken: int
    quoted: int
    published_at: dt.datetime
    closes_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Supply:
    """Visits by segment: of a mean earlier day by hour, beginning with the present hour (S × 24), and of the last day.

    `tasks` is how many tasks a visit leads to; `interested` the share of people with each interest.
    """

    segments: Sequence[tuple[str, str, str]]
    earlier: Floats
    last_day: Ints
    tasks: float
    interested: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Priced:
    """The new price of a campaign, how far a place moves it, the places planned for the next hour, and its topics."""

    campaign_id: UUID
    price: float
    step: float
    per_hour: float
    taken: int
    topics: tuple[str, ...]


def topics(interests: Sequence[str], trade: str) -> tuple[str, ...]:
    """The interests a campaign speaks to: those it asks for and those of its advertiser's trade."""
    return tuple(sorted({*interests, *matching.TRADE_INTERESTS.get(trade, ())}))


def price(campaigns: Sequence[Open], supply: Supply, now: dt.datetime) -> list[Priced]:
    """Shadow prices for the next minute. `campaigns` in order of publication; without supply every price is 0."""
    minute = now.minute / 60
    dues = np.array([hour for hour in DUE_HOURS if hour > minute] + [AHEAD_HOURS], np.float64)
    ahead = pricing.expected(supply.earlier, minute, np.minimum(dues + minute, AHEAD_HOURS))
    ahead *= pricing.factor(supply.last_day, supply.earlier.sum(axis=1))[:, None] * supply.tasks
    rest = _rest(campaigns, supply, ahead, dues, now)
    plan = pricing.solve(rest)
    worth = np.array([float(one.reward_fen) for one in campaigns])
    step = matching.steps(worth, rest.places)
    an_hour = ahead[:, 0] / dues[0]
    per_hour = np.bincount(rest.campaign, plan.share * an_hour[rest.segment], len(campaigns))
    return [
        Priced(one.campaign_id, float(p), float(s), float(h), one.taken, topics(one.interests, one.trade))
        for one, p, s, h in zip(campaigns, plan.price, step, per_hour, strict=True)
    ]


def _rest(campaigns: Sequence[Open], supply: Supply, ahead: Floats, dues: Floats, now: dt.datetime) -> pricing.Rest:
    wanted = [_wanted(one, dues, now) for one in campaigns]
    admitted = _admitted(campaigns, supply)
    kept = _largest(admitted.sum(axis=1), ahead[:, -1])
    ahead *= ahead[:, -1].sum() / max(float(ahead[kept, -1].sum()), 1e-9)
    segment, campaign = np.nonzero(admitted & kept[:, None])
    some = np.array([_share(one.interests, supply.interested) for one in campaigns])
    warm = np.array([_share(topics(one.interests, one.trade), supply.interested) for one in campaigns])
    reward = np.array([float(one.reward_fen) for one in campaigns])
    value = reward * (1 + matching.INTEREST_FIT * np.where([bool(one.interests) for one in campaigns], 1.0, warm))
    return pricing.Rest(
        segment=segment,
        campaign=campaign,
        value=value[campaign],
        most=some[campaign] * ahead[segment, -1],
        places=np.array([places for places, _, _ in wanted], np.float64),
        due=np.array([due for _, due, _ in wanted], np.int64),
        promised=np.array([promised for _, _, promised in wanted], np.bool_),
        supply=ahead,
    )


def _wanted(one: Open, dues: Floats, now: dt.datetime) -> tuple[float, int, bool]:
    """The places to give within the next day, the index of the time they are due, and whether that is a promise.

    What closes later is spread evenly over its time, so that it is delivered on time and not all at once.
    """
    hours_left = (one.closes_at - now).total_seconds() / 3600 if one.closes_at else float("inf")
    if hours_left <= AHEAD_HOURS:
        return one.places_left, _due(hours_left, dues), True
    quoted_hours = AHEAD_HOURS - (now - one.published_at).total_seconds() / 3600
    if one.quoted > one.taken and quoted_hours > 0:
        return min(one.quoted - one.taken, one.places_left), _due(quoted_hours, dues), True
    return (
        one.places_left * min(1.0, AHEAD_HOURS / hours_left) if one.closes_at else one.places_left,
        len(dues) - 1,
        False,
    )


def _due(hours: float, dues: Floats) -> int:
    return max(0, int(np.searchsorted(dues, hours, side="right")) - 1)


def _admitted(campaigns: Sequence[Open], supply: Supply) -> matching.Flags:
    """Segments × campaigns by region, age band and gender; interests are a share of every segment."""
    mine = [[segment[at] for segment in supply.segments] for at in range(3)]
    theirs = [[(one.regions, one.age_bands, one.genders)[at] for one in campaigns] for at in range(3)]
    people, audiences = [], []
    for own, wanted in zip(mine, theirs, strict=True):
        places = {word: at for at, word in enumerate(sorted({*own, *(word for row in wanted for word in row)}))}
        people.append(matching.bits([(word,) for word in own], places))
        audiences.append(matching.asked(wanted, places))
    anybody, nothing = np.zeros(len(supply.segments), np.int64), np.full(len(campaigns), -1, np.int64)
    return matching.eligible(
        Masks(people[0], people[1], people[2], anybody), Masks(audiences[0], audiences[1], audiences[2], nothing)
    )


def _largest(pairs: Ints, size: Floats) -> matching.Flags:
    """The largest segments whose pairs together are not too many."""
    ranked = np.argsort(-size, kind="stable")
    kept = np.zeros(len(size), np.bool_)
    kept[ranked[np.cumsum(pairs[ranked]) <= PAIRS_MAX]] = True
    return kept & (size > 0)


def _share(wanted: Sequence[str], interested: Mapping[str, float]) -> float:
    """The share of people with one of these interests, as if interests were independent; 1 when none is asked."""
    none = 1.0
    for one in wanted:
        none *= 1 - interested.get(one, 0.0)
    return 1 - none if wanted else 1.0
