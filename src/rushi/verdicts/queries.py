"""Reads of verdicts: facts, the reviewers' queues and cases, what a participant or an advertiser is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Min, QuerySet

from rushi.campaigns.models import Material, Question
from rushi.db import sql
from rushi.dispatch.models import Assignment, AssignmentStatus, Undecided
from rushi.evidence.models import Attention, Checkpoint, Submission
from rushi.identity.models import Membership, StaffRole, User
from rushi.identity.queries import require_staff
from rushi.kernel.errors import NotFound
from rushi.verdicts import rules
from rushi.verdicts.models import Appeal, Delivery, RejectionCode, SampleItem, Verdict

_LABELS = dict(RejectionCode.choices)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One waiting case of a desk: a submission in review, an appeal, or an item of a disputed delivery."""

    assignment_id: UUID
    campaign_id: UUID
    title: str
    advertiser: str
    kind: str
    submitted_at: dt.datetime
    due_at: dt.datetime | None
    reasons: tuple[str, ...]
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many submissions, appeals and sample items wait for a reviewer, and the nearest deadlines."""

    submissions: int
    submission_due_at: dt.datetime | None
    appeals: int
    appeal_due_at: dt.datetime | None
    samples: int


@dataclass(frozen=True, slots=True)
class Track:
    """What was watched of one cut: `(start_ms, end_ms)` stretches of a clip this long."""

    cut: str
    duration_ms: int
    spans: tuple[tuple[int, int], ...]

    @property
    def bars(self) -> tuple[tuple[int, int], ...]:
        """`(start_ms, length_ms)` for drawing."""
        return tuple((start, end - start) for start, end in self.spans)


@dataclass(frozen=True, slots=True)
class Case:
    """All that a reviewer may see of a submission, on one page: facts, never an opinion.

    `codes` are the rejections that the facts bear out, as (code, label).
    """

    assignment: Assignment
    facts: rules.Facts
    watched_ms: int
    checkpoints: tuple[Checkpoint, ...]
    restarts: int
    codes: tuple[tuple[str, str], ...]
    verdict: Verdict | None
    appeal: Appeal | None
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """What a participant is told about their work: outcome, reason, and what can be done about it until when."""

    assignment_id: UUID
    outcome: str
    basis: str
    code: str
    code_label: str
    reason: str
    decided_at: dt.datetime
    appeal_until: dt.datetime | None
    appeal: Appeal | None

    def can_be_appealed(self, now: dt.datetime) -> bool:
        """Whether the person may appeal at `now`."""
        is_rejected = self.outcome == Verdict.Outcome.REJECTED
        return is_rejected and self.appeal is None and self.appeal_until is not None and now < self.appeal_until


def facts_of(assignment_ids: Sequence[UUID]) -> dict[UUID, rules.Facts]:
    """The facts of submissions by assignment, in two queries; those not handed in are missing."""
    rows = sql.rows("verdicts", "facts", {"ids": list(assignment_ids)})
    least = _answer_ms_min({row["campaign_id"] for row in rows})
    return {
        row["assignment_id"]: rules.Facts(
            coverage_bps=row["coverage_bps"],
            hidden_ms=row["hidden_ms"],
            refused_ms=row["refused_ms"],
            overlap_ms=row["overlap_ms"],
            answer_ms=row["answer_ms"],
            answer_ms_min=least[row["campaign_id"]],
            recall_asked=row["recall_asked"],
            recall_right=row["recall_right"],
        )
        for row in rows
    }


def _answer_ms_min(campaign_ids: set[UUID]) -> dict[UUID, int]:
    texts: dict[UUID, list[str]] = {campaign_id: [] for campaign_id in campaign_ids}
    asked = Question.objects.filter(campaign_id__in=campaign_ids, is_required=True)
    for campaign_id, text, options in asked.values_list("campaign_id", "text", "options"):
        texts[campaign_id].append(text + "".join(options))
    return {campaign_id: rules.answer_ms_min(found) for campaign_id, found in texts.items()}


def submission_queue(
    user: User | AnonymousUser, *, after: tuple[dt.datetime, UUID] | None = None, limit: int = 50
) -> list[QueueRow]:
    """Submissions that wait for this reviewer, the nearest deadline first; not those of their own organisations.

    The next page begins after `(due_at, assignment_id)` of the last row. Raises NotAllowed.
    """
    rows = _submissions(_reviewer(user)).order_by("due_at", "pk")
    if after:
        rows = rows.filter(due_at__gte=after[0]).exclude(due_at=after[0], pk__lte=after[1])
    page = list(rows[:limit])
    # By key, so that only the days of this page are opened.
    works = Assignment.objects.select_related("campaign__organisation").in_bulk([row.pk for row in page])
    return _queue([(works[row.pk], row.due_at, None) for row in page])


def appeal_queue(user: User | AnonymousUser, *, limit: int = 50) -> list[QueueRow]:
    """Open appeals that this reviewer may decide (not their own rejections), the nearest due first."""
    rows = _appeals(_reviewer(user)).select_related("assignment__campaign__organisation").order_by("due_at", "pk")
    return _queue([(row.assignment, row.due_at, None) for row in rows[:limit]])


def sample_queue(user: User | AnonymousUser, *, limit: int = 50) -> list[QueueRow]:
    """Items of disputed deliveries still to be re-examined by this reviewer."""
    rows = _samples(_reviewer(user)).select_related("assignment__campaign__organisation").order_by("delivery_id", "pk")
    return _queue([(row.assignment, None, row.pk) for row in rows[:limit]])


def queue_counts(user: User | AnonymousUser) -> QueueCounts:
    """How long the queues of this reviewer are, and their nearest deadlines."""
    reviewer = _reviewer(user)
    submissions = _submissions(reviewer).aggregate(n=Count("pk"), due=Min("due_at"))
    appeals = _appeals(reviewer).aggregate(n=Count("pk"), due=Min("due_at"))
    return QueueCounts(
        submissions=submissions["n"],
        submission_due_at=submissions["due"],
        appeals=appeals["n"],
        appeal_due_at=appeals["due"],
        samples=_samples(reviewer).count(),
    )


def _reviewer(user: User | AnonymousUser) -> User:
    return require_staff(user, StaffRole.Role.REVIEWER)


def _submissions(reviewer: User) -> QuerySet[Undecided]:
    rows = Undecided.objects.filter(status=AssignmentStatus.IN_REVIEW).exclude(participant_id=reviewer.pk)
    rows = rows.exclude(agent__user=reviewer)
    return rows.exclude(campaign__organisation__memberships__user=reviewer)


def _appeals(reviewer: User) -> QuerySet[Appeal]:
    rows = Appeal.objects.filter(status=Appeal.Status.OPEN).exclude(rejected_by=reviewer.pk)
    rows = rows.exclude(assignment__participant_id=reviewer.pk).exclude(assignment__agent__user=reviewer)
    return rows.exclude(assignment__campaign__organisation__memberships__user=reviewer)


def _samples(reviewer: User) -> QuerySet[SampleItem]:
    rows = SampleItem.objects.filter(is_faulty=None, delivery__status=Delivery.Status.DISPUTED)
    rows = rows.exclude(assignment__participant_id=reviewer.pk).exclude(assignment__agent__user=reviewer)
    rows = rows.exclude(assignment__verdict__decided_by=reviewer.pk)
    return rows.exclude(assignment__campaign__organisation__memberships__user=reviewer)


def _queue(found: Sequence[tuple[Assignment, dt.datetime | None, int | None]]) -> list[QueueRow]:
    facts = facts_of([assignment.pk for assignment, _, _ in found])
    return [
        QueueRow(
            assignment_id=assignment.pk,
            campaign_id=assignment.campaign_id,
            title=assignment.campaign.title,
            advertiser=assignment.campaign.organisation.name,
            kind=assignment.campaign.kind,
            submitted_at=assignment.submitted_at or assignment.claimed_at,
            due_at=due_at,
            reasons=tuple(_LABELS[code] for code in rules.shown_by(facts[assignment.pk])),
            item_id=item_id,
        )
        for assignment, due_at, item_id in found
    ]


def access_case(user: User | AnonymousUser, assignment_id: UUID) -> Case:
    """A submission with all its evidence, for a reviewer without own interest. Raises NotAllowed, NotFound."""
    reviewer = _reviewer(user)
    submission = (
        Submission.objects.select_related("assignment__campaign__organisation", "assignment__agent")
        .filter(pk=assignment_id)
        .first()
    )
    if submission is None or submission.assignment.participant_id == reviewer.pk:
        raise NotFound
    assignment = submission.assignment
    if assignment.agent is not None and assignment.agent.user_id == reviewer.pk:
        raise NotFound
    if Membership.objects.filter(user=reviewer, organisation_id=assignment.campaign.organisation_id).exists():
        raise NotFound
    facts = facts_of([assignment_id])[assignment_id]
    return Case(
        assignment=assignment,
        facts=facts,
        watched_ms=submission.watched_ms,
        checkpoints=tuple(Checkpoint.objects.filter(assignment_id=assignment_id).order_by("at")),
        restarts=assignment.restarts,
        codes=tuple((code, _LABELS[code]) for code in rules.shown_by(facts)),
        verdict=Verdict.objects.filter(pk=assignment_id).first(),
        appeal=Appeal.objects.filter(pk=assignment_id).first(),
        tracks=_tracks(assignment),
    )


def _tracks(assignment: Assignment) -> tuple[Track, ...]:
    """What was watched of each cut; empty stretches once the bulky part of the evidence is dropped."""
    kept = Attention.objects.filter(participant_id=assignment.participant_id, assignment_id=assignment.pk)
    watched = kept.values_list("watched", flat=True).first() or {}
    clips = (
        Material.objects.filter(campaign_id=assignment.campaign_id).order_by("cut").values_list("cut", "duration_ms")
    )
    return tuple(Track(cut, ms, tuple((a, b) for a, b in watched.get("cuts", {}).get(cut, ()))) for cut, ms in clips)


def verdict_lines(assignment_ids: Sequence[UUID]) -> dict[UUID, VerdictLine]:
    """What was decided about assignments, with their appeals; undecided ones are missing. One query."""
    rows = Verdict.objects.filter(pk__in=assignment_ids).select_related("assignment__appeal")
    return {row.pk: _line(row) for row in rows}


def verdict_line(assignment_id: UUID) -> VerdictLine | None:
    """What was decided about one assignment, or None."""
    return verdict_lines([assignment_id]).get(assignment_id)


def _line(row: Verdict) -> VerdictLine:
    return VerdictLine(
        assignment_id=row.pk,
        outcome=row.outcome,
        basis=row.basis,
        code=row.code,
        code_label=_LABELS.get(row.code, ""),
        reason=row.reason,
        decided_at=row.decided_at,
        appeal_until=row.appeal_until,
        appeal=getattr(row.assignment, "appeal", None),
    )


def delivery(campaign_id: UUID) -> Delivery | None:
    """The delivery of a campaign, once it awaits or has the advertiser's word."""
    return Delivery.objects.filter(pk=campaign_id).first()
