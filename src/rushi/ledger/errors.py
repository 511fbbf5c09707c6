"""What the books refuse."""

from __future__ import annotations

from rushi.db.errors import register
from rushi.kernel.errors import Conflict, Invalid


class InsufficientBalance(Conflict):
    """An account would fall below zero; nothing was posted. SQLSTATE RU101."""

    code = "insufficient_balance"
    message = "余额不足，这笔款项没有记账。"


class EntryDiffers(Conflict):
    """This entry is in the books already, with other postings; nothing was posted. SQLSTATE RU102."""

    code = "entry_differs"
    message = "同一笔业务已经以不同的金额记账，没有重复记账。"


class Unbalanced(Conflict):
    """The postings do not sum to zero, or do not match the split. A bug of the caller. SQLSTATE RU103."""

    code = "unbalanced"
    status = 500
    message = "账目不平，没有记账。"


class NotAnAmount(Invalid):
    """Money that moves is a whole number of fen above zero and below the limit."""

    code = "not_an_amount"
    message = "金额须大于 0，且不超过 1 亿元。"


class DepositDecided(Conflict):
    """The deposit was decided the other way before."""

    code = "deposit_decided"
    message = "这笔充值已经处理过了。"


class DepositNeedsAnother(Conflict):
    """Who asked for a deposit cannot confirm it."""

    code = "deposit_needs_another"
    message = "申请充值的人不能自己确认到账。"


register("RU101", InsufficientBalance)
register("RU102", EntryDiffers)
register("RU103", Unbalanced)
