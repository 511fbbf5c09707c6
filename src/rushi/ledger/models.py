"""The books: accounts, entries, postings. Credits are positive; all postings of an entry sum to zero.

Balances are what the market owes (or has earned); the bank account is the mirror and never positive.
A settlement is one wide row (there are a million a day), every other movement an entry with its postings row by row;
`Entry` and `Posting` are views over both, and what readers use. The books are written by `ledger_settle_v1` and
`ledger_post_v2` alone: the application's role may only read them.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from rushi.kernel.ids import uuid7
from rushi.ledger.rules import FEE_SHARDS, NIL_OWNER, fee_owner


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


PURSES = [AccountKind.PARTICIPANT_PENDING.value, AccountKind.PARTICIPANT_AVAILABLE.value]
_ONE_OF_A_KIND = [AccountKind.BANK.value, AccountKind.TAX_PAYABLE.value]
_OWNED = [kind for kind in AccountKind.values if kind not in (*_ONE_OF_A_KIND, AccountKind.PLATFORM_FEE)]


class Account(models.Model):
    """An account of one kind for one owner (opaque id); bank and tax have the nil owner, the fee one a shard.

    Its id derives from (kind, owner) and a CHECK says so: the primary key is the uniqueness of the pair.
    `credited_fen` is everything that ever came in, returns included. Balances are in no index: updates stay HOT.
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
                condition=Q(kind__in=_ONE_OF_A_KIND, owner_id=NIL_OWNER)
                | Q(kind=AccountKind.PLATFORM_FEE, owner_id__lte=fee_owner(FEE_SHARDS - 1))
                | Q(kind__in=_OWNED, owner_id__gt=fee_owner(FEE_SHARDS - 1)),
                name="account_owner_fits_kind",
            ),
        ]


class Settlement(models.Model):
    """One accepted piece of work, paid: gross from the campaign's escrow = reward + commission + fee. Append-only.

    Its id is the assignment's, and it is kept by the day in it. Owners are opaque ids; `payee_kind` is where the
    person's money lies (pending while their standing is limited); the fee went to the account of its shard.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    escrow_owner = models.UUIDField()
    payee_owner = models.UUIDField()
    agent_owner = models.UUIDField(null=True)
    actor_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    gross_fen = models.BigIntegerField()
    reward_fen = models.BigIntegerField()
    commission_fen = models.BigIntegerField()
    fee_fen = models.BigIntegerField()
    fee_shard = models.SmallIntegerField()
    payee_kind = models.CharField(max_length=30, choices=AccountKind.choices)

    class Meta:
        indexes = [
            BrinIndex(fields=["at"], pages_per_range=16, name="settlement_at"),
            models.Index(fields=["payee_owner", "at"], name="settlement_of_payee"),
            models.Index(fields=["escrow_owner", "at"], name="settlement_of_escrow"),
            models.Index(
                fields=["agent_owner", "at"], condition=Q(agent_owner__isnull=False), name="settlement_of_agent"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    gross_fen=F("reward_fen") + F("commission_fen") + F("fee_fen"),
                    reward_fen__gt=0,
                    commission_fen__gte=0,
                    fee_fen__gte=0,
                    fee_shard__range=(0, FEE_SHARDS - 1),
                    payee_kind__in=PURSES,
                )
                & (Q(agent_owner=None, commission_fen=0) | Q(agent_owner__isnull=False, commission_fen__gt=0)),
                name="settlement_adds_up",
            )
        ]


class PlainEntry(models.Model):
    """One balanced movement of money that is no settlement.

    Its id derives from (kind, subject): posting it twice is impossible. Append-only.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=20, choices=EntryKind.choices)
    subject_id = models.UUIDField()
    actor_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "ledger_entry"
        indexes = [
            models.Index(fields=["at", "id"], name="entry_at"),
            models.Index(fields=["kind", "at", "id"], name="entry_kind_at"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind for kind in EntryKind.values if kind != EntryKind.SETTLEMENT]),
                name="entry_kind_known",
            ),
        ]


class PlainPosting(models.Model):
    """One line of a plain entry: credit positive, debit negative, never zero. Append-only.

    All postings of an entry arrive in one statement; a statement-level trigger checks them (they sum to zero,
    entry and accounts exist, the entry was empty before) and moves the balances. That is why the foreign keys
    need no constraint of their own: a check a row would cost more than the posting.
    """

    pk = models.CompositePrimaryKey("entry_id", "account_id")
    entry = models.ForeignKey(
        PlainEntry, on_delete=models.DO_NOTHING, related_name="postings", db_constraint=False, db_index=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    amount_fen = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "ledger_posting"
        indexes = [models.Index(fields=["account", "at", "entry"], name="posting_statement")]
        constraints = [models.CheckConstraint(condition=~Q(amount_fen=0), name="posting_not_zero")]


class Entry(models.Model):
    """Any balanced movement of money, settlements included: a view, for readers.

    Only a settlement has a split: gross = reward + commission + fee. It is about the assignment whose id it has.
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
        managed = False
        db_table = "ledger_movement"


class Posting(models.Model):
    """Any line of any entry, legs of settlements included, with its account's kind and owner: a view, for readers."""

    pk = models.CompositePrimaryKey("entry_id", "account_id")
    entry = models.ForeignKey(Entry, on_delete=models.DO_NOTHING, related_name="postings", db_constraint=False)
    account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, related_name="postings", db_constraint=False)
    amount_fen = models.BigIntegerField()
    at = models.DateTimeField()
    account_kind = models.CharField(max_length=30, choices=AccountKind.choices)
    owner_id = models.UUIDField()

    class Meta:
        managed = False
        db_table = "ledger_leg"


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
