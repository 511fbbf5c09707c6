"""The books: accounts, entries, postings. Credits are positive; all postings of an entry sum to zero.

Balances are what the market owes (or has earned); the bank account is the mirror and never positive.
Accounts, entries and postings are written by `ledger_post_v1` alone: the application's role may only read them.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from rushi.kernel.ids import uuid7
from rushi.ledger.rules import NIL_OWNER, PLATFORM_KINDS


class AccountKind(models.TextChoices):
    """The closed list of account kinds; ADVERTISER…AGENT are liabilities, one an owner."""

    BANK = "bank", "银行存款"
    ADVERTISER = "advertiser", "广告主余额"
    ESCROW = "escrow", "活动预算"
    PARTICIPANT_PENDING = "participant_pending", "参与者待核实"
    PARTICIPANT_AVAILABLE = "participant_available", "参与者可提现"
    AGENT_AVAILABLE = "agent_available", "代理可提现"
    PAYOUT_CLEARING = "payout_clearing", "提现处理中"
    TAX_PAYABLE = "tax_payable", "应缴税款"
    PLATFORM_FEE = "platform_fee", "平台服务费"


class EntryKind(models.TextChoices):
    """The closed list of what can move money."""

    DEPOSIT = "deposit", "广告主充值"
    FUNDING = "funding", "活动注资"
    SETTLEMENT = "settlement", "任务结算"
    REFUND = "refund", "活动退款"
    RELEASE = "release", "核实后转可提现"
    PAYOUT_REQUEST = "payout_request", "申请提现"
    PAYOUT_PAID = "payout_paid", "提现成功"
    PAYOUT_FAILED = "payout_failed", "提现退回"
    FEE_REFUND = "fee_refund", "服务费退回"


class Account(models.Model):
    """An account of one kind for one owner (opaque id); platform-wide kinds have the nil owner.

    Its id derives from (kind, owner) and a CHECK says so: the primary key is the uniqueness of the pair.
    `credited_fen` is everything that ever came in, returns included.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=30, choices=AccountKind.choices)
    owner_id = models.UUIDField()
    balance_fen = models.BigIntegerField(default=0)
    credited_fen = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["kind", "id"], name="account_of_kind"),
            models.Index(fields=["owner_id"], name="account_of_owner"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="bank", balance_fen__lte=0) | ~Q(kind="bank") & Q(balance_fen__gte=0),
                name="account_never_negative",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=AccountKind.values)
                & (
                    Q(kind__in=PLATFORM_KINDS, owner_id=NIL_OWNER)
                    | ~Q(kind__in=PLATFORM_KINDS) & ~Q(owner_id=NIL_OWNER)
                ),
                name="account_owner_fits_kind",
            ),
        ]


class Entry(models.Model):
    """One balanced movement of money. Its id derives from (kind, subject): posting it twice is impossible.

    A settlement also carries its split: gross = reward + commission + fee. Append-only.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=20, choices=EntryKind.choices)
    subject_id = models.UUIDField()
    actor_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    gross_fen = models.BigIntegerField(null=True)
    reward_fen = models.BigIntegerField(null=True)
    commission_fen = models.BigIntegerField(null=True)
    fee_fen = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], name="entry_at"),
            models.Index(fields=["kind", "at", "id"], name="entry_kind_at"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="entry_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind="settlement")
                | Q(
                    gross_fen__isnull=False,
                    reward_fen__gte=0,
                    commission_fen__gte=0,
                    fee_fen__gte=0,
                    gross_fen=F("reward_fen") + F("commission_fen") + F("fee_fen"),
                ),
                name="settlement_split_adds_up",
            ),
        ]


class Posting(models.Model):
    """One line of an entry: credit positive, debit negative, never zero. Append-only.

    All postings of an entry arrive in one statement; a statement-level trigger checks them (they sum to zero,
    entry and accounts exist, the entry was empty before) and moves the balances. That is why the foreign keys
    need no constraint of their own: a check a row would cost more than the posting.
    """

    pk = models.CompositePrimaryKey("entry_id", "account_id")
    entry = models.ForeignKey(
        Entry, on_delete=models.DO_NOTHING, related_name="postings", db_constraint=False, db_index=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, related_name="postings", db_constraint=False, db_index=False
    )
    amount_fen = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "at", "entry"], name="posting_statement")]
        constraints = [models.CheckConstraint(condition=~Q(amount_fen=0), name="posting_not_zero")]


class Deposit(models.Model):
    """Money that an advertiser says it sent by bank transfer, until finance confirms or declines it."""

    class Status(models.TextChoices):
        """Where a deposit stands."""

        AWAITING = "awaiting", "待财务确认"
        CONFIRMED = "confirmed", "已到账"
        DECLINED = "declined", "未收到款"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner_id = models.UUIDField()
    amount_fen = models.BigIntegerField()
    reference = models.CharField(max_length=20, unique=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.AWAITING)
    requested_by = models.UUIDField()
    requested_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="deposit_positive"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")), name="deposit_two_people"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "requested_at"], name="deposit_queue"),
            models.Index(fields=["owner_id", "requested_at"], name="deposit_of_owner"),
        ]
