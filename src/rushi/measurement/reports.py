"""What a campaign's report says, from counts. Pure: opinions only from ten accepted people on. See `estimators`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from rushi.measurement.estimators import Interval, preference_difference, share

OPINIONS_FROM = 10
"""Fewer accepted people than this stay unseen: in the report, in a segment, in an export."""
REACTIONS = ("like", "neutral", "dislike")
PREFERENCES = ("a", "same", "b")
DIMENSIONS = ("region", "age_band", "gender")
_LONG_NUMBER = re.compile(r"(?<!\d)\d(?:[ \-]?\d){6,}(?:[ \-]?[Xx])?")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is and what it cost so far. No opinion in here: shown from the first submission on."""

    title: str
    kind: str
    status: str
    organisation_id: UUID
    published_at: dt.datetime | None
    closed_at: dt.datetime | None
    reward_fen: int
    places: int
    working: int
    in_review: int
    accepted: int
    rejected: int
    rejected_by_code: Mapping[str, int]
    budget_fen: int
    spent_fen: int
    seconds_median: int | None

    @property
    def hourly_fen(self) -> int | None:
        """What an hour of this work pays at the median time, in fen."""
        return self.reward_fen * 3600 // self.seconds_median if self.seconds_median else None

    @property
    def missing(self) -> int:
        """How many accepted people are still needed before opinions are shown."""
        return max(0, OPINIONS_FROM - self.accepted)


@dataclass(frozen=True, slots=True)
class Part:
    """One answer of a closed question: how many chose it, as a share with its interval."""

    key: str
    label: str
    count: int
    share: Interval
    is_right: bool = False


@dataclass(frozen=True, slots=True)
class Distribution:
    """All answers to one closed question, in the question's order. For recall, `right` is the share that knew."""

    question_id: UUID
    kind: str
    text: str
    parts: tuple[Part, ...]
    right: Interval | None = None

    @property
    def n(self) -> int:
        """How many accepted people answered it."""
        return sum(part.count for part in self.parts)

    def part(self, key: str) -> Part:
        """The part of one answer. Raises StopIteration for a key that is no option."""
        return next(part for part in self.parts if part.key == key)


@dataclass(frozen=True, slots=True)
class RetentionPoint:
    """The share still watching at `second`, of everybody who met the cut in the free look."""

    second: float
    watching: Interval


@dataclass(frozen=True, slots=True)
class Retention:
    """The free look of one cut: it may be left at any moment without touching the pay, so it is honest."""

    cut: str
    n: int
    finished: Interval
    left_median_seconds: float | None
    points: tuple[RetentionPoint, ...]


@dataclass(frozen=True, slots=True)
class Preference:
    """A against B by the same people: the difference of shares, and whether the order of showing mattered."""

    difference: Interval
    deciders: Interval
    order_effect: Interval | None


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One segment. `share` (of likes, or of A among deciders) is None under ten people."""

    value: str
    is_merged: bool
    n: int
    share: Interval | None


@dataclass(frozen=True, slots=True)
class Segments:
    """The rows of one dimension: region, age_band or gender; smaller groups are merged into the last row."""

    dimension: str
    rows: tuple[SegmentRow, ...]


@dataclass(frozen=True, slots=True)
class Opinions:
    """Everything people said, of at least ten accepted submissions."""

    distributions: tuple[Distribution, ...]
    reaction: Distribution | None
    preference: Preference | None
    preferred: Distribution | None
    recall: Interval | None
    retention: tuple[Retention, ...]
    segments: tuple[Segments, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A campaign's report at a moment."""

    campaign_id: UUID
    at: dt.datetime
    progress: Progress
    opinions: Opinions | None


@dataclass(frozen=True, slots=True)
class QuestionCounts:
    """A closed question and how often each answer was given; `options` are its labels for single and recall."""

    id: UUID
    kind: str
    text: str
    options: Sequence[str]
    right_option: int | None
    counts: Mapping[str, int]


def distribution(question: QuestionCounts) -> Distribution:
    """The shares of a closed question, answers nobody gave included."""
    keys = _keys(question)
    n = sum(question.counts.get(key, 0) for key, _ in keys)
    right = None if question.right_option is None else str(question.right_option)
    parts = tuple(
        Part(key, label, question.counts.get(key, 0), share(question.counts.get(key, 0), n), key == right)
        for key, label in keys
    )
    knew = share(question.counts.get(right, 0), n) if question.kind == "recall" and right is not None else None
    return Distribution(question.id, question.kind, question.text, parts, knew)


def _keys(question: QuestionCounts) -> list[tuple[str, str]]:
    if question.kind == "reaction":
        return [(key, key) for key in REACTIONS]
    if question.kind == "preference":
        return [(key, key) for key in PREFERENCES]
    return [(str(index), label) for index, label in enumerate(question.options)]


def overall_recall(questions: Iterable[Distribution]) -> Interval | None:
    """The share of right answers in the first recall question (one answer a person: the interval needs that)."""
    return next((question.right for question in questions if question.right is not None), None)


def retention(cut: str, duration_ms: int, left: Mapping[int, int], finished: int) -> Retention:
    """The curve of a cut from how many left in each whole second (`left`) and how many saw the end.

    Somebody who left at 3.4 s still watched at second 3. The interval at each second holds for that second.
    """
    n = sum(left.values()) + finished
    points, watching = [], n
    for second in range(duration_ms // 1000 + 1):
        points.append(RetentionPoint(float(second), share(watching, n)))
        watching -= left.get(second, 0)
    end = share(finished, n)
    if duration_ms % 1000:
        points.append(RetentionPoint(duration_ms / 1000, end))
    else:
        points[-1] = RetentionPoint(duration_ms / 1000, end)
    return Retention(cut, n, end, _left_median(left, n), tuple(points))


def median_of(counts: Mapping[int, int]) -> int | None:
    """The lower median of values given as counts by value; None when there are none."""
    half, seen = (sum(counts.values()) + 1) // 2, 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= half:
            return value
    return None


def _left_median(left: Mapping[int, int], n: int) -> float | None:
    """The second by which half had left; None when more than half saw the end."""
    gone = 0
    for second in sorted(left):
        gone += left[second]
        if gone * 2 >= n:
            return second + 0.5
    return None


def preference(counts: Mapping[str, int], by_first: Mapping[str, Mapping[str, int]]) -> Preference:
    """A against B; `by_first[cut]` are the same counts among those who met that cut first.

    The order effect is the share preferring the cut they met first minus the share preferring the other.
    """
    a, same, b = (counts.get(key, 0) for key in PREFERENCES)
    order = None
    if by_first:
        first, second = by_first.get("a", {}), by_first.get("b", {})
        chose_first = first.get("a", 0) + second.get("b", 0)
        chose_second = first.get("b", 0) + second.get("a", 0)
        order = preference_difference(chose_first, first.get("same", 0) + second.get("same", 0), chose_second)
    return Preference(preference_difference(a, same, b), share(a, a + b), order)


def shown_groups(sizes: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """Which groups may be shown by name, largest first, and which only together.

    A remainder so small that subtraction would give its people away takes the next smallest group in.
    """
    named = sorted((v for v in sizes if v and sizes[v] >= OPINIONS_FROM), key=lambda v: (-sizes[v], v))
    rest = [value for value in sizes if value not in named]
    while named and rest and sum(sizes[v] for v in rest) < OPINIONS_FROM:
        rest.append(named.pop())
    return named, rest


def segments(dimension: str, counts: Mapping[str, Mapping[str, int]], kind: str) -> Segments:
    """The rows of a dimension from answer counts by value, small groups merged; ages in order, others largest first."""
    named, rest = shown_groups({value: sum(answers.values()) for value, answers in counts.items()})
    if dimension == "age_band":
        named.sort()
    rows = [_segment(value, counts[value], kind, is_merged=False) for value in named]
    if rest:
        merged: dict[str, int] = {}
        for value in rest:
            for key, count in counts[value].items():
                merged[key] = merged.get(key, 0) + count
        rows.append(_segment("", merged, kind, is_merged=True))
    return Segments(dimension, tuple(rows))


def _segment(value: str, answers: Mapping[str, int], kind: str, *, is_merged: bool) -> SegmentRow:
    n = sum(answers.values())
    wanted, base = ("a", answers.get("a", 0) + answers.get("b", 0)) if kind == "preference" else ("like", n)
    return SegmentRow(value, is_merged, n, share(answers.get(wanted, 0), base) if n >= OPINIONS_FROM else None)


def without_numbers(text: str) -> str:
    """A comment with phone, identity and other long numbers masked: people write them, advertisers get none."""
    return _LONG_NUMBER.sub("＊＊＊", text)
