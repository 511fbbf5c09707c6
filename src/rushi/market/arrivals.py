"""A day of people coming to the hall, by the seed: segments, campaigns, what each pair is worth, in what order. Pure.

Nothing here knows how work is handed out: it is the yardstick that `./rushi bench matching` holds a policy against.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rushi.identity.rules import INTERESTS, REGIONS

HOURS = 24
SEGMENTS = 240
ELIGIBLE_MAX = 30
SUPPLY_OF_DEMAND = 0.9
ORDERS = ("random", "diurnal", "late")
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55+")
GENDERS = ("f", "m")
DUE_HOURS = (9, 12, 15, 18, 21, 24)
"""When work promised for today is due; what is not promised goes on tomorrow."""
ASKED_SHARE = 0.6
"""The share of campaigns that ask for a promise; `yardstick.quoted` says which of them get one."""
SCARCE_SHARE = 0.3
"""The share of the day's people whose segments come late in order `late`."""
DAY_SPREAD = 0.1
"""Standard deviation of the logarithm of a segment's size from day to day, beside chance."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a segment's people say of themselves."""

    region: str
    age_band: str
    gender: str
    interests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a campaign asks for; an empty list admits everybody."""

    regions: tuple[str, ...]
    age_bands: tuple[str, ...]
    genders: tuple[str, ...]
    interests: tuple[str, ...]

    def admits(self, person: Profile) -> bool:
        """The rule of `dispatch_matches_v1`, written for itself."""
        return (
            (not self.regions or person.region in self.regions)
            and (not self.age_bands or person.age_band in self.age_bands)
            and (not self.genders or person.gender in self.genders)
            and (not self.interests or bool(set(person.interests) & set(self.interests)))
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """A market before its day: S segments, C campaigns in order of publication.

    `shares` (S) sums to 1; `places`, `reward_fen`, `due_hour` (C; 0 when nothing was promised for today);
    `eligible` and `value` (S × C): who may do what, and what a response is worth in fen when that segment gives it.
    """

    profiles: tuple[Profile, ...]
    audiences: tuple[Audience, ...]
    shares: NDArray[np.float64]
    places: NDArray[np.int64]
    reward_fen: NDArray[np.int64]
    due_hour: NDArray[np.int64]
    eligible: NDArray[np.bool_]
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Day:
    """Arrivals in order: the segment and the hour (0 ≤ hour < 24, a real number) of each."""

    segment: NDArray[np.int64]
    hour: NDArray[np.float64]


def scene(seed: int, *, arrivals: int = 20_000, campaigns: int = 200) -> Scene:
    """The market of a seed, with supply at 0.9 of demand and at most 30 campaigns open to anybody."""
    draw = np.random.default_rng([seed, 1])
    profiles = tuple(_profile(draw) for _ in range(SEGMENTS))
    shares = draw.lognormal(0, 0.8, SEGMENTS)
    shares /= shares.sum()
    audiences, eligible = _audiences(draw, profiles, campaigns)
    reach = shares @ eligible
    weights = draw.lognormal(0, 0.9, campaigns) * reach**0.7
    places = np.maximum(3, np.rint(weights / weights.sum() * arrivals / SUPPLY_OF_DEMAND)).astype(np.int64)
    reward_fen = np.rint(np.clip(draw.lognormal(np.log(25), 0.4, campaigns), 10, 80)).astype(np.int64)
    due = np.where(draw.random(campaigns) < ASKED_SHARE, draw.choice(DUE_HOURS, campaigns), 0)
    return Scene(
        profiles, audiences, shares, places, reward_fen, due, eligible, _value(draw, profiles, audiences, reward_fen)
    )


def _profile(draw: np.random.Generator) -> Profile:
    return Profile(
        region=str(draw.choice(list(REGIONS))),
        age_band=str(draw.choice(AGE_BANDS, p=(0.27, 0.32, 0.22, 0.12, 0.07))),
        gender=str(draw.choice(GENDERS, p=(0.56, 0.44))),
        interests=tuple(map(str, draw.choice(list(INTERESTS), int(draw.integers(2, 6)), replace=False))),
    )


def _audiences(
    draw: np.random.Generator, profiles: tuple[Profile, ...], campaigns: int
) -> tuple[tuple[Audience, ...], NDArray[np.bool_]]:
    """Audiences drawn one by one; one that would open a 31st campaign to somebody is drawn again, narrower."""
    chosen: list[Audience] = []
    columns: list[NDArray[np.bool_]] = []
    crowd = np.zeros(len(profiles), np.int64)
    while len(chosen) < campaigns:
        for narrowness in np.linspace(0.55, 1.0, 20):
            audience = _audience(draw, float(narrowness))
            column = np.array([audience.admits(person) for person in profiles])
            if 2 <= column.sum() <= SEGMENTS // 5 and (crowd + column).max() <= ELIGIBLE_MAX:
                chosen.append(audience)
                columns.append(column)
                crowd += column
                break
    return tuple(chosen), np.array(columns).T


def _audience(draw: np.random.Generator, narrowness: float) -> Audience:
    def some(choices: tuple[str, ...], least: int, most: int) -> tuple[str, ...]:
        if draw.random() > narrowness:
            return ()
        return tuple(map(str, draw.choice(choices, int(draw.integers(least, most + 1)), replace=False)))

    return Audience(
        some(tuple(REGIONS), 4, 14), some(AGE_BANDS, 1, 3), some(GENDERS, 1, 1), some(tuple(INTERESTS), 1, 3)
    )


def _value(
    draw: np.random.Generator,
    profiles: tuple[Profile, ...],
    audiences: tuple[Audience, ...],
    reward_fen: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The reward, which says what the response is worth to its buyer, times the share that comes out well.

    That share is .6, .2 more with an interest in the campaign's subject and .1 with two, give or take .1.
    """
    subjects = [
        set(one.interests) or set(map(str, draw.choice(list(INTERESTS), 2, replace=False))) for one in audiences
    ]
    common = np.array([[len(subject & set(person.interests)) for subject in subjects] for person in profiles])
    well = 0.6 + 0.2 * (common >= 1) + 0.1 * (common >= 2) + draw.uniform(-0.1, 0.1, common.shape)
    return np.asarray(well * reward_fen, np.float64)


def day(market: Scene, seed: int, order: str, *, arrivals: int = 20_000, number: int = 0) -> Day:
    """Day `number` of a market in one of ORDERS: day 0 is the one that counts, others are its history."""
    draw = np.random.default_rng([seed, 2, ORDERS.index(order), number])
    sizes = market.shares * draw.lognormal(0, DAY_SPREAD, len(market.shares))
    segment = draw.choice(len(sizes), arrivals, p=sizes / sizes.sum())
    hour = _hours(draw, market, segment, order)
    by_time = np.argsort(hour, kind="stable")
    return Day(segment[by_time], hour[by_time])


def _hours(draw: np.random.Generator, market: Scene, segment: NDArray[np.int64], order: str) -> NDArray[np.float64]:
    if order == "random":
        return draw.uniform(0, HOURS, len(segment))
    if order == "late":
        late = scarce(market)[segment]
        return np.where(late, draw.uniform(16, 24, len(segment)), draw.uniform(0, 20, len(segment)))
    ages = np.array([AGE_BANDS.index(person.age_band) for person in market.profiles])[segment]
    evening = draw.random(len(segment)) < 0.65 - 0.08 * ages
    peak = np.where(evening, 21.5 - 0.6 * ages, 12.5 - 1.2 * ages)
    return np.asarray((peak + draw.normal(0, 2.8, len(segment))) % HOURS, np.float64)


def scarce(market: Scene) -> NDArray[np.bool_]:
    """The segments that campaigns ask for most, a head: those that make up SCARCE_SHARE of the people."""
    reach = market.shares @ market.eligible
    asked = market.eligible @ (market.places / reach)
    ranked = np.argsort(-asked, kind="stable")
    few = np.cumsum(market.shares[ranked]) <= SCARCE_SHARE
    found = np.zeros(len(asked), np.bool_)
    found[ranked[few]] = True
    return found
