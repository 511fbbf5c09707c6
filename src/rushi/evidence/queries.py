"""Reads of evidence: the facts a verdict may see, the questions in a form that fits their answers, drafts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from rushi.campaigns.models import Material, Question
from rushi.dispatch.models import Assignment
from rushi.evidence import rules
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


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question as a page shows it: `choices` are (value, Chinese label) pairs, empty for open questions."""

    id: UUID
    kind: str
    text: str
    choices: tuple[tuple[str, str], ...]
    is_required: bool


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


def shown_questions(assignment: Assignment) -> list[ShownQuestion]:
    """The questions as this assignment shows them; recall options come in an order of its own."""
    cuts = rules.shown_order(assignment.pk, ["a", "b"])
    rows = Question.objects.filter(campaign_id=assignment.campaign_id).order_by("position")
    return [ShownQuestion(q.id, q.kind, q.text, _choices(q, assignment.pk, cuts), q.is_required) for q in rows]


def _choices(question: Question, assignment_id: UUID, cuts: list[str]) -> tuple[tuple[str, str], ...]:
    order = list(range(len(question.options)))
    match question.kind:
        case Question.Kind.REACTION:
            return (("like", "喜欢"), ("neutral", "一般"), ("dislike", "不喜欢"))
        case Question.Kind.PREFERENCE:
            return ((cuts[0], "第一版"), ("same", "差不多"), (cuts[1], "第二版"))
        case Question.Kind.RECALL:
            order = rules.option_order(assignment_id, question.id, len(order))
    return tuple((str(i), question.options[i]) for i in order)


def shown_clips(assignment: Assignment) -> list[Material]:
    """The ready clips of an assignment's campaign in the order this assignment shows them."""
    clips = {clip.cut: clip for clip in Material.objects.filter(campaign_id=assignment.campaign_id)}
    return [clips[cut] for cut in rules.shown_order(assignment.pk, list(clips))]


def draft_answers(assignment_id: UUID) -> dict[str, str]:
    """Answers kept for later (question id → value); empty when there are none."""
    draft = Draft.objects.filter(pk=assignment_id).first()
    return dict(draft.answers) if draft else {}
