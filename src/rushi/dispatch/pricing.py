"""Shadow prices by solving the rest of the day: a linear program over campaign × segment, and the supply it rests on.

What is left is solved again and again (Jasin & Kumar 2012; Agrawal, Wang & Ye 2014): places left, expected arrivals by
segment until each due time. The duals of the campaigns' rows are the prices; between two solutions
`matching.live_price` moves them. Promised work that the forecast cannot deliver is fined rather than forbidden, earlier
promises more, so a solution always exists and the promises given first are kept first. Pure; HiGHS through scipy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from rushi.dispatch.matching import Flags, Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FINE: Final = 3.0
"""What a promised place that comes too late costs, as a multiple of the highest value of any place; twice for the
earliest promise."""
CAUTION: Final = 0.95
"""The share of expected arrivals that promises are planned on."""
TRUST: Final = 60.0
"""How many arrivals of a segment today weigh as much as its earlier days."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a day: S segments, C campaigns in order of publication, K due times; P pairs that may meet.

    `segment`, `campaign`, `value`, `most` (P): a pair, the fen one place is worth, and how many places the segment
    can fill at most. `places` (C) are left; `due` (C) is the index of the due time, K − 1 when the day's end will do;
    `promised` (C). `supply` (S × K): arrivals expected from now to each due time, rising along K.
    """

    segment: Ints
    campaign: Ints
    value: Floats
    most: Floats
    places: Floats
    due: Ints
    promised: Flags
    supply: Floats


@dataclass(frozen=True, slots=True)
class Plan:
    """The solution: a price a campaign (fen; negative when the market must hurry), `share` (P) of a pair's segment
    that should take the campaign until its due time, and `fine` (C) of a promised place that is not filled."""

    price: Floats
    share: Floats
    fine: Floats


def solve(rest: Rest) -> Plan:
    """The prices and the plan for what is left.

    Maximise Σ value·x − Σ fine·short over x ≥ 0, where a campaign's x fill at most its places (promised ones: x + short
    = places) and, for each segment and due time, the x due by then need no more than the arrivals by then. Within a
    segment people are alike, so work by earliest due time first meets these nested limits, and they are all there are.
    """
    if len(rest.segment) == 0:
        nothing = np.zeros(len(rest.places))
        return Plan(nothing, np.zeros(0), nothing)
    campaigns, pairs = len(rest.places), len(rest.segment)
    wanted = np.flatnonzero(rest.promised)
    fine = fines(rest)
    by_supply, limits = _supply_rows(rest)
    from scipy.optimize import linprog  # here, so that the web never loads it
    from scipy.sparse import csr_array, hstack, vstack

    by_campaign = hstack(
        [
            csr_array((np.ones(pairs), (rest.campaign, np.arange(pairs))), shape=(campaigns, pairs)),
            csr_array((np.ones(len(wanted)), (wanted, np.arange(len(wanted)))), shape=(campaigns, len(wanted))),
        ]
    ).tocsr()
    free = np.flatnonzero(~rest.promised)
    answer = linprog(
        np.concatenate([-rest.value, fine[wanted]]),
        A_ub=vstack([by_supply, by_campaign[free]]),
        b_ub=np.concatenate([limits, rest.places[free]]),
        A_eq=by_campaign[wanted] if len(wanted) else None,
        b_eq=rest.places[wanted] if len(wanted) else None,
        bounds=np.column_stack(
            [np.zeros(pairs + len(wanted)), np.concatenate([rest.most, np.full(len(wanted), np.inf)])]
        ),
        method="highs",
    )
    assert answer.status == 0, answer.message
    price = np.zeros(campaigns)
    price[free] = -answer.ineqlin.marginals[len(limits) :]
    if len(wanted):
        price[wanted] = -answer.eqlin.marginals
    return Plan(price, _shares(rest, answer.x[:pairs]), fine)


def fines(rest: Rest) -> Floats:
    """The fine of a promised place (fen), 0 where nothing is promised; promises given first weigh most."""
    highest = float(rest.value.max(initial=0.0))
    rank = np.arange(len(rest.places)) / max(len(rest.places), 1)
    return np.where(rest.promised, FINE * highest * (2 - rank), 0.0)


def _supply_rows(rest: Rest) -> tuple[csr_array, Floats]:
    """A row for each segment and due time that some pair of the segment has: x due by then ≤ arrivals by then.

    Promises are planned on a cautious part of the arrivals; the last row of a segment counts them all.
    """
    segments, dues = rest.supply.shape
    pairs = np.arange(len(rest.segment))
    used = np.unique(rest.segment * dues + rest.due[rest.campaign])
    row_of = np.full(segments * dues, -1)
    row_of[used] = np.arange(len(used))
    rows, columns = [], []
    for due in range(dues):
        inside = rest.due[rest.campaign] <= due
        row = row_of[rest.segment[inside] * dues + due]
        rows.append(row[row >= 0])
        columns.append(pairs[inside][row >= 0])
    place, column = np.concatenate(rows), np.concatenate(columns)
    from scipy.sparse import csr_array, hstack

    matrix = hstack(
        [
            csr_array((np.ones(len(place)), (place, column)), shape=(len(used), len(pairs))),
            csr_array((len(used), int(rest.promised.sum()))),
        ]
    )
    caution = np.where(used % dues < dues - 1, CAUTION, 1.0)
    return matrix, rest.supply.reshape(-1)[used] * caution


def _shares(rest: Rest, filled: Floats) -> Floats:
    """The share of a segment's arrivals that a pair takes until its due time; a segment's shares come to at most 1."""
    until_due = rest.supply[rest.segment, rest.due[rest.campaign]]
    share = filled / np.maximum(until_due, 1e-9)
    total = np.bincount(rest.segment, share, len(rest.supply))
    return np.asarray(share / np.maximum(total, 1.0)[rest.segment], np.float64)


def expected(earlier: Floats, hour: float, until: Floats) -> Floats:
    """Arrivals by segment (S) from `hour` until each of the hours `until` (K) on a mean earlier day (S × 24)."""
    so_far = seen_by(earlier, hour)
    ahead = np.stack([seen_by(earlier, float(moment)) - so_far for moment in until], axis=1)
    return np.asarray(np.maximum(ahead, 0), np.float64)


def seen_by(earlier: Floats, hour: float) -> Floats:
    """Arrivals by segment before `hour` of a mean earlier day."""
    sums = np.concatenate([np.zeros((len(earlier), 1)), np.cumsum(earlier, axis=1)], axis=1)
    whole = min(int(hour), sums.shape[1] - 2)
    return np.asarray(sums[:, whole] + (sums[:, whole + 1] - sums[:, whole]) * (hour - whole), np.float64)


def factor(seen: Ints, usual: Floats) -> Floats:
    """By how much a segment (S) is larger than usual, by Gamma–Poisson learning: TRUST arrivals of the usual weigh as
    much as its own; what is not known of a segment is what is known of all."""
    whole = (seen.sum() + TRUST) / (usual.sum() + TRUST)
    return np.asarray((seen + TRUST * whole) / (usual + TRUST), np.float64)


def expected_without_history(hour: float, until: Floats, seen: Ints, a_day: float) -> Floats:
    """The same from today alone: each segment goes on at its rate so far; `a_day` arrivals are guessed for the start.

    The guess, spread evenly, weighs as much as half an hour of its own.
    """
    guess = 0.5
    rate = (seen + a_day / 24 * guess / len(seen)) / (hour + guess)
    return np.asarray(rate[:, None] * np.maximum(until - hour, 0)[None, :], np.float64)


def count(segment: NDArray[np.int64], hour: Floats, segments: int) -> Ints:
    """Arrivals by segment and hour of the day (S × 24)."""
    cells = segment * 24 + np.minimum(hour.astype(np.int64), 23)
    return np.bincount(cells, minlength=segments * 24).reshape(segments, 24)
