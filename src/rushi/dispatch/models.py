"""Who holds which place: assignments with leases, one participation for ever, a daily cap."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from rushi.campaigns.models import Campaign
from rushi.identity.models import Agent, Participant
from rushi.kernel.ids import uuid7

CLAIMS_A_DAY_MAX = 50


class AssignmentStatus(models.TextChoices):
    """The way of an assignment."""

    CLAIMED = "claimed", "待开始"
    STARTED = "started", "进行中"
    SUBMITTED = "submitted", "待审核"
    IN_REVIEW = "in_review", "审核中"
    ACCEPTED = "accepted", "已通过"
    REJECTED = "rejected", "未通过"
    RETURNED = "returned", "已放弃"
    EXPIRED = "expired", "已超时"
    WITHDRAWN = "withdrawn", "已撤回"


class Assignment(models.Model):
    """One person's hold on one place, with a lease. The price and the segment are fixed at the claim.

    `nonce` is the running proof of attention: starting again gives a new one, which voids every earlier token.

    Partitioned by the Shanghai day that its id begins with. No index holds a column that changes after the claim, so
    every later step is a HOT update; what a sweep or a desk must find by state stands in `Undecided` or is found by
    the lease's end. No foreign key is checked row by row: the functions join what must exist, invariants look behind.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="assignments", db_constraint=False, db_index=False
    )
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="assignments", db_constraint=False, db_index=False
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, related_name="assignments", db_constraint=False, db_index=False
    )
    status = models.CharField(max_length=10, choices=AssignmentStatus.choices, default=AssignmentStatus.CLAIMED)
    reward_fen = models.BigIntegerField()
    commission_fen = models.BigIntegerField()
    fee_fen = models.BigIntegerField()
    unit_fen = models.BigIntegerField()
    day = models.DateField()
    region = models.CharField(max_length=2, blank=True)
    age_band = models.CharField(max_length=5, blank=True)
    gender = models.CharField(max_length=1, blank=True)
    claimed_at = models.DateTimeField()
    lease_expires_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    decision_due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    nonce = models.UUIDField(null=True)
    restarts = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        indexes = [
            models.Index(fields=["participant", "claimed_at"], name="assignment_of_participant"),
            models.Index(fields=["campaign"], name="assignment_of_campaign"),
            models.Index(fields=["lease_expires_at"], name="assignment_leases"),
        ]


class Undecided(models.Model):
    """Work handed in that nobody has decided yet: what desks and deadlines read. Kept by a trigger on assignments."""

    assignment = models.OneToOneField(
        Assignment, on_delete=models.PROTECT, primary_key=True, related_name="undecided", db_constraint=False
    )
    status = models.CharField(max_length=10, choices=AssignmentStatus.choices)
    due_at = models.DateTimeField(null=True)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="undecided_due")]


class LeaseSweep(models.Model):
    """How far the sweep of leases has come: one row, so that a sweep reads what is new and not the whole past."""

    id = models.SmallIntegerField(primary_key=True, editable=False)
    done_until = models.DateTimeField()


class Participation(models.Model):
    """A person has been in a campaign: once, for ever, whatever became of it. Its id is that of the assignment.

    Not partitioned, because "for ever" spans days; by person first, so that one person's past is read in one place.
    """

    pk = models.CompositePrimaryKey("participant_id", "campaign_id")
    id = models.UUIDField(editable=False)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )


class ParticipantDay(models.Model):
    """What a person claimed on a Shanghai day: unreturned claims, never above the cap, and what they may come to.

    `held_fen` is the reward of the day's work that is open, under review or accepted: over all days it is what counts
    for the limit of people without a real name. `excess` is what the cap cut off inside a claim; nought at rest.
    """

    pk = models.CompositePrimaryKey("participant_id", "day")
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    day = models.DateField()
    claims = models.PositiveSmallIntegerField(default=0)
    excess = models.PositiveSmallIntegerField(default=0)
    held_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(claims__lte=CLAIMS_A_DAY_MAX), name="participant_day_capped"),
        ]


class Visit(models.Model):
    """How often people of a segment (region, age band, gender) opened the hall within an hour: supply, not people.

    Nothing tells who came: a row is a count. Matching and forecasts of delivery read it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    hour = models.DateTimeField()
    region = models.CharField(max_length=2, blank=True)
    age_band = models.CharField(max_length=5, blank=True)
    gender = models.CharField(max_length=1, blank=True)
    visits = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["hour"], name="visit_hour")]


class ShadowPrice(models.Model):
    """What a place of a campaign is worth to the market now, in fen of value: it orders the hall, nobody pays it.

    Since `refreshed_at`, when `taken` places were held or used, the price rises by `step` with every place taken beyond
    `per_hour`, the plan, and falls while the plan is not met. `topics` are the interests that the campaign speaks to.
    """

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, primary_key=True, related_name="+")
    price = models.FloatField()
    step = models.FloatField()
    per_hour = models.FloatField()
    taken = models.PositiveIntegerField()
    topics = ArrayField(models.CharField(max_length=20), default=list)
    refreshed_at = models.DateTimeField()


class Fairness(models.Model):
    """How a day's tasks and pay fell on four quarters of those who claimed, from the fewest tasks up (bps)."""

    day = models.DateField(primary_key=True)
    people = models.PositiveIntegerField()
    tasks_bps = ArrayField(models.PositiveIntegerField())
    rewards_bps = ArrayField(models.PositiveIntegerField())


class Pace(models.Model):
    """How a campaign gets on: what was quoted when it was funded, its open time, marks to count a pace from, an alarm.

    Written by the sweep (`dispatch_watch_pace_v1`) and at funding. `delivered` counts places filled by accepted work,
    `*_seconds` are open time, `peak_taken` is the most places ever seen taken: what is open below it was lost and waits
    to be refilled. `quoted_*` are places in the first 24 hours; null when too little was known to quote.
    """

    class Alarm(models.TextChoices):
        """Why a campaign lags, the most pressing reason."""

        RESERVE = "reserve", "预留金用完"
        DEADLINE = "deadline", "截止前可能收不齐"
        QUOTE = "quote", "慢于预计"
        STALLED = "stalled", "没有人领取"

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, primary_key=True, related_name="pace")
    quoted_low = models.PositiveIntegerField(null=True)
    quoted_high = models.PositiveIntegerField(null=True)
    quoted_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    open_seconds = models.BigIntegerField(null=True)
    mark_seconds = models.BigIntegerField(default=0, db_default=0)
    mark_delivered = models.IntegerField(default=0, db_default=0)
    next_seconds = models.BigIntegerField(default=0, db_default=0)
    next_delivered = models.IntegerField(default=0, db_default=0)
    peak_taken = models.IntegerField(default=0, db_default=0)
    alarm = models.CharField(max_length=10, choices=Alarm.choices, blank=True, default="", db_default="")
    alarm_since = models.DateTimeField(null=True)
