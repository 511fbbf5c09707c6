"""Reads of the finance desk that join rooms: whose account it is, today's figures, reconciliation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet, Sum

from rushi.audit import queries as audit
from rushi.campaigns.models import Campaign
from rushi.campaigns.models import Status as CampaignStatus
from rushi.db import sql
from rushi.identity.models import Agent, Organisation, User
from rushi.kernel import clock
from rushi.kernel.money import Money
from rushi.ledger import queries as ledger
from rushi.ledger.models import Account, AccountKind, Deposit, Entry, EntryKind, Posting
from rushi.ledger.rules import FEE_SHARDS, NIL_OWNER, fee_owner
from rushi.payouts import bankfile, queries
from rushi.payouts.models import BankFile

LIABILITIES = (
    "advertiser",
    "escrow",
    "participant_pending",
    "participant_available",
    "agent_available",
    "payout_clearing",
    "tax_payable",
)
EXPORT_HEADER = ("时间", "分录编号", "种类", "业务编号", "科目", "户主", "金额（元）")  # messages: keep
EXPORT_ENTRIES_MAX = 20_000
_FEE_OWNERS = frozenset(fee_owner(shard) for shard in range(1, FEE_SHARDS))


@dataclass(frozen=True, slots=True)
class Overview:
    """The finance desk's first page."""

    bank_fen: int
    liabilities: tuple[ledger.TrialRow, ...]
    owed_fen: int
    fee_fen: int
    difference_fen: int
    today: tuple[tuple[str, int, int], ...]
    deposits_count: int
    deposits_fen: int
    waiting: queries.Queue
    files_made_count: int
    files_released_count: int
    settlement_mode: str

    @property
    def balances(self) -> bool:
        """Whether debits equal credits and the bank holds what is owed and earned."""
        return self.difference_fen == 0 and self.bank_fen == self.owed_fen + self.fee_fen


def overview(now: dt.datetime) -> Overview:
    """Bank, liabilities, fees, today's flow (Shanghai), what waits, whether it balances: a fixed number of queries."""
    trial = ledger.trial_balance()
    by_kind = {row.kind: row for row in trial.rows}
    awaiting = ledger.deposits(Deposit.Status.AWAITING)
    flow = ledger.flow(clock.shanghai_midnight(clock.shanghai_day(now)), now + dt.timedelta(seconds=1))
    return Overview(
        bank_fen=by_kind["bank"].debit_fen - by_kind["bank"].credit_fen,
        liabilities=tuple(by_kind[kind] for kind in LIABILITIES),
        owed_fen=sum(by_kind[kind].balance_fen for kind in LIABILITIES),
        fee_fen=by_kind["platform_fee"].balance_fen,
        difference_fen=trial.difference_fen,
        today=tuple((str(EntryKind(kind).label), *flow[kind]) for kind in EntryKind.values if kind in flow),
        deposits_count=awaiting.count(),
        deposits_fen=awaiting.aggregate(total=Sum("amount_fen"))["total"] or 0,
        waiting=queries.waiting(),
        files_made_count=queries.bank_files().filter(status=BankFile.Status.MADE).count(),
        files_released_count=queries.bank_files().filter(status=BankFile.Status.RELEASED).count(),
        settlement_mode=settings.SETTLEMENT_MODE,
    )


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One thing that was done, in words, and by whom."""

    at: dt.datetime
    label: str
    actor: str


_DONE = {
    "deposit.request": "申请充值",
    "deposit.confirm": "确认到账",
    "deposit.decline": "退回充值申请",
    "bank_file.make": "制作付款文件",
    "bank_file.release": "复核放行",
    "bank_file.cancel": "作废付款文件",
    "bank_file.download": "下载付款文件",
    "bank_file.result": "登记银行结果",
}


def history(subject_id: UUID) -> list[HistoryRow]:
    """What happened to a deposit or a bank file, newest first, in Chinese words (for the `tr` filter)."""
    events = audit.history(subject_id)
    names = owner_labels(event.actor_id for event in events if event.actor_id)
    return [
        HistoryRow(e.at, _DONE.get(e.action, e.action), names.get(e.actor_id, "") if e.actor_id else "") for e in events
    ]


# --- whose account -------------------------------------------------------------------------------------------


def owner_labels(owner_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What to call the owners of accounts: organisation, campaign, agent, user, or the number of a fee account's shard.

    Four queries for any number.
    """
    wanted = set(owner_ids) - {NIL_OWNER}
    labels: dict[UUID, str] = {owner: f"№ {owner.int}" for owner in wanted & _FEE_OWNERS}
    wanted -= _FEE_OWNERS
    if not wanted:
        return labels
    labels |= {user.id: str(user) for user in User.objects.filter(id__in=wanted)}
    labels |= dict(Agent.objects.filter(id__in=wanted).values_list("id", "name"))
    labels |= dict(Campaign.objects.filter(id__in=wanted).values_list("id", "title"))
    labels |= dict(Organisation.objects.filter(id__in=wanted).values_list("id", "name"))
    return labels


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account with its owner's name."""

    account: Account
    owner: str


def account_rows(accounts: Sequence[Account]) -> list[AccountRow]:
    """Accounts with their owners' names."""
    labels = owner_labels(account.owner_id for account in accounts)
    return [AccountRow(account, labels.get(account.owner_id, "")) for account in accounts]


def find_accounts(kind: str, text: str, *, with_money: bool) -> QuerySet[Account]:
    """Accounts by kind and by what somebody typed: an owner's id, or a part of a name or campaign title."""
    found = ledger.accounts(kind, with_money=with_money)
    if not text:
        return found
    owner = parse_uuid(text)
    if owner is not None:
        return ledger.accounts(kind, owner, with_money=with_money)
    owners = [
        *Organisation.objects.filter(name__icontains=text).values_list("id", flat=True)[:50],
        *Campaign.objects.filter(title__icontains=text).values_list("id", flat=True)[:50],
        *Agent.objects.filter(name__icontains=text).values_list("id", flat=True)[:50],
        *User.objects.filter(nickname__icontains=text).values_list("id", flat=True)[:50],
    ]
    return found.filter(id__in=[ledger.account_id(k, owner) for owner in owners for k in AccountKind.values])


def parse_uuid(text: str) -> UUID | None:
    """The UUID that somebody typed, or None."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


# --- entries -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PostingRow:
    """One line of an entry with its account's owner."""

    account_id: UUID
    kind_label: str
    owner: str
    amount_fen: int

    @property
    def debit_fen(self) -> int:
        """The amount as a debit, else 0."""
        return max(-self.amount_fen, 0)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with its lines, credits first."""

    entry: Entry
    postings: tuple[PostingRow, ...]

    @property
    def amount_fen(self) -> int:
        """How much moved: the credits."""
        return sum(max(line.amount_fen, 0) for line in self.postings)

    @property
    def debits(self) -> list[PostingRow]:
        """Where the money came from."""
        return [line for line in self.postings if line.amount_fen < 0]

    @property
    def credits(self) -> list[PostingRow]:
        """Where the money went."""
        return [line for line in self.postings if line.amount_fen > 0]


def entry_rows(entries: Sequence[Entry]) -> list[EntryRow]:
    """Entries with their lines and names, in the given order; a fixed number of queries."""
    lines = list(Posting.objects.filter(entry_id__in=[e.id for e in entries]))
    labels = owner_labels(line.owner_id for line in lines)
    by_entry: dict[UUID, list[PostingRow]] = {}
    for line in sorted(lines, key=lambda line: -line.amount_fen):
        row = PostingRow(
            line.account_id,
            str(AccountKind(line.account_kind).label),
            labels.get(line.owner_id, ""),
            line.amount_fen,
        )
        by_entry.setdefault(line.entry_id, []).append(row)
    return [EntryRow(entry, tuple(by_entry.get(entry.id, ()))) for entry in entries]


def subject_of(text: str) -> UUID | None:
    """What an entry is about, as somebody types it: an id, or a deposit's transfer reference. None: no such thing."""
    found = parse_uuid(text)
    if found is not None:
        return found
    return Deposit.objects.filter(reference=text.strip().upper()).values_list("id", flat=True).first()


def export_entries(wanted: QuerySet[Entry]) -> Iterator[str]:
    """The entries as CSV text in pieces, a line a posting, newest first, at most 20,000 entries."""
    yield bankfile.to_csv(EXPORT_HEADER, [])
    for begin in range(0, EXPORT_ENTRIES_MAX, 500):
        page = list(wanted[begin : begin + 500])
        yield bankfile.to_csv([], _export_lines(entry_rows(page)), with_head=False)
        if len(page) < 500:
            return


def _export_lines(rows: Sequence[EntryRow]) -> Iterator[list[str]]:
    for row in rows:
        at = row.entry.at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        head = [at, str(row.entry.id), str(EntryKind(row.entry.kind).label), str(row.entry.subject_id)]
        yield from ([*head, line.kind_label, line.owner, Money(line.amount_fen).yuan] for line in row.postings)


# --- reconciliation ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EscrowRow:
    """What the books hold for a campaign against what its budget says they should."""

    campaign_id: UUID
    title: str
    status: str
    organisation: str
    budget_fen: int
    spent_fen: int
    refunded_fen: int
    expected_fen: int
    escrow_fen: int

    @property
    def difference_fen(self) -> int:
        """Books less budget: zero, or something is wrong."""
        return self.escrow_fen - self.expected_fen

    @property
    def status_label(self) -> str:
        """The campaign's status in Chinese (for the `tr` filter)."""
        return str(CampaignStatus(self.status).label)


@dataclass(frozen=True, slots=True)
class EscrowTotals:
    """All campaigns together."""

    campaigns: int
    expected_fen: int
    escrow_fen: int
    differing: int


def escrow_totals() -> EscrowTotals:
    """Escrow of the books against the budgets, in total and how many campaigns differ."""
    (row,) = sql.rows("payouts", "escrow_totals")
    return EscrowTotals(row["campaigns"], int(row["expected"]), int(row["escrow"]), row["differing"])


def escrow_rows(offset: int, limit: int) -> list[EscrowRow]:
    """Escrow against budget per campaign, differing ones first, then the largest."""
    return [EscrowRow(**row) for row in sql.rows("payouts", "escrow_rows", {"offset": offset, "limit": limit})]
