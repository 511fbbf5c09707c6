"""What screening found, what a reviewer decided, and the digest of what was approved."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from rushi.campaigns.models import Campaign
from rushi.kernel.ids import uuid7


class Screening(models.Model):
    """One run of the rules over a campaign's content: the decision and the findings shown to people."""

    class Decision(models.TextChoices):
        """allow: nothing found; review: a person must look; block: refused with the law."""

        ALLOW = "allow", "未发现问题"
        REVIEW = "review", "需人工审核"
        BLOCK = "block", "不能发布"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="screenings")
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    rules_version = models.CharField(max_length=40)
    decision = models.CharField(max_length=10, choices=Decision.choices)
    findings = models.JSONField(default=list)
    forgiven = models.JSONField(default=list)
    contest = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["campaign", "-at"], name="screening_of_campaign")]


class Review(models.Model):
    """A reviewer's decision on a campaign before publication; approval pins the digest of the content."""

    class Outcome(models.TextChoices):
        """What the reviewer decided."""

        APPROVED = "approved", "通过"
        REJECTED = "rejected", "不通过"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="reviews")
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="reviews")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    digest = models.CharField(max_length=64)
    rules_cited = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    reviewer_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["campaign", "-at"], name="review_of_campaign")]
        constraints = [
            models.CheckConstraint(condition=Q(outcome="approved") | ~Q(reason=""), name="rejection_has_a_reason")
        ]


class Reading(models.Model):
    """Who is reading which case until when, so that two reviewers do not work on one. A courtesy, not a lock:
    what decides is the state of the case itself.
    """

    class Kind(models.TextChoices):
        """The queues of the review desk."""

        CAMPAIGN = "campaign", "活动"
        ORGANISATION = "organisation", "机构资料"
        SUBMISSION = "submission", "提交"
        APPEAL = "appeal", "申诉"
        SAMPLE = "sample", "复查样本"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    subject_id = models.UUIDField()
    reviewer_id = models.UUIDField()
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("kind", "subject_id", name="reading_once_a_case")]
