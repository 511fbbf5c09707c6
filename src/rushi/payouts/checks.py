"""Every invariant about money in plain words, for the finance desk's full check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rushi.db import invariants

SAID = {
    "ledger.every_entry_balances": "每笔分录至少两行，借贷相等",
    "ledger.every_posting_has_entry_and_account": "每一行过账都有分录和账户",
    "ledger.every_balance_is_the_sum_of_its_postings": "每个账户的余额等于它全部过账之和",
    "ledger.the_books_sum_to_zero": "全部余额之和为零",
    "ledger.the_bank_mirrors_the_rest": "银行存款等于应付加服务费收入",
    "ledger.no_balance_is_negative": "没有账户透支",
    "ledger.every_settlement_is_its_split": "每笔结算：总额 ＝ 报酬 ＋ 佣金 ＋ 服务费，并各入其账",
    "ledger.no_settlement_hides_among_plain_entries": "结算只有一种记法，别的分录里没有结算",
    "ledger.ids_derive_from_what_they_stand_for": "账户和分录的编号由其内容推出，同一笔业务不可能记两次",
    "ledger.confirmed_deposits_are_in_the_books": "确认的充值都已记账，没确认的都没有记账",
    "ledger.every_deposit_entry_has_its_deposit": "每笔充值分录都有财务确认过的充值申请",
    "ledger.refunds_are_in_the_outbox": "每笔活动退款都等着写入公开日志",
    "campaigns.budget_is_places_times_unit_and_reserve": "活动预算足够支付全部名额",
    "campaigns.budget_never_overspent": "预留、结算和退款之和不超过活动预算",
    "campaigns.places_never_oversold": "没有名额超卖",
    "campaigns.escrow_equals_the_rest_of_the_budget": "账簿中的活动预算等于预算减去已结算和已退款",
    "campaigns.only_live_campaigns_are_open": "只有进行中的活动可以领取",
    "campaigns.money_only_after_approval": "活动通过审核之后才有钱进来",
    "campaigns.closed_means_nothing_left": "已结束的活动不再占用一分钱",
    "payouts.clearing_is_the_open_payouts": "提现处理中的钱等于未完成的提现",
    "payouts.every_payout_is_in_the_books": "每笔提现都按它的状态记了账",
    "payouts.every_payout_entry_has_its_payout": "每笔提现分录都有提现申请",
    "payouts.tax_payable_is_what_was_withheld": "应缴税款等于已付提现所扣的个税",
    "payouts.payouts_are_in_the_outbox": "每笔付出的提现都等着写入公开日志",
    "payouts.bank_files_add_up": "付款文件的笔数和金额等于其中的提现",
    "payouts.two_people_for_every_bank_file": "每个付款文件的制单和复核是两个人",
}
_ROOMS = ("ledger.", "campaigns.", "payouts.")


@dataclass(frozen=True, slots=True)
class Said:
    """One check: its name, what it says in Chinese (for the `tr` filter), whether it holds, offending rows."""

    name: str
    text: str
    ok: bool
    rows: list[dict[str, Any]]


def checks() -> list[Said]:
    """Every invariant about money, run now (reads the whole books)."""
    found = [check for check in invariants.run() if check.name.startswith(_ROOMS)]
    return [Said(check.name, SAID.get(check.name, ""), check.ok, check.rows) for check in found]
