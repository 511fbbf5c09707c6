"""Reads of dispatch: the hall, one card, a person's assignments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, Sum

from rushi.campaigns.models import Budget, Campaign, Status
from rushi.db import sql
from rushi.dispatch import pacing
from rushi.dispatch.models import (
    CLAIMS_A_DAY_MAX,
    Assignment,
    AssignmentStatus,
    Pace,
    ParticipantDay,
    Participation,
)
from rushi.dispatch.rules import hourly_fen
from rushi.identity.models import User
from rushi.kernel import clock
from rushi.kernel.errors import NotFound

LOOK_SECONDS_MAX = 900.0
OPEN = (AssignmentStatus.CLAIMED, AssignmentStatus.STARTED)
UNDECIDED = (AssignmentStatus.SUBMITTED, AssignmentStatus.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class TaskCard:
    """A campaign as a participant sees it before claiming: everything that was promised, in whole fen."""

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


def hall(
    participant_id: UUID, *, kind: str = "", after: tuple[dt.datetime, UUID] | None = None, limit: int = 20
) -> list[TaskCard]:
    """The campaigns (of one kind when given) this person may claim a place in now, oldest first; one query.

    The next page begins after `(published_at, campaign_id)` of the last card.
    """
    published, campaign_id = after or (None, None)
    found = sql.rows(
        "dispatch",
        "task_cards",
        {
            "participant": participant_id,
            "at": clock.now(),
            "kind": kind,
            "after_published": published,
            "after_id": campaign_id,
            "limit": limit,
        },
    )
    return [_card(row) for row in found]


def task_card(participant_id: UUID, campaign_id: UUID) -> TaskCard:
    """One published campaign as a card, whether or not a place can be had. Raises NotFound."""
    found = sql.rows(
        "dispatch", "task_card", {"participant": participant_id, "campaign": campaign_id, "at": clock.now()}
    )
    if not found:
        raise NotFound
    return _card(found[0])


def _card(row: dict[str, Any]) -> TaskCard:
    return TaskCard(
        **{name: value for name, value in row.items() if name != "lease_seconds"},
        hourly_fen=hourly_fen(row["reward_fen"], row["expected_seconds"]),
        lease_minutes=row["lease_seconds"] // 60,
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


def lagging(limit: int = 100) -> list[Pace]:
    """Live campaigns with an alarm, longest first, with campaign, advertiser and budget. One query."""
    rows = Pace.objects.exclude(alarm="").filter(campaign__status=Status.LIVE)
    rows = rows.select_related("campaign__organisation", "campaign__budget")
    return list(rows.order_by("alarm_since", "pk")[:limit])


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

    `changed` are columns of the campaign as somebody types them now: audience, reward_fen, places_wanted.
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
    return pacing.day_quote(supply, given["places_wanted"])
