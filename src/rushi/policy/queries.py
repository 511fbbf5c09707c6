"""Reads of the gate: the queue of campaigns before publication, and one case with all its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rushi.campaigns.models import Campaign, Material, Question, Status
from rushi.identity.models import Membership, Organisation
from rushi.kernel.errors import NotFound
from rushi.policy.models import Review, Screening


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

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The newest screening's findings, worst first as the gate ordered them."""
        return list(self.screening.findings) if self.screening else []


def campaign_queue(limit: int = 50) -> list[Campaign]:
    """Campaigns waiting for a reviewer, oldest first, with their organisations."""
    waiting = Campaign.objects.filter(status=Status.IN_REVIEW).select_related("organisation")
    return list(waiting.order_by("submitted_at", "id")[:limit])


def campaign_queue_count() -> int:
    """How many campaigns wait for a reviewer."""
    return Campaign.objects.filter(status=Status.IN_REVIEW).count()


def campaign_case(reviewer_id: UUID, campaign_id: UUID) -> CampaignCase:
    """Everything about one submitted campaign. Raises NotFound (also for drafts: they are nobody else's business)."""
    campaign = (
        Campaign.objects.select_related("organisation").filter(pk=campaign_id, submitted_at__isnull=False).first()
    )
    if campaign is None:
        raise NotFound
    seconds = campaign.expected_seconds
    return CampaignCase(
        campaign=campaign,
        organisation=campaign.organisation,
        materials=tuple(campaign.materials.order_by("cut")),
        questions=tuple(campaign.questions.order_by("position")),
        screening=campaign.screenings.order_by("-at").first(),
        earlier=tuple(campaign.reviews.order_by("-at")[:10]),
        hourly_fen=campaign.reward_fen * 3600 // seconds if seconds else 0,
        is_own=Membership.objects.filter(user_id=reviewer_id, organisation_id=campaign.organisation_id).exists(),
    )
