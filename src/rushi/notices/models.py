"""Endpoints, what happened, and how the telling went."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from rushi.identity.models import Organisation
from rushi.kernel.ids import uuid7
from rushi.notices.rules import EVENTS, TEST_EVENT


class Endpoint(models.Model):
    """An address of an organisation that is told about events. Its secret is sealed; the old one is valid for a day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=60, blank=True)
    events = ArrayField(models.CharField(max_length=40))
    is_active = models.BooleanField(default=True)
    stopped_reason = models.CharField(max_length=200, blank=True)
    secret_sealed = models.BinaryField()
    old_secret_sealed = models.BinaryField(null=True)
    old_secret_until = models.DateTimeField(null=True)
    made_by = models.UUIDField()
    made_at = models.DateTimeField()


class Message(models.Model):
    """Something that happened, as told. `key` makes it once: the same happening gives no second message."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    type = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    subject_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint("organisation", "type", "key", name="message_once")]
        indexes = [
            models.Index(fields=["subject_id", "type"], name="message_of_subject"),
            models.Index(fields=["at"], name="message_at"),
        ]

    @property
    def webhook_id(self) -> str:
        """The `webhook-id` header: the same at every attempt, so that receivers can tell repetitions."""
        return f"msg_{self.pk.hex}"

    @property
    def type_label(self) -> str:
        """What happened, in Chinese (for the `tr` filter)."""
        return "测试消息" if self.type == TEST_EVENT else EVENTS.get(self.type, self.type)


class Sending(models.Model):
    """One message on its way to one endpoint."""

    class Status(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "等待发送"
        SENT = "sent", "已送达"
        DEAD = "dead", "已放弃"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="sendings")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="sendings")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts_count = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("endpoint", "message", name="sending_once")]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(status="waiting"), name="sending_due"),
            models.Index(fields=["endpoint", "-id"], name="sending_of_endpoint"),
        ]


class Attempt(models.Model):
    """One try, and what came back. `status_code` is null when nothing did."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sending = models.ForeignKey(Sending, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status_code = models.PositiveSmallIntegerField(null=True)
    failure = models.CharField(max_length=200, blank=True)
    answer = models.CharField(max_length=500, blank=True)
