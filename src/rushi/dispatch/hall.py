"""The hall in memory: every live campaign as arrays, one person's offers out of them, and pages in order. Pure.

The first RANKED cards stand by score; what is beyond them stands oldest first. Scores move from minute to minute, so a
cursor remembers what was shown instead of a place in the order: nothing is shown twice, nothing is left out.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from rushi.dispatch import matching
from rushi.dispatch.matching import Flags, Floats, Ints, Masks
from rushi.identity.rules import INTERESTS, REGIONS

RANKED: Final = 200
MARK_BYTES: Final = 6
"""So many last bytes of an id stand for it in a cursor: two of 2,000 campaigns are alike once in 10⁸ halls."""
DRIFT_HOURS_MAX: Final = 1.0
"""A price that is not refreshed any more drifts no further than this."""
_PLACES: Final = tuple(
    {word: at for at, word in enumerate(words)}
    for words in (REGIONS, ("18-24", "25-34", "35-44", "45-54", "55+"), ("f", "m"), INTERESTS)
)


@dataclass(frozen=True, slots=True)
class Market:
    """The open campaigns, oldest first, one row each (about 150 bytes): audiences as masks, pay, places, price.

    `keys` are the moment of publication (8 bytes) and the id; `closes` and `refreshed` are seconds since the epoch.
    """

    keys: list[bytes]
    at: Mapping[bytes, int]
    marks: Mapping[bytes, int]
    organisations: list[UUID]
    excluded: list[tuple[int, frozenset[bytes]]]
    kinds: NDArray[np.str_]
    audiences: Masks
    topics: Ints
    closes: Floats
    reward_fen: Ints
    expected_seconds: Ints
    places: Ints
    taken: Ints
    price: Floats
    step: Floats
    per_hour: Floats
    refreshed: Floats
    given: Floats


@dataclass(frozen=True, slots=True)
class Person:
    """Who looks: the profile's words, the bodies they act for, and the campaigns they have been in (16 bytes each)."""

    region: str
    age_band: str
    gender: str
    interests: Sequence[str]
    organisations: frozenset[UUID]
    been: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Page:
    """Campaigns in order, for each the reasons that lift it, and the next page's cursor (empty after the last)."""

    ids: list[UUID]
    reasons: list[tuple[str, ...]]
    after: str


def market(rows: Sequence[Mapping[str, Any]]) -> Market:
    """The rows of `live_offers` (oldest first) as arrays."""
    keys = [int(row["published"]).to_bytes(8, "big") + row["id"].bytes for row in rows]
    words = [[row[name] for row in rows] for name in ("regions", "age_bands", "genders", "interests")]

    def whole(name: str) -> Ints:
        return np.array([row[name] for row in rows], np.int64)

    def real(name: str) -> Floats:
        return np.array([row[name] for row in rows], np.float64)

    return Market(
        keys=keys,
        at={key[8:]: at for at, key in enumerate(keys)},
        marks={_mark(key): at for at, key in enumerate(keys)},
        organisations=[row["organisation_id"] for row in rows],
        excluded=[
            (at, frozenset(one.bytes for one in row["excluded_campaigns"]))
            for at, row in enumerate(rows)
            if row["excluded_campaigns"]
        ],
        kinds=np.array([row["kind"] for row in rows], np.str_),
        audiences=Masks(*(matching.asked(one, places) for one, places in zip(words, _PLACES, strict=True))),
        topics=matching.bits([row["topics"] for row in rows], _PLACES[3]),
        closes=real("closes"),
        reward_fen=whole("reward_fen"),
        expected_seconds=whole("expected_seconds"),
        places=whole("places"),
        taken=whole("taken"),
        price=real("price"),
        step=real("step"),
        per_hour=real("per_hour"),
        refreshed=real("refreshed"),
        given=real("given"),
    )


def profile(person: Person) -> Masks:
    """A person's words as masks of one row."""
    words = ([person.region], [person.age_band], [person.gender], person.interests)
    return Masks(*(matching.bits([one], places) for one, places in zip(words, _PLACES, strict=True)))


def may(all_: Market, person: Person, now: dt.datetime, kind: str = "") -> Flags:
    """Which campaigns (of a kind when given) this person may claim a place in: what the claim itself admits on, except
    the day's cap and the limit without a real name."""
    found = matching.eligible(profile(person), all_.audiences)[0] & (all_.closes > now.timestamp())
    if kind:
        found &= all_.kinds == kind
    for campaign in person.been:
        if (at := all_.at.get(campaign)) is not None:
            found[at] = False
    for at, excluded in all_.excluded:
        found[at] &= not (excluded & person.been)
    if person.organisations:
        found &= np.array([one not in person.organisations for one in all_.organisations], np.bool_)
    return np.asarray(found, np.bool_)


def terms(all_: Market, person: Person, now: dt.datetime, usual_hourly_fen: int) -> matching.Terms:
    """What orders the hall for this person, for every campaign of the market."""
    hours = np.clip((now.timestamp() - all_.refreshed) / 3600, 0, DRIFT_HOURS_MAX)
    offers = matching.Offers(
        reward_fen=all_.reward_fen,
        expected_seconds=all_.expected_seconds,
        places=all_.places,
        taken=all_.taken,
        shares_interest=(all_.topics & profile(person).interest[0]) != 0,
        price=all_.price,
        step=all_.step,
        planned=all_.per_hour * hours,
        given=all_.given,
    )
    return matching.terms(offers, usual_hourly_fen)


def page(all_: Market, open_to: Flags, parts: matching.Terms, *, after: str = "", limit: int = 20) -> Page:
    """The next `limit` (at most) of the campaigns open to somebody. A cursor that cannot be read begins at the top."""
    seen, last = _cursor(after)
    rest = open_to.copy()
    rest[[all_.marks[mark] for mark in seen if mark in all_.marks]] = False
    found = np.flatnonzero(rest)
    if len(seen) < RANKED:
        shown = found[matching.order(parts.value[found], parts.price[found], found)][
            : min(limit, RANKED - len(seen))
        ].tolist()
        seen = [*seen, *(_mark(all_.keys[at]) for at in shown)]
    else:
        found = np.array([at for at in found.tolist() if all_.keys[at] > last], np.int64)
        shown = found[:limit].tolist()
        last = all_.keys[shown[-1]] if shown else last
    return Page(
        ids=[UUID(bytes=all_.keys[at][8:]) for at in shown],
        reasons=[tuple(matching.reasons(parts, at)) for at in shown],
        after=_written(seen, last) if len(found) > len(shown) else "",
    )


def _mark(key: bytes) -> bytes:
    return key[-MARK_BYTES:]


def _written(seen: Sequence[bytes], last: bytes) -> str:
    return base64.urlsafe_b64encode(b"".join(seen) + last).decode()


def _cursor(text: str) -> tuple[list[bytes], bytes]:
    """The marks of what was shown, and the key of the last card beyond the ranked ones (empty before it)."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii", "replace"))
    except (binascii.Error, ValueError):
        return [], b""
    marks, last = raw[: RANKED * MARK_BYTES], raw[RANKED * MARK_BYTES :]
    return [marks[at : at + MARK_BYTES] for at in range(0, len(marks), MARK_BYTES)], last
