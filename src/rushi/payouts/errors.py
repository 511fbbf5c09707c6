"""What paying out refuses."""

from __future__ import annotations

from rushi.kernel.errors import Conflict, Invalid, NotAllowed


class NeedsRealName(NotAllowed):
    """The first cash-out needs a verified real name."""

    code = "needs_real_name"
    message = "提现前请先完成实名认证。"


class RecruitsAtWork(Conflict):
    """People whom this agent recruited have work under way that may still pay the agent, who so cannot be erased."""

    code = "recruits_at_work"
    message = (
        "您推荐的人还有 %(count)s 个任务没有结果，通过后会给您计佣金，现在还不能注销。"
        "这些任务最迟 %(day)s 有结果，到时可以再试；他们在此之前新领取的任务也要等结果。"
    )


class BadCardNumber(Invalid):
    """Not a UnionPay card number."""

    code = "bad_card_number"
    message = "银行卡号有误，请核对后重新输入。"


class UnknownBank(Invalid):
    """Not a bank of the list."""

    code = "unknown_bank"
    message = "请从列表中选择银行。"


class TooManyBankAccounts(Conflict):
    """A person keeps a handful of cards."""

    code = "too_many_bank_accounts"
    message = "最多保存 %(count)s 张银行卡，请先删除一张。"


class BelowMinimum(Invalid):
    """The amount is below the minimum of a payout."""

    code = "below_minimum"
    message = "单笔提现不少于 %(yuan)s 元。"


class NothingLeft(Invalid):
    """Tax and fee would eat the payout up."""

    code = "nothing_left"
    message = "扣除个税和手续费后没有余额可付，请增加提现金额。"


class QuoteChanged(Conflict):
    """Tax or fee changed since the person saw them."""

    code = "quote_changed"
    message = "个税或手续费刚刚发生变化，请核对新的到账金额后再确认。"


class NothingToPay(Conflict):
    """No payout waits for a bank file."""

    code = "nothing_to_pay"
    message = "没有待付款的提现申请。"


class OwnMoney(NotAllowed):
    """Finance never decides on money of its own, or of an organisation it belongs to."""

    code = "own_money"
    message = "其中有您自己或您所在机构的款项，请由另一位财务处理。"


class NeedsSecondPerson(NotAllowed):
    """Who made a bank file cannot release it."""

    code = "needs_second_person"
    message = "制单人不能自己复核，请由另一位财务放行。"


class FileNotReleased(Conflict):
    """Only a released bank file can be downloaded or answered."""

    code = "file_not_released"
    message = "这个付款文件还没有放行，或已经作废。"


class FileChanged(Conflict):
    """The bank file made again differs from what was released."""

    code = "file_changed"
    message = "付款文件的内容与放行时不一致，请停止付款并联系运营核查。"


class BadResultFile(Invalid):
    """The bank's result cannot be read."""

    code = "bad_result_file"
    message = "回单文件无法读取：%(why)s"
