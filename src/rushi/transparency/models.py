"""The outbox of the public log: ids only, no amount, no pseudonym, no answer."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Kind(models.TextChoices):
    """The closed list of what is logged; what the subject is stands beside each."""

    SETTLEMENT = "settlement", "通过并结算"  # an assignment: verdict and settlement together
    REJECTION = "rejection", "未通过"  # an assignment
    APPEAL = "appeal", "申诉结果"  # an assignment
    PAYOUT = "payout", "提现"  # a payout, when the bank has paid it
    REFUND = "refund", "活动退款"  # the subject of the refund's entry in the books
    ERASURE = "erasure", "账号注销"  # a user
    POLICY = "policy", "规则版本"  # the first screening under a version of the rules


class Outbox(models.Model):
    """Things of one kind that happened in one transaction and wait for their leaves: a row, however many they are.

    Each subject once for ever: callers enqueue what is new in their transaction, an invariant looks behind it.
    Written by `transparency_enqueue_v1` alone; the application may only read it. The sequencer takes rows out.
    """

    pk = models.CompositePrimaryKey("first_id", "kind")
    first_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    subjects = ArrayField(models.UUIDField())

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="outbox_kind_known")]


class Waiting(models.Model):
    """The outbox subject by subject: a view, for readers."""

    pk = models.CompositePrimaryKey("subject_id", "kind")
    subject_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "transparency_waiting"


class Mark(models.Model):
    """How far the log has come, one row at most: what happened up to `sequenced_until` may have left the outbox.

    The invariants of other rooms ask for the outbox row of everything after it (of everything, while there is none).
    """

    id = models.SmallAutoField(primary_key=True)
    sequenced_until = models.DateTimeField()
