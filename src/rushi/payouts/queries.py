"""Reads of paying out: what a person may take out, their cards and payouts, bank files and results."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max, QuerySet, Sum

from rushi.audit.actions import record
from rushi.audit.queries import setting
from rushi.dispatch import queries as dispatch
from rushi.dispatch.models import Assignment, AssignmentStatus, Undecided
from rushi.identity import queries as identity
from rushi.identity import sealing
from rushi.identity.models import Agent, Participant
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.ledger import queries as ledger
from rushi.payouts import bankfile, rules
from rushi.payouts.errors import BadResultFile, FileChanged, FileNotReleased
from rushi.payouts.models import BankAccount, BankFile, Payout
from rushi.payouts.withholding import Income

# --- for the person ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Payable:
    """What a person can take out of one source, and what is still needed."""

    source: str
    owner_id: UUID
    balance_fen: int
    minimum_fen: int
    fee_fen: int
    has_real_name: bool


def source_owner(user_id: UUID, source: str) -> UUID | None:
    """Whose ledger account this user's source is (the user's or their agent's); None when they have none."""
    if source == Payout.Source.PARTICIPANT:
        return user_id if Participant.objects.filter(pk=user_id).exists() else None
    if source == Payout.Source.AGENT:
        return Agent.objects.filter(user_id=user_id).values_list("id", flat=True).first()
    return None


@dataclass(frozen=True, slots=True)
class RecruitsOpen:
    """Work that may still pay an agent a commission: how much of it, and the day by which the last is decided."""

    count: int
    day: dt.date


def recruits_open(user_id: UUID) -> RecruitsOpen | None:
    """Work of this user's recruits that is open, undecided, or rejected with its money kept; None when there is none.

    Asked in the order in which work moves, so that what moves meanwhile is seen once at least. A lease is over for a
    hand-in that began before it ran out, so the last ten minutes count as open (`dispatch_expire_v2`).
    """
    agent_id, now = source_owner(user_id, Payout.Source.AGENT), clock.now()
    if agent_id is None:
        return None
    appeal, work = dt.timedelta(days=setting("appeal_days", now)), Assignment.objects.filter(agent_id=agent_id)
    leases = work.filter(status__in=dispatch.OPEN, lease_expires_at__gt=now - dt.timedelta(minutes=10)).aggregate(
        count=Count("pk"), at=Max("lease_expires_at"), days=Max("campaign__auto_accept_days")
    )
    undecided = Undecided.objects.filter(agent_id=agent_id).aggregate(count=Count("pk"), at=Max("due_at"))
    rejected = work.filter(
        status=AssignmentStatus.REJECTED, verdict__outcome="rejected", verdict__reserve_released_at=None
    ).aggregate(count=Count("pk"), at=Max("verdict__appeal_until"))
    if not (count := leases["count"] + undecided["count"] + rejected["count"]):
        return None
    decided_in = dt.timedelta(days=leases["days"] or 0)
    waits = ((leases["at"], decided_in + 2 * appeal), (undecided["at"], 2 * appeal), (rejected["at"], appeal))
    return RecruitsOpen(count, clock.shanghai_day(max(at + wait for at, wait in waits if at) + dt.timedelta(days=1)))


def minimum_fen() -> int:
    """The least a payout may be, today."""
    minimum: int = setting("payout_fen_min")
    return minimum


def payable(user_id: UUID, source: str) -> Payable:
    """What this user can take out of a source (`participant` or `agent`). Raises NotFound when they have none."""
    owner_id = source_owner(user_id, source)
    if owner_id is None:
        raise NotFound
    return Payable(
        source=source,
        owner_id=owner_id,
        balance_fen=ledger.balance_fen(rules.SOURCE_ACCOUNT[source], owner_id),
        minimum_fen=minimum_fen(),
        fee_fen=setting("payout_fee_fen"),
        has_real_name=identity.has_real_name(user_id),
    )


def quote_payout(user_id: UUID, amount_fen: int, at: dt.datetime | None = None) -> rules.Quote:
    """What a payout of `amount_fen` gross comes to now: gross, tax, fee, net, and how the tax came about.

    The source does not matter: rewards and commissions of a person are taxed together.
    """
    moment = at or clock.now()
    return rules.quote(
        amount_fen,
        setting("payout_fee_fen", moment),
        setting("withholding_method", moment),
        clock.shanghai_day(moment),
        _income_of_the_year(user_id, clock.shanghai_day(moment).year),
    )


def _income_of_the_year(user_id: UUID, year: int) -> list[Income]:
    begin = clock.shanghai_midnight(dt.date(year, 1, 1))
    rows = Payout.objects.filter(user_id=user_id, requested_at__gte=begin).exclude(status=Payout.Status.FAILED)
    return [
        Income(clock.shanghai_day(at), gross, tax)
        for at, gross, tax in rows.values_list("requested_at", "gross_fen", "tax_fen")
    ]


def bank_accounts(user_id: UUID) -> list[BankAccount]:
    """The cards a person keeps, newest first."""
    return list(BankAccount.objects.filter(user_id=user_id, removed_at=None).order_by("-added_at"))


def access_bank_account(user_id: UUID, bank_account_id: UUID) -> BankAccount:
    """A card of this person's own. Raises NotFound."""
    account = BankAccount.objects.filter(id=bank_account_id, user_id=user_id, removed_at=None).first()
    if account is None:
        raise NotFound
    return account


def payouts_of(user_id: UUID, source: str = "") -> QuerySet[Payout]:
    """A person's payouts, newest first, cards joined (slice it)."""
    mine = Payout.objects.filter(user_id=user_id).select_related("bank_account").order_by("-requested_at", "-id")
    return mine.filter(source=source) if source else mine


def access_payout(user_id: UUID, payout_id: UUID) -> Payout:
    """A payout of this person's own. Raises NotFound."""
    payout = payouts_of(user_id).filter(id=payout_id).first()
    if payout is None:
        raise NotFound
    return payout


def card_context(bank_account_id: UUID) -> str:
    """What a card's number is sealed to."""
    return f"bank_account:{bank_account_id}"


def card_number(account: BankAccount) -> str:
    """The card number in the clear: for the bank file and comparison only, never for a page."""
    return sealing.unseal(account.number_sealed, context=card_context(account.id))


# --- for the finance desk ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for a bank file."""

    count: int
    net_fen: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one line of the bank's result does. `what`: pay, fail, already, conflict, unknown, bad."""

    line: bankfile.ResultLine
    what: str
    payout: Payout | None = None
    why: str = ""


def waiting() -> Queue:
    """How many payouts wait for a bank file, and what they come to."""
    rows = Payout.objects.filter(status=Payout.Status.REQUESTED, bank_file=None)
    return Queue(rows.count(), rows.aggregate(total=Sum("net_fen"))["total"] or 0)


def payouts(status: str = "", file_id: UUID | None = None) -> QuerySet[Payout]:
    """Payouts for the finance desk, newest first; those of one bank file in the file's own order."""
    wanted = Payout.objects.select_related("user", "bank_account").order_by("-requested_at", "-id")
    if status:
        wanted = wanted.filter(status=status)
    return wanted if file_id is None else wanted.filter(bank_file_id=file_id).order_by("requested_at", "id")


def bank_files() -> QuerySet[BankFile]:
    """Bank files, newest first."""
    return BankFile.objects.order_by("-made_at", "-id")


def access_bank_file(file_id: UUID) -> BankFile:
    """One bank file for the finance desk. Raises NotFound."""
    file = BankFile.objects.filter(id=file_id).first()
    if file is None:
        raise NotFound
    return file


def payee_context(payout_id: UUID) -> str:
    """What a payee's name is sealed to."""
    return f"payout.payee:{payout_id}"


def bank_text(payouts: Iterable[Payout]) -> str:
    """The bank file that pays these payouts (cards joined), in their order of asking; opens names and numbers."""
    return bankfile.bank_csv([_bank_line(row) for row in sorted(payouts, key=lambda row: (row.requested_at, row.id))])


def _bank_line(payout: Payout) -> bankfile.Line:
    name = sealing.unseal(payout.payee_sealed, context=payee_context(payout.id))
    account = payout.bank_account
    return bankfile.Line(payout.id, name, card_number(account), account.bank, payout.net_fen)


def check_unchanged(file: BankFile) -> str:
    """The file's text made again, equal to what was made first. Raises FileChanged."""
    text = bank_text(file.payouts.select_related("bank_account"))
    if bankfile.digest(text) != file.sha256:
        raise FileChanged
    return text


def download(file_id: UUID, actor_id: UUID) -> tuple[str, str]:
    """A released file's name and text for the bank; audited. Raises FileNotReleased, FileChanged, NotFound."""
    file = access_bank_file(file_id)
    if file.status not in (BankFile.Status.RELEASED, BankFile.Status.CLOSED):
        raise FileNotReleased
    day = clock.shanghai_day(file.made_at)
    text = check_unchanged(file)
    record(actor_id=actor_id, action="bank_file.download", subject_kind="bank_file", subject_id=file.id)
    return f"payouts-{day:%Y%m%d}-{str(file.id)[-6:]}.csv", text


def preview_result(file_id: UUID, text: str) -> list[Outcome]:
    """What importing the bank's answer would do, line by line, doing nothing. Raises FileNotReleased, BadResultFile."""
    file = access_bank_file(file_id)
    if file.status not in (BankFile.Status.RELEASED, BankFile.Status.CLOSED):
        raise FileNotReleased
    try:
        lines = bankfile.parse_result(text)
    except bankfile.UnreadableResult as error:
        raise BadResultFile(why=str(error)) from error
    found = {row.id: row for row in payouts(file_id=file.id)}
    outcomes, seen = [], set()
    for line in lines:
        outcome = _outcome(line, found.get(line.payout_id) if line.payout_id else None)
        if line.payout_id in seen and not line.fault:
            outcome = Outcome(line, "bad", outcome.payout, "同一业务编号出现了两次")
        seen.add(line.payout_id)
        outcomes.append(outcome)
    return outcomes


def _outcome(line: bankfile.ResultLine, payout: Payout | None) -> Outcome:
    if line.fault:
        return Outcome(line, "bad", payout, line.fault)
    if payout is None:
        return Outcome(line, "unknown", None, "这个文件里没有这笔提现")
    if line.amount_fen is not None and line.amount_fen != payout.net_fen:
        return Outcome(line, "conflict", payout, "金额与付款文件不一致")
    if payout.status == Payout.Status.PROCESSING:
        return Outcome(line, "pay" if line.paid else "fail", payout)
    if (payout.status == Payout.Status.PAID) == line.paid:
        return Outcome(line, "already", payout)
    return Outcome(line, "conflict", payout, "与已记账的结果相反，请人工核查")
