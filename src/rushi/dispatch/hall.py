"""The hall's pages: packed offers in, the next campaigns in order out, and where the page after them begins. Pure.

The first RANKED cards stand by score; what is beyond them stands oldest first. Scores move from minute to minute, so a
cursor remembers what was shown instead of a place in the order: nothing is shown twice, nothing is left out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np

from rushi.dispatch import matching

RANKED: Final = 200
MARK_BYTES: Final = 6
"""So many last bytes of an id stand for it in a cursor: two of 2,000 campaigns are alike once in 10⁸ halls."""
OFFER: Final = np.dtype(
    [
        ("id", "V16"),
        ("published", ">i8"),
        ("reward_fen", ">i8"),
        ("expected_seconds", ">i4"),
        ("places", ">i4"),
        ("taken", ">i4"),
        ("shares_interest", ">i4"),
        ("price", ">f8"),
        ("step", ">f8"),
        ("planned", ">f8"),
        ("given", ">i4"),
    ]
)
"""One row of `dispatch_offers_v1`."""


@dataclass(frozen=True, slots=True)
class Page:
    """Campaigns in order, for each the reasons that lift it, and the next page's cursor (empty after the last)."""

    ids: list[UUID]
    reasons: list[tuple[str, ...]]
    after: str


def read(packed: bytes) -> tuple[matching.Offers, list[bytes]]:
    """The offers of a byte string of OFFER rows, oldest first, and the key of each: moment of publication, then id."""
    rows = np.frombuffer(packed, OFFER)
    ids = [packed[at : at + 16] for at in range(0, len(packed), OFFER.itemsize)]
    keys = [packed[at + 16 : at + 24] + packed[at : at + 16] for at in range(0, len(packed), OFFER.itemsize)]
    by_age = sorted(range(len(ids)), key=keys.__getitem__)
    rows = rows[by_age]
    offers = matching.Offers(
        reward_fen=rows["reward_fen"].astype(np.int64),
        expected_seconds=rows["expected_seconds"].astype(np.int64),
        places=rows["places"].astype(np.int64),
        taken=rows["taken"].astype(np.int64),
        shares_interest=rows["shares_interest"] > 0,
        price=rows["price"].astype(np.float64),
        step=rows["step"].astype(np.float64),
        planned=rows["planned"].astype(np.float64),
        given=rows["given"].astype(np.float64),
    )
    return offers, [keys[at] for at in by_age]


def page(packed: bytes, usual_hourly_fen: int, *, after: str = "", limit: int = 20) -> Page:
    """The next `limit` offers (at most) of a hall. A cursor that cannot be read begins at the top."""
    offers, keys = read(packed)
    parts = matching.terms(offers, usual_hourly_fen)
    seen, last = _cursor(after)
    if len(seen) < RANKED:
        ranked = matching.order(parts.score, np.arange(len(keys))).tolist()
        rest = [at for at in ranked if _mark(keys[at]) not in seen]
        shown = rest[: min(limit, RANKED - len(seen))]
        seen = [*seen, *(_mark(keys[at]) for at in shown)]
    else:
        rest = [at for at, key in enumerate(keys) if key > last and _mark(key) not in seen]
        shown = rest[:limit]
        last = keys[shown[-1]] if shown else last
    return Page(
        ids=[UUID(bytes=keys[at][8:]) for at in shown],
        reasons=[tuple(matching.reasons(parts, at)) for at in shown],
        after=_written(seen, last) if len(rest) > len(shown) else "",
    )


def why(packed: bytes, usual_hourly_fen: int, campaign_id: UUID) -> tuple[str, ...]:
    """What lifts one campaign among a person's offers; empty when it is not among them."""
    offers, keys = read(packed)
    at = next((at for at, key in enumerate(keys) if key[8:] == campaign_id.bytes), None)
    return () if at is None else tuple(matching.reasons(matching.terms(offers, usual_hourly_fen), at))


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
