"""Every write of paying out: cards, requests, bank files, the bank's results."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from rushi.audit.actions import once, record
from rushi.db.retry import transactional
from rushi.dispatch import actions as claims
from rushi.dispatch import queries as dispatch
from rushi.dispatch.models import Assignment
from rushi.identity import queries as identity
from rushi.identity import sealing
from rushi.identity.actions import erase_user
from rushi.identity.errors import MoneyOwed, WorkOpen
from rushi.identity.models import Membership, Participant, StaffRole, User
from rushi.kernel import clock
from rushi.kernel.errors import NotAllowed, NotFound
from rushi.kernel.ids import uuid7
from rushi.kernel.money import Money
from rushi.ledger import actions as ledger
from rushi.ledger import rules as books
from rushi.ledger.models import Deposit
from rushi.ledger.queries import access_deposit
from rushi.notices.actions import announce
from rushi.payouts import bankfile, queries, rules
from rushi.payouts.errors import (
    BadCardNumber,
    BelowMinimum,
    FileNotReleased,
    NeedsRealName,
    NeedsSecondPerson,
    NothingLeft,
    NothingToPay,
    OwnMoney,
    QuoteChanged,
    RecruitsAtWork,
    TooManyBankAccounts,
    UnknownBank,
)
from rushi.payouts.models import BankAccount, BankFile, Payout
from rushi.transparency.actions import enqueue
from rushi.transparency.models import Kind

# --- the demo's bank ------------------------------------------------------------------------------------------


@transactional
def top_up_in_demo(*, deposit_id: UUID, owner_id: UUID) -> None:
    """In the demo only, let an owner's deposit arrive at once: its finance person confirms it, as on the desk.

    The same action and the same entry as a real deposit. Raises NotAllowed outside the demo, NotFound.
    """
    role = StaffRole.objects.filter(role=StaffRole.Role.FINANCE, user__is_demo=True).order_by("given_at").first()
    if not settings.IS_DEMO or role is None:
        raise NotAllowed
    if access_deposit(deposit_id).owner_id != owner_id:
        raise NotFound
    done = ledger.confirm_deposit(
        actor_id=role.user_id, deposit_id=deposit_id, key=f"demo:{deposit_id}", note="演示到账"
    )
    _tell_deposit(done)


# --- deposits ------------------------------------------------------------------------------------------------


@transactional
def confirm_deposit(*, actor_id: UUID, deposit_id: UUID, key: str, note: str = "") -> None:
    """Finance confirms a deposit, but never for an organisation of one's own: it would make its own money.

    Raises OwnMoney, and what `ledger.confirm_deposit` raises.
    """
    owner_id = access_deposit(deposit_id).owner_id
    if Membership.objects.filter(user_id=actor_id, organisation_id=owner_id).exists():
        raise OwnMoney
    _tell_deposit(ledger.confirm_deposit(actor_id=actor_id, deposit_id=deposit_id, key=key, note=note))


def _tell_deposit(deposit: Deposit) -> None:
    """Tell the organisation's programs, once, that its money has arrived."""
    data = {"deposit_id": deposit.pk, "organisation_id": deposit.owner_id, "amount_fen": deposit.amount_fen}
    announce(
        organisation_id=deposit.owner_id,
        event="deposit.confirmed",
        subject_id=deposit.pk,
        data={**data, "reference": deposit.reference},
        key=str(deposit.pk),
    )


# --- cards ---------------------------------------------------------------------------------------------------


@transactional
def add_bank_account(*, actor_id: UUID, bank: str, number: str) -> BankAccount:
    """Keep a card of one's own (number sealed). The same card again is the same account.

    The payee is always the verified name. Raises NeedsRealName, UnknownBank, BadCardNumber, TooManyBankAccounts.
    """
    digits = rules.normal_card_number(number)
    if bank not in rules.BANKS:
        raise UnknownBank(field="bank")
    if digits is None:
        raise BadCardNumber(field="number")
    if not identity.has_real_name(actor_id):
        raise NeedsRealName
    _lock_user(actor_id)
    mine = list(BankAccount.objects.filter(user_id=actor_id, removed_at=None))
    for account in mine:
        if queries.card_number(account) == digits:
            return account
    if len(mine) >= rules.ACCOUNTS_MAX:
        raise TooManyBankAccounts(count=rules.ACCOUNTS_MAX)
    id_ = uuid7()
    sealed = sealing.seal(digits, context=queries.card_context(id_))
    account = BankAccount.objects.create(
        id=id_, user_id=actor_id, bank=bank, number_sealed=sealed, number_tail=digits[-4:], added_at=clock.now()
    )
    record(actor_id=actor_id, action="bank_account.add", subject_kind="bank_account", subject_id=id_)
    return account


@transactional
def remove_bank_account(*, actor_id: UUID, bank_account_id: UUID) -> None:
    """Forget one's own card for new payouts; payouts under way still go there. Raises NotFound."""
    account = queries.access_bank_account(actor_id, bank_account_id)
    account.removed_at = clock.now()
    account.save(update_fields=["removed_at"])
    record(actor_id=actor_id, action="bank_account.remove", subject_kind="bank_account", subject_id=account.id)


def _lock_user(user_id: UUID) -> None:
    # one payout or card at a time a person: tax depends on the payouts before
    if User.objects.select_for_update(no_key=True).filter(id=user_id).values_list("id").first() is None:
        raise NotFound


# --- leaving -------------------------------------------------------------------------------------------------


@transactional
def leave(*, actor_id: UUID) -> None:
    """Close one's own account for good: cards that paid nobody are forgotten, then identity erases the person.

    Cards of earlier payouts stay with the books, as the law asks. Claims halt meanwhile: none of one's own
    begins, none of a recruit fixes an agent who is going. Raises WorkOpen (work or an appeal undecided), RecruitsAtWork
    (work that may still pay the agent), MoneyOwed (a balance, or a payout under way), LastOwner.
    """
    _refuse_while_recruits_work(actor_id)  # without a lock: who has to wait halts nobody
    claims.halt_claims()
    _lock_user(actor_id)
    # An appeal locks its participant before it opens: it is seen here, or it sees that the person is gone.
    Participant.objects.select_for_update(no_key=True).filter(pk=actor_id).first()
    _refuse_while_recruits_work(actor_id)
    mine = Assignment.objects.filter(participant_id=actor_id)
    if mine.filter(Q(status__in=[*dispatch.OPEN, *dispatch.UNDECIDED]) | Q(appeal__status="open")).exists():
        raise WorkOpen
    under_way = [Payout.Status.REQUESTED, Payout.Status.PROCESSING]
    if queries.payouts_of(actor_id).filter(status__in=under_way).exists():
        raise MoneyOwed
    cards = BankAccount.objects.filter(user_id=actor_id)
    cards.exclude(id__in=queries.payouts_of(actor_id).values("bank_account_id")).delete()
    cards.filter(removed_at=None).update(removed_at=clock.now())
    erase_user(actor_id=actor_id, user_id=actor_id)


def _refuse_while_recruits_work(user_id: UUID) -> None:
    if found := queries.recruits_open(user_id):
        raise RecruitsAtWork(count=found.count, day=found.day.isoformat())


# --- asking --------------------------------------------------------------------------------------------------


@transactional
def request_payout(
    *,
    actor_id: UUID,
    source: str,
    owner_id: UUID,
    bank_account_id: UUID,
    amount_fen: int,
    key: str,
    net_fen_shown: int | None = None,
) -> Payout:
    """Ask for `amount_fen` (gross) from one's rewards (`participant`) or commissions (`agent`).

    Tax and fee are computed now; `net_fen_shown` is what the person saw and must still be true. The money waits
    in clearing. Raises NeedsRealName, BelowMinimum, NothingLeft, QuoteChanged, InsufficientBalance, NotFound.
    """
    payload = {"source": source, "owner_id": owner_id, "bank_account_id": bank_account_id, "amount_fen": amount_fen}

    def run() -> dict[str, object]:
        return {"payout_id": _request(actor_id, source, owner_id, bank_account_id, amount_fen, net_fen_shown)}

    answer = once(actor_id=actor_id, key=key, action="payout.request", payload=payload, run=run)
    return Payout.objects.get(id=answer["payout_id"])


def _request(
    actor_id: UUID, source: str, owner_id: UUID, bank_account_id: UUID, amount_fen: int, shown: int | None
) -> UUID:
    if queries.source_owner(actor_id, source) != owner_id:
        raise NotFound
    account = queries.access_bank_account(actor_id, bank_account_id)
    name = identity.verified_name(actor_id, purpose="payout")
    if name is None:
        raise NeedsRealName
    _lock_user(actor_id)
    quote = queries.quote_payout(actor_id, amount_fen)
    _check(quote, shown)
    id_ = uuid7()
    payout = Payout.objects.create(
        id=id_,
        user_id=actor_id,
        payee_sealed=sealing.seal(name, context=queries.payee_context(id_)),
        bank_account=account,
        source=source,
        owner_id=owner_id,
        gross_fen=quote.gross_fen,
        tax_fen=quote.tax_fen,
        fee_fen=quote.fee_fen,
        net_fen=quote.net_fen,
        method=quote.withholding.method.name,
        requested_at=clock.now(),
    )
    draft = books.payout_request(payout.id, (rules.SOURCE_ACCOUNT[source], owner_id), payout.gross_fen)
    ledger.post(actor_id=actor_id, drafts=[draft])
    _record(actor_id, "payout.request", payout)
    return payout.id


def _check(quote: rules.Quote, shown: int | None) -> None:
    minimum = queries.minimum_fen()
    if quote.gross_fen < minimum:
        raise BelowMinimum(yuan=Money(minimum).yuan, field="amount")
    if quote.net_fen <= 0:
        raise NothingLeft(field="amount")
    if shown is not None and shown != quote.net_fen:
        raise QuoteChanged


def _record(actor_id: UUID | None, action: str, payout: Payout, **more: object) -> None:
    detail = {"gross_fen": payout.gross_fen, "tax_fen": payout.tax_fen, "fee_fen": payout.fee_fen, **more}
    record(actor_id=actor_id, action=action, subject_kind="payout", subject_id=payout.id, detail=detail)


# --- bank files ----------------------------------------------------------------------------------------------


@transactional
def make_bank_file(*, actor_id: UUID, key: str) -> BankFile:
    """Put everything that waits (at most 1,000, oldest first) into one file, to be released by somebody else.

    Raises NothingToPay.
    """
    answer = once(
        actor_id=actor_id,
        key=key,
        action="bank_file.make",
        payload={},
        run=lambda: {"file_id": _make(actor_id)},
    )
    return BankFile.objects.get(id=answer["file_id"])


def _make(actor_id: UUID) -> UUID:
    waiting = Payout.objects.filter(status=Payout.Status.REQUESTED, bank_file=None).order_by("requested_at", "id")
    ids = list(waiting.values_list("id", flat=True)[: rules.FILE_PAYOUTS_MAX])
    payouts = [p for p in _locked(ids) if p.status == Payout.Status.REQUESTED and p.bank_file_id is None]
    if not payouts:
        raise NothingToPay
    file = BankFile.objects.create(
        id=uuid7(),
        payout_count=len(payouts),
        total_fen=sum(p.net_fen for p in payouts),
        sha256=bankfile.digest(queries.bank_text(payouts)),
        made_by=actor_id,
        made_at=clock.now(),
    )
    Payout.objects.filter(id__in=[p.id for p in payouts]).update(bank_file=file)
    _record_file(actor_id, "bank_file.make", file, payouts=[p.id for p in payouts])
    return file.id


def _locked(ids: Sequence[UUID]) -> list[Payout]:
    locked = Payout.objects.select_for_update(no_key=True, of=("self",)).filter(id__in=ids).order_by("id")
    return list(locked.select_related("bank_account"))


def _locked_file(file_id: UUID) -> BankFile:
    file = BankFile.objects.select_for_update(no_key=True).filter(id=file_id).first()
    if file is None:
        raise NotFound
    return file


def _record_file(actor_id: UUID, action: str, file: BankFile, **more: object) -> None:
    detail = {"payout_count": file.payout_count, "total_fen": file.total_fen, "sha256": file.sha256, **more}
    record(actor_id=actor_id, action=action, subject_kind="bank_file", subject_id=file.id, detail=detail)


@transactional
def release_bank_file(*, actor_id: UUID, file_id: UUID) -> BankFile:
    """A second person lets the file go to the bank; its payouts are processing from now on. A replay does nothing.

    Raises NeedsSecondPerson (the maker), FileNotReleased (cancelled), FileChanged (its content is not what was made).
    """
    file = _locked_file(file_id)
    if file.made_by == actor_id:
        raise NeedsSecondPerson
    if file.status in (BankFile.Status.RELEASED, BankFile.Status.CLOSED):
        return file
    if file.status != BankFile.Status.MADE:
        raise FileNotReleased
    queries.check_unchanged(file)
    file.status, file.released_by, file.released_at = BankFile.Status.RELEASED, actor_id, clock.now()
    file.save(update_fields=["status", "released_by", "released_at"])
    Payout.objects.filter(bank_file=file).update(status=Payout.Status.PROCESSING)
    _record_file(actor_id, "bank_file.release", file)
    return file


@transactional
def cancel_bank_file(*, actor_id: UUID, file_id: UUID, reason: str) -> BankFile:
    """Take back a file that was not released; its payouts wait for the next one. A replay does nothing.

    Raises FileNotReleased when it has gone to the bank: from there only the bank's result leads on.
    """
    file = _locked_file(file_id)
    if file.status == BankFile.Status.CANCELLED:
        return file
    if file.status != BankFile.Status.MADE:
        raise FileNotReleased
    file.status = BankFile.Status.CANCELLED
    file.save(update_fields=["status"])
    Payout.objects.filter(bank_file=file).update(bank_file=None)
    _record_file(actor_id, "bank_file.cancel", file, reason=reason[:200])
    return file


# --- the bank's result ---------------------------------------------------------------------------------------


@transactional
def import_result(*, actor_id: UUID, file_id: UUID, text: str) -> list[queries.Outcome]:
    """Apply the bank's answer line by line: paid ones are posted, failed ones go back to their owners.

    Idempotent by line: what was applied before is `already`; what contradicts the books is shown and not applied.
    Answers the same outcomes that `queries.preview_result` showed. Raises FileNotReleased, BadResultFile,
    OwnMoney (it decides a payout of one's own: said to have failed, it could be drawn twice).
    """
    file = _locked_file(file_id)
    _locked(list(Payout.objects.filter(bank_file=file).values_list("id", flat=True)))
    outcomes = queries.preview_result(file.id, text)
    if any(o.payout is not None and o.payout.user_id == actor_id and o.what in ("pay", "fail") for o in outcomes):
        raise OwnMoney
    now, drafts = clock.now(), []
    for outcome in outcomes:
        if outcome.payout is None or outcome.what not in ("pay", "fail"):
            continue
        drafts.append(_apply(outcome.payout, outcome, actor_id))
        outcome.payout.settled_at = now
        outcome.payout.save(update_fields=["status", "settled_at", "failure", "bank_reference"])
    ledger.post(actor_id=actor_id, drafts=drafts)
    paid = [o.payout.id for o in outcomes if o.payout is not None and o.what == "pay"]
    enqueue(kind=Kind.PAYOUT, subjects=paid, at=now)
    if drafts:
        counts = {what: sum(o.what == what for o in outcomes) for what in ("pay", "fail")}
        _record_file(actor_id, "bank_file.result", file, result_sha256=bankfile.digest(text), **counts)
    _close_if_done(file)
    return outcomes


def _apply(payout: Payout, outcome: queries.Outcome, actor_id: UUID) -> books.Draft:
    payout.bank_reference = outcome.line.reference
    if outcome.what == "pay":
        payout.status = Payout.Status.PAID
        _record(actor_id, "payout.paid", payout)
        return books.payout_paid(payout.id, payout.owner_id, payout.net_fen, payout.tax_fen, payout.fee_fen)
    return _fail(actor_id, payout, outcome.line.reason or "银行未说明原因")


def _fail(actor_id: UUID, payout: Payout, reason: str) -> books.Draft:
    payout.status, payout.failure = Payout.Status.FAILED, reason
    _record(actor_id, "payout.failed", payout, reason=reason)
    account = (rules.SOURCE_ACCOUNT[payout.source], payout.owner_id)
    return books.payout_failed(payout.id, account, payout.gross_fen)


def _close_if_done(file: BankFile) -> None:
    if file.status == BankFile.Status.RELEASED and not file.payouts.filter(status=Payout.Status.PROCESSING).exists():
        file.status = BankFile.Status.CLOSED
        file.save(update_fields=["status"])
