"""What the API gives, as types. Written by tools/client_shapes.py from the OpenAPI document; do not edit."""

from __future__ import annotations

from typing import Literal, TypedDict


class Agent(TypedDict):
    """The agent and its recruits, in aggregate only: never who, never what they answered."""

    id: str
    name: str
    code: str
    status: Literal["active", "suspended"]
    joined_at: str
    invite_url: str
    recruits_count: int
    joined_30_days_count: int
    verified_count: int
    earning_count: int
    last_7_days: Work
    last_30_days: Work


class Attempt(TypedDict):
    """One try, and what came back."""

    at: str
    milliseconds: int
    status_code: int | None
    failure: str
    answer: str


class Balance(TypedDict):
    """What is free to be put into campaigns."""

    balance_fen: int


class Budget(TypedDict):
    """Places and money of a funded campaign."""

    places: int
    taken: int
    accepted: int
    budget_fen: int
    reserved_fen: int
    spent_fen: int
    refunded_fen: int


class Campaign(TypedDict):
    """A campaign; `budget` is null before funding."""

    id: str
    kind: Literal["reaction", "compare", "survey", "trial", "creation", "referral"]
    status: Literal["draft", "in_review", "rejected", "approved", "funded", "live", "paused", "closing", "closed"]
    status_reason: str
    title: str
    brief: str
    regions: list[str]
    age_bands: list[str]
    genders: list[str]
    interests: list[str]
    excluded_campaigns: list[str]
    expected_seconds: int
    reward_fen: int
    commission_fen_max: int
    fee_fen: int
    places_wanted: int
    auto_accept_days: int
    closes_at: str | None
    created_at: str
    submitted_at: str | None
    published_at: str | None
    closed_at: str | None
    budget: Budget | None


class Check(TypedDict):
    """What is missing and what the rules find; `decision` is null until nothing is missing."""

    faults: list[Fault]
    decision: Literal["allow", "review", "block"] | None
    findings: list[Finding]
    is_contestable: bool
    publication_obstacle: str


class Choices(TypedDict):
    """The closed lists that requests may use, with their names."""

    regions: dict[str, str]
    age_bands: dict[str, str]
    genders: dict[str, str]
    interests: dict[str, str]
    question_kinds: dict[str, str]


class Comment(TypedDict):
    """What an accepted person wrote, long numbers masked; `choice` is their reaction or preference."""

    id: str
    question: str
    text: str
    choice: str


class Commission(TypedDict):
    """The agent's commission: what can be withdrawn, and what was ever earned."""

    balance_fen: int
    earned_fen: int


class Cost(TypedDict):
    """What the campaign costs, against the balance: `short_fen` is what is missing."""

    reward_fen: int
    commission_fen_max: int
    fee_fen: int
    places: int
    unit_fen: int
    subtotal_fen: int
    reserve_fen: int
    total_fen: int
    balance_fen: int
    short_fen: int
    hourly_fen: int


class Delivery(TypedDict):
    """The advertiser's word on the whole; silence confirms at `due_at`."""

    status: Literal["awaiting", "confirmed", "disputed", "stands", "remedied"]
    opened_at: str
    due_at: str
    decided_at: str | None
    reason: str
    sample_size: int
    sample_faults: int


class Deposit(TypedDict):
    """A top-up: quote `reference` in the transfer; it counts once finance has seen the money."""

    id: str
    amount_fen: int
    reference: str
    status: Literal["awaiting", "confirmed", "declined"]
    requested_at: str
    decided_at: str | None
    note: str


class Distribution(TypedDict):
    """All answers to one closed question."""

    question_id: str
    kind: str
    text: str
    n: int
    parts: list[Part]
    right: Interval | None


class Fault(TypedDict):
    """Something that is missing before submission."""

    step: str
    message: str


class Finding(TypedDict):
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


class Forecast(TypedDict):
    """When the rest will be done at the present pace (90 % range)."""

    state: Literal["done", "paced", "stalled", "unknown"]
    at: str | None
    earliest: str | None
    latest: str | None
    by_deadline: int | None


class HistoryLine(TypedDict):
    """One thing that happened to a campaign; `is_ours` when somebody of the organisation did it, not the system."""

    at: str
    action: str
    is_ours: bool


class History(TypedDict):
    """What happened, newest first (a hundred at most)."""

    history: list[HistoryLine]


class Interval(TypedDict):
    """An estimate with its 95 % interval, valid however often one looks; `n` answers stand behind it."""

    estimate: float
    low: float
    high: float
    n: int
    method: str


class Invitation(TypedDict):
    """An invitation that nobody answered yet; of the phone only its end is shown."""

    id: str
    phone_tail: str
    role: Literal["owner", "editor", "viewer"]
    invited_at: str


class Licence(TypedDict):
    """A permit that was handed in; `is_checked` once a reviewer has looked."""

    kind: str
    number: str
    expires_on: str
    is_checked: bool


class Line(TypedDict):
    """One line of a statement: an entry of the books, by how much, and the balance after it."""

    entry_id: str
    kind: str
    subject_id: str
    at: str
    amount_fen: int
    balance_fen: int


class Material(TypedDict):
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
    uploaded_at: str


class Materials(TypedDict):
    """The clips a campaign has."""

    materials: list[Material]


class Member(TypedDict):
    """Somebody who acts for the organisation."""

    user_id: str
    name: str
    role: Literal["owner", "editor", "viewer"]
    joined_at: str


class Opinions(TypedDict):
    """Everything people said."""

    distributions: list[Distribution]
    reaction: Distribution | None
    preference: Preference | None
    preferred: Distribution | None
    recall: Interval | None
    retention: list[Retention]
    segments: list[Segments]


class Organisation(TypedDict):
    """The organisation that the key is for. `publication_obstacle` is empty when it may publish."""

    id: str
    name: str
    status: Literal["draft", "pending", "approved", "rejected"]
    status_reason: str
    trade: str
    publication_obstacle: str


class Pace(TypedDict):
    """How a funded campaign gets on."""

    forecast: Forecast | None
    delivered: int
    places: int
    quoted_low: int | None
    quoted_high: int | None
    quoted_due: int | None
    alarm: str
    alarm_since: str | None
    open_places: int
    affordable: int


class Part(TypedDict):
    """One answer of a closed question."""

    key: str
    label: str
    count: int
    share: Interval
    is_right: bool


class People(TypedDict):
    """The members, owners first, and open invitations."""

    members: list[Member]
    invitations: list[Invitation]


class Preference(TypedDict):
    """A against B by the same people."""

    difference: Interval
    deciders: Interval
    order_effect: Interval | None


class Progress(TypedDict):
    """How far it is; no opinion in here."""

    title: str
    kind: str
    status: str
    published_at: str | None
    closed_at: str | None
    reward_fen: int
    places: int
    working: int
    in_review: int
    accepted: int
    rejected: int
    rejected_by_code: dict[str, int]
    budget_fen: int
    spent_fen: int
    seconds_median: int | None
    hourly_fen: int | None
    missing: int


class Question(TypedDict):
    """A question as it stands."""

    kind: Literal["reaction", "preference", "recall", "single", "text"]
    text: str
    options: list[str]
    right_option: int | None
    is_required: bool


class Questions(TypedDict):
    """All questions, in order."""

    questions: list[Question]


class Quote(TypedDict):
    """What places cost; `unit_fen` is one place at most, `total_fen` what funding moves into the campaign's budget."""

    reward_fen: int
    commission_fen_max: int
    fee_fen: int
    places: int
    unit_fen: int
    subtotal_fen: int
    reserve_fen: int
    total_fen: int


class Rates(TypedDict):
    """The market's rates in force, in 1/10,000, and the hourly floor."""

    platform_fee_bps: int
    agent_commission_bps_max: int
    reserve_bps: int
    hourly_floor_fen: int


class Reach(TypedDict):
    """What the audience can give in the first 24 hours: a range, from what people did lately."""

    state: Literal["enough", "partly", "range", "unknown"]
    places: int
    people: int
    is_short: bool
    low: int
    high: int
    days_low: int | None
    days_high: int | None


class Replay(TypedDict):
    """How many messages are sent again."""

    count: int


class Report(TypedDict):
    """The report now. `opinions` is null until ten submissions are accepted."""

    campaign_id: str
    at: str
    progress: Progress
    opinions: Opinions | None


class Retention(TypedDict):
    """The free look of one cut."""

    cut: str
    n: int
    finished: Interval
    left_median_seconds: float | None
    points: list[RetentionPoint]


class RetentionPoint(TypedDict):
    """The share still watching at a second."""

    second: float
    watching: Interval


class Secret(TypedDict):
    """The secret in force, as Standard Webhooks libraries take it."""

    secret: str


class Segment(TypedDict):
    """One segment; groups under ten people are merged."""

    value: str
    is_merged: bool
    n: int
    share: Interval | None


class Segments(TypedDict):
    """The segments of one dimension."""

    dimension: str
    rows: list[Segment]


class Sending(TypedDict):
    """One message on its way to this endpoint, with its last try."""

    id: str
    webhook_id: str
    type: str
    status: Literal["waiting", "sent", "dead"]
    happened_at: str
    attempts_count: int
    next_at: str | None
    last: Attempt | None


class Webhook(TypedDict):
    """An endpoint. Its secret has an address of its own."""

    id: str
    url: str
    description: str
    events: list[str]
    is_active: bool
    stopped_reason: str
    made_at: str


class Webhooks(TypedDict):
    """All endpoints."""

    webhooks: list[Webhook]


class Work(TypedDict):
    """What recruits did since a moment, all together."""

    active_people_count: int
    claimed_count: int
    accepted_count: int
    rejected_count: int
    acceptance_bps: int | None
