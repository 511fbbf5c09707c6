"""Shadow prices by solving the rest of the day: a linear program over campaign × segment, and the supply it rests on.

What is left is solved again and again (Jasin & Kumar 2012; Agrawal, Wang & Ye 2014): places left, expected arrivals by
segment until each due time. The duals of the campaigns' rows are the prices; between two solutions
`matching.live_price` moves them. Promised work that the forecast cannot deliver is fined rather than forbidden, earlier
promises more, so a solution always exists and the promises given first are kept first. The program knows means only;
a promise that chance may break on top of that is `hurried`: its price falls by the highest value, so it comes before
all that is not (a chance constraint, Charnes & Cooper 1959, held by price instead of by a row). The hall and `./rushi
bench matching` both call `prices`. Pure; HiGHS through scipy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from rushi.dispatch import matching
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
MARGIN_HOURS: Final = 0.25
"""Promises are planned to be kept so long before they are due, but for the last half hour: there, in half the time."""
CHANCE: Final = 3.0
"""How many standard deviations more people than places are to be expected while a promise is not hurried."""
GOOD_PART: Final = 0.5
"""A promise of which the audience until it is due can carry less than this share takes nothing from others, where even
CHANCE standard deviations more people than expected would not do."""
DUE_EDGES: Final = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 18.0, 21.0)
"""Promises planned for times between two of these (hours from now) are planned for the first of those times."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is open now: C campaigns in order of publication, P pairs of segment and campaign that may meet.

    `segment`, `campaign`, `value`, `part` (P): a pair, the fen one place is worth, and the share of the segment's
    people who may do it. `places` (C) to give within `due_hours` (C, from now), which only counts where `promised` (C);
    `worth` (C): the fen a place is worth on average.
    """

    segment: Ints
    campaign: Ints
    value: Floats
    part: Floats
    places: Floats
    due_hours: Floats
    promised: Flags
    worth: Floats


@dataclass(frozen=True, slots=True)
class Visits:
    """Who is expected: arrivals of a usual day by segment and hour, beginning with the present hour (S × 24).

    `into` is how much of the present hour is over (0–1), `scale` (S) by how much today differs from a usual day, and
    `horizon` how many hours from now are planned.
    """

    usual: Floats
    into: float
    scale: Floats
    horizon: float


@dataclass(frozen=True, slots=True)
class Prices:
    """A campaign's shadow price (fen), how far a place given moves it, and the places planned for an hour (all C)."""

    price: Floats
    step: Floats
    per_hour: Floats


def prices(work: Work, visits: Visits) -> Prices:
    """Prices for now, from what is left to give and who is expected."""
    until, due = planned(work, visits.horizon)
    ahead = expected(visits.usual, visits.into, visits.into + until) * visits.scale[:, None]
    work = replace(work, promised=within_reach(work, ahead, until, due))
    due = np.where(work.promised, due, len(until) - 1)
    plan = solve(
        Rest(
            segment=work.segment,
            campaign=work.campaign,
            value=work.value,
            most=work.part * ahead[work.segment, due[work.campaign]],
            places=work.places,
            due=due,
            promised=work.promised,
            supply=ahead,
        )
    )
    an_hour = expected(visits.usual, visits.into, np.array([visits.into + 1]))[:, 0] * visits.scale
    return Prices(
        price=plan.price - np.where(hurried(work, ahead, due), work.value.max(initial=0.0), 0.0),
        step=matching.steps(work.worth, work.places),
        per_hour=np.asarray(
            np.bincount(work.campaign, plan.share * an_hour[work.segment], len(work.places)), np.float64
        ),
    )


def planned(work: Work, horizon: float) -> tuple[Floats, Ints]:
    """The hours from now that promises are planned to, rising, the horizon last; and which of them is each campaign's.

    Times between two DUE_EDGES fall together on the first of them, so that there are few however many promises.
    """
    early = np.clip(np.maximum(work.due_hours - MARGIN_HOURS, work.due_hours / 2), 0, horizon)
    group = np.searchsorted(np.array(DUE_EDGES), early, side="right")
    used = np.unique(group[work.promised])
    first = [early[work.promised & (group == one)].min() for one in used]
    return np.append(first, horizon), np.where(work.promised, np.searchsorted(used, group), len(used))


def within_reach(work: Work, ahead: Floats, until: Floats, due: Ints) -> Flags:
    """Promised campaigns (C) whose audience until they are due can still carry a good part of the places left.

    What nobody can carry any more is neither fined nor hurried: it would take people from others and stay undone. A few
    places are never out of reach for want of a fraction of a person: chance may bring more than are expected. The
    audience until the planned time stands for that until the due time, evenly.
    """
    hours = np.where(work.promised, work.due_hours, until[due])
    audience = _audience(work, ahead, due) * hours / np.maximum(until[due], 1e-9)
    return work.promised & (audience + CHANCE * np.sqrt(audience) >= GOOD_PART * work.places)


def _audience(work: Work, ahead: Floats, due: Ints) -> Floats:
    """People expected until the planned time of each campaign (C) who may do it."""
    met = np.bincount(work.campaign, work.part * ahead[work.segment, due[work.campaign]], len(work.places))
    return np.asarray(met, np.float64)


def hurried(work: Work, ahead: Floats, due: Ints) -> Flags:
    """Promised campaigns (C) that chance may break: their audience until then is hardly more than the places left.

    The program plans with means; who comes is a Poisson number, which varies by the root of its mean.
    """
    enough = CAUTION * _audience(work, ahead, due) > work.places + CHANCE * np.sqrt(work.places)
    return work.promised & (work.places > 0) & (~enough | (work.due_hours <= MARGIN_HOURS))


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


def expected(usual: Floats, since: float, until: Floats) -> Floats:
    """Arrivals by segment (S) of a usual day (S × 24) between the hours `since` and each of `until` (K).

    Hours count from the day's first column; beyond the 24th it begins again.
    """
    so_far = seen_by(usual, since)
    ahead = np.stack([seen_by(usual, float(moment)) - so_far for moment in until], axis=1)
    return np.asarray(np.maximum(ahead, 0), np.float64)


def seen_by(usual: Floats, hour: float) -> Floats:
    """Arrivals by segment in the first hours (0–48) of a usual day that is followed by another."""
    sums = np.concatenate([np.zeros((len(usual), 1)), np.cumsum(np.tile(usual, 2), axis=1)], axis=1)
    whole = min(int(hour), sums.shape[1] - 2)
    return np.asarray(sums[:, whole] + (sums[:, whole + 1] - sums[:, whole]) * (hour - whole), np.float64)


def scale(seen: Ints, usual: Floats) -> Floats:
    """By how much a segment (S) is larger today than usual, by Gamma–Poisson learning from what was `seen` of it.

    `usual` come in the same hours; TRUST of them weigh as much. What is not known of a segment is what is known of all.
    """
    whole = (seen.sum() + TRUST) / (usual.sum() + TRUST)
    return np.asarray((seen + TRUST * whole) / (usual + TRUST), np.float64)


def first_day(seen: Floats, hours: float) -> Floats:
    """A usual day (S × 24) for a market that has not seen a whole one: each segment goes on at its rate so far."""
    return np.repeat((seen / max(hours, 1.0))[:, None], 24, axis=1)


def count(segment: NDArray[np.int64], hour: Floats, segments: int) -> Ints:
    """Arrivals by segment and hour of the day (S × 24)."""
    cells = segment * 24 + np.minimum(hour.astype(np.int64), 23)
    return np.bincount(cells, minlength=segments * 24).reshape(segments, 24)
