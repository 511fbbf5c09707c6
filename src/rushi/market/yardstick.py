"""What somebody who knew the whole day could have done with it: promises that could be kept, and the most value. Pure.

The clairvoyant sees arrivals as kinds: a segment within a period between two due hours. People of a kind can do the
same work for the same value, so a linear program over campaign × kind is exact up to rounding; HiGHS solves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import maximum_flow

from rushi.market.arrivals import DUE_HOURS, Day, Scene

HEADROOM = 0.8
"""A promise is given when it fits into this share of the supply of earlier days."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every (kind, campaign) that work may flow through; `supply` counts arrivals a kind."""

    kind: NDArray[np.int64]
    campaign: NDArray[np.int64]
    supply: NDArray[np.int64]


def pairs(market: Scene, supply: NDArray[np.int64]) -> Pairs:
    """The pairs of a day: eligible, and before the campaign's due hour when it has one."""
    open_in = _due_index(market)[None, :] >= np.arange(len(DUE_HOURS))[:, None]
    allowed = (open_in[:, None, :] & market.eligible[None, :, :]).reshape(-1, len(market.places))
    kind, campaign = np.nonzero(allowed & (supply > 0)[:, None])
    return Pairs(kind, campaign, supply)


def arrivals_by_kind(market: Scene, day: Day) -> NDArray[np.int64]:
    """How many people of each kind (period × segment, flat) came."""
    periods = np.searchsorted(np.array(DUE_HOURS), day.hour, side="right")
    segments = len(market.profiles)
    return np.bincount(periods * segments + day.segment, minlength=len(DUE_HOURS) * segments)


def _due_index(market: Scene) -> NDArray[np.int64]:
    promised = np.searchsorted(np.array(DUE_HOURS), market.due_hour)
    return np.where(market.due_hour > 0, promised, len(DUE_HOURS) - 1)


def quoted(market: Scene, earlier: Sequence[Day]) -> Scene:
    """The market with the promises it could give in good conscience: what is asked for, in order of publication, as
    long as everything promised fits into HEADROOM of what an average earlier day brought."""
    mean = np.mean([arrivals_by_kind(market, day) for day in earlier], axis=0)
    found = pairs(market, np.floor(mean * HEADROOM).astype(np.int64))
    kept = _jointly(market, found, np.flatnonzero(market.due_hour > 0), [])
    due_hour = np.zeros_like(market.due_hour)
    due_hour[kept] = market.due_hour[kept]
    return replace(market, due_hour=due_hour)


def feasible(market: Scene, day: Day) -> NDArray[np.bool_]:
    """The promised campaigns that could all be delivered by their due hours, together.

    Taken in order of publication, the order in which promises are given: one that would break an earlier promise,
    whatever is done, by maximum flow, was never feasible.
    """
    found, wanted = pairs(market, arrivals_by_kind(market, day)), np.flatnonzero(market.due_hour > 0)
    kept = np.zeros(len(market.places), np.bool_)
    kept[_jointly(market, found, wanted, [])] = True
    return kept


def _jointly(market: Scene, found: Pairs, wanted: NDArray[np.int64], kept: list[int]) -> list[int]:
    """Halves are tried whole before they are tried one by one: few flows when most promises can be kept."""
    if len(wanted) == 0 or _deliverable(market, found, [*kept, *map(int, wanted)]):
        return [*kept, *map(int, wanted)]
    if len(wanted) == 1:
        return kept
    half = len(wanted) // 2
    return _jointly(market, found, wanted[half:], _jointly(market, found, wanted[:half], kept))


def _deliverable(market: Scene, found: Pairs, campaigns: list[int]) -> bool:
    """Whether a maximum flow from people to these campaigns fills every place."""
    kinds, number = len(found.supply), len(market.places)
    source, sink = kinds + number, kinds + number + 1
    among = np.isin(found.campaign, campaigns)
    tails = np.concatenate([np.full(kinds, source), found.kind[among], kinds + np.array(campaigns)])
    heads = np.concatenate([np.arange(kinds), kinds + found.campaign[among], np.full(len(campaigns), sink)])
    room = np.concatenate([found.supply, found.supply[found.kind[among]], market.places[campaigns]])
    graph = csr_array((room.astype(np.int32), (tails, heads)), shape=(sink + 1, sink + 1))
    return bool(maximum_flow(graph.tocsr(), source, sink).flow_value == market.places[campaigns].sum())


def optimum(market: Scene, day: Day) -> float:
    """The most value in fen that the day's people could have given, promises or none: an upper bound on any policy.

    Campaign × segment: within a segment people are alike and a clairvoyant works by earliest due hour first, so it is
    enough that the work due by each hour needs no more people than came by then.
    """
    segments, dues = len(market.profiles), len(DUE_HOURS)
    supply = np.cumsum(arrivals_by_kind(market, day).reshape(dues, segments), axis=0)
    segment, campaign = np.nonzero(market.eligible)
    due, columns = _due_index(market)[campaign], np.arange(len(segment))
    inside = due[None, :] <= np.arange(dues)[:, None]
    when, column = np.nonzero(inside)
    by_supply = csr_array(
        (np.ones(len(when)), (when * segments + segment[column], column)), shape=(dues * segments, len(columns))
    )
    by_campaign = csr_array((np.ones(len(columns)), (campaign, columns)), shape=(len(market.places), len(columns)))
    answer = linprog(
        -market.value[segment, campaign],
        A_ub=vstack([by_supply, by_campaign]),
        b_ub=np.concatenate([supply.reshape(-1), market.places]),
        method="highs",
    )
    assert answer.status == 0, answer.message
    return float(-answer.fun)
