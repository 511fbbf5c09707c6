"""Reads of webhooks: endpoints, the log of sendings, who listens to what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Max, Q

from rushi.identity import sealing
from rushi.identity.models import Membership, User
from rushi.identity.queries import access_organisation
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.notices import rules
from rushi.notices.models import Attempt, Endpoint, Message, Sending

PAGE = 30


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint with how its sendings stand."""

    endpoint: Endpoint
    waiting: int
    sent: int
    dead: int
    sent_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class SendingRow:
    """A sending with its last attempt."""

    sending: Sending
    last: Attempt | None

    @property
    def id(self) -> UUID:
        """The sending's id."""
        return self.sending.pk


def access_endpoint(user: User | AnonymousUser, endpoint_id: UUID) -> Endpoint:
    """An endpoint of an organisation that this person owns. Raises NotFound, NotAllowed."""
    found = Endpoint.objects.select_related("organisation").filter(pk=endpoint_id).first()
    if found is None:
        raise NotFound
    access_organisation(user, found.organisation_id, Membership.Role.OWNER)
    return found


def access_sending(user: User | AnonymousUser, endpoint_id: UUID, sending_id: UUID) -> Sending:
    """One sending of an endpoint of one's own. Raises NotFound, NotAllowed."""
    access_endpoint(user, endpoint_id)
    found = Sending.objects.select_related("message").filter(pk=sending_id, endpoint_id=endpoint_id).first()
    if found is None:
        raise NotFound
    return found


def endpoints(organisation_id: UUID) -> list[EndpointRow]:
    """The endpoints of an organisation, oldest first, with their counts; one query."""
    rows = Endpoint.objects.filter(organisation_id=organisation_id).order_by("made_at", "pk")
    counted = rows.annotate(
        waiting=Count("sendings", filter=Q(sendings__status="waiting")),
        sent=Count("sendings", filter=Q(sendings__status="sent")),
        dead=Count("sendings", filter=Q(sendings__status="dead")),
        sent_at=Max("sendings__message__at", filter=Q(sendings__status="sent")),
    )
    return [EndpointRow(row, row.waiting, row.sent, row.dead, row.sent_at) for row in counted]


def sendings(endpoint_id: UUID, *, status: str = "", before: UUID | None = None, limit: int = PAGE) -> list[SendingRow]:
    """The log of an endpoint, newest first, after the sending that ended the page before; two queries."""
    rows = Sending.objects.filter(endpoint_id=endpoint_id).select_related("message")
    if status:
        rows = rows.filter(status=status)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows.order_by("-pk")[:limit])
    newest = Attempt.objects.filter(sending__in=[row.pk for row in page]).order_by("sending_id", "-at", "-pk")
    last = {attempt.sending_id: attempt for attempt in newest.distinct("sending_id")}
    return [SendingRow(row, last.get(row.pk)) for row in page]


def attempts(sending_id: UUID) -> list[Attempt]:
    """Every try of a sending, newest first."""
    return list(Attempt.objects.filter(sending_id=sending_id).order_by("-at", "-pk"))


def body(message: Message) -> bytes:
    """The bytes of a message as they are signed and sent."""
    return rules.body_of(message.type, message.at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"), message.data)


def secret(endpoint: Endpoint) -> bytes:
    """The secret in force."""
    return _opened(endpoint, endpoint.secret_sealed)


def secrets_in_force(endpoint: Endpoint) -> list[bytes]:
    """The secrets to sign with: the present one, and for a day the one before."""
    found = [secret(endpoint)]
    until = endpoint.old_secret_until
    if endpoint.old_secret_sealed is not None and until is not None and until > clock.now():
        found.append(_opened(endpoint, endpoint.old_secret_sealed))
    return found


def _opened(endpoint: Endpoint, sealed: bytes | memoryview) -> bytes:
    return bytes.fromhex(sealing.unseal(sealed, context=f"webhook:{endpoint.pk}"))


def listeners(organisation_id: UUID, event: str) -> list[Endpoint]:
    """The active endpoints of an organisation that listen to an event."""
    return list(Endpoint.objects.filter(organisation_id=organisation_id, is_active=True, events__contains=[event]))


def listening_organisations(events: Sequence[str]) -> list[UUID]:
    """Organisations with an active endpoint that listens to any of these."""
    rows = Endpoint.objects.filter(is_active=True, events__overlap=list(events))
    return list(rows.values_list("organisation_id", flat=True).distinct())


def told(event: str, subject_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, object]]]:
    """What was told about subjects in messages of one kind, by subject."""
    found: dict[UUID, list[dict[str, object]]] = {}
    rows = Message.objects.filter(type=event, subject_id__in=list(subject_ids))
    for subject_id, data in rows.values_list("subject_id", "data"):
        if subject_id is not None:
            found.setdefault(subject_id, []).append(data)
    return found
