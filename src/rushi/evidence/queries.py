"""Reads of evidence: the facts a verdict may see, the questions in a form that fits their answers, drafts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from rushi.campaigns.models import Question
from rushi.evidence.models import Draft, Submission
from rushi.evidence.rules import Asked
from rushi.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class SubmissionFacts:
    """What a verdict may know about work handed in: attention, recall, time. No opinion."""

    assignment_id: UUID
    submitted_at: dt.datetime
    coverage_bps: int
    watched_ms: int
    hidden_ms: int
    refused_ms: int
    overlap_ms: int
    answer_ms: int
    item_count: int
    recall_asked: int
    recall_right: int


def submission_facts(assignment_id: UUID) -> SubmissionFacts:
    """The facts of one submission. Raises NotFound when nothing was handed in."""
    names = tuple(SubmissionFacts.__dataclass_fields__)
    row = Submission.objects.filter(pk=assignment_id).values(*names).first()
    if row is None:
        raise NotFound
    return SubmissionFacts(**row)


def asked_questions(campaign_id: UUID) -> list[Asked]:
    """The questions of a campaign, in order, as far as the form of their answers goes."""
    rows = Question.objects.filter(campaign_id=campaign_id).order_by("position")
    return [Asked(q.id, q.kind, tuple(q.options), q.right_option, q.is_required) for q in rows]


def draft_answers(assignment_id: UUID) -> dict[str, str]:
    """Answers kept for later (question id → value); empty when there are none."""
    draft = Draft.objects.filter(pk=assignment_id).first()
    return dict(draft.answers) if draft else {}
