"""Every write of campaigns: the wizard's steps, and the way from draft to closed. Money moves through ledger only.

Doors check who may act (`queries.access_campaign`); these check what may be done. Lock order: the campaign's row, its
budget, then accounts.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from rushi.audit.actions import once, record
from rushi.audit.queries import setting
from rushi.campaigns import errors, media, queries, rules
from rushi.campaigns.models import Budget, Campaign, Kind, Material, Question, Status
from rushi.db import sql
from rushi.db.errors import translated
from rushi.db.retry import transactional
from rushi.identity.queries import publication_obstacle
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.kernel.ids import derived_id, uuid7
from rushi.kernel.money import Money
from rushi.ledger import actions as ledger
from rushi.notices.actions import announce
from rushi.notices.queries import listening_organisations, told
from rushi.notices.rules import AGGREGATE_MIN, milestone

OFFERED_KINDS = (Kind.REACTION, Kind.COMPARE)
PROCESSING_MINUTES = 15
log = structlog.get_logger("rushi.campaigns")


def _locked(campaign_id: UUID) -> Campaign:
    found = Campaign.objects.select_for_update(no_key=True).filter(pk=campaign_id).first()
    if found is None:
        raise NotFound
    return found


def _move(campaign: Campaign, verb: str, actor_id: UUID | None, **changes: Any) -> Campaign:
    """Take `verb` from the state machine, with these column changes, and record it. Raises WrongState."""
    if not rules.allows(verb, campaign.status):
        raise errors.WrongState
    campaign.status = rules.TRANSITIONS[verb][1]
    for name, value in changes.items():
        setattr(campaign, name, value)
    campaign.save(update_fields=["status", *changes])
    record(actor_id=actor_id, action=f"campaign.{verb}", subject_kind="campaign", subject_id=campaign.pk)
    if verb not in {"edit", "fund"}:  # editing is nobody else's news; funding tells what it cost
        _tell(campaign, verb)
    return campaign


def _tell(campaign: Campaign, verb: str, **facts: int) -> None:
    """Tell the organisation's programs what happened to a campaign, in the same transaction."""
    announce(
        organisation_id=campaign.organisation_id,
        event=rules.EVENT_OF[verb],
        subject_id=campaign.pk,
        data={
            "campaign_id": campaign.pk,
            "organisation_id": campaign.organisation_id,
            "kind": campaign.kind,
            "title": campaign.title,
            "status": campaign.status,
            **facts,
        },
    )


def _editing(campaign_id: UUID, actor_id: UUID) -> Campaign:
    """The locked campaign, as a draft: editing what was approved or rejected makes it a draft again."""
    campaign = _locked(campaign_id)
    if campaign.status == Status.DRAFT:
        return campaign
    return _move(campaign, "edit", actor_id, approved_digest="")


# --- the wizard ----------------------------------------------------------------------------------------------


@transactional
def create_campaign(*, actor_id: UUID, organisation_id: UUID, kind: str, key: str) -> Campaign:
    """A new draft of a kind that is offered, with its opening questions. Raises StepFault, KeyReused."""
    if kind not in OFFERED_KINDS:
        raise errors.StepFault(fault="这类任务还没有开放。", field="kind")

    def run() -> dict[str, object]:
        campaign = Campaign.objects.create(
            organisation_id=organisation_id,
            kind=kind,
            auto_accept_days=setting("auto_accept_days"),
            created_by=actor_id,
            created_at=clock.now(),
        )
        _write_questions(campaign, rules.opening_questions(kind))
        record(actor_id=actor_id, action="campaign.create", subject_kind="campaign", subject_id=campaign.pk)
        return {"campaign_id": campaign.pk}

    payload = {"organisation_id": organisation_id, "kind": kind}
    answer = once(actor_id=actor_id, key=key, action="campaign.create", payload=payload, run=run)
    return Campaign.objects.get(pk=answer["campaign_id"])


@transactional
def set_basics(*, actor_id: UUID, campaign_id: UUID, title: str, brief: str) -> Campaign:
    """What it is called and says. Raises StepFault, WrongState."""
    title, brief = title.strip(), brief.strip()
    if not title or len(title) > 60:
        raise errors.StepFault(fault="标题请写 1 到 60 个字。", field="title")
    if not brief or len(brief) > 2000:
        raise errors.StepFault(fault="说明请写 1 到 2000 个字。", field="brief")
    campaign = _editing(campaign_id, actor_id)
    campaign.title, campaign.brief = title, brief
    campaign.save(update_fields=["title", "brief"])
    return campaign


@transactional
def set_questions(*, actor_id: UUID, campaign_id: UUID, questions: Sequence[rules.QuestionDraft]) -> Campaign:
    """Replace all questions. Raises StepFault (QuestionFault with its number) for the first thing wrong, WrongState."""
    campaign = _editing(campaign_id, actor_id)
    for number, question in enumerate(questions, 1):
        if wrong := rules.faults_of(question):
            raise errors.QuestionFault(number=number, fault=wrong[0])
    if faults := rules.question_faults(campaign.kind, questions):
        raise errors.StepFault(fault=faults[0])
    _write_questions(campaign, questions)
    _retime(campaign)
    return campaign


@transactional
def keep_questions(*, actor_id: UUID, campaign_id: UUID, questions: Sequence[rules.QuestionDraft]) -> Campaign:
    """Keep half-written questions of a draft without judging them; submission judges. Raises WrongState."""
    campaign = _editing(campaign_id, actor_id)
    _write_questions(campaign, rules.keepable_questions(campaign.kind, questions))
    _retime(campaign)
    return campaign


def _write_questions(campaign: Campaign, questions: Sequence[rules.QuestionDraft]) -> None:
    campaign.questions.all().delete()
    Question.objects.bulk_create(
        Question(
            campaign=campaign,
            position=position,
            kind=draft.kind,
            text=draft.text,
            options=list(draft.options),
            right_option=rules.stored_right_option(draft),
            is_required=draft.is_required,
        )
        for position, draft in enumerate(questions)
    )


def _retime(campaign: Campaign) -> None:
    clips = [row.duration_ms for row in campaign.materials.all()]
    kinds = [row.kind for row in campaign.questions.all()]
    campaign.expected_seconds = rules.expected_seconds(clips, kinds)
    campaign.lease_seconds = max(900, 10 * campaign.expected_seconds)
    campaign.save(update_fields=["expected_seconds", "lease_seconds"])


@transactional
def set_audience(
    *,
    actor_id: UUID,
    campaign_id: UUID,
    regions: Sequence[str] = (),
    age_bands: Sequence[str] = (),
    genders: Sequence[str] = (),
    interests: Sequence[str] = (),
    excluded_campaigns: Sequence[str | UUID] = (),
) -> Campaign:
    """For whom it is; empty lists mean everybody. Exclusions are its own campaigns. Raises StepFault."""
    campaign = _editing(campaign_id, actor_id)
    excluded = [UUID(str(value)) for value in excluded_campaigns]
    own = Campaign.objects.filter(organisation_id=campaign.organisation_id, pk__in=excluded).count()
    if own != len(set(excluded)):
        raise errors.StepFault(fault="只能排除本机构自己的活动。", field="excluded_campaigns")
    campaign.regions, campaign.age_bands = list(regions), list(age_bands)
    campaign.genders, campaign.interests = list(genders), list(interests)
    campaign.excluded_campaigns = excluded
    campaign.save(update_fields=["regions", "age_bands", "genders", "interests", "excluded_campaigns"])
    return campaign


@transactional
def set_price(
    *,
    actor_id: UUID,
    campaign_id: UUID,
    reward_fen: int,
    places: int,
    auto_accept_days: int,
    closes_at: dt.datetime | None = None,
) -> Campaign:
    """What a place pays, how many there are, and in how many days silence accepts.

    Raises BelowFloor (hourly floor on clip and answer seconds), StepFault, WrongState.
    """
    campaign = _editing(campaign_id, actor_id)
    least = rules.suggested_reward_fen(campaign.expected_seconds, setting("hourly_floor_fen"))
    if reward_fen < max(1, least):
        raise errors.BelowFloor(seconds=campaign.expected_seconds, least=Money(max(1, least)).yuan, field="reward")
    if reward_fen > rules.REWARD_FEN_MAX:
        raise errors.StepFault(fault="报酬太高，请核对。", field="reward")
    if not 1 <= places <= rules.PLACES_MAX:
        raise errors.StepFault(fault="名额请填 1 到 1000000。", field="places")
    if not 1 <= auto_accept_days <= 21:
        raise errors.StepFault(fault="自动通过的天数请选 1 到 21。", field="auto_accept_days")
    cost = queries.quote(reward_fen, places)
    campaign.reward_fen, campaign.commission_fen_max, campaign.fee_fen = (
        reward_fen,
        cost.commission_fen_max,
        cost.fee_fen,
    )
    campaign.places_wanted, campaign.auto_accept_days, campaign.closes_at = places, auto_accept_days, closes_at
    campaign.save(
        update_fields=[
            "reward_fen", "commission_fen_max", "fee_fen", "places_wanted", "auto_accept_days", "closes_at"
        ]
    )  # fmt: skip
    return campaign


# --- material ------------------------------------------------------------------------------------------------


@transactional
def add_material(*, actor_id: UUID, campaign_id: UUID, cut: str, upload: UploadedFile[Any]) -> Material:
    """Take a clip for a cut, replacing the one before; a job makes its poster and phone rendition.

    The kind of file, its duration and size are read from its content. Raises MaterialRefused, StepFault, WrongState.
    """
    campaign = _editing(campaign_id, actor_id)
    if cut not in rules.cuts(campaign.kind):
        raise errors.StepFault(fault="这类活动没有这个版本。")
    probed = media.probe(upload)
    _drop(campaign, cut)
    material = Material(
        campaign=campaign,
        cut=cut,
        original_name=(upload.name or "video")[-120:],
        mime=probed.mime,
        sha256=media.digest(upload),
        bytes=upload.size or 0,
        duration_ms=probed.duration_ms,
        width=probed.width,
        height=probed.height,
        uploaded_at=clock.now(),
    )
    material.original.save(f"{uuid7()}.{probed.extension}", upload, save=False)
    material.save(force_insert=True)
    _retime(campaign)
    app.configure_task("campaigns.process_material", lock=str(material.pk)).defer(material_id=str(material.pk))
    record(actor_id=actor_id, action="material.add", subject_kind="campaign", subject_id=campaign.pk)
    return material


@transactional
def remove_material(*, actor_id: UUID, campaign_id: UUID, cut: str) -> None:
    """Take a cut's clip away, files and all; removing what is not there changes nothing."""
    campaign = _editing(campaign_id, actor_id)
    if _drop(campaign, cut):
        _retime(campaign)
        record(actor_id=actor_id, action="material.remove", subject_kind="campaign", subject_id=campaign.pk)


def _drop(campaign: Campaign, cut: str) -> bool:
    old = campaign.materials.filter(cut=cut).first()
    if old is None:
        return False
    old.delete()
    transaction.on_commit(lambda: media.forget(old))
    return True


def process_material(*, material_id: UUID) -> None:
    """Make the poster and the phone rendition of a clip; harmless to repeat, and when the clip is gone."""
    material = Material.objects.filter(pk=material_id, status=Material.Status.PROCESSING).first()
    if material is None:
        return
    try:
        media.make_poster(material)
        media.make_rendition(material)
    except media.CannotProcess as fault:
        material.status, material.failure = Material.Status.FAILED, str(fault)[:200]
    except Exception:
        # A file can break a decoder in ways nobody listed; its owner must hear of it instead of waiting for ever.
        log.exception("material.failed", material_id=str(material_id))
        material.status, material.failure = Material.Status.FAILED, "处理时出错，请换一个文件再试。"
    else:
        material.status, material.progress_percent = Material.Status.READY, 100
    if not Material.objects.filter(pk=material_id).exists():
        media.forget(material)
        return
    material.save(update_fields=["status", "failure", "progress_percent", "poster", "rendition", "rendition_bytes"])


def process_overdue(*, limit: int = 20) -> int:
    """Queue again the clips whose job was lost (a killed worker). How many."""
    since = clock.now() - dt.timedelta(minutes=PROCESSING_MINUTES)
    lost = Material.objects.filter(status=Material.Status.PROCESSING, uploaded_at__lt=since).order_by("uploaded_at")
    ids = [str(pk) for pk in lost.values_list("pk", flat=True)[:limit]]
    for material_id in ids:
        with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
            app.configure_task("campaigns.process_material", queueing_lock=material_id, lock=material_id).defer(
                material_id=material_id
            )
    return len(ids)


# --- the way of a campaign -----------------------------------------------------------------------------------


@transactional
def submit_for_review(*, actor_id: UUID, campaign_id: UUID) -> Campaign:
    """Give a complete draft to the reviewers (policy.submit screens first). Raises Incomplete, WrongState."""
    campaign = _locked(campaign_id)
    if faults := queries.faults(campaign_id):
        raise errors.Incomplete(fault=faults[0].message)
    return _move(campaign, "submit", actor_id, submitted_at=clock.now(), status_reason="")


@transactional
def withdraw_review(*, actor_id: UUID, campaign_id: UUID) -> Campaign:
    """Take a campaign back from the reviewers to edit it. Raises WrongState."""
    return _move(_locked(campaign_id), "withdraw", actor_id)


@transactional
def approve(*, actor_id: UUID, campaign_id: UUID, digest: str) -> Campaign:
    """A reviewer's approval of exactly this content (policy calls). Raises WrongState, ContentChanged."""
    campaign = _locked(campaign_id)
    if rules.content_digest(queries.content(campaign_id)) != digest:
        raise errors.ContentChanged
    return _move(campaign, "approve", actor_id, approved_digest=digest)


@transactional
def reject(*, actor_id: UUID, campaign_id: UUID, reason: str) -> Campaign:
    """A reviewer's rejection with its reason (policy calls). Raises WrongState."""
    return _move(_locked(campaign_id), "reject", actor_id, status_reason=reason[:500])


@transactional
def fund(*, actor_id: UUID, campaign_id: UUID, key: str) -> Campaign:
    """Move places x unit + reserve from the advertiser's balance into escrow, once.

    Raises InsufficientBalance, WrongState.
    """
    campaign = _locked(campaign_id)
    if campaign.status != Status.APPROVED and Budget.objects.filter(pk=campaign_id).exists():
        return campaign  # a replay: it was funded, and once is enough
    _refuse_overdue(campaign)
    cost = queries.quote_of(campaign, campaign.places_wanted)
    _move(campaign, "fund", actor_id)
    Budget.objects.create(campaign=campaign, unit_fen=cost.unit_fen, places=cost.places, budget_fen=cost.total_fen)
    ledger.fund_campaign(
        actor_id=actor_id,
        organisation_id=campaign.organisation_id,
        campaign_id=campaign_id,
        amount_fen=cost.total_fen,
        subject_id=campaign_id,
    )
    _tell(campaign, "fund", places=cost.places, amount_fen=cost.total_fen)
    return campaign


@transactional
def publish(*, actor_id: UUID, campaign_id: UUID) -> Campaign:
    """Open a funded campaign. Raises NotPublishable, ContentChanged, WrongState; publishing again changes nothing."""
    campaign = _locked(campaign_id)
    if campaign.status == Status.LIVE:
        return campaign
    if publication_obstacle(campaign.organisation_id):
        raise errors.NotPublishable
    if rules.content_digest(queries.content(campaign_id)) != campaign.approved_digest:
        raise errors.ContentChanged
    _refuse_overdue(campaign)
    return _open(_move(campaign, "publish", actor_id, published_at=clock.now()), is_open=True)


def _refuse_overdue(campaign: Campaign) -> None:
    if campaign.closes_at is not None and campaign.closes_at <= clock.now():
        raise errors.Overdue


def _open(campaign: Campaign, *, is_open: bool) -> Campaign:
    Budget.objects.filter(pk=campaign.pk).update(is_open=is_open)
    return campaign


@transactional
def pause(*, actor_id: UUID, campaign_id: UUID) -> Campaign:
    """Stop new claims; held places go on. Pausing again changes nothing. Raises WrongState."""
    campaign = _locked(campaign_id)
    if campaign.status == Status.PAUSED:
        return campaign
    return _open(_move(campaign, "pause", actor_id), is_open=False)


@transactional
def resume(*, actor_id: UUID, campaign_id: UUID) -> Campaign:
    """Take claims again. Resuming a live campaign changes nothing.

    Raises NotPublishable, WrongState.
    """
    campaign = _locked(campaign_id)
    if campaign.status == Status.LIVE:
        return campaign
    if publication_obstacle(campaign.organisation_id):
        raise errors.NotPublishable
    return _open(_move(campaign, "resume", actor_id), is_open=True)


@transactional
def grow_places(*, actor_id: UUID, campaign_id: UUID, places: int, key: str) -> Budget:
    """Raise the number of places to `places`; their money and reserve come from the balance, once a key.

    Raises PlacesOnlyGrow, WrongState, InsufficientBalance, KeyReused.
    """

    def run() -> dict[str, object]:
        campaign = _locked(campaign_id)
        budget = Budget.objects.select_for_update(no_key=True).filter(pk=campaign_id).first()
        if budget is None or campaign.status not in {Status.FUNDED, Status.LIVE, Status.PAUSED}:
            raise errors.WrongState
        more = places - budget.places
        if more <= 0 or places > rules.PLACES_MAX:
            raise errors.PlacesOnlyGrow(field="places")
        cost = queries.quote_of(campaign, more)
        Budget.objects.filter(pk=campaign_id).update(places=places, budget_fen=F("budget_fen") + cost.total_fen)
        campaign.places_wanted = places
        campaign.save(update_fields=["places_wanted"])
        ledger.fund_campaign(
            actor_id=actor_id,
            organisation_id=campaign.organisation_id,
            campaign_id=campaign_id,
            amount_fen=cost.total_fen,
            subject_id=derived_id("growth", campaign_id, actor_id, key),
        )
        detail = {"from": budget.places, "to": places}
        record(
            actor_id=actor_id, action="campaign.grow", subject_kind="campaign", subject_id=campaign_id, detail=detail
        )
        _tell(campaign, "grow", places=places, amount_fen=cost.total_fen)
        return {"places": places}

    payload = {"campaign_id": campaign_id, "places": places}
    once(actor_id=actor_id, key=key, action="campaign.grow", payload=payload, run=run)
    return Budget.objects.get(pk=campaign_id)


@transactional
def extend(*, actor_id: UUID, campaign_id: UUID, closes_at: dt.datetime) -> Campaign:
    """Give a funded campaign with a deadline a later one; nothing else changes. Raises NotLater, WrongState."""
    campaign = _locked(campaign_id)
    if campaign.status not in {Status.FUNDED, Status.LIVE, Status.PAUSED} or campaign.closes_at is None:
        raise errors.WrongState
    if closes_at <= campaign.closes_at:
        raise errors.NotLater(field="closes_on")
    detail = {"from": campaign.closes_at.isoformat(), "to": closes_at.isoformat()}
    campaign.closes_at = closes_at
    campaign.save(update_fields=["closes_at"])
    record(actor_id=actor_id, action="campaign.extend", subject_kind="campaign", subject_id=campaign_id, detail=detail)
    return campaign


@transactional
def close(*, actor_id: UUID | None, campaign_id: UUID) -> Campaign:
    """Stop offering places for good; what nobody holds is refunded at once, the rest when it is free.

    Closing again changes nothing. Raises WrongState.
    """
    campaign = _locked(campaign_id)
    if campaign.status in {Status.CLOSING, Status.CLOSED}:
        return campaign
    _open(_move(campaign, "close", actor_id), is_open=False)
    finish(campaign_ids=[campaign_id])
    campaign.refresh_from_db()
    return campaign


@transactional
def finish(*, campaign_ids: Sequence[UUID]) -> int:
    """One step towards the end for each: close what is full or past its date, refund what became free, end what
    promises nothing any more. How many took a step. Exactly once, whoever else does the same.
    """
    with translated():
        rows = sql.call("campaigns_finish_v1", list(campaign_ids), None, clock.now())
    for verb, column in (("close", "has_closed"), ("finish", "has_ended")):
        for row in rows:
            if row[column]:
                record(
                    actor_id=None,
                    action=f"campaign.{verb}",
                    subject_kind="campaign",
                    subject_id=row["campaign_id"],
                )
    _tell_ends(rows)
    return len(rows)


def _tell_ends(rows: Sequence[Mapping[str, Any]]) -> None:
    """Tell what began to close and what ended; totals only of ten accepted people and more."""
    changed = {row["campaign_id"]: row for row in rows if row["has_closed"] or row["has_ended"]}
    heard = listening_organisations(("campaign.closing", "campaign.closed")) if changed else []
    ended = Campaign.objects.filter(pk__in=changed, organisation__in=heard) if heard else Campaign.objects.none()
    for campaign in ended.select_related("budget"):
        budget, row = campaign.budget, changed[campaign.pk]
        totals = {"accepted": budget.accepted, "spent_fen": budget.spent_fen, "refunded_fen": budget.refunded_fen}
        facts = totals if budget.accepted >= AGGREGATE_MIN else {}
        if row["has_closed"]:
            _tell(campaign, "close")
        if row["has_ended"]:
            _tell(campaign, "finish", **facts)


def tell_progress() -> int:
    """Tell milestones of accepted work, and that a report can be read, to whom listens; how many were told.

    Counts leave in steps of at least ten people (promise 1); each milestone is told once, whoever else sweeps.
    """
    events = ("campaign.progress", "report.ready")
    budgets = queries.budgets_of(listening_organisations(events))
    before = told("campaign.progress", [budget.pk for budget in budgets])
    count = 0
    for budget in budgets:
        campaign, said = budget.campaign, before.get(budget.pk, [])
        data = {"campaign_id": campaign.pk, "organisation_id": campaign.organisation_id, "title": campaign.title}
        whom = {"organisation_id": campaign.organisation_id, "subject_id": campaign.pk}
        if budget.accepted >= AGGREGATE_MIN:
            count += announce(**whom, event="report.ready", data=data, key=str(campaign.pk))
        passed = milestone(budget.places, budget.accepted, max((int(str(one["accepted"])) for one in said), default=0))
        if passed is not None:
            facts = {**data, "accepted": passed, "places": budget.places}
            count += announce(**whom, event="campaign.progress", data=facts, key=f"{campaign.pk}:{passed}")
    return count


def finish_due(*, limit: int = 200) -> int:
    """Close what is full or past its date, and go on with what is closing; how many took a step."""
    return finish(campaign_ids=queries.ending(clock.now(), limit))
