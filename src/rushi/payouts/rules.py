"""Pure decisions of paying out: card numbers, banks, what a payout comes to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from rushi.payouts.withholding import Income, Withholding, withhold

BANKS = (
    "中国工商银行", "中国农业银行", "中国银行", "中国建设银行", "交通银行", "中国邮政储蓄银行", "招商银行",
    "中信银行", "中国光大银行", "华夏银行", "中国民生银行", "平安银行", "兴业银行", "浦发银行", "广发银行",
    "浙商银行", "渤海银行", "恒丰银行", "北京银行", "上海银行", "江苏银行", "宁波银行", "南京银行", "杭州银行",
    "农村商业银行", "农村信用社", "其他银行",
)  # fmt: skip
ACCOUNTS_MAX = 5
FILE_PAYOUTS_MAX = 1000
SOURCE_ACCOUNT = {"participant": "participant_available", "agent": "agent_available"}
"""Which ledger account each source draws on; its owner is the user or the agent."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a payout comes to, shown before confirming: gross = tax + fee + net."""

    gross_fen: int
    fee_fen: int
    withholding: Withholding

    @property
    def tax_fen(self) -> int:
        """The income tax withheld."""
        return self.withholding.tax_fen

    @property
    def net_fen(self) -> int:
        """What the bank pays out."""
        return self.gross_fen - self.tax_fen - self.fee_fen


def quote(gross_fen: int, fee_fen: int, method: str, day: dt.date, earlier: Sequence[Income]) -> Quote:
    """What a payout of `gross_fen` asked for on `day` (Shanghai) comes to. The net may be ≤ 0: callers refuse."""
    return Quote(gross_fen, fee_fen, withhold(method, day, gross_fen, earlier))


def normal_card_number(text: str) -> str | None:
    """The digits of a UnionPay card (16–19, Luhn check digit), without blanks; None when it is not one."""
    digits = "".join(text.split()).replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 16 <= len(digits) <= 19):
        return None
    return digits if _luhn(digits) == 0 else None


def _luhn(digits: str) -> int:
    """ISO/IEC 7812-1 annex B: every second digit from the right doubled, digits summed, modulo 10."""
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = int(sign) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10
