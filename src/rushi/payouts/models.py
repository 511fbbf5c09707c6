"""Paying out: where to, what was asked, the bank file it went into, and what the bank said."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from rushi.identity.models import User
from rushi.kernel.ids import uuid7


class BankAccount(models.Model):
    """Where a person is paid: the account number sealed, the payee always the verified name."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="bank_accounts")
    bank = models.CharField(max_length=40)
    number_sealed = models.BinaryField()
    number_tail = models.CharField(max_length=4)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)


class BankFile(models.Model):
    """A batch for the operator's bank. Who makes it never releases it."""

    class Status(models.TextChoices):
        """Where the batch stands."""

        MADE = "made", "待复核"
        RELEASED = "released", "已放行"
        CLOSED = "closed", "已完成"
        CANCELLED = "cancelled", "已作废"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.MADE)
    payout_count = models.PositiveIntegerField()
    total_fen = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    made_by = models.UUIDField()
    made_at = models.DateTimeField()
    released_by = models.UUIDField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-made_at"], name="bank_file_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_by=None) | ~Q(released_by=F("made_by")), name="bank_file_two_people"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["made", "cancelled"], released_by=None)
                | Q(status__in=["released", "closed"], released_by__isnull=False, released_at__isnull=False),
                name="bank_file_released_by_somebody",
            ),
        ]


class Payout(models.Model):
    """Money leaving to a person's bank: gross asked = tax + fee + net paid. In at most one open file.

    The payee is the verified name of the moment of asking, sealed: the books keep it, as the law asks of
    accounting records, and a bank file can be made again to the byte when the person has long left.
    """

    class Status(models.TextChoices):
        """The way of a payout."""

        REQUESTED = "requested", "已申请"
        PROCESSING = "processing", "银行处理中"
        PAID = "paid", "已到账"
        FAILED = "failed", "已退回"

    class Source(models.TextChoices):
        """Which balance it is taken from."""

        PARTICIPANT = "participant", "任务报酬"
        AGENT = "agent", "代理佣金"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="payouts")
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="payouts")
    source = models.CharField(max_length=12, choices=Source.choices)
    owner_id = models.UUIDField()
    payee_sealed = models.BinaryField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.REQUESTED)
    gross_fen = models.BigIntegerField()
    tax_fen = models.BigIntegerField(default=0)
    fee_fen = models.BigIntegerField(default=0)
    net_fen = models.BigIntegerField()
    bank_file = models.ForeignKey(BankFile, on_delete=models.PROTECT, null=True, related_name="payouts")
    requested_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)
    bank_reference = models.CharField(max_length=64, blank=True)
    method = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    gross_fen=F("tax_fen") + F("fee_fen") + F("net_fen"),
                    net_fen__gt=0,
                    tax_fen__gte=0,
                    fee_fen__gte=0,
                ),
                name="payout_adds_up",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["processing", "paid"]) | Q(bank_file__isnull=False),
                name="payout_paid_through_a_file",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "requested_at"], name="payout_queue"),
            models.Index(fields=["user", "requested_at"], name="payout_of_user"),
        ]
