"""Rows that tests need, made by plain functions: people, bodies, campaigns that are open, work handed in."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings

from rushi.campaigns.models import Budget, Campaign, Material, Question
from rushi.campaigns.queries import content
from rushi.campaigns.rules import content_digest
from rushi.dispatch import actions as dispatch
from rushi.dispatch.models import Assignment
from rushi.evidence import actions as evidence
from rushi.evidence import attention
from rushi.evidence.models import Answers, Submission
from rushi.identity.models import Agent, Membership, Organisation, Participant, StaffRole, User
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from rushi.policy.models import Review, Screening
from rushi.transparency.actions import enqueue
from rushi.transparency.models import Kind
from tests.books import give_escrow

CLIP_MS = 12_400
_numbers = itertools.count(13_800_000_000)


def user(**fields: Any) -> User:
    """Somebody with a verified phone."""
    return User.objects.create(phone=f"+86{next(_numbers)}", phone_verified_at=clock.now(), **fields)


def participant(*, is_verified: bool = True, agent: Agent | None = None, **fields: Any) -> Participant:
    """Somebody who may work; with the real name unless told."""
    now = clock.now()
    fields.setdefault("region", "11")
    fields.setdefault("age_band", "25-34")
    fields.setdefault("gender", "f")
    return Participant.objects.create(
        user=user(),
        adult_declared_at=now,
        joined_at=now,
        real_name_verified_at=now if is_verified else None,
        agent=agent,
        recruited_at=fields.pop("recruited_at", now if agent else None),
        **fields,
    )


def agent(**fields: Any) -> Agent:
    """Somebody who recruits."""
    number = next(_numbers)
    return Agent.objects.create(user=user(), name=f"代理 {number}", code=str(number), joined_at=clock.now(), **fields)


def staff(role: str) -> User:
    """A person of the operator's: reviewer, finance or operator."""
    person = user()
    StaffRole.objects.create(user=person, role=role, given_at=clock.now())
    return person


def organisation(**fields: Any) -> Organisation:
    """An approved advertiser."""
    fields.setdefault("name", f"测试机构 {next(_numbers) % 100_000}")
    fields.setdefault("status", Organisation.Status.APPROVED)
    return Organisation.objects.create(created_at=clock.now(), **fields)


def member(of: Organisation, role: str = Membership.Role.OWNER) -> User:
    """Somebody who acts for an organisation."""
    person = user()
    Membership.objects.create(user=person, organisation=of, role=role, joined_at=clock.now())
    return person


def live_campaign(*, places: int = 10, reserve_fen: int | None = None, **fields: Any) -> Campaign:
    """A funded, published reaction campaign (reward 20, commission up to 3, fee 4) with a clip and three questions."""
    campaign = _campaign(places, {"status": "live", "published_at": clock.now(), **fields})
    unit = campaign.unit_fen
    budget_fen = places * unit + (-(-places * unit * 1500 // 10_000) if reserve_fen is None else reserve_fen)
    give_escrow(campaign.organisation_id, campaign.pk, budget_fen)
    Budget.objects.create(campaign=campaign, is_open=True, unit_fen=unit, places=places, budget_fen=budget_fen)
    return campaign


def approved_campaign(*, places: int = 10, **fields: Any) -> Campaign:
    """A campaign that a reviewer approved as it stands: ready to be funded and published."""
    return _campaign(places, {"status": "approved", **fields})


def _campaign(places: int, fields: dict[str, Any]) -> Campaign:
    now = clock.now()
    values = {
        "organisation": None, "kind": "reaction", "title": "白桃气泡水新片", "brief": "看完说实话。",
        "reward_fen": 20, "commission_fen_max": 3, "fee_fen": 4, "places_wanted": places, "expected_seconds": 30,
        "created_by": uuid7(), "created_at": now, **fields,
    }  # fmt: skip
    values["organisation"] = values["organisation"] or organisation()
    campaign = Campaign.objects.create(**values)
    for cut in "ab" if campaign.kind == "compare" else "a":
        Material.objects.create(
            campaign=campaign, cut=cut, status="ready", mime="video/mp4", sha256="0" * 64, bytes=1,
            duration_ms=CLIP_MS, width=720, height=1280, uploaded_at=now,
        )  # fmt: skip
    _ask(campaign)
    return _let_through(campaign)


def _let_through(campaign: Campaign) -> Campaign:
    """What the gate leaves behind when a reviewer approves the present content."""
    now, digest = clock.now(), content_digest(content(campaign.pk))
    screening = Screening.objects.create(
        campaign=campaign, at=now, digest=digest, rules_version="test", decision=Screening.Decision.ALLOW
    )
    enqueue(kind=Kind.POLICY, subjects=[screening.pk], at=now)
    Review.objects.create(
        campaign=campaign, screening=screening, outcome="approved", digest=digest, reviewer_id=uuid7(), at=now
    )
    campaign.approved_digest = digest
    campaign.save(update_fields=["approved_digest"])
    return campaign


def draft_campaign(**fields: Any) -> Campaign:
    """A complete reaction draft: a clip that is ready, three questions, a price above the floor."""
    now = clock.now()
    values = {
        "organisation": None, "kind": "reaction", "status": "draft", "title": "白桃气泡水新片", "brief": "看完说实话。",
        "reward_fen": 40, "commission_fen_max": 6, "fee_fen": 8, "places_wanted": 10, "expected_seconds": 40,
        "created_by": uuid7(), "created_at": now, **fields,
    }  # fmt: skip
    values["organisation"] = values["organisation"] or organisation()
    campaign = Campaign.objects.create(**values)
    Material.objects.create(
        campaign=campaign, cut="a", status="ready", mime="video/mp4", sha256="0" * 64, bytes=1,
        duration_ms=CLIP_MS, width=720, height=1280, uploaded_at=now, original_name="clip.mp4",
    )  # fmt: skip
    _ask(campaign)
    return campaign


def _ask(campaign: Campaign) -> None:
    main = "preference" if campaign.kind == "compare" else "reaction"
    Question.objects.create(campaign=campaign, position=0, kind=main, text="您觉得怎么样？")
    Question.objects.create(
        campaign=campaign, position=1, kind="recall", text="是什么味道？", options=["白桃", "青柠"], right_option=0
    )
    Question.objects.create(campaign=campaign, position=2, kind="text", text="想说什么？", is_required=False)


def claim(campaign: Campaign, person: Participant) -> Assignment:
    """A place, through the action."""
    return dispatch.claim(actor_id=person.pk, campaign_id=campaign.pk, key="test")


def handed_in(assignment: Assignment, *, answer: str = "like", **facts: int) -> Submission:
    """Start and hand in with facts that hold (unless told), without a player and without a verdict."""
    now = clock.now()
    days = assignment.campaign.auto_accept_days
    held = Assignment.objects.filter(pk=assignment.pk, status="claimed", lease_expires_at__gt=now)
    assert held.update(
        status="submitted", started_at=now, submitted_at=now, decision_due_at=now + dt.timedelta(days=days)
    )
    values: dict[str, int] = {
        "coverage_bps": 10_000, "watched_ms": CLIP_MS, "hidden_ms": 0, "refused_ms": 0, "overlap_ms": 0,
        "answer_ms": 20_000, "item_count": 1, "recall_asked": 1, "recall_right": 1, **facts,
    }  # fmt: skip
    submission = Submission.objects.create(
        assignment=assignment, submitted_at=now, active_from=now - dt.timedelta(seconds=15), active_to=now, **values
    )
    question = Question.objects.get(campaign_id=assignment.campaign_id, position=0)
    Answers.objects.create(
        assignment=assignment, campaign_id=assignment.campaign_id, questions=[question.pk], choices=[answer]
    )
    return submission


def watched(assignment: Assignment, share: float = 1.0) -> str:
    """Start an assignment and hold the token of a watch that saw this share of every clip, without waiting for it."""
    state = evidence.start_watch(actor_id=assignment.participant_id, assignment_id=assignment.pk).state
    begun, seen_ms = state.last_ms, int(CLIP_MS * share)
    cuts = tuple(replace(cut, left_at_ms=CLIP_MS // 3, watched=((0, seen_ms),)) for cut in state.cuts)
    done = replace(state, cuts=cuts, segments=((begun, begun + seen_ms * len(cuts)),))
    return attention.seal(replace(done, completed_ms=begun if done.is_complete else None), settings.ATTENTION_KEY)


def answers(campaign: Campaign, opinion: str, *, is_right: bool = True, text: str = "") -> dict[str, str]:
    """What somebody says: an opinion, a recall answer, perhaps some words."""
    main, recall, free = Question.objects.filter(campaign=campaign).order_by("position")
    return {str(main.pk): opinion, str(recall.pk): "0" if is_right else "1", str(free.pk): text}


def assignment_ids(campaign: Campaign) -> list[UUID]:
    """The assignments of a campaign, oldest first."""
    return list(Assignment.objects.filter(campaign=campaign).order_by("claimed_at", "id").values_list("id", flat=True))


def ready_material(campaign: Campaign, cut: str = "a") -> Material:
    """A processed clip of a campaign, without files."""
    return Material.objects.create(
        campaign=campaign, cut=cut, status="ready", original_name="clip.mp4", mime="video/mp4", sha256="0" * 64,
        bytes=1, duration_ms=CLIP_MS, width=720, height=1280, uploaded_at=clock.now(),
    )  # fmt: skip
