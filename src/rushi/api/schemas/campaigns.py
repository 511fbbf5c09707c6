"""Campaigns as the API takes and gives them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from rushi.api.schemas.base import Day, Fen, Given, one_of, text
from rushi.campaigns.models import Kind, Question, Status
from rushi.campaigns.rules import (
    OPTION_CHARS_MAX,
    OPTIONS_MAX,
    PLACES_MAX,
    QUESTIONS_MAX,
    REWARD_FEN_MAX,
    TEXT_CHARS_MAX,
)
from rushi.identity.models import AgeBand, Gender
from rushi.identity.rules import INTERESTS, REGIONS

Title: Any = text(60, 1)
Brief: Any = text(2000, 1)
QuestionText: Any = text(TEXT_CHARS_MAX)
OptionText: Any = text(OPTION_CHARS_MAX)
Reason: Any = text(500)
StatusName: Any = one_of(Status.values)
KindName: Any = one_of(Kind.values)
QuestionKind: Any = one_of(Question.Kind.values)
Region: Any = one_of(REGIONS)
Age: Any = one_of(AgeBand.values)
GenderName: Any = one_of(value for value in Gender.values if value)
Interest: Any = one_of(INTERESTS)


class NewCampaign(Given):
    """A draft to begin with."""

    kind: Literal["reaction", "compare"]
    title: Title
    brief: Brief


class Basics(Given):
    """Title and brief; what is left out stays."""

    title: Title | None = None
    brief: Brief | None = None


class QuestionBody(Given):
    """A question. `right_option` counts from 0 and is for `recall` only."""

    kind: QuestionKind
    text: QuestionText
    options: list[OptionText] = Field(default=[], max_length=OPTIONS_MAX)
    right_option: int | None = Field(default=None, ge=0, lt=OPTIONS_MAX)
    is_required: bool = True


class Questions(Given):
    """All questions, in order; they replace those before."""

    questions: list[QuestionBody] = Field(max_length=QUESTIONS_MAX)


class Audience(Given):
    """For whom; empty lists mean everybody."""

    regions: list[Region] = Field(default=[], max_length=len(REGIONS))
    age_bands: list[Age] = Field(default=[], max_length=5)
    genders: list[GenderName] = Field(default=[], max_length=2)
    interests: list[Interest] = Field(default=[], max_length=len(INTERESTS))
    excluded_campaigns: list[UUID] = Field(default=[], max_length=50)


class Price(Given):
    """What a place pays and how many there are; `closes_on` is the last day (Shanghai), null for open end."""

    reward_fen: int = Field(ge=1, le=REWARD_FEN_MAX)
    places: int = Field(ge=1, le=PLACES_MAX)
    auto_accept_days: int = Field(default=3, ge=1, le=21)
    closes_on: Day | None = None


class QuoteAsked(Given):
    """A price to be quoted without a campaign."""

    reward_fen: int = Field(ge=1, le=REWARD_FEN_MAX)
    places: int = Field(ge=1, le=PLACES_MAX)


class Contest(Given):
    """Words against what the rules block; then two reviewers must agree."""

    contest: Reason = ""


class Growth(Given):
    """A larger number of places."""

    places: int = Field(ge=1, le=PLACES_MAX)


class Extension(Given):
    """A later last day."""

    closes_on: Day


class Dispute(Given):
    """Why a delivery is disputed; the reason is checked for length by the room."""

    reason: Reason


class MaterialOut(Schema):
    """A clip of a campaign."""

    cut: str
    status: Literal["processing", "ready", "failed"]
    failure: str
    progress_percent: int
    original_name: str
    mime: str
    sha256: str
    bytes: int
    duration_ms: int
    width: int
    height: int
    uploaded_at: dt.datetime


class BudgetOut(Schema):
    """Places and money of a funded campaign."""

    places: int
    taken: int
    accepted: int
    budget_fen: Fen
    reserved_fen: Fen
    spent_fen: Fen
    refunded_fen: Fen


class CampaignOut(Schema):
    """A campaign; `budget` is null before funding."""

    id: UUID
    kind: KindName
    status: StatusName
    status_reason: str
    title: str
    brief: str
    regions: list[str]
    age_bands: list[str]
    genders: list[str]
    interests: list[str]
    excluded_campaigns: list[UUID]
    expected_seconds: int
    reward_fen: Fen
    commission_fen_max: Fen
    fee_fen: Fen
    places_wanted: int
    auto_accept_days: int
    closes_at: dt.datetime | None
    created_at: dt.datetime
    submitted_at: dt.datetime | None
    published_at: dt.datetime | None
    closed_at: dt.datetime | None
    budget: BudgetOut | None

    @staticmethod
    def resolve_budget(campaign: Any) -> Any:
        """The budget, when there is one."""
        return getattr(campaign, "budget", None)


class QuestionOut(Schema):
    """A question as it stands."""

    kind: QuestionKind
    text: str
    options: list[str]
    right_option: int | None
    is_required: bool


class QuestionsOut(Schema):
    """All questions, in order."""

    questions: list[QuestionOut]


class MaterialsOut(Schema):
    """The clips a campaign has."""

    materials: list[MaterialOut]


class QuoteOut(Schema):
    """What places cost; `unit_fen` is one place at most, `total_fen` what funding moves into the campaign's budget."""

    reward_fen: Fen
    commission_fen_max: Fen
    fee_fen: Fen
    places: int
    unit_fen: Fen
    subtotal_fen: Fen
    reserve_fen: Fen
    total_fen: Fen


class CostOut(QuoteOut):
    """What the campaign costs, against the balance: `short_fen` is what is missing."""

    balance_fen: Fen
    short_fen: Fen
    hourly_fen: Fen


class ReachOut(Schema):
    """What the audience can give in the first 24 hours: a range, from what people did lately."""

    state: Literal["enough", "partly", "range", "unknown"]
    places: int
    people: int
    is_short: bool
    low: int
    high: int
    days_low: int | None
    days_high: int | None


class FaultOut(Schema):
    """Something that is missing before submission."""

    step: str
    message: str


class FindingOut(Schema):
    """One rule that matched, with its law; `start` and `end` count characters of the field."""

    rule: str
    severity: str
    law: str
    article: str
    matched: str
    field: str
    start: int
    end: int
    explain_zh: str
    explain_en: str


class CheckOut(Schema):
    """What is missing and what the rules find; `decision` is null until nothing is missing."""

    faults: list[FaultOut]
    decision: Literal["allow", "review", "block"] | None
    findings: list[FindingOut]
    is_contestable: bool
    publication_obstacle: str


class ForecastOut(Schema):
    """When the rest will be done at the present pace (90 % range)."""

    state: Literal["done", "paced", "stalled", "unknown"]
    at: dt.datetime | None
    earliest: dt.datetime | None
    latest: dt.datetime | None
    by_deadline: int | None


class PaceOut(Schema):
    """How a funded campaign gets on."""

    forecast: ForecastOut | None
    delivered: int
    places: int
    quoted_low: int | None
    quoted_high: int | None
    quoted_due: int | None
    alarm: str
    alarm_since: dt.datetime | None
    open_places: int
    affordable: int


class HistoryLineOut(Schema):
    """One thing that happened to a campaign; `is_ours` when somebody of the organisation did it, not the system."""

    at: dt.datetime
    action: str
    is_ours: bool


class HistoryOut(Schema):
    """What happened, newest first (a hundred at most)."""

    history: list[HistoryLineOut]


class DeliveryOut(Schema):
    """The advertiser's word on the whole; silence confirms at `due_at`."""

    status: Literal["awaiting", "confirmed", "disputed", "stands", "remedied"]
    opened_at: dt.datetime
    due_at: dt.datetime
    decided_at: dt.datetime | None
    reason: str
    sample_size: int
    sample_faults: int
