"""Estimates that stay valid however often one looks, and the exact chance that they ever miss. Pure.

The share interval is a beta-binomial mixture confidence sequence: Robbins, "Statistical methods related to the
law of the iterated logarithm", Ann. Math. Statist. 41 (1970); centred at the hypothesis as in Howard, Ramdas,
McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Ann. Statist. 49 (2021),
appendix A.3. The difference from 100 answers on is the asymptotic confidence sequence of Waudby-Smith, Arbour,
Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences",
Ann. Statist. 52 (2024), theorem 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma, log, sqrt

ALPHA = 0.05
CONCENTRATION = 4.0
"""How strongly the mixture is centred: width against Wilson ≤ 1.64 at n = 200 and ≤ 1.78 at n = 1,000."""
ASYMPTOTIC_FROM = 100
ASYMPTOTIC_TUNED_FOR = 5000
EXACT_ALPHA_SHARE = 0.6
"""α of a comparison's exact interval. Beside it the asymptotic one runs at α; together they miss ≤ 4 % (measured)."""
_BISECTIONS = 60
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 1−α interval; `n` answers stand behind it, `method` names how it was made."""

    estimate: float
    low: float
    high: float
    n: int
    method: str

    @property
    def excludes_zero(self) -> bool:
        """Whether a difference of nothing is outside the interval."""
        return self.low > 0 or self.high < 0


def share(successes: float, n: int, alpha: float = ALPHA) -> Interval:
    """The share of `successes` among `n` answers, with an interval valid at every n at once.

    `successes` may be fractional (answers worth between 0 and 1): c^x d^(1-x) is convex in x, so the
    martingale of yes/no answers is a supermartingale for bounded ones. Raises ValueError for impossible counts.
    """
    if n < 0 or not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")
    if n == 0:
        return Interval(0.0, 0.0, 1.0, 0, "beta-binomial")
    estimate = successes / n
    limit = log(1 / alpha)
    low = 0.0 if successes == 0 else _crossing(successes, n, limit, inside=estimate, outside=0.0)
    high = 1.0 if successes == n else _crossing(successes, n, limit, inside=estimate, outside=1.0)
    return Interval(estimate, low, high, n, "beta-binomial")


def log_evidence(successes: float, n: int, p: float) -> float:
    """The log of the mixture martingale against "the share is p": θ ~ Beta(κp, κ(1-p)) over p. Convex in p.

    Equals Σ_{i<s} log(κ + i/p) + Σ_{i<n-s} log(κ + i/(1-p)) − Σ_{i<n} log(κ + i): hence what is not refuted
    is an interval, and bisection finds its ends. By Ville's inequality P(ever ≥ log 1/α) ≤ α when p is true.
    """
    p = min(max(p, _TINY), 1 - 1e-16)
    a, b = CONCENTRATION * p, CONCENTRATION * (1 - p)
    rising = lgamma(a + successes) - lgamma(a) + lgamma(b + n - successes) - lgamma(b)
    total = lgamma(CONCENTRATION + n) - lgamma(CONCENTRATION)
    return rising - total - successes * log(p) - (n - successes) * log(1 - p)


def _crossing(successes: float, n: int, limit: float, *, inside: float, outside: float) -> float:
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        if log_evidence(successes, n, middle) < limit:
            inside = middle
        else:
            outside = middle
    return outside


def wilson(successes: int, n: int) -> Interval:
    """Wilson's 95 % interval: only where n was fixed beforehand and is looked at once."""
    if n == 0:
        return Interval(0.0, 0.0, 1.0, 0, "wilson")
    z = 1.959963984540054
    p, scale = successes / n, 1 + z * z / n
    centre = (p + z * z / (2 * n)) / scale
    half = z / scale * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Interval(p, max(0.0, centre - half), min(1.0, centre + half), n, "wilson")


def preference_difference(a: int, same: int, b: int, alpha: float = ALPHA) -> Interval:
    """The share preferring A minus the share preferring B, one person seeing both cuts; valid while peeking.

    Exact at every n (each answer worth 1, ½ or 0, see `share`); from 100 answers on cut to the asymptotic
    interval, which gains from ties. Positive: A is preferred. `peeking.py` counts the misses of both together.
    """
    n = a + same + b
    exact = share(a + same / 2, n, alpha * EXACT_ALPHA_SHARE)
    mean, low, high = 2 * exact.estimate - 1, 2 * exact.low - 1, 2 * exact.high - 1
    variance = (a + b) / n - mean * mean if n else 0.0
    if n < ASYMPTOTIC_FROM or variance <= 0:
        return Interval(mean if n else 0.0, low, high, n, "beta-binomial")
    large = asymptotic(mean, variance, n, alpha, floor=-1.0, ceiling=1.0)
    return Interval(mean, max(low, large.low), min(high, large.high), n, "beta-binomial ∩ asymptotic")


def asymptotic(mean: float, variance: float, n: int, alpha: float = ALPHA, *, floor: float, ceiling: float) -> Interval:
    """The asymptotic confidence sequence of a mean (n ≥ 100), tightest near n = 5,000.

    `variance` is the plain sample variance; the interval is cut to what is possible, [floor, ceiling]. With no
    variance at all the exact bound takes over: identical answers prove less than a zero width claims.
    """
    if variance <= 0:
        span = ceiling - floor
        bounded = share((mean - floor) / span * n, n, alpha)
        return Interval(mean, floor + span * bounded.low, floor + span * bounded.high, n, "beta-binomial")
    half = sqrt(variance) * asymptotic_radius(n, alpha)
    return Interval(mean, max(floor, mean - half), min(ceiling, mean + half), n, "asymptotic")


def asymptotic_radius(n: int, alpha: float = ALPHA) -> float:
    """Half the width of the asymptotic confidence sequence at unit variance."""
    spread = -2 * log(alpha)
    rho2 = (spread + log(spread + 1)) / ASYMPTOTIC_TUNED_FOR
    grown = n * rho2 + 1
    return sqrt(2 * grown / (n * n * rho2) * log(sqrt(grown) / alpha))
