"""Every write to the books but paying for work (verdicts do, by `ledger_settle_v1`). All end in `ledger_post_v2`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from rushi.audit.actions import once, record
from rushi.db import sql
from rushi.db.errors import translated
from rushi.db.retry import transactional
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.kernel.ids import uuid7
from rushi.ledger import rules
from rushi.ledger.errors import DepositDecided, DepositNeedsAnother, NotAnAmount, Unbalanced
from rushi.ledger.models import Deposit


@transactional
def post(*, actor_id: UUID | None, drafts: Sequence[rules.Draft], at: dt.datetime | None = None) -> set[UUID]:
    """Post plain entries, exactly once each; answer the ids newly posted (a replay answers with an empty set).

    All or nothing. Raises InsufficientBalance, EntryDiffers (posted before with other amounts), Unbalanced.
    """
    if not all(rules.is_balanced(draft.legs) for draft in drafts):
        raise Unbalanced
    with translated(), transaction.atomic():  # a savepoint: a refusal leaves the caller's transaction usable
        rows = sql.call("ledger_post_v2", *_entry_arrays(drafts, actor_id, at or clock.now()), *_leg_arrays(drafts))
    return {row["ledger_post_v2"] for row in rows}


def _entry_arrays(drafts: Sequence[rules.Draft], actor_id: UUID | None, at: dt.datetime) -> list[object]:
    return [
        [draft.id for draft in drafts],
        [draft.kind for draft in drafts],
        [draft.subject_id for draft in drafts],
        actor_id,
        at,
    ]


def _leg_arrays(drafts: Sequence[rules.Draft]) -> list[object]:
    legs = [(draft.id, leg) for draft in drafts for leg in draft.legs]
    return [
        [entry_id for entry_id, _ in legs],
        [leg.kind for _, leg in legs],
        [leg.owner_id for _, leg in legs],
        [leg.amount_fen for _, leg in legs],
    ]


@transactional
def request_deposit(*, actor_id: UUID, owner_id: UUID, amount_fen: int, key: str) -> Deposit:
    """An advertiser says it will send money by bank transfer; the answer carries the reference to quote.

    Nothing is posted until finance confirms. Raises NotAnAmount, KeyReused.
    """
    if not rules.is_amount(amount_fen):
        raise NotAnAmount

    def run() -> dict[str, object]:
        deposit = Deposit.objects.create(
            id=uuid7(),
            owner_id=owner_id,
            amount_fen=amount_fen,
            reference=rules.new_reference(),
            requested_by=actor_id,
            requested_at=clock.now(),
        )
        _record(actor_id, "deposit.request", deposit)
        return {"deposit_id": deposit.id}

    payload = {"owner_id": owner_id, "amount_fen": amount_fen}
    answer = once(actor_id=actor_id, key=key, action="deposit.request", payload=payload, run=run)
    return Deposit.objects.get(id=answer["deposit_id"])


@transactional
def confirm_deposit(*, actor_id: UUID, deposit_id: UUID, key: str, note: str = "") -> Deposit:
    """Finance saw the money in the bank: post it to the advertiser's balance. A replay changes nothing.

    `key` names the click in the audit trail; exactly-once comes from the deposit's state and the entry's id.
    Raises DepositDecided (declined before), DepositNeedsAnother (who asked cannot confirm), NotFound.
    """
    deposit = _locked_deposit(deposit_id)
    if deposit.status == Deposit.Status.CONFIRMED:
        return deposit
    _decide(deposit, actor_id, Deposit.Status.CONFIRMED, note)
    post(actor_id=actor_id, drafts=[rules.deposit(deposit.id, deposit.owner_id, deposit.amount_fen)])
    _record(actor_id, "deposit.confirm", deposit, key)
    return deposit


@transactional
def decline_deposit(*, actor_id: UUID, deposit_id: UUID, note: str, key: str) -> Deposit:
    """Finance did not find the money; `note` says so to the advertiser. Raises DepositDecided, NotFound."""
    deposit = _locked_deposit(deposit_id)
    if deposit.status == Deposit.Status.DECLINED:
        return deposit
    _decide(deposit, actor_id, Deposit.Status.DECLINED, note)
    _record(actor_id, "deposit.decline", deposit, key)
    return deposit


def _locked_deposit(deposit_id: UUID) -> Deposit:
    deposit = Deposit.objects.select_for_update(no_key=True).filter(id=deposit_id).first()
    if deposit is None:
        raise NotFound
    return deposit


def _decide(deposit: Deposit, actor_id: UUID, status: str, note: str) -> None:
    if deposit.status != Deposit.Status.AWAITING:
        raise DepositDecided
    if deposit.requested_by == actor_id:
        raise DepositNeedsAnother
    deposit.status, deposit.decided_by, deposit.decided_at, deposit.note = status, actor_id, clock.now(), note[:200]
    deposit.save(update_fields=["status", "decided_by", "decided_at", "note"])


def _record(actor_id: UUID, action: str, deposit: Deposit, key: str = "") -> None:
    detail = {"amount_fen": deposit.amount_fen, "reference": deposit.reference, **({"key": key} if key else {})}
    record(actor_id=actor_id, action=action, subject_kind="deposit", subject_id=deposit.id, detail=detail)


@transactional
def fund_campaign(
    *, actor_id: UUID, organisation_id: UUID, campaign_id: UUID, amount_fen: int, subject_id: UUID
) -> bool:
    """Move an advertiser's money into a campaign's escrow; False when `subject_id` was funded before.

    Raises InsufficientBalance, NotAnAmount, EntryDiffers.
    """
    if not rules.is_amount(amount_fen):
        raise NotAnAmount
    return bool(post(actor_id=actor_id, drafts=[rules.funding(subject_id, organisation_id, campaign_id, amount_fen)]))


@transactional
def release_pending(*, actor_id: UUID | None, participant_id: UUID, subject_id: UUID) -> int:
    """Move all of a participant's pending money to available, once a subject; answers the fen moved."""
    with translated():
        (row,) = sql.call("ledger_release_v2", participant_id, subject_id, actor_id, clock.now())
    moved: int = row["ledger_release_v2"]
    if moved:
        record(
            actor_id=actor_id,
            action="pending.release",
            subject_kind="participant",
            subject_id=participant_id,
            detail={"amount_fen": moved},
        )
    return moved
