"""Every write of verdicts: judging, paying, rejecting, appeals, and the advertiser's word on a delivery."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.db.models import Sum

from rushi.audit.actions import record
from rushi.audit.queries import setting
from rushi.campaigns.models import Campaign
from rushi.db import sql
from rushi.db.errors import translated
from rushi.db.gathering import Gathering
from rushi.db.retry import single, transactional
from rushi.dispatch import actions as dispatch
from rushi.dispatch.errors import LeaseOver
from rushi.dispatch.models import Assignment, AssignmentStatus
from rushi.evidence import actions as evidence_writes
from rushi.evidence import queries as evidence
from rushi.evidence import rules as work_rules
from rushi.evidence.errors import WatchRestarted
from rushi.evidence.rules import Asked, Work
from rushi.identity.models import Membership, Participant, StaffRole, User
from rushi.identity.queries import access_organisation, is_staff
from rushi.kernel import clock
from rushi.kernel.errors import NotAllowed, NotFound, RushiError
from rushi.kernel.ids import uuid7
from rushi.ledger.actions import post, release_pending
from rushi.ledger.queries import fees_by_shard
from rushi.ledger.rules import fee_refund
from rushi.notices.actions import announce
from rushi.notices.queries import listening_organisations
from rushi.transparency.actions import enqueue
from rushi.transparency.models import Kind
from rushi.verdicts import errors, rules
from rushi.verdicts.models import Appeal, Delivery, SampleItem, Verdict
from rushi.verdicts.queries import facts_of

TEXT_CHARS_MAX = 500


_REFUSALS: Mapping[str, type[RushiError]] = {
    "not_found": NotFound,
    "lease_over": LeaseOver,
    "restarted": WatchRestarted,
}


@dataclass(frozen=True, slots=True)
class Handing:
    """Somebody hands in: whose assignment, the token of the watch, what they said (question id → value)."""

    actor_id: UUID
    assignment_id: UUID
    token: str
    said: Mapping[str, str]


def hand_in(*, actor_id: UUID, assignment_id: UUID, token: str, answers: Mapping[str, str]) -> str:
    """Hand in, judge on the facts and pay when they hold: one call of the database after one look.

    Answers `accepted` (and paid), `in_review` (a reviewer decides) or, of a replay, `already`: the first hand-in
    stands, whatever the second one says. Raises NotFound (not theirs), TokenInvalid, WatchExpired, WatchRestarted,
    NotWatched, AnswersIncomplete, LeaseOver.
    """
    outcome = _hand_in_together(Handing(actor_id, assignment_id, token, answers))
    if isinstance(outcome, RushiError):
        raise outcome
    return outcome


def hand_in_all(handings: Sequence[Handing]) -> list[str | RushiError]:
    """Hand in a batch as `hand_in` does; what became of each in order, a refusal as the error it would raise."""
    at = clock.now()
    told: list[str | RushiError] = ["already"] * len(handings)
    works: list[tuple[int, Work, int]] = []
    found = evidence.at_hand([(one.assignment_id, one.actor_id) for one in handings])
    for place, (one, at_hand) in enumerate(zip(handings, found, strict=True)):
        try:
            if at_hand is None:
                raise NotFound
            if not at_hand.is_handed_in:
                works.append((place, _read(one, at_hand, at), least_ms(at_hand.asked)))
        except RushiError as refusal:
            told[place] = refusal
    if works:
        outcomes = hand_in_works(
            works=[work for _, work, _ in works], answer_ms_min=[least for _, _, least in works], at=at
        )
        for (place, _, _), outcome in zip(works, outcomes, strict=True):
            refusal_class = _REFUSALS.get(outcome)
            told[place] = refusal_class() if refusal_class else outcome
    return told


def _read(one: Handing, found: evidence.AtHand, at: dt.datetime) -> Work:
    who = {"assignment_id": one.assignment_id, "participant_id": one.actor_id, "campaign_id": found.campaign_id}
    return evidence.read_work(**who, token=one.token, asked=found.asked, answers=one.said, at=at)


_hand_in_together = Gathering(hand_in_all)


@single
def hand_in_works(*, works: Sequence[Work], answer_ms_min: Sequence[int], at: dt.datetime) -> list[str]:
    """Hand in, judge and pay a batch in one call; what became of each item, in order.

    `accepted`, `in_review`, `already`, `not_found`, `lease_over` or `restarted`. `answer_ms_min` is the least time
    that each item's questions take (`least_ms`).
    """
    columns = work_rules.fact_columns(works)
    who, facts = columns[:4], columns[4:]
    said = work_rules.said_columns(works)
    limits = (rules.COVERAGE_BPS_MIN, rules.REFUSED_MS_MAX, rules.OVERLAP_MS_MAX)
    with translated():
        rows = sql.call("verdicts_hand_in_v1", *who, at, *facts, list(answer_ms_min), *said, *limits)
    return [row["outcome"] for row in rows]


@lru_cache(maxsize=4096)
def least_ms(asked: tuple[Asked, ...]) -> int:
    """The least time in which the required ones of these questions can be read and answered, in ms."""
    return rules.answer_ms_min(one.text + "".join(one.options) for one in asked if one.is_required)


@transactional
def judge(*, assignment_ids: Sequence[UUID]) -> int:
    """Judge handed-in work on its facts: accept and pay what holds, leave the rest to a reviewer; how many accepted.

    Work that is judged or in review already is left alone.
    """
    ids = list(assignment_ids)
    dispatch.lock(assignment_ids=ids)
    waiting = Assignment.objects.filter(pk__in=ids, status=AssignmentStatus.SUBMITTED).values_list("pk", flat=True)
    accepted: list[UUID] = []
    doubtful: list[UUID] = []
    for assignment_id, facts in facts_of(list(waiting)).items():
        (accepted if isinstance(rules.judge(facts), rules.Accept) else doubtful).append(assignment_id)
    now = clock.now()
    if doubtful:
        sql.call("dispatch_decide_v1", doubtful, [AssignmentStatus.SUBMITTED], AssignmentStatus.IN_REVIEW, now)
    return len(_settle(accepted, Verdict.Basis.FACTS, None, now))


@transactional
def judge_submitted(*, limit: int = 1000) -> int:
    """Judge up to `limit` submissions that nobody judged yet; how many were looked at."""
    ids = [row["id"] for row in sql.rows("verdicts", "submitted", {"limit": limit})]
    judge(assignment_ids=ids)
    return len(ids)


@transactional
def accept_overdue(*, limit: int = 1000) -> int:
    """Silence accepts: pay what was handed in and not decided by its deadline; how many."""
    now = clock.now()
    ids = [row["id"] for row in sql.rows("verdicts", "overdue", {"at": now, "limit": limit})]
    return len(_settle(ids, Verdict.Basis.SILENCE, None, now))


def _settle(ids: Sequence[UUID], basis: str, actor_id: UUID | None, at: dt.datetime) -> set[UUID]:
    if not ids:
        return set()
    with translated():
        return {row["verdicts_settle_v2"] for row in sql.call("verdicts_settle_v2", list(ids), basis, actor_id, at)}


@transactional
def accept(*, actor_id: UUID, assignment_id: UUID) -> Verdict:
    """A reviewer accepts work: paid in the same transaction. Accepting accepted work changes nothing.

    Raises NotAllowed, OwnInterest, AlreadyJudged (rejected, or not handed in), NotFound.
    """
    require_reviewer(actor_id, assignment_id)
    if _settle([assignment_id], Verdict.Basis.REVIEWER, actor_id, clock.now()):
        record(actor_id=actor_id, action="verdict.accept", subject_kind="assignment", subject_id=assignment_id)
    verdict = Verdict.objects.filter(pk=assignment_id, outcome=Verdict.Outcome.ACCEPTED).first()
    if verdict is None:
        raise errors.AlreadyJudged
    return verdict


@transactional
def reject(*, actor_id: UUID, assignment_id: UUID, code: str, reason: str) -> Verdict:
    """A reviewer rejects work, citing a code that the facts bear out and saying why in words.

    The place reopens; the money stays reserved until the appeal window ends. The same rejection again changes
    nothing. Raises NotAllowed, OwnInterest, ReasonTooShort, TextTooLong, FactNotShown, AlreadyJudged, NotFound.
    """
    require_reviewer(actor_id, assignment_id)
    reason = checked_text(reason)
    facts = facts_of([assignment_id]).get(assignment_id)
    if facts is None:
        raise errors.AlreadyJudged
    if code not in rules.shown_by(facts):
        raise errors.FactNotShown
    now = clock.now()
    until = now + dt.timedelta(days=setting("appeal_days", now))
    if sql.call("verdicts_reject_v2", [assignment_id], code, reason, actor_id, now, until):
        detail = {"code": code}
        record(
            actor_id=actor_id,
            action="verdict.reject",
            subject_kind="assignment",
            subject_id=assignment_id,
            detail=detail,
        )
    verdict = Verdict.objects.filter(pk=assignment_id, outcome=Verdict.Outcome.REJECTED).first()
    if verdict is None or (verdict.code, verdict.reason, verdict.decided_by) != (code, reason, actor_id):
        raise errors.AlreadyJudged
    return verdict


@transactional
def appeal(*, actor_id: UUID, assignment_id: UUID, text: str) -> Appeal:
    """A participant asks for a rejection to be reconsidered; once, within the window. Asking again changes nothing.

    Undecided by its due day, the person wins. Raises NotFound (not theirs), AppealNotPossible, ReasonTooShort,
    TextTooLong.
    """
    if not Assignment.objects.filter(pk=assignment_id, participant_id=actor_id).exists():
        raise NotFound
    text = checked_text(text, least=1)
    dispatch.lock(assignment_ids=[assignment_id])
    earlier = Appeal.objects.filter(pk=assignment_id).first()
    if earlier is not None:
        return earlier
    now = clock.now()
    verdict = Verdict.objects.filter(
        pk=assignment_id, outcome=Verdict.Outcome.REJECTED, reserve_released_at=None, appeal_until__gt=now
    ).first()
    if not Participant.objects.filter(pk=actor_id, user__erased_at=None).exists():
        raise NotFound  # left while this waited for the lock: nobody to pay
    if verdict is None or verdict.decided_by is None:
        raise errors.AppealNotPossible
    made = Appeal.objects.create(
        assignment_id=assignment_id,
        text=text,
        rejected_by=verdict.decided_by,
        opened_at=now,
        due_at=now + dt.timedelta(days=setting("appeal_days", now)),
    )
    record(actor_id=actor_id, action="appeal.open", subject_kind="assignment", subject_id=assignment_id)
    return made


@transactional
def decide_appeal(*, actor_id: UUID, assignment_id: UUID, overturn: bool, note: str) -> Appeal:
    """A second reviewer upholds a rejection or overturns it; overturned work is paid at once from its kept money.

    The same decision again changes nothing. Raises NotAllowed, OwnInterest, SecondReviewerNeeded, ReasonTooShort,
    TextTooLong, AppealDecided, NotFound.
    """
    require_reviewer(actor_id, assignment_id)
    note = checked_text(note)
    dispatch.lock(assignment_ids=[assignment_id])
    opened = Appeal.objects.filter(pk=assignment_id).first()
    if opened is None:
        raise errors.AppealDecided
    if opened.rejected_by == actor_id:
        raise errors.SecondReviewerNeeded
    status = Appeal.Status.OVERTURNED if overturn else Appeal.Status.UPHELD
    if opened.status != Appeal.Status.OPEN:
        if (opened.status, opened.decided_by) != (status, actor_id):
            raise errors.AppealDecided
        return opened
    _close_appeal(opened, status, actor_id, note)
    return opened


@transactional
def overturn_overdue_appeals(*, limit: int = 100) -> int:
    """An appeal that nobody decided in time is won by the person, and paid; how many."""
    due = Appeal.objects.filter(status=Appeal.Status.OPEN, due_at__lte=clock.now()).order_by("due_at")
    ids = list(due.values_list("pk", flat=True)[:limit])
    dispatch.lock(assignment_ids=ids)
    still_open = Appeal.objects.filter(pk__in=ids, status=Appeal.Status.OPEN).order_by("pk")
    for opened in still_open:
        _close_appeal(opened, Appeal.Status.OVERTURNED, None, "")
    return len(still_open)


def _close_appeal(opened: Appeal, status: str, actor_id: UUID | None, note: str) -> None:
    now = clock.now()
    enqueue(kind=Kind.APPEAL, subjects=[opened.pk], at=now)
    opened.status, opened.decided_by, opened.decided_at, opened.note = status, actor_id, now, note
    opened.save(update_fields=["status", "decided_by", "decided_at", "note"])
    if status == Appeal.Status.OVERTURNED:
        moved = _settle([opened.pk], Verdict.Basis.APPEAL, actor_id, now)
    else:
        moved = {row["verdicts_release_v2"] for row in sql.call("verdicts_release_v2", [opened.pk], now)}
    assert moved == {opened.pk}, "an open appeal keeps its money"
    record(
        actor_id=actor_id,
        action=f"appeal.{status}",
        subject_kind="assignment",
        subject_id=opened.pk,
        detail={"first_reviewer": opened.rejected_by},
    )


@transactional
def release_reserves(*, limit: int = 1000) -> int:
    """Free the money of rejections whose appeal window ended without an appeal; how many."""
    now = clock.now()
    ids = [row["id"] for row in sql.rows("verdicts", "reserves_due", {"at": now, "limit": limit})]
    return len(sql.call("verdicts_release_v2", ids, now))


@transactional
def open_deliveries() -> int:
    """Ask for the advertiser's word on campaigns at their end with nothing left to decide; how many were opened."""
    now = clock.now()
    due = now + dt.timedelta(days=setting("delivery_confirm_days", now))
    opened = [row["campaign_id"] for row in sql.rows("verdicts", "open_deliveries", {"at": now, "due_at": due})]
    heard = listening_organisations(["delivery.awaiting"]) if opened else []
    for campaign in Campaign.objects.filter(pk__in=opened, organisation__in=heard) if heard else ():
        _tell_delivery(campaign, "delivery.awaiting", status=Delivery.Status.AWAITING, due_at=due.isoformat())
    return len(opened)


def _tell_delivery(campaign: Campaign, event: str, **facts: str) -> None:
    """Tell the organisation's programs where the delivery stands, once a step."""
    data = {"campaign_id": campaign.pk, "organisation_id": campaign.organisation_id, "title": campaign.title}
    announce(
        organisation_id=campaign.organisation_id,
        event=event,
        subject_id=campaign.pk,
        data={**data, **facts},
        key=f"{campaign.pk}",
    )


@transactional
def confirm_delivery(*, actor_id: UUID, campaign_id: UUID) -> Delivery:
    """The advertiser confirms what was delivered. Confirming again changes nothing.

    Raises NotFound (not a member, or nothing delivered), NotAllowed (a viewer), DeliveryDecided.
    """
    delivery = _locked_delivery(actor_id, campaign_id)
    if delivery.status == Delivery.Status.CONFIRMED:
        return delivery
    if delivery.status != Delivery.Status.AWAITING:
        raise errors.DeliveryDecided
    _decide_delivery(delivery, Delivery.Status.CONFIRMED, actor_id)
    return delivery


@transactional
def dispute_delivery(*, actor_id: UUID, campaign_id: UUID, reason: str) -> Delivery:
    """The advertiser disputes a delivery: a random sample of the accepted work is re-examined.

    Nothing that was paid is taken back. Disputing again changes nothing. Raises what `confirm_delivery` raises,
    ReasonTooShort, TextTooLong.
    """
    reason = checked_text(reason)
    delivery = _locked_delivery(actor_id, campaign_id)
    if delivery.status == Delivery.Status.DISPUTED:
        return delivery
    if delivery.status != Delivery.Status.AWAITING:
        raise errors.DeliveryDecided
    drawn = sql.rows("verdicts", "draw_sample", {"campaign": campaign_id, "size": rules.SAMPLE_SIZE_MIN})
    delivery.status, delivery.reason, delivery.sample_size = Delivery.Status.DISPUTED, reason, len(drawn)
    delivery.save(update_fields=["status", "reason", "sample_size"])
    record(
        actor_id=actor_id,
        action="delivery.dispute",
        subject_kind="campaign",
        subject_id=campaign_id,
        detail={"sample_size": len(drawn)},
    )
    return delivery


@transactional
def examine_sample_item(*, actor_id: UUID, item_id: int, is_faulty: bool) -> Delivery:
    """A reviewer re-examines one item of a disputed delivery; the last one decides it.

    Faulty means that the facts bear out a rejection code. Then the platform gives back the faulty share of its
    fees; participants keep their pay. The same finding again changes nothing. Raises NotFound, NotAllowed,
    OwnInterest, SecondReviewerNeeded (accepted the work before), FactNotShown, ItemExamined.
    """
    item = SampleItem.objects.filter(pk=item_id).first()
    if item is None:
        raise NotFound
    campaign = require_reviewer(actor_id, item.assignment_id)
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=item.delivery_id)
    item.refresh_from_db()
    if item.is_faulty is not None:
        if (item.is_faulty, item.examined_by) != (is_faulty, actor_id):
            raise errors.ItemExamined
        return delivery
    if Verdict.objects.filter(pk=item.assignment_id, decided_by=actor_id).exists():
        raise errors.SecondReviewerNeeded
    if is_faulty and not rules.shown_by(facts_of([item.assignment_id])[item.assignment_id]):
        raise errors.FactNotShown
    item.is_faulty, item.examined_by, item.examined_at = is_faulty, actor_id, clock.now()
    item.save(update_fields=["is_faulty", "examined_by", "examined_at"])
    record(
        actor_id=actor_id,
        action="sample.examine",
        subject_kind="assignment",
        subject_id=item.assignment_id,
        detail={"is_faulty": is_faulty},
    )
    _close_dispute(delivery, campaign, actor_id)
    return delivery


def _close_dispute(delivery: Delivery, campaign: Campaign, actor_id: UUID) -> None:
    if delivery.sample.filter(is_faulty=None).exists():
        return
    delivery.sample_faults = delivery.sample.filter(is_faulty=True).count()
    done = Assignment.objects.filter(campaign=campaign, status=AssignmentStatus.ACCEPTED)
    fees_fen = done.aggregate(fen=Sum("fee_fen", default=0))["fen"]
    refund_fen = rules.fee_refund_fen(fees_fen, delivery.sample_faults, delivery.sample_size)
    if refund_fen:
        draft = fee_refund(campaign.pk, campaign.organisation_id, fees_by_shard(campaign.pk), refund_fen)
        post(actor_id=actor_id, drafts=[draft])
    status = Delivery.Status.REMEDIED if delivery.sample_faults else Delivery.Status.STANDS
    _decide_delivery(delivery, status, None, {"faults": delivery.sample_faults, "refund_fen": refund_fen})


@transactional
def confirm_silent_deliveries(*, limit: int = 100) -> int:
    """Silence confirms: deliveries that the advertiser neither confirmed nor disputed in time; how many."""
    due = (
        Delivery.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        .select_related("campaign")
        .filter(status=Delivery.Status.AWAITING, due_at__lte=clock.now())
        .order_by("pk")[:limit]
    )
    for delivery in due:
        _decide_delivery(delivery, Delivery.Status.CONFIRMED, None)
    return len(due)


def _locked_delivery(actor_id: UUID, campaign_id: UUID) -> Delivery:
    delivery = (
        Delivery.objects.select_for_update(no_key=True, of=("self",))
        .select_related("campaign")
        .filter(pk=campaign_id)
        .first()
    )
    user = User.objects.filter(pk=actor_id).first()
    if delivery is None or user is None:
        raise NotFound
    access_organisation(user, delivery.campaign.organisation_id, Membership.Role.EDITOR)
    return delivery


def _decide_delivery(
    delivery: Delivery, status: str, actor_id: UUID | None, detail: Mapping[str, int] | None = None
) -> None:
    delivery.status, delivery.confirmed_by, delivery.decided_at = status, actor_id, clock.now()
    delivery.save(update_fields=["status", "confirmed_by", "decided_at", "sample_faults"])
    record(
        actor_id=actor_id,
        action=f"delivery.{status}",
        subject_kind="campaign",
        subject_id=delivery.pk,
        detail=detail,
    )
    _tell_delivery(delivery.campaign, "delivery.decided", status=status)


@transactional
def release_held(*, limit: int = 100) -> int:
    """Make pay available that waits although its person's standing is in order again; how many people."""
    ids = [row["id"] for row in sql.rows("verdicts", "held_without_reason", {"limit": limit})]
    for participant_id in ids:
        release_pending(actor_id=None, participant_id=participant_id, subject_id=uuid7())
    return len(ids)


def evidence_kept_days() -> int:
    """For how many days after the claim bulky evidence is kept at least: what may still be asked about it, a margin."""
    now = clock.now()
    days = setting("auto_accept_days", now) + 2 * setting("appeal_days", now) + setting("evidence_margin_days", now)
    return int(days)


def drop_old_evidence() -> dt.date:
    """Drop the bulky evidence of days past the appeal window and a margin; the first day that is kept.

    What silence may still accept, appeal and its decision take is counted from the claim; a day with work that is
    undecided, appealed or under re-examination is kept, and every later one with it. Facts and answers stay for good.
    """
    first_kept = clock.shanghai_day(clock.now()) - dt.timedelta(days=evidence_kept_days())
    for row in sql.rows("verdicts", "oldest_at_issue"):
        claimed_at = dt.datetime.fromtimestamp((row["id"].int >> 80) / 1000, dt.UTC)
        first_kept = min(first_kept, clock.shanghai_day(claimed_at))
    evidence_writes.drop_bulk_before(day=first_kept)
    return first_kept


def require_reviewer(actor_id: UUID, assignment_id: UUID) -> Campaign:
    """The campaign of an assignment that this reviewer may judge.

    Raises NotFound, NotAllowed (no reviewer), OwnInterest (of the advertiser, their own work, or their commission).
    """
    assignment = Assignment.objects.select_related("campaign", "agent").filter(pk=assignment_id).first()
    if assignment is None:
        raise NotFound
    if not is_staff(actor_id, StaffRole.Role.REVIEWER):
        raise NotAllowed
    campaign = assignment.campaign
    is_member = Membership.objects.filter(user_id=actor_id, organisation_id=campaign.organisation_id).exists()
    earns = assignment.agent is not None and assignment.agent.user_id == actor_id
    if is_member or earns or assignment.participant_id == actor_id:
        raise errors.OwnInterest
    return campaign


def checked_text(text: str, least: int = rules.REASON_CHARS_MIN) -> str:
    """The text without surrounding space. Raises ReasonTooShort, TextTooLong."""
    text = text.strip()
    if len(text) < least:
        raise errors.ReasonTooShort(least=least)
    if len(text) > TEXT_CHARS_MAX:
        raise errors.TextTooLong
    return text
