"""Income tax withheld: both methods, against figures worked out by hand."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushi.payouts.withholding import METHODS, Income, method_on, withhold

DAY = dt.date(2026, 6, 15)


@pytest.mark.parametrize(
    ("gross", "tax"),
    [
        (80_000, 0),  # 800 yuan: nothing left to tax
        (200_000, 24_000),  # 2,000: (2,000 - 800) x 20 %
        (400_000, 64_000),  # 4,000: (4,000 - 800) x 20 %
        (400_100, 64_016),  # 4,001: 3,200.8 x 20 %
        (2_500_000, 400_000),  # 25,000: 20,000 x 20 %
        (3_000_000, 520_000),  # 30,000: 24,000 x 30 % - 2,000
        (10_000_000, 2_500_000),  # 100,000: 80,000 x 40 % - 7,000
    ],
)
def test_ordinary_labour_remuneration(gross: int, tax: int) -> None:
    assert withhold("labour", DAY, gross, []).tax_fen == tax


@pytest.mark.parametrize(
    ("gross", "tax"),
    [
        (200_000, 0),  # 2,000: 1,600 - 5,000 < 0
        (625_000, 0),  # 6,250: exactly 5,000 after cost
        (1_000_000, 9_000),  # 10,000: (8,000 - 5,000) x 3 %
        (10_000_000, 498_000 + 0),  # 100,000: 75,000 x 10 % - 2,520
    ],
)
def test_cumulative_withholding_in_the_first_month(gross: int, tax: int) -> None:
    assert withhold("cumulative", DAY, gross, []).tax_fen == tax


def test_the_year_is_cumulated_and_what_was_withheld_counts() -> None:
    earlier = [Income(dt.date(2026, 4, 3), 1_000_000, 9_000), Income(dt.date(2026, 5, 3), 1_000_000, 9_000)]
    result = withhold("cumulative", DAY, 4_000_000, earlier)
    # 60,000 - 12,000 - 3 x 5,000 = 33,000 x 3 % = 990 - 180
    assert (result.months, result.taxable_fen, result.tax_fen) == (3, 3_300_000, 81_000)


def test_a_gap_begins_a_new_run() -> None:
    result = withhold("cumulative", DAY, 1_000_000, [Income(dt.date(2026, 4, 3), 9_000_000, 400_000)])
    assert (result.months, result.income_fen, result.withheld_fen) == (1, 1_000_000, 0)


def test_last_year_does_not_count() -> None:
    result = withhold("cumulative", dt.date(2026, 1, 5), 1_000_000, [Income(dt.date(2025, 12, 30), 9_000_000, 1)])
    assert (result.months, result.income_fen) == (1, 1_000_000)


def test_several_payouts_of_a_month_are_one_occasion() -> None:
    first = withhold("labour", DAY, 300_000, [])
    second = withhold("labour", DAY, 300_000, [Income(DAY, 300_000, first.tax_fen)])
    assert first.tax_fen + second.tax_fen == withhold("labour", DAY, 600_000, []).tax_fen


def test_too_much_withheld_is_not_given_back_here() -> None:
    assert withhold("cumulative", DAY, 100, [Income(DAY, 100_000, 99_000)]).tax_fen == 0


def test_before_it_came_into_force_the_ordinary_method_holds() -> None:
    assert method_on("cumulative", dt.date(2025, 9, 30)).name == "labour"
    assert method_on("cumulative", dt.date(2025, 10, 1)).name == "cumulative"


def test_every_method_names_its_source_and_its_table_ascends() -> None:
    for method in METHODS:
        assert "公告" in method.source
        ceilings = [b.ceiling_fen for b in method.brackets]
        assert ceilings[-1] is None
        assert ceilings[:-1] == sorted(ceilings[:-1])  # type: ignore[type-var]


@given(st.sampled_from(["labour", "cumulative"]), st.integers(1, 10**9))
def test_tables_are_continuous_and_never_take_more_than_the_top_rate(name: str, gross: int) -> None:
    a, b = withhold(name, DAY, gross, []).tax_fen, withhold(name, DAY, gross + 1, []).tax_fen
    assert 0 <= a <= gross * 45 // 100 + 1
    assert abs(b - a) <= 2 or gross + 1 == 400_001
