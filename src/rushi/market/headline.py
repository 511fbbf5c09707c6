"""The headline day as it is planned: who exists, what is on offer, who comes when and what becomes of it. Pure.

Everything is drawn from one seed. Sizes follow the industry's best day: 1,000,000 tasks of 100,000 people in 2,000
campaigns. A person takes part in a campaign once, so 100,000 people can fill at most 100,000 places of the giant,
which has a fifth of all places: nine tenths of the people try it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Ints: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]

AGENTS = 50
GIANT_SHARE = 0.2
REJECTED, RETURNED, EXPIRED = 0.03, 0.02, 0.02
PLACES_A_REQUEST = 0.93  # few enough that some people come to a full campaign
ACTIVITY_SIGMA = 0.8  # of the lognormal activity of people; sets how many reach the cap of 50 a day
SITTINGS = 24  # of a person with each worker's campaigns
WORKS, WILL_BE_REJECTED, WILL_RETURN, WILL_EXPIRE = 0, 1, 2, 3

# kind: (share of tasks, reward in fen least and most). The second mix makes 5,000,000 yuan of rewards in 1,000,000.
MIXES: Mapping[str, Mapping[str, tuple[float, int, int]]] = {
    "reactions": {"reaction": (1.0, 10, 30)},
    "kinds": {
        "reaction": (0.60, 10, 50),
        "compare": (0.20, 40, 80),
        "survey": (0.14, 200, 500),
        "trial": (0.04, 3_000, 5_100),
        "creation": (0.02, 10_000, 16_000),
    },
}


@dataclass(frozen=True, slots=True)
class Plan:
    """People, campaigns and arrivals, as arrays. Arrivals are in the order in which they come."""

    people: int
    agent_of: Ints  # an agent's number, or -1
    segment_of: Ints  # 0…9: five age bands for women, then for men
    is_verified: Flags
    is_limited: Flags
    kinds: tuple[str, ...]
    rewards_fen: Ints
    places: Ints
    segment_wanted: Ints  # of campaigns: -1 everybody, else one of `segment_of`'s halves (0 women, 1 men)
    person: Ints  # arrivals
    campaign: Ints
    fate: Ints

    @property
    def commissions_fen(self) -> Ints:
        """The most an agent earns on a place: 15 % of the reward, at least 1 fen."""
        return np.maximum(1, self.rewards_fen * 15 // 100)

    @property
    def fees_fen(self) -> Ints:
        """The platform's fee on a place: 20 % of the reward, at least 1 fen."""
        return np.maximum(1, self.rewards_fen * 20 // 100)


def plan(tasks: int, mix: str, seed: int = 1, people: int | None = None, campaigns: int | None = None) -> Plan:
    """A day in which about `tasks` pieces of work are handed in and decided, by a tenth as many people unless told.

    2,000 campaigns (fewer for fewer than 200,000 tasks) unless told.
    """
    draw = np.random.default_rng(seed)
    people = people or max(300, tasks // 10)
    campaigns = campaigns or min(2_000, max(80, tasks // 100))
    segment_of = draw.integers(0, 10, people)
    requests = int(tasks * 1.005 / (1 - RETURNED - EXPIRED)) + 50
    sizes = _sizes(requests, people, campaigns)
    wanted = np.where((draw.random(campaigns) < 0.2) & (sizes < people // 20), draw.integers(0, 2, campaigns), -1)
    person, campaign = _arrivals(draw, sizes, wanted, segment_of)
    places = np.ceil(sizes * PLACES_A_REQUEST).astype(np.int64)
    places[0] = int(places[1:].sum() * GIANT_SHARE / (1 - GIANT_SHARE))
    kinds, rewards = _prices(draw, MIXES[mix], sizes)
    return Plan(
        people=people,
        agent_of=np.where(draw.random(people) < 0.6, draw.integers(0, AGENTS, people), -1),
        segment_of=segment_of,
        is_verified=draw.random(people) < 0.95,
        is_limited=draw.random(people) < 0.01,
        kinds=kinds,
        rewards_fen=rewards,
        places=places,
        segment_wanted=wanted,
        person=person,
        campaign=campaign,
        fate=_fates(draw, len(person)),
    )


def shards(sizes: Ints, workers: int) -> Ints:
    """The worker of each campaign: the largest first, always to whoever has least so far."""
    load, owner = [0] * workers, np.zeros(len(sizes), dtype=np.int64)
    for campaign in np.argsort(-sizes, kind="stable"):
        least = load.index(min(load))
        owner[campaign] = least
        load[least] += int(sizes[campaign])
    return owner


def dealt(plan: Plan, workers: int, seed: int = 1) -> list[Ints]:
    """The arrivals of each worker in order: a worker has its campaigns, and nobody is in two places at once.

    The day has many short sittings. In each, a person is busy with the campaigns of one worker, in the next with
    those of another: a person who clicks one thing at a time never waits for itself.
    """
    draw = np.random.default_rng(seed)
    owner = shards(np.bincount(plan.campaign, minlength=len(plan.places)), workers)[plan.campaign]
    turn = draw.integers(0, workers, plan.people)[plan.person]
    sitting = draw.integers(0, SITTINGS, len(owner)) * workers + (owner + turn) % workers
    order = np.lexsort((draw.random(len(owner)), sitting))
    return [order[owner[order] == worker] for worker in range(workers)]


def _sizes(requests: int, people: int, campaigns: int) -> Ints:
    giant = min(int(requests * GIANT_SHARE), int(people * 0.9))
    weights = 1 / (np.arange(campaigns - 1) + 5.0)
    rest = np.ceil((requests - giant) * weights / weights.sum()).astype(np.int64)
    return np.concatenate([[giant], np.minimum(rest, people * 6 // 10)])


def _arrivals(draw: np.random.Generator, sizes: Ints, wanted: Ints, segment_of: Ints) -> tuple[Ints, Ints]:
    """Distinct people for each campaign, busy ones more often, then everybody in random order."""
    activity = draw.lognormal(0, ACTIVITY_SIGMA, len(segment_of)).astype(np.float32)
    chosen = []
    for size, half in zip(sizes, wanted, strict=True):
        keys = draw.standard_exponential(len(activity), dtype=np.float32) / activity
        if half >= 0:
            keys[segment_of // 5 != half] = np.inf
        chosen.append(np.argpartition(keys, size)[:size])
    person, campaign = np.concatenate(chosen), np.repeat(np.arange(len(sizes)), sizes)
    order = draw.permutation(len(person))
    return person[order], campaign[order]


def _prices(
    draw: np.random.Generator, mix: Mapping[str, tuple[float, int, int]], sizes: Ints
) -> tuple[tuple[str, ...], Ints]:
    """Kinds dealt so that each has its share of the requests (the giant has the first), and a reward for each."""
    left = {kind: share * sizes.sum() for kind, (share, _, _) in mix.items()}
    kinds = []
    for campaign, size in enumerate(sizes):
        kind = next(iter(mix)) if campaign == 0 else max(left, key=lambda one: left[one])
        left[kind] -= size
        kinds.append(kind)
    rewards = [draw.integers(mix[kind][1], mix[kind][2], endpoint=True) for kind in kinds]
    return tuple(kinds), np.array(rewards, dtype=np.int64)


def _fates(draw: np.random.Generator, requests: int) -> Ints:
    bounds = np.cumsum([REJECTED, RETURNED, EXPIRED])
    fate = np.searchsorted(bounds, draw.random(requests), side="right")
    return np.array([WILL_BE_REJECTED, WILL_RETURN, WILL_EXPIRE, WORKS])[fate]
