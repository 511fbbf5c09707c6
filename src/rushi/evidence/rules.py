"""Pure decisions about work handed in: the order of cuts, what a well-formed answer is, how facts are counted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from rushi.evidence.errors import AnswersIncomplete

REACTIONS = ("like", "neutral", "dislike")
PREFERENCES = ("a", "same", "b")
TEXT_CHARS_MAX = 1000
TEXT_CHARS_MIN = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as far as the form of its answer goes."""

    id: UUID
    kind: str
    options: tuple[str, ...]
    right_option: int | None
    is_required: bool


@dataclass(frozen=True, slots=True)
class Given:
    """One well-formed answer: a `choice` of a closed question or the `text` of an open one."""

    question_id: UUID
    choice: str = ""
    text: str = ""


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
        value = raw.get(str(question.id), "").strip()
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
    return {key: value[:TEXT_CHARS_MAX] for key, value in raw.items() if key in known and value}
