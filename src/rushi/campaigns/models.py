"""What an advertiser buys: a campaign with its material, questions, audience, budget."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from rushi.identity.models import Organisation
from rushi.kernel.ids import uuid7


class Kind(models.TextChoices):
    """The closed list of what can be bought: the strongest policy rule."""

    REACTION = "reaction", "看片反馈"
    COMPARE = "compare", "两版对比"
    SURVEY = "survey", "问卷"
    TRIAL = "trial", "产品试用"
    CREATION = "creation", "创作"
    REFERRAL = "referral", "推广"


class Status(models.TextChoices):
    """The way of a campaign."""

    DRAFT = "draft", "草稿"
    IN_REVIEW = "in_review", "审核中"
    REJECTED = "rejected", "未通过"
    APPROVED = "approved", "待注资"
    FUNDED = "funded", "待发布"
    LIVE = "live", "进行中"
    PAUSED = "paused", "已暂停"
    CLOSING = "closing", "收尾中"
    CLOSED = "closed", "已结束"


class Campaign(models.Model):
    """A kind, material, questions, audience and price. Counters that change per task live in Budget."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="campaigns")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    title = models.CharField(max_length=60, blank=True)
    brief = models.TextField(max_length=2000, blank=True)
    regions = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    age_bands = ArrayField(models.CharField(max_length=5), default=list, blank=True)
    genders = ArrayField(models.CharField(max_length=1), default=list, blank=True)
    interests = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    excluded_campaigns = ArrayField(models.UUIDField(), default=list, blank=True)
    expected_seconds = models.PositiveIntegerField(default=0)
    reward_fen = models.BigIntegerField(default=0)
    commission_fen_max = models.BigIntegerField(default=0)
    fee_fen = models.BigIntegerField(default=0)
    places_wanted = models.PositiveIntegerField(default=0)
    lease_seconds = models.PositiveIntegerField(default=1800)
    auto_accept_days = models.PositiveSmallIntegerField(default=3)
    closes_at = models.DateTimeField(null=True)
    approved_digest = models.CharField(max_length=64, blank=True)
    status_reason = models.CharField(max_length=500, blank=True)
    created_by = models.UUIDField()
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "created_at"], name="campaign_of_organisation"),
            models.Index(fields=["published_at"], condition=Q(status="live"), name="campaign_live"),
            models.Index(fields=["submitted_at"], condition=Q(status="in_review"), name="campaign_review_queue"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(reward_fen__gte=0, commission_fen_max__gte=0, fee_fen__gte=0),
                name="campaign_price_sane",
            )
        ]

    @property
    def unit_fen(self) -> int:
        """What one place costs at most: reward + maximum commission + fee."""
        return self.reward_fen + self.commission_fen_max + self.fee_fen

    def __str__(self) -> str:
        return self.title


class Budget(models.Model):
    """The hot row of a funded campaign: places and money. Changed by SQL functions only.

    `taken` counts places held or used; `reserved_fen` is promised to open assignments and to rejections whose
    appeal window is open; `spent_fen` is settled. budget = places x unit + reserve. `overturned` counts accepted
    work whose first rejection was overturned: it needs no place.
    """

    campaign = models.OneToOneField(Campaign, on_delete=models.PROTECT, primary_key=True, related_name="budget")
    is_open = models.BooleanField(default=False)
    unit_fen = models.BigIntegerField()
    places = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    overturned = models.PositiveIntegerField(default=0)
    budget_fen = models.BigIntegerField()
    reserved_fen = models.BigIntegerField(default=0)
    spent_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("places")), name="budget_never_oversold"),
            models.CheckConstraint(
                condition=Q(reserved_fen__gte=0, spent_fen__gte=0, refunded_fen__gte=0),
                name="budget_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(budget_fen__gte=F("reserved_fen") + F("spent_fen") + F("refunded_fen")),
                name="budget_never_overspent",
            ),
        ]


class Material(models.Model):
    """A clip of a campaign: cut `a`, and `b` for compare. The original, a phone rendition, a poster frame."""

    class Status(models.TextChoices):
        """Where processing stands."""

        PROCESSING = "processing", "处理中"
        READY = "ready", "就绪"
        FAILED = "failed", "无法处理"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="materials")
    cut = models.CharField(max_length=1, choices=[("a", "A 版"), ("b", "B 版")], default="a")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROCESSING)
    failure = models.CharField(max_length=200, blank=True)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    original = models.FileField(upload_to="material/original/")
    original_name = models.CharField(max_length=120)
    rendition = models.FileField(upload_to="material/rendition/", blank=True)
    poster = models.FileField(upload_to="material/poster/", blank=True)
    mime = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    duration_ms = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    rendition_bytes = models.BigIntegerField(null=True)
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("campaign", "cut", name="material_once_a_cut")]


class Question(models.Model):
    """A question of a campaign, in order. `recall` has a right answer, known to nobody but judge and advertiser."""

    class Kind(models.TextChoices):
        """What is asked. Which answer is given never matters, except that recall must be right to show attention."""

        REACTION = "reaction", "喜欢 / 一般 / 不喜欢"
        PREFERENCE = "preference", "哪一版更好"
        RECALL = "recall", "记忆题"
        SINGLE = "single", "单选"
        TEXT = "text", "自由回答"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=200)
    options = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    right_option = models.PositiveSmallIntegerField(null=True)
    is_required = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "position"],
                name="question_once_a_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=~Q(kind="recall") | Q(right_option__isnull=False), name="recall_has_a_right_answer"
            ),
        ]
