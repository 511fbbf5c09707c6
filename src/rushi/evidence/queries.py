"""Reads of evidence: work about to be handed in, the questions in a form that fits their answers, drafts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.conf import settings

from rushi.campaigns.models import Material, Question
from rushi.db import sql
from rushi.dispatch.models import Assignment
from rushi.evidence import attention, rules
from rushi.evidence.errors import NotWatched, TokenInvalid, WatchExpired
from rushi.evidence.models import Draft
from rushi.evidence.rules import Asked, Work


@dataclass(frozen=True, slots=True)
class AtHand:
    """An assignment that somebody wants to hand in: of which campaign, what was asked, whether it is in already."""

    campaign_id: UUID
    asked: tuple[Asked, ...]
    is_handed_in: bool


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question as a page shows it: `choices` are (value, Chinese label) pairs, empty for open questions."""

    id: UUID
    kind: str
    text: str
    choices: tuple[tuple[str, str], ...]
    is_required: bool


def at_hand(works: Sequence[tuple[UUID, UUID]]) -> list[AtHand | None]:
    """Assignments (id, participant) that people want to hand in: one query while their questions are known here.

    None for what is not theirs.
    """
    keys = {"assignments": sql.array(work for work, _ in works), "participants": sql.array(who for _, who in works)}
    found: list[AtHand | None] = [None] * len(works)
    for place, campaign_id, digest, is_handed_in in sql.prepared("evidence", "at_hand", keys):
        asked = _approved_questions(campaign_id, digest) if digest else tuple(asked_questions(campaign_id))
        found[place - 1] = AtHand(campaign_id, asked, is_handed_in)
    return found


def clip_durations(campaign_id: UUID, digest: str) -> tuple[tuple[str, int], ...]:
    """The cuts of a campaign and their lengths in ms; `digest` is that of what was approved ('' when nothing was)."""
    return _approved_clips(campaign_id, digest) if digest else _clips(campaign_id)


@lru_cache(maxsize=4096)
def _approved_clips(campaign_id: UUID, digest: str) -> tuple[tuple[str, int], ...]:
    return _clips(campaign_id)


def _clips(campaign_id: UUID) -> tuple[tuple[str, int], ...]:
    return tuple(Material.objects.filter(campaign_id=campaign_id).values_list("cut", "duration_ms"))


@lru_cache(maxsize=4096)
def _approved_questions(campaign_id: UUID, digest: str) -> tuple[Asked, ...]:
    """Questions do not change once a campaign is approved: the digest names exactly this content."""
    return tuple(asked_questions(campaign_id))


def asked_questions(campaign_id: UUID) -> list[Asked]:
    """The questions of a campaign, in order, as far as the form of their answers and their reading go."""
    rows = Question.objects.filter(campaign_id=campaign_id).order_by("position")
    return [Asked(q.id, q.kind, tuple(q.options), q.right_option, q.is_required, q.text) for q in rows]


def unsealed(token: str, now_ms: int) -> attention.State:
    """The state of a watch in a token of ours. Raises TokenInvalid, WatchExpired."""
    state = attention.unseal(token, settings.ATTENTION_KEY)
    if attention.is_expired(state, now_ms):
        raise WatchExpired
    return state


def read_work(
    *,
    assignment_id: UUID,
    participant_id: UUID,
    campaign_id: UUID,
    token: str,
    asked: Sequence[Asked],
    answers: Mapping[str, str],
    at: dt.datetime,
) -> Work:
    """What somebody hands in at `at`, read from the token of the watch and their raw answers: no query, no write.

    Raises TokenInvalid, WatchExpired, NotWatched, AnswersIncomplete.
    """
    now_ms = int(at.timestamp() * 1000)
    state = unsealed(token, now_ms)
    if state.assignment != assignment_id:
        raise TokenInvalid
    if not state.may_hand_in:
        raise NotWatched
    return rules.work(participant_id, campaign_id, state, asked, rules.read_answers(asked, answers), now_ms)


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
