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
PAIRS_MAX: Final = 20_000
"""So many pairs of segment and campaign are solved in about a second; beyond, the largest segments stand for all."""
TASKS_A_VISIT: Final = (0.2, 20.0)


@dataclass(frozen=True, slots=True)
class Open:
    """A live campaign as pricing sees it; `quoted` are the places promised for its first 24 hours (0: none known)."""

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
    """Visits by segment: a usual day by hour, beginning with the present one (S × 24), and what came of today so far.

    `today` (S) came in the last `today_hours` whole hours, since midnight in Shanghai; `seen_hours` is for how long
    visits were ever counted. `tasks` is how many tasks a visit leads to; `interested` the share of people with each
    interest.
    """

    segments: Sequence[tuple[str, str, str]]
    usual: Floats
    today: Ints
    today_hours: int
    seen_hours: int
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
    admitted = _admitted(campaigns, supply)
    visits, kept = _visits(admitted.sum(axis=1), supply, now)
    found = pricing.prices(_work(campaigns, supply, admitted & kept[:, None], now), visits)
    return [
        Priced(one.campaign_id, float(p), float(s), float(h), one.taken, topics(one.interests, one.trade))
        for one, p, s, h in zip(campaigns, found.price, found.step, found.per_hour, strict=True)
    ]


def _visits(pairs: Ints, supply: Supply, now: dt.datetime) -> tuple[pricing.Visits, matching.Flags]:
    """Who is expected within a day, and which segments are planned with: where there are too many, the largest stand
    for all."""
    usual, scale = supply.usual, np.ones(len(supply.usual))
    if supply.seen_hours < AHEAD_HOURS:
        usual = pricing.first_day(usual.sum(axis=1), supply.seen_hours)
    elif supply.today_hours:
        scale = pricing.scale(supply.today, usual[:, -supply.today_hours :].sum(axis=1))
    size = usual.sum(axis=1) * scale
    kept = _largest(pairs, size)
    scale = scale * supply.tasks * size.sum() / max(float(size[kept].sum()), 1e-9)
    return pricing.Visits(usual, now.minute / 60, scale, AHEAD_HOURS), kept


def _work(campaigns: Sequence[Open], supply: Supply, may_meet: matching.Flags, now: dt.datetime) -> pricing.Work:
    wanted = [_wanted(one, now) for one in campaigns]
    segment, campaign = np.nonzero(may_meet)
    part = np.array([_share(one.interests, supply.interested) for one in campaigns])
    warm = np.array([_share(topics(one.interests, one.trade), supply.interested) for one in campaigns])
    reward = np.array([float(one.reward_fen) for one in campaigns])
    value = reward * (1 + matching.INTEREST_FIT * np.where([bool(one.interests) for one in campaigns], 1.0, warm))
    return pricing.Work(
        segment=segment,
        campaign=campaign,
        value=value[campaign],
        part=part[campaign],
        places=np.array([places for places, _, _ in wanted], np.float64),
        due_hours=np.array([due for _, due, _ in wanted], np.float64),
        promised=np.array([promised for _, _, promised in wanted], np.bool_),
        worth=reward,
    )


def _wanted(one: Open, now: dt.datetime) -> tuple[float, float, bool]:
    """The places to give within the next day, in how many hours they are due, and whether that is a promise.

    A promise is what was quoted and no more: in the first 24 hours (until a nearer deadline) what of the quote is still
    to give, later, within a day of the deadline, the quote's part for the hours left. Without a quote nothing was
    promised: a deadline alone takes nothing from others. What is not promised is spread evenly over its time, so that
    it is delivered on time and not all at once.
    """
    hours_left = (one.closes_at - now).total_seconds() / 3600 if one.closes_at else float("inf")
    quoted_hours = min(AHEAD_HOURS - (now - one.published_at).total_seconds() / 3600, hours_left)
    if one.quoted > one.taken and quoted_hours > 0:
        return min(one.quoted - one.taken, one.places_left), quoted_hours, True
    if one.quoted and quoted_hours <= 0 and hours_left <= AHEAD_HOURS:
        return min(one.quoted * hours_left / AHEAD_HOURS, one.places_left), hours_left, True
    return one.places_left * min(1.0, AHEAD_HOURS / hours_left), AHEAD_HOURS, False


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
