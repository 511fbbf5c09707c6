"""Pure decisions about work handed in: the order of cuts, what a well-formed answer is, how facts are counted."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rushi.evidence.attention import State
from rushi.evidence.errors import AnswersIncomplete

REACTIONS = ("like", "neutral", "dislike")
PREFERENCES = ("a", "same", "b")
TEXT_CHARS_MAX = 1000
TEXT_CHARS_MIN = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as far as the form of its answer goes, and the time that reading it takes."""

    id: UUID
    kind: str
    options: tuple[str, ...]
    right_option: int | None
    is_required: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """One well-formed answer: a `choice` of a closed question or the `text` of an open one."""

    question_id: UUID
    choice: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work as it is handed in: who watched it under which nonce, the facts, and what was said.

    Milliseconds, coverage in 1/10,000; `segments` are `(low, high)` server times since the epoch.
    """

    assignment_id: UUID
    participant_id: UUID
    campaign_id: UUID
    nonce: UUID
    active_from: dt.datetime
    active_to: dt.datetime
    segments: Sequence[tuple[int, int]]
    watched: Mapping[str, Any]
    first_cut: str
    coverage_bps: int
    watched_ms: int
    hidden_ms: int
    refused_ms: int
    answer_ms: int
    recall_asked: int
    recall_right: int
    said: Sequence[Given]


def shown_order(assignment: UUID, names: Sequence[str]) -> list[str]:
    """The cuts in the order this assignment shows them: as good as a coin, and the same after every reload."""
    flip = hashlib.sha256(b"cut order:" + assignment.bytes).digest()[0] & 1
    return sorted(names, reverse=bool(flip))


def option_order(assignment: UUID, question: UUID, count: int) -> list[int]:
    """The options of a recall question in an order of this assignment's own, so that 'it is B' helps nobody."""
    return sorted(
        range(count), key=lambda i: hashlib.sha256(assignment.bytes + question.bytes + bytes([i % 256])).digest()
    )


def choices(question: Asked) -> tuple[str, ...]:
    """What may be chosen; empty for open questions."""
    match question.kind:
        case "reaction":
            return REACTIONS
        case "preference":
            return PREFERENCES
        case "recall" | "single":
            return tuple(str(i) for i in range(len(question.options)))
        case _:
            return ()


def read_answers(questions: Sequence[Asked], raw: Mapping[str, str]) -> list[Given]:
    """The well-formed answers in `raw` (question id → value); raises AnswersIncomplete naming what is missing."""
    given, missing = [], []
    for question in questions:
        value = _without_nul(raw.get(str(question.id), "")).strip()
        answer = _read(question, value)
        if answer is not None:
            given.append(answer)
        elif question.is_required or value:
            missing.append(str(question.id))
    if missing:
        raise AnswersIncomplete(field=missing[0], missing=missing)
    return given


def _read(question: Asked, value: str) -> Given | None:
    allowed = choices(question)
    if allowed:
        return Given(question.id, choice=value) if value in allowed else None
    if TEXT_CHARS_MIN <= len(value) <= TEXT_CHARS_MAX:
        return Given(question.id, text=value)
    return None


def recall_right(questions: Sequence[Asked], given: Sequence[Given]) -> tuple[int, int]:
    """How many recall questions were asked, and how many answered right."""
    recall = {q.id: q.right_option for q in questions if q.kind == "recall"}
    chosen = {answer.question_id: answer.choice for answer in given}
    return len(recall), sum(chosen.get(question) == str(right) for question, right in recall.items())


def kept_draft(questions: Sequence[Asked], raw: Mapping[str, str]) -> dict[str, str]:
    """The part of a draft that belongs to these questions, cut to length: nothing else is stored."""
    known = {str(question.id) for question in questions}
    kept = {key: _without_nul(value)[:TEXT_CHARS_MAX] for key, value in raw.items() if key in known}
    return {key: value for key, value in kept.items() if value}


def _without_nul(value: str) -> str:
    """PostgreSQL's text has no U+0000: one phone that sends it would fail all whose work is handed in with its own."""
    return value.replace("\0", "")


def work(
    participant_id: UUID, campaign_id: UUID, state: State, asked: Sequence[Asked], given: Sequence[Given], now_ms: int
) -> Work:
    """What a participant hands in at `now_ms`, from the state of the watch and well-formed answers."""
    recall = recall_right(asked, given)
    active_from = state.segments[0][0] if state.segments else state.started_ms
    active_to = state.segments[-1][1] if state.segments else state.last_ms
    cuts = {cut.name: [list(span) for span in cut.watched] for cut in state.cuts}
    return Work(
        assignment_id=state.assignment,
        participant_id=participant_id,
        campaign_id=campaign_id,
        nonce=state.nonce,
        active_from=dt.datetime.fromtimestamp(active_from / 1000, dt.UTC),
        active_to=dt.datetime.fromtimestamp(active_to / 1000, dt.UTC),
        segments=state.segments,
        watched={"unfocused_ms": state.unfocused_ms, "cuts": cuts},
        first_cut=state.cuts[0].name,
        coverage_bps=state.coverage_bps,
        watched_ms=state.covered_ms,
        hidden_ms=state.hidden_ms,
        refused_ms=state.refused_ms,
        answer_ms=max(0, now_ms - (state.completed_ms or state.last_ms)),
        recall_asked=recall[0],
        recall_right=recall[1],
        said=given,
    )


def fact_columns(works: Sequence[Work]) -> list[list[Any]]:
    """Who, under which nonce, and the facts: the arrays of a batch as the SQL functions take them, an item a place.

    ids, participants, campaigns, nonces | active_from … recall_right. `at` belongs between the two.
    """
    return [
        [one.assignment_id for one in works],
        [one.participant_id for one in works],
        [one.campaign_id for one in works],
        [one.nonce for one in works],
        [one.active_from for one in works],
        [one.active_to for one in works],
        ["{" + ",".join(f"{low},{high}" for low, high in one.segments) + "}" for one in works],
        [json.dumps(one.watched, separators=(",", ":")) for one in works],
        [one.first_cut for one in works],
        [one.coverage_bps for one in works],
        [one.watched_ms for one in works],
        [one.hidden_ms for one in works],
        [one.refused_ms for one in works],
        [one.answer_ms for one in works],
        [len(one.said) for one in works],
        [one.recall_asked for one in works],
        [one.recall_right for one in works],
    ]


def said_columns(works: Sequence[Work]) -> list[list[Any]]:
    """What was said in a batch: questions, choices and texts of each item, as array literals of PostgreSQL.

    The texts of an item without any words are '{}'.
    """
    return [
        ["{" + ",".join(str(given.question_id) for given in one.said) + "}" for one in works],
        [array_literal([given.choice for given in one.said]) for one in works],
        [array_literal(_texts(one)) for one in works],
    ]


def _texts(one: Work) -> list[str]:
    return [given.text for given in one.said] if any(given.text for given in one.said) else []


def array_literal(values: Sequence[str]) -> str:
    """Texts as PostgreSQL writes them into an array: each quoted, with quotes and backslashes escaped."""
    return "{" + ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values) + "}"
