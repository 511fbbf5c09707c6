"""Who did what, what a key answered, and settings with their history."""

from __future__ import annotations

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from rushi.kernel.ids import uuid7


class IdempotencyKey(models.Model):
    """What an action answered the first time, so that a replay answers the same and does nothing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    actor_id = models.UUIDField()
    key = models.CharField(max_length=100)
    action = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("actor_id", "action", "key", name="idempotency_key_once")]


class Event(models.Model):
    """One thing that somebody did, to what, and the facts worth keeping (never personal data). Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    action = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            BrinIndex(fields=["at"], name="event_at_brin"),
            models.Index(fields=["subject_id", "at"], name="event_subject"),
        ]


class Setting(models.Model):
    """A market setting from a date on; the newest row not in the future is in force. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=60)
    value = models.JSONField()
    in_force_from = models.DateTimeField()
    set_by = models.UUIDField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("key", "in_force_from", name="setting_once_a_moment")]
