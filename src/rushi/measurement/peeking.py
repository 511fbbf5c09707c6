"""How often the intervals are ever wrong while somebody looks after every answer: exactly, and by simulation. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf, log

from rushi.measurement import estimators
from rushi.measurement.estimators import ALPHA, ASYMPTOTIC_FROM, EXACT_ALPHA_SHARE, log_evidence

SHARES = (0.02, 0.1, 0.3, 0.5)
TIE_SHARES = (0.0, 0.2, 0.6)
WIDTH_LIMITS = {200: 1.75, 1000: 1.85}


def kept_counts(p: float, n_max: int, alpha: float = ALPHA) -> Iterator[tuple[int, int]]:
    """For n = 1…n_max, the smallest and largest count that does not refute "the share is p".

    Both ends move by at most one from n to n + 1, so the whole boundary costs O(n_max) evaluations.
    """
    limit = log(1 / alpha)
    low = high = 0
    for n in range(1, n_max + 1):
        high = min(high + 1, n)
        while high > 0 and log_evidence(high, n, p) >= limit:
            high -= 1
        while low < high and log_evidence(low, n, p) >= limit:
            low += 1
        yield low, high


def ever_missed(p: float, n_max: int, alpha: float = ALPHA) -> float:
    """The exact probability that the interval of `share` misses p at some n ≤ n_max, by dynamic programming."""
    alive, base = [1.0], 0  # alive[i]: probability of base + i successes so far, the interval never having missed
    for low, high in kept_counts(p, n_max, alpha):
        moved = [here * (1 - p) + below * p for here, below in zip([*alive, 0.0], [0.0, *alive], strict=True)]
        start = max(low - base, 0)
        alive, base = moved[start : high - base + 1], base + start
    return 1 - sum(alive)


def share_misses(p: float, n_max: int, paths: int, seed: int) -> float:
    """The fraction of `paths` simulated streams of answers on which the interval ever misses p."""
    bounds = list(kept_counts(p, n_max))
    draw = random.Random(seed).random  # noqa: S311 - a simulation
    missed = 0
    for _ in range(paths):
        count = 0
        for low, high in bounds:
            count += draw() < p
            if not low <= count <= high:
                missed += 1
                break
    return missed / paths


def preference_false_calls(tie_share: float, n_max: int, paths: int, seed: int) -> float:
    """The fraction of simulated comparisons without a better cut in which one is ever called better.

    `preference_difference` calls a winner when the lead is too long for the exact interval or, from 100 answers
    on, the standardised difference too large for the asymptotic one; both limits are tabulated once.
    """
    leads = list(_calling_leads(n_max))
    radii = [estimators.asymptotic_radius(n) ** 2 for n in range(ASYMPTOTIC_FROM, n_max + 1)]
    limits = list(zip(leads, [inf] * (ASYMPTOTIC_FROM - 1) + radii, strict=False))
    draw = random.Random(seed).random  # noqa: S311 - a simulation
    return sum(_ever_called(draw, (1 - tie_share) / 2, limits) for _ in range(paths)) / paths


def _calling_leads(n_max: int) -> Iterator[int]:
    limit = log(1 / (ALPHA * EXACT_ALPHA_SHARE))
    lead = 0
    for n in range(1, n_max + 1):
        lead = max(0, lead - 1)
        while lead <= n and log_evidence((n + lead) / 2, n, 0.5) < limit:
            lead += 1
        yield lead


def _ever_called(draw: Callable[[], float], decided: float, limits: list[tuple[int, float]]) -> bool:
    a = b = 0
    for n, (lead, radius) in enumerate(limits, 1):
        u = draw()
        a, b = a + (u < decided), b + (u > 1 - decided)
        if abs(a - b) >= lead:
            return True
        mean = (a - b) / n
        if mean and mean * mean > ((a + b) / n - mean * mean) * radius:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the bench: what was measured, the figure, and the limit it must keep."""

    name: str
    value: float
    limit: float

    @property
    def ok(self) -> bool:
        """Whether the figure keeps the limit."""
        return self.value <= self.limit


def findings(n_max: int = 10_000, paths: int = 2_000, seed: int = 1) -> Iterator[Finding]:
    """Every promise about the intervals, measured; with the defaults about a minute on one core."""
    for p in SHARES:
        yield Finding(f"share {p}: ever missed by {n_max}, exact", ever_missed(p, n_max), ALPHA)
        yield Finding(f"share {p}: ever missed on {paths} paths", share_misses(p, n_max, paths, seed), ALPHA)
    for ties in TIE_SHARES:
        value = preference_false_calls(ties, n_max, paths // 2, seed)
        yield Finding(f"preference, {ties:.0%} ties: a winner where there is none", value, ALPHA)
    for n, limit in WIDTH_LIMITS.items():
        yield Finding(f"width against Wilson at n = {n}, widest over {SHARES}", widest_against_wilson(n), limit)


def widest_against_wilson(n: int) -> float:
    """The largest ratio of our width to Wilson's at `n` answers over the shares of the bench."""
    return max(_width(estimators.share(round(n * p), n)) / _width(estimators.wilson(round(n * p), n)) for p in SHARES)


def _width(interval: estimators.Interval) -> float:
    return interval.high - interval.low
