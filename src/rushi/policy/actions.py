"""Every write of the gate: screening, submission, a reviewer's decision, who reads which case."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from rushi.audit.actions import once, record
from rushi.campaigns import actions as campaigns
from rushi.campaigns.errors import ContentChanged
from rushi.campaigns.models import Campaign, Status
from rushi.campaigns.queries import content
from rushi.campaigns.rules import CampaignContent, content_digest
from rushi.db import sql
from rushi.db.retry import transactional
from rushi.identity.models import Membership, StaffRole
from rushi.identity.queries import is_staff
from rushi.kernel import clock
from rushi.kernel.errors import NotAllowed, NotFound
from rushi.kernel.ids import uuid7
from rushi.policy import errors, rules
from rushi.policy.models import Reading, Review, Screening
from rushi.policy.normalisation import CJK
from rushi.policy.rulebook import rulebook
from rushi.transparency.actions import enqueue
from rushi.transparency.models import Kind

READING_MINUTES = 10
TEXT_MIN = 10
_SPEAKS = re.compile(f"[{CJK}]")  # a file name that says something; wx_camera_1700000000.mp4 does not
TEXT_MAX = 500


@transactional
def screen_campaign(*, campaign_id: UUID) -> Screening:
    """Screen what a campaign would show: title, brief, questions, options, file names, the organisation's name.

    The same content under the same rules keeps its screening. Raises NotFound.
    """
    shown = content(campaign_id)
    digest, version = content_digest(shown), rulebook().version
    latest = Screening.objects.filter(campaign_id=campaign_id).order_by("-at", "-id").first()
    if latest is not None and (latest.digest, latest.rules_version) == (digest, version):
        return latest
    decision = rules.screen(_given(shown))
    are_new = not Screening.objects.filter(rules_version=decision.rules_version).exists()
    made = Screening.objects.create(
        campaign_id=campaign_id,
        at=clock.now(),
        digest=digest,
        rules_version=decision.rules_version,
        decision=decision.decision,
        findings=[_kept(finding) for finding in decision.findings],
        forgiven=[asdict(forgiven) for forgiven in decision.forgiven],
    )
    if are_new:  # rules that decide for the first time: the log says since when
        enqueue(kind=Kind.POLICY, subjects=[made.pk], at=made.at)
    return made


@transactional
def submit(*, actor_id: UUID, campaign_id: UUID, contest: str = "") -> Screening:
    """Put a draft before the reviewers. What the rules block is refused at once, with its findings.

    `contest`: the advertiser's words why a block is a mistake; then two reviewers must agree. Raises Refused,
    NotContestable, ContestTooShort, and what campaigns refuses (incomplete, wrong state).
    """
    screening = screen_campaign(campaign_id=campaign_id)
    if screening.decision == Screening.Decision.BLOCK:
        _contest(screening, contest.strip())
    campaigns.submit_for_review(actor_id=actor_id, campaign_id=campaign_id)
    record(
        actor_id=actor_id,
        action="campaign.screen",
        subject_kind="campaign",
        subject_id=campaign_id,
        detail={"decision": screening.decision, "rules": _rules_of(screening), "contested": bool(screening.contest)},
    )
    return screening


@transactional
def approve(*, actor_id: UUID, campaign_id: UUID, key: str, seen_digest: str = "") -> str:
    """A reviewer lets the present content through; its digest is pinned. Answers `approved`, or `second_needed`
    when the rules block it and nobody else has agreed yet: nothing blocked passes on one person's word.

    `seen_digest`: of the content on the reviewer's screen; anything else is not approved. Raises NotAllowed,
    OwnOrganisation, NotInReview, ContentChanged, SecondReviewerNeeded, Refused (blocked and not contested).
    """
    payload = {"campaign": str(campaign_id), "digest": seen_digest}
    answer = once(
        actor_id=actor_id,
        key=key,
        action="campaign.approve",
        payload=payload,
        run=lambda: {"outcome": _approve(actor_id, campaign_id, seen_digest)},
    )
    return str(answer["outcome"])


@transactional
def reject(*, actor_id: UUID, campaign_id: UUID, reason: str, rules_cited: Sequence[str] = (), key: str) -> None:
    """A reviewer sends a campaign back with a reason, and with the rules it breaks where rules are broken.

    Raises NotAllowed, OwnOrganisation, NotInReview, ReasonNeeded, UnknownRule.
    """
    reason = reason.strip()
    if not TEXT_MIN <= len(reason) <= TEXT_MAX:
        raise errors.ReasonNeeded
    cited = list(dict.fromkeys(rules_cited))
    for rule in cited:
        if rule not in rulebook().rules:
            raise errors.UnknownRule(rule=rule)
    once(
        actor_id=actor_id,
        key=key,
        action="campaign.reject",
        payload={"campaign": str(campaign_id), "reason": reason, "rules": cited},
        run=lambda: _reject(actor_id, campaign_id, reason, cited),
    )


def open_case(*, actor_id: UUID, kind: str, subject_id: UUID) -> UUID:
    """Who reads this case now: the actor (taken or prolonged by ten minutes), or the one who was first.

    One person reads one case at a time: whatever else the actor was reading is free again.
    """
    at = clock.now()
    Reading.objects.filter(reviewer_id=actor_id).exclude(kind=kind, subject_id=subject_id).delete()
    until = at + dt.timedelta(minutes=READING_MINUTES)
    given = {"id": uuid7(), "kind": kind, "subject": subject_id, "reviewer": actor_id, "until": until, "at": at}
    if sql.rows("policy", "take_reading", given):
        return actor_id
    reading = Reading.objects.filter(kind=kind, subject_id=subject_id).first()
    return reading.reviewer_id if reading else actor_id


def leave_case(*, actor_id: UUID, kind: str, subject_id: UUID) -> None:
    """Let others read the case at once (decided, or passed over)."""
    Reading.objects.filter(kind=kind, subject_id=subject_id, reviewer_id=actor_id).delete()


def _given(shown: CampaignContent) -> rules.ScreenInput:
    fields = {"title": shown.title, "brief": shown.brief, "organisation_name": shown.organisation_name}
    for i, question in enumerate(shown.questions):
        fields[f"questions.{i}"] = question.text
        fields |= {f"questions.{i}.options.{j}": option for j, option in enumerate(question.options)}
    names = (name.rpartition(".")[0] or name for name in shown.material_names)
    fields |= {f"material_names.{i}": name for i, name in enumerate(names) if _SPEAKS.search(name)}
    return rules.ScreenInput(fields, rules.structure_of(shown.kind))


def _kept(finding: rules.Finding) -> dict[str, Any]:
    """A finding as stored: with the titles of its day, so that a later rulebook does not rewrite it."""
    rule = rulebook().rules[finding.rule]
    law, article = rule.basis[0].law, rule.basis[0].article
    titles = {"title_zh": rule.title_zh, "title_en": rule.title_en, "law_title": law.title, "cite": article.cite}
    return asdict(finding) | titles


def _contest(screening: Screening, words: str) -> None:
    if not words:
        raise errors.Refused(count=sum(finding["severity"] == "block" for finding in screening.findings))
    if not rules.is_contestable(screening.findings):
        raise errors.NotContestable
    if not TEXT_MIN <= len(words) <= TEXT_MAX:
        raise errors.ContestTooShort
    screening.contest = words
    screening.save(update_fields=["contest"])


def _in_review(actor_id: UUID, campaign_id: UUID) -> Campaign:
    """The campaign, locked, that this reviewer may decide."""
    if not is_staff(actor_id, StaffRole.Role.REVIEWER):
        raise NotAllowed
    campaign = Campaign.objects.select_for_update(no_key=True).filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound
    if campaign.status != Status.IN_REVIEW:
        raise errors.NotInReview
    if Membership.objects.filter(user_id=actor_id, organisation_id=campaign.organisation_id).exists():
        raise errors.OwnOrganisation
    return campaign


def _approve(actor_id: UUID, campaign_id: UUID, seen_digest: str) -> str:
    campaign = _in_review(actor_id, campaign_id)
    screening = screen_campaign(campaign_id=campaign_id)
    if seen_digest and seen_digest != screening.digest:
        raise ContentChanged
    agreed = Review.objects.filter(
        campaign_id=campaign_id, outcome=Review.Outcome.APPROVED, digest=screening.digest, at__gte=campaign.submitted_at
    )
    blocked = screening.decision == Screening.Decision.BLOCK
    if blocked and not screening.contest:
        raise errors.Refused(count=len(screening.findings))
    if blocked and agreed.filter(reviewer_id=actor_id).exists():
        raise errors.SecondReviewerNeeded
    second_needed = blocked and not agreed.exists()
    _decided(actor_id, screening, Review.Outcome.APPROVED)
    if second_needed:
        return "second_needed"
    campaigns.approve(actor_id=actor_id, campaign_id=campaign_id, digest=screening.digest)
    return "approved"


def _reject(actor_id: UUID, campaign_id: UUID, reason: str, cited: list[str]) -> dict[str, str]:
    _in_review(actor_id, campaign_id)
    screening = screen_campaign(campaign_id=campaign_id)
    _decided(actor_id, screening, Review.Outcome.REJECTED, reason, cited)
    campaigns.reject(actor_id=actor_id, campaign_id=campaign_id, reason=reason)
    return {"outcome": "rejected"}


def _decided(
    actor_id: UUID, screening: Screening, outcome: Review.Outcome, reason: str = "", cited: Sequence[str] = ()
) -> None:
    Review.objects.create(
        campaign_id=screening.campaign_id,
        screening=screening,
        outcome=outcome,
        digest=screening.digest,
        rules_cited=list(cited),
        reason=reason,
        reviewer_id=actor_id,
        at=clock.now(),
    )
    record(
        actor_id=actor_id,
        action=f"review.{outcome.value}",
        subject_kind="campaign",
        subject_id=screening.campaign_id,
        detail={"digest": screening.digest, "found": _rules_of(screening), "cited": list(cited)},
    )
    leave_case(actor_id=actor_id, kind=Reading.Kind.CAMPAIGN, subject_id=screening.campaign_id)


def _rules_of(screening: Screening) -> list[str]:
    return sorted({str(finding["rule"]) for finding in screening.findings})
