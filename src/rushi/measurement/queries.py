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
    """The whole report of a campaign at `at`, in two queries, or three once opinions may be shown. Raises NotFound.

    Opinions are None until ten submissions are accepted: promise 1. What is counted comes from tallies kept with
    every verdict, so that the report costs the same at a million responses; the median time errs by half a second.
    """
    counts = _Counts(campaign_id)
    progress = _progress(campaign_id, counts)
    opinions = None if progress.missing else _opinions(campaign_id, counts)
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


class _Counts:
    """What a campaign's tally says, by topic; see `evidence.models.Tally`."""

    def __init__(self, campaign_id: UUID) -> None:
        self._found: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
        for row in sql.rows("measurement", "report_tally", {"campaign": campaign_id}):
            self._found[row["topic"]][row["subject"]][row["key"]] = row["n"]

    def of(self, topic: str) -> Mapping[str, Mapping[str, int]]:
        """Counts by key, by subject."""
        return self._found.get(topic, {})

    def plain(self, topic: str, subject: str = "") -> Mapping[str, int]:
        """Counts by key of one subject."""
        return self.of(topic).get(subject, {})


def _progress(campaign_id: UUID, counts: _Counts) -> Progress:
    found = sql.rows("measurement", "report_progress", {"campaign": campaign_id})
    if not found:
        raise NotFound
    by_code = dict(sorted(counts.plain("rejected").items(), key=lambda item: (-item[1], item[0])))
    seconds = {int(key): n for key, n in counts.plain("seconds").items()}
    return Progress(
        **found[0],
        rejected=sum(by_code.values()),
        rejected_by_code=by_code,
        seconds_median=reports.median_of(seconds),
    )


def _opinions(campaign_id: UUID, counts: _Counts) -> Opinions:
    questions = [
        QuestionCounts(row.pk, row.kind, row.text, row.options, row.right_option, counts.plain("choice", str(row.pk)))
        for row in Question.objects.filter(campaign_id=campaign_id).exclude(kind=Question.Kind.TEXT)
    ]
    found = tuple(reports.distribution(question) for question in questions)
    main = _main_question(questions)
    preferred = next((d for d in found if d.kind == "preference"), None)
    return Opinions(
        distributions=tuple(d for d in found if d.kind in {"single", "recall"}),
        reaction=next((d for d in found if d.kind == "reaction"), None),
        preference=reports.preference(main.counts, counts.of("first")) if preferred and main else None,
        preferred=preferred,
        recall=reports.overall_recall(found),
        retention=_retention(counts),
        segments=_segments(main, counts) if main else (),
    )


def _main_question(questions: Sequence[QuestionCounts]) -> QuestionCounts | None:
    """The question the segments and comments go by: the preference of a comparison, else the reaction."""
    by_kind = {question.kind: question for question in reversed(questions)}
    return by_kind.get("preference") or by_kind.get("reaction")


def _retention(counts: _Counts) -> tuple[reports.Retention, ...]:
    curves = []
    for cut, durations in sorted(counts.of("duration").items()):
        left = dict(counts.plain("look", cut))
        finished = left.pop("end", 0)
        by_second = {int(second): n for second, n in left.items()}
        curves.append(reports.retention(cut, max(map(int, durations)), by_second, finished))
    return tuple(curves)


def _segments(main: QuestionCounts, counts: _Counts) -> tuple[reports.Segments, ...]:
    found = ((dimension, counts.of(dimension)) for dimension in reports.DIMENSIONS)
    return tuple(reports.segments(dimension, values, main.kind) for dimension, values in found if values)


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
        answers[row["assignment_id"]][row["question_id"]] = (row["choice"], row["text"])
    _blank_small_groups(rows)
    for row in rows:
        row["answers"] = answers[row["id"]]
        row["free_looks"] = dict(zip(row.pop("cuts") or [], row.pop("left_ms") or [], strict=True))
    return Submissions(
        campaign=Campaign.objects.get(pk=campaign_id),
        questions=tuple(Question.objects.filter(campaign_id=campaign_id)),
        rows=tuple(SubmissionRow(**row) for row in rows),
    )
