"""Reports as the API gives them: opinions only of ten accepted people and more."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from ninja import Schema

from rushi.api.schemas.base import Fen


class IntervalOut(Schema):
    """An estimate with its 95 % interval, valid however often one looks; `n` answers stand behind it."""

    estimate: float
    low: float
    high: float
    n: int
    method: str


class ProgressOut(Schema):
    """How far it is; no opinion in here."""

    title: str
    kind: str
    status: str
    published_at: dt.datetime | None
    closed_at: dt.datetime | None
    reward_fen: Fen
    places: int
    working: int
    in_review: int
    accepted: int
    rejected: int
    rejected_by_code: dict[str, int]
    budget_fen: Fen
    spent_fen: Fen
    seconds_median: int | None
    hourly_fen: Fen | None
    missing: int


class PartOut(Schema):
    """One answer of a closed question."""

    key: str
    label: str
    count: int
    share: IntervalOut
    is_right: bool


class DistributionOut(Schema):
    """All answers to one closed question."""

    question_id: UUID
    kind: str
    text: str
    n: int
    parts: list[PartOut]
    right: IntervalOut | None


class RetentionPointOut(Schema):
    """The share still watching at a second."""

    second: float
    watching: IntervalOut


class RetentionOut(Schema):
    """The free look of one cut."""

    cut: str
    n: int
    finished: IntervalOut
    left_median_seconds: float | None
    points: list[RetentionPointOut]


class PreferenceOut(Schema):
    """A against B by the same people."""

    difference: IntervalOut
    deciders: IntervalOut
    order_effect: IntervalOut | None


class SegmentOut(Schema):
    """One segment; groups under ten people are merged."""

    value: str
    is_merged: bool
    n: int
    share: IntervalOut | None


class SegmentsOut(Schema):
    """The segments of one dimension."""

    dimension: str
    rows: list[SegmentOut]


class OpinionsOut(Schema):
    """Everything people said."""

    distributions: list[DistributionOut]
    reaction: DistributionOut | None
    preference: PreferenceOut | None
    preferred: DistributionOut | None
    recall: IntervalOut | None
    retention: list[RetentionOut]
    segments: list[SegmentsOut]


class ReportOut(Schema):
    """The report now. `opinions` is null until ten submissions are accepted."""

    campaign_id: UUID
    at: dt.datetime
    progress: ProgressOut
    opinions: OpinionsOut | None


class CommentOut(Schema):
    """What an accepted person wrote, long numbers masked; `choice` is their reaction or preference."""

    id: UUID
    question: str
    text: str
    choice: str
