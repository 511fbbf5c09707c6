"""Reads of the gate: the queue of campaigns before publication, and one case with all its evidence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, QuerySet

from rushi.campaigns.models import Campaign, Material, Question, Status
from rushi.identity.models import Membership, Organisation
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.policy.models import Reading, Review, Screening


@dataclass(frozen=True, slots=True)
class CampaignCase:
    """A campaign as a reviewer sees it: what would be shown to people, what it pays, what the rules found."""

    campaign: Campaign
    organisation: Organisation
    materials: tuple[Material, ...]
    questions: tuple[Question, ...]
    screening: Screening | None
    earlier: tuple[Review, ...]
    hourly_fen: int
    is_own: bool
    has_agreed: bool

    @property
    def forgiven(self) -> list[dict[str, Any]]:
        """What a pattern met and the text excused: denied, asked about, or an exception."""
        return list(self.screening.forgiven) if self.screening else []

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The newest screening's findings, worst first as the gate ordered them."""
        return list(self.screening.findings) if self.screening else []


@dataclass(frozen=True, slots=True)
class QueueLength:
    """How many cases wait in a queue, and since when the oldest."""

    count: int
    oldest_at: dt.datetime | None


def campaign_queue(reviewer_id: UUID, limit: int = 50) -> list[Campaign]:
    """Campaigns that this reviewer may decide (not of their own organisations), oldest first."""
    return list(_waiting(reviewer_id).select_related("organisation").order_by("submitted_at", "id")[:limit])


def campaign_queue_length(reviewer_id: UUID) -> QueueLength:
    """How many campaigns wait for this reviewer, and since when."""
    found = _waiting(reviewer_id).aggregate(count=Count("id"), oldest=Min("submitted_at"))
    return QueueLength(found["count"], found["oldest"])


def _waiting(reviewer_id: UUID) -> QuerySet[Campaign]:
    """Campaigns in review, without the reviewer's own and those that they agreed to and a second one must decide."""
    rows = Campaign.objects.filter(status=Status.IN_REVIEW)
    rows = rows.exclude(organisation__memberships__user_id=reviewer_id)
    agreed = Review.objects.filter(
        campaign_id=OuterRef("pk"),
        reviewer_id=reviewer_id,
        outcome=Review.Outcome.APPROVED,
        at__gte=OuterRef("submitted_at"),
    )
    return rows.exclude(Exists(agreed))


def read_by_others(reviewer_id: UUID, kind: str) -> set[UUID]:
    """The cases of a kind that somebody else is reading now."""
    present = Reading.objects.filter(kind=kind, until__gt=clock.now()).exclude(reviewer_id=reviewer_id)
    return set(present.values_list("subject_id", flat=True))


def campaign_case(reviewer_id: UUID, campaign_id: UUID) -> CampaignCase:
    """Everything about one submitted campaign. Raises NotFound (also for drafts: they are nobody else's business)."""
    campaign = (
        Campaign.objects.select_related("organisation").filter(pk=campaign_id, submitted_at__isnull=False).first()
    )
    if campaign is None:
        raise NotFound
    seconds = campaign.expected_seconds
    earlier = tuple(campaign.reviews.order_by("-at")[:10])
    return CampaignCase(
        campaign=campaign,
        organisation=campaign.organisation,
        materials=tuple(campaign.materials.order_by("cut")),
        questions=tuple(campaign.questions.order_by("position")),
        screening=campaign.screenings.order_by("-at").first(),
        earlier=earlier,
        hourly_fen=campaign.reward_fen * 3600 // seconds if seconds else 0,
        is_own=Membership.objects.filter(user_id=reviewer_id, organisation_id=campaign.organisation_id).exists(),
        has_agreed=any(_agreed(review, reviewer_id, campaign) for review in earlier),
    )


def _agreed(review: Review, reviewer_id: UUID, campaign: Campaign) -> bool:
    """Whether this review is the reviewer's own agreement to what is in review now."""
    mine = review.reviewer_id == reviewer_id and review.outcome == Review.Outcome.APPROVED
    return mine and campaign.submitted_at is not None and review.at >= campaign.submitted_at
