"""Which task first: who may do what, what an offer is worth, and the shadow price that spreads people over campaigns.

The rule is one line: an offer's score is its value minus the shadow price of a place. Value comes from the pay, from
the interests a person ticked in the profile and from what the campaign still needs. Answers, likes, verdicts and
history are no input of anything here. Pure; numpy arrays over offers, so that 2,000 of them cost microseconds.

Sources: Mehta, Saberi, Vazirani & Vazirani (2007), AdWords and generalized online matching (value discounted by what
is spent); Devanur & Hayes (2009) and Agrawal, Wang & Ye (2014) (prices learned from the arrivals so far order the
rest); Balseiro, Lu & Mirrokni (2023), The best of many worlds: dual mirror descent (a price moves with the gap between
what was given and what was planned); Jasin & Kumar (2012) (solving again on what is left, see `pricing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

STEP: Final = 0.05
"""How far a place given ahead of plan moves the price, as a share of the mean value of a place, over √(places left)."""
NEW_PLACES: Final = 20
"""A campaign is new until so many places were taken; until then it is explored."""
INTEREST_FIT: Final = 0.3
PAY_FIT: Final = 0.2
NEED: Final = 0.1
EXPLORATION: Final = 0.2
"""What a shared interest, an hour's pay at twice the usual, an untouched campaign and its newness add at most, as
shares of the reward."""
TRADE_INTERESTS: Final = MappingProxyType(
    {
        "food": ("food",), "beauty": ("beauty",), "fashion": ("fashion",), "home": ("home",), "digital": ("digital",),
        "games": ("games",), "culture": ("film", "music", "reading"), "travel": ("travel",), "cars": ("cars",),
        "finance": ("finance",), "agriculture": ("rural",), "health_food": ("food",), "technology": ("digital",),
        "education": ("parenting", "reading"), "retail": (), "medical": (), "other": (),
    }
)  # fmt: skip
"""The interests that an advertiser's trade speaks to."""


@dataclass(frozen=True, slots=True)
class Masks:
    """Audiences or profiles as bits, one int64 a dimension and row: 32 bytes each."""

    region: Ints
    age_band: Ints
    gender: Ints
    interest: Ints


def bits(words: Sequence[Sequence[str]], places: Mapping[str, int]) -> Ints:
    """One mask a row over a closed list of words; a word outside the list has no bit (it admits and matches nobody)."""
    return np.array([sum(1 << places[word] for word in set(row) if word in places) for row in words], np.int64)


def asked(words: Sequence[Sequence[str]], places: Mapping[str, int]) -> Ints:
    """Masks of what audiences ask for: an empty list asks for nothing, −1, which admits everybody."""
    return np.where([not row for row in words], np.int64(-1), bits(words, places))


def eligible(people: Masks, audiences: Masks) -> Flags:
    """Who belongs to which audience (people × audiences), as `dispatch_matches_v1` decides it.

    A dimension admits when the audience asks for nothing there or shares a bit with the person.
    """
    admitted = np.ones((len(people.region), len(audiences.region)), np.bool_)
    for has, wants in (
        (people.region, audiences.region),
        (people.age_band, audiences.age_band),
        (people.gender, audiences.gender),
        (people.interest, audiences.interest),
    ):
        admitted &= (wants[None, :] == -1) | ((has[:, None] & wants[None, :]) != 0)
    return admitted


@dataclass(frozen=True, slots=True)
class Offers:
    """What one person may take now, one row an offer.

    `price`, `step` and `planned` come from the last pricing: fen, fen a place, places that were to be taken by now;
    `given` are the places that were taken since. `shares_interest`: the profile names the campaign's subject.
    """

    reward_fen: Ints
    expected_seconds: Ints
    places: Ints
    taken: Ints
    shares_interest: Flags
    price: Floats
    step: Floats
    planned: Floats
    given: Floats


@dataclass(frozen=True, slots=True)
class Terms:
    """What an offer is worth in its parts, and the shadow price of its place now; fen."""

    reward: Floats
    pay: Floats
    interest: Floats
    need: Floats
    novelty: Floats
    price: Floats

    @property
    def value(self) -> Floats:
        """What the offer is worth, its price apart."""
        return self.reward + self.pay + self.interest + self.need + self.novelty


def terms(offers: Offers, usual_hourly_fen: int) -> Terms:
    """What an offer is worth to the market when this person takes it, and what its place costs, part by part.

    `usual_hourly_fen` is the pay by which an hour counts as usual (the floor is; see campaigns).
    """
    reward = offers.reward_fen.astype(np.float64)
    hourly = reward * 3600 / np.maximum(offers.expected_seconds, 1)
    generous = np.clip(hourly / usual_hourly_fen - 1, -1, 1)
    left = 1 - offers.taken / np.maximum(offers.places, 1)
    fresh = np.maximum(0, 1 - offers.taken / NEW_PLACES)
    return Terms(
        reward=reward,
        pay=PAY_FIT * reward * generous,
        interest=INTEREST_FIT * reward * offers.shares_interest,
        need=NEED * reward * np.clip(left, 0, 1),
        novelty=EXPLORATION * reward * fresh,
        price=live_price(offers.price, offers.step, offers.given, offers.planned),
    )


def live_price(price: Floats, step: Floats, given: Floats, planned: Floats) -> Floats:
    """The shadow price now: it rises with every place given ahead of plan and falls while the plan is behind.

    A descent step on the dual of the linear program in `pricing`: the gradient is given − planned.
    """
    return price + step * (given - planned)


def steps(mean_value: Floats, places_left: Floats) -> Floats:
    """How far one place moves a price: large campaigns slowly, the last places of small ones fast."""
    return np.asarray(STEP * mean_value / np.sqrt(np.maximum(places_left, 1)), np.float64)


def order(value: Floats, price: Floats, tie: Ints) -> Ints:
    """Positions from the best score, value minus price, down; equal scores (to 1/1000 fen) by `tie`: one order.

    What the hall shows and what `./rushi bench matching` hands out stand in this order.
    """
    return np.lexsort((tie, -np.rint((value - price) * 1000)))


REASONS: Final = ("interest", "behind", "new", "places", "pay")


def reasons(parts: Terms, position: int, most: int = 3) -> list[str]:
    """Why one offer stands where it does: the names of the terms that lift it, the largest first.

    `behind`: the price is negative, so the campaign lags its plan or may miss what was promised. Empty when nothing but
    the pay itself speaks for it.
    """
    lifts = {
        "interest": float(parts.interest[position]),
        "behind": -float(parts.price[position]),
        "new": float(parts.novelty[position]),
        "places": float(parts.need[position]),
        "pay": float(parts.pay[position]),
    }
    floor = 0.05 * float(parts.reward[position])
    return sorted((name for name in REASONS if lifts[name] >= floor), key=lambda name: -lifts[name])[:most]
