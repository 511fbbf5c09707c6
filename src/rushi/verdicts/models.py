"""Judging: verdicts on facts, appeals, and the advertiser's word on a whole delivery."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rushi.campaigns.models import Campaign
from rushi.dispatch.models import Assignment


class RejectionCode(models.TextChoices):
    """Why work can be rejected: facts only. `reaction` and `compare` know no others."""

    NOT_WATCHED = "not_watched", "没有看完视频"
    SPED_UP = "sped_up", "倍速或跳着看"
    HIDDEN = "hidden", "播放时离开了页面"
    OVERLAP = "overlap", "同时做了别的任务"
    RECALL = "recall", "记忆题没有答对"
    TOO_FAST = "too_fast", "作答时间明显过短"


class Verdict(models.Model):
    """Accepting or rejecting a submission. A null `decided_by` is the machine (facts held, or silence accepted).

    Partitioned by Shanghai day through the assignment's id.
    """

    class Outcome(models.TextChoices):
        """The two outcomes."""

        ACCEPTED = "accepted", "通过"
        REJECTED = "rejected", "未通过"

    class Basis(models.TextChoices):
        """What decided."""

        FACTS = "facts", "各项要求均符合"
        REVIEWER = "reviewer", "人工审核"
        SILENCE = "silence", "超过审核期限自动通过"
        APPEAL = "appeal", "申诉成功"

    assignment = models.OneToOneField(
        Assignment, on_delete=models.PROTECT, primary_key=True, related_name="verdict", db_constraint=False
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    basis = models.CharField(max_length=10, choices=Basis.choices)
    code = models.CharField(max_length=20, choices=RejectionCode.choices, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField()
    appeal_until = models.DateTimeField(null=True)
    reserve_released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="accepted") | ~Q(code="") & ~Q(reason="") & Q(decided_by__isnull=False),
                name="rejection_has_code_text_and_person",
            )
        ]
        indexes = [
            models.Index(
                fields=["appeal_until"],
                condition=Q(outcome="rejected", reserve_released_at=None),
                name="verdict_appeal_windows",
            )
        ]


class Appeal(models.Model):
    """Asking for a verdict to be reconsidered by a second reviewer; undecided in time, the person wins."""

    class Status(models.TextChoices):
        """Where it stands."""

        OPEN = "open", "申诉处理中"
        UPHELD = "upheld", "维持原结果"
        OVERTURNED = "overturned", "申诉成功"

    assignment = models.OneToOneField(
        Assignment, on_delete=models.PROTECT, primary_key=True, related_name="appeal", db_constraint=False
    )
    text = models.CharField(max_length=500)
    rejected_by = models.UUIDField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(status="open"), name="appeal_open")]


class Delivery(models.Model):
    """The advertiser's word on a campaign as a whole, at its end. Silence confirms; pay is never taken back."""

    class Status(models.TextChoices):
        """Where it stands."""

        AWAITING = "awaiting", "待广告主确认"
        CONFIRMED = "confirmed", "已确认"
        DISPUTED = "disputed", "复查中"
        STANDS = "stands", "复查通过"
        REMEDIED = "remedied", "已退服务费"

    campaign = models.OneToOneField(Campaign, on_delete=models.PROTECT, primary_key=True, related_name="delivery")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.AWAITING)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    confirmed_by = models.UUIDField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True)
    sample_size = models.PositiveIntegerField(default=0)
    sample_faults = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(status="awaiting"), name="delivery_awaiting")]


class SampleItem(models.Model):
    """One accepted submission drawn at random for the re-examination of a disputed delivery."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="sample")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    is_faulty = models.BooleanField(null=True)
    examined_by = models.UUIDField(null=True)
    examined_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("delivery", "assignment", name="sample_item_once")]
