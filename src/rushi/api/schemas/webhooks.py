"""Webhooks as the API takes and gives them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from rushi.api.schemas.base import Given, one_of, text
from rushi.notices.rules import ADDRESS_CHARS_MAX, EVENTS

Event: Any = one_of(EVENTS)
Address: Any = text(ADDRESS_CHARS_MAX, 1)
Description: Any = text(60)


class NewWebhook(Given):
    """An address to tell (https), and what about."""

    url: Address
    events: list[Event] = Field(min_length=1, max_length=len(EVENTS))
    description: Description = ""


class WebhookChange(Given):
    """What is given changes; what is left out stays."""

    url: Address | None = None
    events: list[Event] | None = Field(default=None, min_length=1, max_length=len(EVENTS))
    description: Description | None = None
    is_active: bool | None = None


class WebhookOut(Schema):
    """An endpoint. Its secret has an address of its own."""

    id: UUID
    url: str
    description: str
    events: list[str]
    is_active: bool
    stopped_reason: str
    made_at: dt.datetime


class WebhooksOut(Schema):
    """All endpoints."""

    webhooks: list[WebhookOut]


class SecretOut(Schema):
    """The secret in force, as Standard Webhooks libraries take it."""

    secret: str


class AttemptOut(Schema):
    """One try, and what came back."""

    at: dt.datetime
    milliseconds: int
    status_code: int | None
    failure: str
    answer: str


class SendingOut(Schema):
    """One message on its way to this endpoint, with its last try."""

    id: UUID
    webhook_id: str
    type: str
    status: Literal["waiting", "sent", "dead"]
    happened_at: dt.datetime
    attempts_count: int
    next_at: dt.datetime | None
    last: AttemptOut | None

    @staticmethod
    def resolve_webhook_id(row: Any) -> str:
        """The header's id."""
        return str(row.sending.message.webhook_id)

    @staticmethod
    def resolve_type(row: Any) -> str:
        """The event."""
        return str(row.sending.message.type)

    @staticmethod
    def resolve_status(row: Any) -> str:
        """Where it stands."""
        return str(row.sending.status)

    @staticmethod
    def resolve_happened_at(row: Any) -> Any:
        """When it happened."""
        return row.sending.message.at

    @staticmethod
    def resolve_attempts_count(row: Any) -> int:
        """How often it was tried."""
        return int(row.sending.attempts_count)

    @staticmethod
    def resolve_next_at(row: Any) -> Any:
        """When it is tried next."""
        return row.sending.next_at


class ReplayOut(Schema):
    """How many messages are sent again."""

    count: int
