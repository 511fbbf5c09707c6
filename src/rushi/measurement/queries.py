"""Reads that turn evidence into figures."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rushi.campaigns.models import Campaign, Question
from rushi.db import sql
from rushi.dispatch.models import Assignment, AssignmentStatus
from rushi.kernel.errors import NotFound
from rushi.measurement import reports
from rushi.measurement.reports import Opinions, Progress, QuestionCounts, Report

COMMENTS_A_PAGE = 10


@dataclass(frozen=True, slots=True)
class MarketTotals:
    """The public figures of the whole market; medians are over the newest 1,000 decided tasks."""

    paid_fen: int
    accepted_count: int
    live_count: int
    accepted_bps: int | None
    decision_seconds_median: int | None
    hourly_fen_median: int | None


@dataclass(frozen=True, slots=True)
class Comment:
    """What an accepted person wrote, long numbers masked; `choice` is their reaction or preference."""

    id: UUID
    question: str
    text: str
    choice: str


@dataclass(frozen=True, slots=True)
class CommentPage:
    """Comments newest first, and the key of the next page (None on the last)."""

    comments: tuple[Comment, ...]
    next_before: UUID | None


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """One accepted submission: facts, segment (None where under ten share it), answers as (choice, text)."""

    id: UUID
    participant_id: UUID
    submitted_at: dt.datetime
    region: str | None
    age_band: str | None
    gender: str | None
    coverage_bps: int
    watched_ms: int
    seconds: int
    reward_fen: int
    answers: Mapping[UUID, tuple[str, str]]
    free_looks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Submissions:
    """What an export is made of."""

    campaign: Campaign
    questions: tuple[Question, ...]
    rows: tuple[SubmissionRow, ...]


def market_totals() -> MarketTotals:
    """What the front page shows, live: paid to participants, tasks accepted, approval share, median times."""
    return MarketTotals(**sql.rows("measurement", "market_totals")[0])


def report(campaign_id: UUID, at: dt.datetime) -> Report:
    """The whole report of a campaign at `at`, in two queries, or six once opinions may be shown. Raises NotFound.

    Opinions are None until ten submissions are accepted: promise 1.
    """
    progress = _progress(campaign_id)
    opinions = None if progress.missing else _opinions(campaign_id)
    return Report(campaign_id, at, progress, opinions)


def comments(campaign_id: UUID, before: UUID | None = None, limit: int = COMMENTS_A_PAGE) -> CommentPage:
    """A page of comments of accepted people, newest first; empty until ten submissions are accepted."""
    accepted = Assignment.objects.filter(campaign_id=campaign_id, status=AssignmentStatus.ACCEPTED)
    if accepted[: reports.OPINIONS_FROM].count() < reports.OPINIONS_FROM:
        return CommentPage((), None)
    asked = Question.objects.filter(campaign_id=campaign_id, kind__in=("preference", "reaction")).order_by("kind")
    main = asked.values_list("pk", flat=True).first()  # of a comparison its preference, else the reaction
    params = {"campaign": campaign_id, "question": main, "before": before, "limit": limit + 1}
    rows = sql.rows("measurement", "report_comments", params)
    last = rows[limit - 1]["id"] if len(rows) > limit else None  # the page takes all comments of its last submission
    page = tuple(
        Comment(row["id"], row["question"], reports.without_numbers(row["text"]), row["choice"] or "")
        for row in rows
        if last is None or row["id"] >= last
    )
    return CommentPage(page, last)


def _progress(campaign_id: UUID) -> Progress:
    found = sql.rows("measurement", "report_progress", {"campaign": campaign_id})
    if not found:
        raise NotFound
    rejections = sql.rows("measurement", "report_rejections", {"campaign": campaign_id})
    return Progress(**found[0], rejected_by_code={row["code"]: row["count"] for row in rejections})


def _opinions(campaign_id: UUID) -> Opinions:
    questions = _questions(campaign_id)
    found = tuple(reports.distribution(question) for question in questions)
    main = _main_question(questions)
    preferred = next((d for d in found if d.kind == "preference"), None)
    return Opinions(
        distributions=tuple(d for d in found if d.kind in {"single", "recall"}),
        reaction=next((d for d in found if d.kind == "reaction"), None),
        preference=_preference(questions) if preferred else None,
        preferred=preferred,
        recall=reports.overall_recall(found),
        retention=_retention(campaign_id),
        segments=_segments(main) if main else (),
    )


def _questions(campaign_id: UUID) -> list[QuestionCounts]:
    """The closed questions with their counts, in order."""
    first: dict[UUID, dict[str, Any]] = {}
    counts: dict[UUID, dict[str, int]] = defaultdict(dict)
    for row in sql.rows("measurement", "report_choices", {"campaign": campaign_id}):
        first.setdefault(row["id"], row)
        if row["choice"] is not None:
            counts[row["id"]][row["choice"]] = row["count"]
    return [
        QuestionCounts(key, row["kind"], row["text"], row["options"], row["right_option"], counts[key])
        for key, row in first.items()
    ]


def _main_question(questions: Sequence[QuestionCounts]) -> QuestionCounts | None:
    """The question the segments and comments go by: the preference of a comparison, else the reaction."""
    by_kind = {question.kind: question for question in reversed(questions)}
    return by_kind.get("preference") or by_kind.get("reaction")


def _preference(questions: Sequence[QuestionCounts]) -> reports.Preference:
    question = next(q for q in questions if q.kind == "preference")
    by_first: dict[str, dict[str, int]] = defaultdict(dict)
    for row in sql.rows("measurement", "report_order", {"question": question.id}):
        by_first[row["first_cut"]][row["choice"]] = row["count"]
    return reports.preference(question.counts, by_first)


def _retention(campaign_id: UUID) -> tuple[reports.Retention, ...]:
    left: dict[str, dict[int, int]] = defaultdict(dict)
    finished: dict[str, int] = {}
    durations: dict[str, int] = {}
    for row in sql.rows("measurement", "report_retention", {"campaign": campaign_id}):
        durations[row["cut"]] = max(row["duration_ms"], durations.get(row["cut"], 0))
        if row["second"] is None:
            finished[row["cut"]] = row["count"]
        else:
            left[row["cut"]][row["second"]] = row["count"]
    return tuple(reports.retention(cut, durations[cut], left[cut], finished.get(cut, 0)) for cut in sorted(durations))


def _segments(main: QuestionCounts) -> tuple[reports.Segments, ...]:
    counts: dict[str, dict[str, dict[str, int]]] = {dimension: defaultdict(dict) for dimension in reports.DIMENSIONS}
    for row in sql.rows("measurement", "report_segments", {"question": main.id}):
        counts[row["dimension"]][row["value"]][row["choice"]] = row["count"]
    return tuple(reports.segments(dimension, values, main.kind) for dimension, values in counts.items() if values)


def _blank_small_groups(rows: list[dict[str, Any]]) -> None:
    """Blank what the report would not name, then, dimension by dimension, what only a few share in combination."""
    for dimension in reports.DIMENSIONS:
        named, _rest = reports.shown_groups(Counter(row[dimension] for row in rows))
        for row in rows:
            row[dimension] = row[dimension] if row[dimension] in named else None
    for dimension in reports.DIMENSIONS:
        alike = Counter(tuple(row[name] for name in reports.DIMENSIONS) for row in rows)
        few = [row for row in rows if alike[tuple(row[name] for name in reports.DIMENSIONS)] < reports.OPINIONS_FROM]
        for row in few:
            row[dimension] = None


def submissions(campaign_id: UUID) -> Submissions:
    """Every accepted submission with its answers, for exports; what would single out under ten people blanked."""
    rows = sql.rows("measurement", "export_submissions", {"campaign": campaign_id})
    answers: dict[UUID, dict[UUID, tuple[str, str]]] = defaultdict(dict)
    for row in sql.rows("measurement", "export_answers", {"campaign": campaign_id}):
        answers[row["submission_id"]][row["question_id"]] = (row["choice"], row["text"])
    _blank_small_groups(rows)
    for row in rows:
        row["answers"] = answers[row["id"]]
        row["free_looks"] = dict(zip(row.pop("cuts") or [], row.pop("left_ms") or [], strict=True))
    return Submissions(
        campaign=Campaign.objects.get(pk=campaign_id),
        questions=tuple(Question.objects.filter(campaign_id=campaign_id)),
        rows=tuple(SubmissionRow(**row) for row in rows),
    )
