"""Reads of dispatch: the hall, one card, a person's assignments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any
from uuid import UUID

import numpy as np
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, Sum

from rushi.audit.queries import setting
from rushi.campaigns.models import Budget, Campaign, Status
from rushi.db import sql
from rushi.dispatch import hall as hall_pages
from rushi.dispatch import matching, outlook, pacing
from rushi.dispatch.matching import TRADE_INTERESTS
from rushi.dispatch.models import (
    CLAIMS_A_DAY_MAX,
    Assignment,
    AssignmentStatus,
    Fairness,
    Pace,
    ParticipantDay,
    Participation,
)
from rushi.dispatch.rules import hourly_fen
from rushi.identity.models import User
from rushi.identity.rules import INTERESTS
from rushi.kernel import clock
from rushi.kernel.errors import NotFound

LOOK_SECONDS_MAX = 900.0
MARKET_SECONDS = 2.0
"""How old the hall's view of the market may be. What a card shows, and what may be claimed, is always read anew."""
_held: dict[str, tuple[float, hall_pages.Market]] = {}
_looking = Lock()
OPEN = (AssignmentStatus.CLAIMED, AssignmentStatus.STARTED)
UNDECIDED = (AssignmentStatus.SUBMITTED, AssignmentStatus.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class TaskCard:
    """A campaign as a participant sees it before claiming: everything that was promised, in whole fen.

    `reasons` are the terms that lift it in this person's hall (`matching.REASONS`), `shared_interests` the words behind
    the first of them.
    """

    campaign_id: UUID
    title: str
    brief: str
    advertiser: str
    kind: str
    reward_fen: int
    expected_seconds: int
    hourly_fen: int
    places_left: int
    lease_minutes: int
    auto_accept_days: int
    agent_share_fen: int
    closes_at: dt.datetime | None
    published_at: dt.datetime
    reasons: tuple[str, ...]
    shared_interests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HallPage:
    """Some cards of the hall, and the cursor of those after them; empty after the last."""

    cards: list[TaskCard]
    after: str


@dataclass(frozen=True, slots=True)
class FairnessRow:
    """A quarter of a day's people, the first with the fewest tasks: their share of tasks and of pay, in per cent."""

    quartile: int
    tasks_percent: float
    rewards_percent: float


@dataclass(frozen=True, slots=True)
class FairnessTable:
    """How a day's work was spread."""

    day: dt.date
    people: int
    rows: list[FairnessRow]


@dataclass(frozen=True, slots=True)
class AssignmentLine:
    """One line of 我的任务."""

    id: UUID
    campaign_id: UUID
    title: str
    advertiser: str
    kind: str
    status: str
    status_label: str
    reward_fen: int
    claimed_at: dt.datetime
    lease_expires_at: dt.datetime
    submitted_at: dt.datetime | None
    decision_due_at: dt.datetime | None
    closed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class MyCounts:
    """How many assignments a person has to do, under review, done; and what the last two come to."""

    open: int
    undecided: int
    accepted: int
    undecided_fen: int
    accepted_fen: int


@dataclass(frozen=True, slots=True)
class RecruitsWork:
    """What an agent's recruits did since a moment, all together; never who, never what they answered."""

    active_people_count: int
    claimed_count: int
    accepted_count: int
    rejected_count: int

    @property
    def acceptance_bps(self) -> int | None:
        """The share of decided work that was accepted; None before anything was decided."""
        decided = self.accepted_count + self.rejected_count
        return self.accepted_count * 10_000 // decided if decided else None


@dataclass(frozen=True, slots=True)
class CampaignPace:
    """How a campaign gets on. `forecast` is None unless it is live; `quoted_due` is what the quote promised by now.

    `to_refill` places were taken once and are open again; `affordable` is for how many more places money is free;
    `rejected_held` is for how many the money still waits for an appeal window to end.
    """

    forecast: pacing.Forecast | None
    delivered: int
    places: int
    quoted_low: int | None
    quoted_high: int | None
    quoted_due: int | None
    alarm: str
    alarm_label: str
    alarm_since: dt.datetime | None
    to_refill: int
    open_places: int
    affordable: int
    rejected_held: int

    @property
    def waits_for_money(self) -> int:
        """How many open places nobody can take yet because no money is free for them."""
        return max(0, self.open_places - self.affordable)


def hall(participant_id: UUID, *, kind: str = "", after: str = "", limit: int = 20) -> HallPage:
    """The campaigns (of one kind when given) this person may claim a place in now, the best for the market first.

    Everything the person is eligible for is there, in the order of `matching`; three queries however many offers, and
    one more when this process has not looked for MARKET_SECONDS. `after` is the cursor of the page before.
    """
    found = choose(participant_id, kind=kind, after=after, limit=limit)
    if not found.ids:
        return HallPage([], "")
    params = {"participant": participant_id, "at": clock.now(), "campaigns": found.ids}
    rows = {row["campaign_id"]: row for row in sql.rows("dispatch", "task_cards", params)}
    why = dict(zip(found.ids, found.reasons, strict=True))
    return HallPage([_card(rows[one], why[one]) for one in found.ids if one in rows], found.after)


def choose(participant_id: UUID, *, kind: str = "", after: str = "", limit: int = 20) -> hall_pages.Page:
    """The next campaigns for a person, in order, with their reasons: the choice without the cards."""
    now, person = clock.now(), _person(participant_id)
    if person is None:
        return hall_pages.Page([], [], "")
    market = live_market()
    parts = hall_pages.terms(market, person, now, setting("hourly_floor_fen", now))
    return hall_pages.page(market, hall_pages.may(market, person, now, kind), parts, after=after, limit=limit)


def _why(participant_id: UUID, campaign_id: UUID) -> tuple[str, ...]:
    """What lifts one campaign for a person; nothing when it is not among their offers."""
    now, person, market = clock.now(), _person(participant_id), live_market()
    at = market.at.get(campaign_id.bytes)
    if person is None or at is None or not hall_pages.may(market, person, now)[at]:
        return ()
    parts = hall_pages.terms(market, person, now, setting("hourly_floor_fen", now))
    return tuple(matching.reasons(parts, at))


def _person(participant_id: UUID) -> hall_pages.Person | None:
    """Somebody as the hall sees them; None when they may not work."""
    found = sql.rows("dispatch", "hall_person", {"participant": participant_id})
    if not found:
        return None
    row = found[0]
    been = bytes(row["been"] or b"")
    return hall_pages.Person(
        row["region"],
        row["age_band"],
        row["gender"],
        row["interests"],
        frozenset(row["organisations"]),
        frozenset(been[at : at + 16] for at in range(0, len(been), 16)),
    )


def live_market() -> hall_pages.Market:
    """The open campaigns as this process last saw them, at most MARKET_SECONDS ago (one reader looks, others go on)."""
    held = _held.get("market")
    if held and monotonic() - held[0] < MARKET_SECONDS:
        return held[1]
    if held and not _looking.acquire(blocking=False):
        return held[1]
    try:
        fresh = hall_pages.market(sql.rows("dispatch", "live_offers", {"at": clock.now()}))
        _held["market"] = (monotonic(), fresh)
    finally:
        if held:
            _looking.release()
    return fresh


def fairness() -> FairnessTable | None:
    """How the last counted day's work was spread over four quarters of its people; None before the first. One query."""
    found = Fairness.objects.order_by("-day").first()
    if found is None:
        return None
    rows = enumerate(zip(found.tasks_bps, found.rewards_bps, strict=True), start=1)
    return FairnessTable(
        found.day, found.people, [FairnessRow(at, tasks / 100, pay / 100) for at, (tasks, pay) in rows]
    )


def market_outlook(now: dt.datetime) -> tuple[list[outlook.Open], outlook.Supply]:
    """What pricing works on: open campaigns in order of publication, and supply by segment. Four queries."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    today_hours = hour.astimezone(clock.SHANGHAI).hour
    campaigns = [outlook.Open(**row) for row in sql.rows("dispatch", "open_campaigns", {"at": now})]
    visits = sql.rows("dispatch", "visits_ahead", {"hour": hour, "today_hours": today_hours})
    segments = sorted({(row["region"], row["age_band"], row["gender"]) for row in visits})
    usual = np.zeros((len(segments), outlook.AHEAD_HOURS))
    today = np.zeros(len(segments), np.int64)
    row_of = {segment: at for at, segment in enumerate(segments)}
    for row in visits:
        at = row_of[row["region"], row["age_band"], row["gender"]]
        usual[at, row["ahead"]] += row["mean"]
        today[at] += row["today"]
    total = sql.rows("dispatch", "tasks_and_visits", {"hour": hour})[0]
    least, most = outlook.TASKS_A_VISIT
    tasks = min(max(total["tasks"] / total["visits"], least), most) if total["visits"] else 1.0
    interested = {row["interest"]: row["share"] for row in sql.rows("dispatch", "interested")}
    seen_hours = visits[0]["seen_hours"] if visits else 0
    return campaigns, outlook.Supply(segments, usual, today, today_hours, seen_hours, tasks, interested)


def task_card(participant_id: UUID, campaign_id: UUID) -> TaskCard:
    """One published campaign as a card, whether or not a place can be had. Raises NotFound."""
    found = sql.rows(
        "dispatch", "task_card", {"participant": participant_id, "campaign": campaign_id, "at": clock.now()}
    )
    if not found:
        raise NotFound
    return _card(found[0], _why(participant_id, campaign_id))


def _card(row: dict[str, Any], reasons: tuple[str, ...]) -> TaskCard:
    plain = {name: value for name, value in row.items() if name not in {"lease_seconds", "own_interests", "trade"}}
    topics = {*plain.pop("interests"), *TRADE_INTERESTS.get(row["trade"], ())}
    return TaskCard(
        **plain,
        hourly_fen=hourly_fen(row["reward_fen"], row["expected_seconds"]),
        lease_minutes=row["lease_seconds"] // 60,
        reasons=reasons,
        shared_interests=tuple(INTERESTS[one] for one in row["own_interests"] if one in topics and one in INTERESTS),
    )


def claims_left(participant_id: UUID) -> int:
    """How many more places this person may claim today (Shanghai)."""
    today = clock.shanghai_day(clock.now())
    used = ParticipantDay.objects.filter(participant_id=participant_id, day=today).values_list("claims", flat=True)
    return CLAIMS_A_DAY_MAX - (used.first() or 0)


def assignment_in(participant_id: UUID, campaign_id: UUID) -> UUID | None:
    """The id of this person's one assignment in a campaign, or None when they have not been in it."""
    rows = Participation.objects.filter(participant_id=participant_id, campaign_id=campaign_id)
    return rows.values_list("id", flat=True).first()


def access_assignment(user: User | AnonymousUser, assignment_id: UUID) -> Assignment:
    """An assignment of this user's own, with its campaign and advertiser. Raises NotFound."""
    if not isinstance(user, User):
        raise NotFound
    assignment = (
        Assignment.objects.select_related("campaign__organisation")
        .filter(pk=assignment_id, participant_id=user.pk)
        .first()
    )
    if assignment is None:
        raise NotFound
    return assignment


def my_assignments(
    participant_id: UUID, *, statuses: Sequence[str] = (), before: dt.datetime | None = None, limit: int = 20
) -> list[AssignmentLine]:
    """A person's assignments, newest first; the next page is `before` the last line's `claimed_at`. One query."""
    rows = Assignment.objects.filter(participant_id=participant_id).select_related("campaign__organisation")
    if statuses:
        rows = rows.filter(status__in=statuses)
    if before:
        rows = rows.filter(claimed_at__lt=before)
    return [_line(row) for row in rows.order_by("-claimed_at", "-id")[:limit]]


def _line(row: Assignment) -> AssignmentLine:
    return AssignmentLine(
        id=row.pk,
        campaign_id=row.campaign_id,
        title=row.campaign.title,
        advertiser=row.campaign.organisation.name,
        kind=row.campaign.kind,
        status=row.status,
        status_label=row.get_status_display(),
        reward_fen=row.reward_fen,
        claimed_at=row.claimed_at,
        lease_expires_at=row.lease_expires_at,
        submitted_at=row.submitted_at,
        decision_due_at=row.decision_due_at,
        closed_at=row.closed_at,
    )


def titles(participant_id: UUID, assignment_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The titles of a person's own assignments by id; others are missing. One query."""
    rows = Assignment.objects.filter(participant_id=participant_id, pk__in=assignment_ids)
    return dict(rows.values_list("pk", "campaign__title"))


def my_counts(participant_id: UUID) -> MyCounts:
    """How a person's assignments stand; one query."""
    done, waiting = Q(status=AssignmentStatus.ACCEPTED), Q(status__in=UNDECIDED)
    row = Assignment.objects.filter(participant_id=participant_id).aggregate(
        open=Count("id", filter=Q(status__in=OPEN)),
        undecided=Count("id", filter=waiting),
        accepted=Count("id", filter=done),
        undecided_fen=Sum("reward_fen", filter=waiting, default=0),
        accepted_fen=Sum("reward_fen", filter=done, default=0),
    )
    return MyCounts(**row)


def recruits_work(agent_id: UUID, since: dt.datetime) -> RecruitsWork:
    """What the people recruited by an agent claimed since a moment, in aggregate; one query."""
    rows = Assignment.objects.filter(participant__agent_id=agent_id, claimed_at__gte=since)
    return RecruitsWork(
        **rows.aggregate(
            active_people_count=Count("participant_id", distinct=True),
            claimed_count=Count("id"),
            accepted_count=Count("id", filter=Q(status=AssignmentStatus.ACCEPTED)),
            rejected_count=Count("id", filter=Q(status=AssignmentStatus.REJECTED)),
        )
    )


def campaign_pace(campaign_id: UUID, now: dt.datetime) -> CampaignPace | None:
    """How a funded campaign gets on at `now`; None before funding. One query."""
    budget = Budget.objects.select_related("campaign__pace").filter(pk=campaign_id).first()
    return _pace(budget, now) if budget else None


def paces(campaign_ids: Sequence[UUID], now: dt.datetime) -> dict[UUID, CampaignPace]:
    """The same for many campaigns by id; those without a budget are missing. One query."""
    rows = Budget.objects.select_related("campaign__pace").filter(pk__in=campaign_ids)
    return {row.pk: _pace(row, now) for row in rows}


def _pace(budget: Budget, now: dt.datetime) -> CampaignPace:
    campaign, free = budget.campaign, budget.budget_fen - budget.reserved_fen - budget.spent_fen - budget.refunded_fen
    pace: Pace = getattr(campaign, "pace", None) or Pace(campaign=campaign)
    is_live, delivered = campaign.status == Status.LIVE, budget.accepted - budget.overturned
    opened = float(pace.open_seconds or 0)
    if is_live and (since := pace.looked_at or campaign.published_at):
        opened += min((now - since).total_seconds(), LOOK_SECONDS_MAX if pace.looked_at else float("inf"))
    seen = pacing.Seen(budget.places, delivered, delivered - pace.mark_delivered, opened - pace.mark_seconds)
    open_work = budget.taken - delivered
    return CampaignPace(
        forecast=pacing.forecast(seen, now, campaign.closes_at) if is_live else None,
        delivered=delivered,
        places=budget.places,
        quoted_low=pace.quoted_low,
        quoted_high=pace.quoted_high,
        quoted_due=pacing.quoted_due(pace.quoted_low, budget.places, opened),
        alarm=pace.alarm if is_live else "",
        alarm_label=str(pace.get_alarm_display()) if is_live else "",
        alarm_since=pace.alarm_since if is_live else None,
        to_refill=max(0, pace.peak_taken - budget.taken) if is_live else 0,
        open_places=budget.places - budget.taken,
        affordable=max(0, free // budget.unit_fen),
        rejected_held=max(0, budget.reserved_fen // budget.unit_fen - open_work),
    )


def day_quote(campaign: Campaign, now: dt.datetime, **changed: Any) -> pacing.DayQuote:
    """What the campaign's audience can give it in its first 24 hours, from what people did lately. One query.

    Until it closes when that is sooner. `changed` are columns of the campaign as somebody types them now: audience,
    reward_fen, places_wanted, closes_at.
    """
    audience = ("regions", "age_bands", "genders", "interests")
    given = {name: changed.get(name, getattr(campaign, name)) for name in (*audience, "reward_fen", "places_wanted")}
    excluded = changed.get("excluded_campaigns", campaign.excluded_campaigns)
    row = sql.rows(
        "dispatch",
        "supply",
        {
            **{name: list(given[name]) for name in audience},
            "excluded": [str(value) for value in excluded],
            "reward_fen": given["reward_fen"],
            "seconds": campaign.expected_seconds,
            "campaign": campaign.pk,
            "today": clock.shanghai_day(now),
            "at": now,
        },
    )[0]
    days = tuple((int(people), int(places)) for people, places in row["days"])
    supply = pacing.Supply(row["people"], days, row["asked"], row["asked_paying"])
    closes_at = changed.get("closes_at", campaign.closes_at)
    open_seconds = (closes_at - now).total_seconds() if closes_at else pacing.DAY
    return pacing.day_quote(supply, given["places_wanted"], open_seconds)
