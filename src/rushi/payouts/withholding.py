"""Individual income tax that the payer withholds (个人所得税法 art. 9), as data with dates in force and source.

Two methods, chosen by the operator (setting `withholding_method`). Amounts in integer fen, rates in basis points.
Income counts in the Shanghai month in which the payout is asked for; one person is one taxpayer, so task
rewards and agent commissions of the same person are added together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bracket:
    """One row of a rate table: taxable income up to `ceiling_fen` (None: above), rate, quick deduction."""

    ceiling_fen: int | None
    rate_bps: int
    quick_deduction_fen: int


@dataclass(frozen=True, slots=True)
class Method:
    """One way to withhold, in force from a day until another (exclusive; None: until further notice)."""

    name: str
    title: str
    source: str
    in_force_from: dt.date
    in_force_until: dt.date | None
    brackets: tuple[Bracket, ...]


@dataclass(frozen=True, slots=True)
class Income:
    """One earlier payout of the same person in the same tax year: when, gross, what was withheld."""

    day: dt.date
    gross_fen: int
    tax_fen: int


@dataclass(frozen=True, slots=True)
class Withholding:
    """What to withhold now, and how it came about (for the page that shows it before confirming)."""

    method: Method
    tax_fen: int
    income_fen: int
    deduction_fen: int
    taxable_fen: int
    rate_bps: int
    withheld_fen: int
    months: int


COST_BPS = 2000
DEDUCTION_A_MONTH_FEN = 500_000
SMALL_INCOME_FEN = 400_000
SMALL_DEDUCTION_FEN = 80_000

METHODS = (
    Method(
        name="cumulative",
        title="累计预扣法（互联网平台从业人员）",
        source="国家税务总局公告2025年第16号第一条；国家税务总局公告2018年第61号附件2个人所得税预扣率表一",
        in_force_from=dt.date(2025, 10, 1),
        in_force_until=None,
        brackets=(
            Bracket(3_600_000, 300, 0),
            Bracket(14_400_000, 1000, 252_000),
            Bracket(30_000_000, 2000, 1_692_000),
            Bracket(42_000_000, 2500, 3_192_000),
            Bracket(66_000_000, 3000, 5_292_000),
            Bracket(96_000_000, 3500, 8_592_000),
            Bracket(None, 4500, 18_192_000),
        ),
    ),
    Method(
        name="labour",
        title="劳务报酬一般预扣法",
        source="国家税务总局公告2018年第61号第八条及附件2个人所得税预扣率表二",
        in_force_from=dt.date(2019, 1, 1),
        in_force_until=None,
        brackets=(Bracket(2_000_000, 2000, 0), Bracket(5_000_000, 3000, 200_000), Bracket(None, 4000, 700_000)),
    ),
)


def method_on(name: str, day: dt.date) -> Method:
    """The method of this name if it is in force on `day`; before it came into force, the ordinary one."""
    for method in METHODS:
        if method.name == name and _in_force(method, day):
            return method
    return next(method for method in METHODS if method.name == "labour")


def _in_force(method: Method, day: dt.date) -> bool:
    return method.in_force_from <= day and (method.in_force_until is None or day < method.in_force_until)


def withhold(name: str, day: dt.date, gross_fen: int, earlier: Sequence[Income]) -> Withholding:
    """What to withhold from `gross_fen` paid on `day` (Shanghai), given the person's earlier payouts of the year.

    `name`: the operator's choice, `cumulative` or `labour`. Never negative: what was withheld too much earlier
    comes back in the annual settlement, not from a payout.
    """
    method = method_on(name, day)
    return (_cumulative if method.name == "cumulative" else _labour)(method, day, gross_fen, earlier)


def _cumulative(method: Method, day: dt.date, gross_fen: int, earlier: Sequence[Income]) -> Withholding:
    """Cumulative income less 20 % cost less 5,000 yuan for every consecutive month with income from this platform.

    Our reading of 连续取得劳务报酬的月份数: the months of the unbroken run that ends with this one; income and
    tax are cumulated over the same run.
    """
    months, since = _unbroken_run(day, earlier)
    run = [item for item in earlier if item.day >= since and item.day.year == day.year]
    income = gross_fen + sum(item.gross_fen for item in run)
    deduction = income * COST_BPS // 10_000 + months * DEDUCTION_A_MONTH_FEN
    return _settle(method, income, deduction, sum(item.tax_fen for item in run), months)


def _unbroken_run(day: dt.date, earlier: Sequence[Income]) -> tuple[int, dt.date]:
    paid = {item.day.month for item in earlier if item.day.year == day.year}
    month = day.month
    while month - 1 in paid:
        month -= 1
    return day.month - month + 1, dt.date(day.year, month, 1)


def _labour(method: Method, day: dt.date, gross_fen: int, earlier: Sequence[Income]) -> Withholding:
    """Continuous income of one month is one occasion: up to 4,000 yuan less 800, above less 20 %."""
    same_month = [item for item in earlier if (item.day.year, item.day.month) == (day.year, day.month)]
    income = gross_fen + sum(item.gross_fen for item in same_month)
    deduction = SMALL_DEDUCTION_FEN if income <= SMALL_INCOME_FEN else income * COST_BPS // 10_000
    return _settle(method, income, deduction, sum(item.tax_fen for item in same_month), 1)


def _settle(method: Method, income: int, deduction: int, withheld: int, months: int) -> Withholding:
    taxable = max(income - deduction, 0)
    bracket = next(b for b in method.brackets if b.ceiling_fen is None or taxable <= b.ceiling_fen)
    due = (taxable * bracket.rate_bps + 5_000) // 10_000 - bracket.quick_deduction_fen
    return Withholding(
        method=method,
        tax_fen=max(due - withheld, 0),
        income_fen=income,
        deduction_fen=deduction,
        taxable_fen=taxable,
        rate_bps=bracket.rate_bps,
        withheld_fen=withheld,
        months=months,
    )
