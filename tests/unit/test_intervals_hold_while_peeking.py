"""The intervals keep their promise however often one looks, and are not much wider than Wilson's."""

from __future__ import annotations

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushi.measurement import peeking
from rushi.measurement.estimators import (
    CONCENTRATION,
    asymptotic,
    log_evidence,
    preference_difference,
    share,
    wilson,
)


def test_it_works() -> None:
    found = share(61, 100)
    assert found.estimate == 0.61
    assert (found.low, found.high) == pytest.approx((0.4559, 0.7471), abs=0.02)


@pytest.mark.parametrize("p", peeking.SHARES)
def test_exact_chance_of_ever_missing_by_10_000_answers_is_at_most_5_percent(p: float) -> None:
    assert peeking.ever_missed(p, 10_000) <= 0.05


@pytest.mark.parametrize("p", peeking.SHARES)
def test_simulated_paths_agree_with_the_exact_chance(p: float) -> None:
    exact = peeking.ever_missed(p, 1_000)
    assert peeking.share_misses(p, 1_000, 2_000, seed=7) == pytest.approx(exact, abs=0.015)


@pytest.mark.parametrize("n", peeking.WIDTH_LIMITS)
def test_width_against_wilson(n: int) -> None:
    assert peeking.widest_against_wilson(n) <= peeking.WIDTH_LIMITS[n]


def test_no_winner_is_called_where_there_is_none() -> None:
    assert peeking.preference_false_calls(0.0, 2_000, 1_000, seed=3) <= 0.05


def test_a_clear_winner_is_called_and_signed() -> None:
    found = preference_difference(70, 10, 20)
    assert found.excludes_zero
    assert found.low > 0
    assert preference_difference(20, 10, 70).high < 0


def test_ties_narrow_the_difference_of_large_comparisons() -> None:
    few, many = preference_difference(1000, 0, 1000), preference_difference(200, 1600, 200)
    assert many.high - many.low < (few.high - few.low) / 1.6
    assert many.method == "beta-binomial ∩ asymptotic"


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (50, 100), (610, 1000), (7, 500)])
def test_ends_are_where_a_bettor_would_be_twenty_times_richer(successes: int, n: int) -> None:
    """The oracle multiplies the bets out answer by answer: no gamma function, no bisection."""
    found = share(successes, n)
    ends = [p for p in (found.low, found.high) if 0 < p < 1]
    assert [_product_form(successes, n, p) for p in ends] == pytest.approx([20.0] * len(ends), rel=1e-6)


def _product_form(s: int, n: int, p: float) -> float:
    """The martingale multiplied out answer by answer: what a bettor's wealth would be."""
    wealth = 0.0
    for i in range(n):
        wealth -= log(CONCENTRATION + i)
    wealth += sum(log(CONCENTRATION + i / p) for i in range(s))
    wealth += sum(log(CONCENTRATION + i / (1 - p)) for i in range(n - s))
    return exp(wealth)


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_interval_is_sane_at_every_size(n: int, part: float) -> None:
    successes = round(n * part)
    found = share(successes, n)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert found.low == 0 or log_evidence(successes, n, found.low) == pytest.approx(log(20), abs=1e-4)


@given(st.integers(1, 400), st.floats(0, 1))
def test_interval_mirrors(n: int, part: float) -> None:
    yes = round(n * part)
    one, other = share(yes, n), share(n - yes, n)
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-9)


def test_nothing_asked_says_nothing() -> None:
    assert (share(0, 0).low, share(0, 0).high) == (0.0, 1.0)
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="no share"):
        share(5, 4)


def test_identical_answers_do_not_prove_certainty() -> None:
    found = asymptotic(0.0, 0.0, 200, floor=-1.0, ceiling=1.0)
    assert found.low < 0 < found.high


def test_wilson_matches_the_textbook() -> None:
    assert (wilson(15, 50).low, wilson(15, 50).high) == pytest.approx((0.1910, 0.4375), abs=5e-5)
