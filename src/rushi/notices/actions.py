"""Every write of webhooks: endpoints and secrets, what happened, sending, giving up, sending again."""

from __future__ import annotations

import datetime as dt
import random
import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from rushi.audit.actions import record
from rushi.db import sql
from rushi.db.retry import transactional
from rushi.identity import sealing
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.kernel.ids import uuid7
from rushi.notices import queries, rules, sender
from rushi.notices.errors import BadAddress, TooManyEndpoints, UnknownEvent
from rushi.notices.models import Attempt, Endpoint, Message, Sending

LEASE = dt.timedelta(minutes=2)
AT_ONCE, EACH = 60, 10
GONE = 410
log = structlog.get_logger("rushi.notices")


# --- endpoints; doors check who may (queries.access_endpoint) ---------------------------------------------------


@transactional
def add_endpoint(
    *, actor_id: UUID, organisation_id: UUID, url: str, events: Sequence[str], description: str = ""
) -> Endpoint:
    """Tell an address about events from now on. Raises BadAddress, UnknownEvent, TooManyEndpoints."""
    _check(url, events)
    if Endpoint.objects.filter(organisation_id=organisation_id).count() >= rules.ENDPOINTS_MAX:
        raise TooManyEndpoints
    endpoint = Endpoint(
        id=uuid7(),
        organisation_id=organisation_id,
        url=url,
        description=description.strip()[:60],
        events=_ordered(events),
        made_by=actor_id,
        made_at=clock.now(),
    )
    endpoint.secret_sealed = _new_secret(endpoint)
    endpoint.save(force_insert=True)
    _record(actor_id, "webhook.add", endpoint)
    return endpoint


@transactional
def change_endpoint(
    *,
    actor_id: UUID,
    endpoint_id: UUID,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
    is_active: bool | None = None,
) -> Endpoint:
    """Change what is given; once started again, what waited is sent. Raises BadAddress, UnknownEvent, NotFound."""
    endpoint = _locked(endpoint_id)
    endpoint.url = endpoint.url if url is None else url
    endpoint.events = endpoint.events if events is None else _ordered(events)
    _check(endpoint.url, endpoint.events if events is None else events)
    endpoint.description = endpoint.description if description is None else description.strip()[:60]
    if is_active is not None:
        endpoint.is_active, endpoint.stopped_reason = is_active, "" if is_active else "由机构停用"
    endpoint.save(update_fields=["url", "events", "description", "is_active", "stopped_reason"])
    _record(actor_id, "webhook.change", endpoint)
    return endpoint


@transactional
def rotate_secret(*, actor_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Make a new secret; for a day messages carry signatures of both, so that nothing is refused meanwhile."""
    endpoint = _locked(endpoint_id)
    endpoint.old_secret_sealed = bytes(endpoint.secret_sealed)
    endpoint.old_secret_until = clock.now() + dt.timedelta(hours=rules.OLD_SECRET_HOURS)
    endpoint.secret_sealed = _new_secret(endpoint)
    endpoint.save(update_fields=["secret_sealed", "old_secret_sealed", "old_secret_until"])
    _record(actor_id, "webhook.rotate", endpoint)
    return endpoint


@transactional
def reveal_secret(*, actor_id: UUID, endpoint_id: UUID) -> str:
    """The secret in force, for its owner's receiver; every look is recorded."""
    endpoint = _locked(endpoint_id)
    _record(actor_id, "webhook.reveal", endpoint)
    return rules.shown_secret(queries.secret(endpoint))


@transactional
def remove_endpoint(*, actor_id: UUID, endpoint_id: UUID) -> None:
    """Stop for good: the address, its secret and its log go."""
    endpoint = _locked(endpoint_id)
    _record(actor_id, "webhook.remove", endpoint)
    endpoint.delete()


def _check(url: str, events: Sequence[str]) -> None:
    if fault := rules.address_fault(url, may_loop_back=settings.IS_DEMO):
        raise BadAddress(fault=fault, field="url")
    if not events or set(events) - set(rules.EVENTS):
        raise UnknownEvent(field="events")


def _ordered(events: Sequence[str]) -> list[str]:
    return [event for event in rules.EVENTS if event in events]


def _new_secret(endpoint: Endpoint) -> bytes:
    return sealing.seal(secrets.token_bytes(rules.SECRET_BYTES).hex(), context=f"webhook:{endpoint.pk}")


def _locked(endpoint_id: UUID) -> Endpoint:
    endpoint = Endpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound
    return endpoint


def _record(actor_id: UUID, action: str, endpoint: Endpoint) -> None:
    record(
        actor_id=actor_id,
        action=action,
        subject_kind="organisation",
        subject_id=endpoint.organisation_id,
        detail={"endpoint_id": endpoint.pk, "url": endpoint.url},
    )


# --- telling ---------------------------------------------------------------------------------------------------


@transactional
def announce(
    *, organisation_id: UUID, event: str, data: Mapping[str, Any], subject_id: UUID | None = None, key: str = ""
) -> bool:
    """Something happened: put it on its way to every endpoint that listens, in the transaction in which it happened.

    `key` makes it once; without one each call is a happening of its own. `data` holds ids, states, and counts of at
    least ten people: never an answer, never a person. False when nobody listens, or it was told before.
    """
    assert event in rules.EVENTS
    heard = queries.listeners(organisation_id, event)
    return bool(heard) and _tell(heard, organisation_id, event, data, subject_id, key)


def _tell(
    endpoints: Sequence[Endpoint],
    organisation_id: UUID,
    event: str,
    data: Mapping[str, Any],
    subject_id: UUID | None,
    key: str,
) -> bool:
    now = clock.now()
    plain = {name: str(value) if isinstance(value, UUID) else value for name, value in data.items()}
    message = Message(
        id=uuid7(), organisation_id=organisation_id, type=event, subject_id=subject_id, at=now, data=plain
    )
    message.key = key or message.pk.hex
    Message.objects.bulk_create([message], ignore_conflicts=True)
    if not Message.objects.filter(pk=message.pk).exists():
        return False
    Sending.objects.bulk_create(Sending(id=uuid7(), endpoint=one, message=message, next_at=now) for one in endpoints)
    return True


@transactional
def send_test(*, actor_id: UUID, endpoint_id: UUID) -> None:
    """Send an endpoint a message that means nothing, so that its owner sees whether it arrives."""
    endpoint = _locked(endpoint_id)
    _record(actor_id, "webhook.test", endpoint)
    data = {"organisation_id": endpoint.organisation_id}
    _tell([endpoint], endpoint.organisation_id, rules.TEST_EVENT, data, None, "")


@transactional
def replay(*, actor_id: UUID, endpoint_id: UUID, sending_id: UUID | None = None) -> int:
    """Send one message again, whatever became of it, or (None) all that were given up; how many. Same webhook-id."""
    endpoint = _locked(endpoint_id)
    rows = Sending.objects.filter(endpoint=endpoint)
    rows = rows.filter(status=Sending.Status.DEAD) if sending_id is None else rows.filter(pk=sending_id)
    count = rows.update(status=Sending.Status.WAITING, attempts_count=0, next_at=clock.now())
    if sending_id is not None and not count:
        raise NotFound
    if count:
        _record(actor_id, "webhook.replay", endpoint)
    return count


def send_due() -> int:
    """Send what is due, a batch at a time, no transaction open while the network is waited for; how many were tried."""
    now = clock.now()
    params = {"at": now, "lease": now + LEASE, "each": EACH, "limit": AT_ONCE}
    ids = [row["id"] for row in sql.rows("notices", "take_due", params)]
    taken = list(Sending.objects.filter(pk__in=ids).select_related("endpoint", "message").order_by("pk"))
    letters = [_letter(sending, now) for sending in taken]
    outcomes = sender.send_all(letters, may_loop_back=settings.IS_DEMO) if letters else []
    for sending, outcome in zip(taken, outcomes, strict=True):
        _keep(sending, outcome)
    return len(taken)


def _letter(sending: Sending, now: dt.datetime) -> sender.Letter:
    body, seconds = queries.body(sending.message), int(now.timestamp())
    webhook_id = sending.message.webhook_id
    headers = {
        "Content-Type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": rules.signature(queries.secrets_in_force(sending.endpoint), webhook_id, seconds, body),
    }
    return sender.Letter(sending.endpoint.url, body, headers)


@transactional
def _keep(sending: Sending, outcome: sender.Outcome) -> None:
    """Write down one attempt and what follows: arrived, again later, given up, or the whole endpoint stopped."""
    now = clock.now()
    found = Sending.objects.select_for_update(no_key=True).filter(pk=sending.pk).first()
    if found is None:
        return  # the endpoint was removed meanwhile
    Attempt.objects.create(
        sending=found,
        at=now,
        milliseconds=outcome.milliseconds,
        status_code=outcome.status_code,
        failure=outcome.failure,
        answer=outcome.answer,
    )
    # S311: jitter spreads load, it keeps no secret.
    wait = rules.wait_seconds(found.attempts_count, random.random())  # noqa: S311
    if outcome.is_good:
        found.status, found.next_at = Sending.Status.SENT, None
    elif wait is None or outcome.status_code == GONE:
        found.status, found.next_at = Sending.Status.DEAD, None
    else:
        found.next_at = now + dt.timedelta(seconds=wait)
    found.save(update_fields=["status", "next_at"])
    if outcome.status_code == GONE:
        Endpoint.objects.filter(pk=found.endpoint_id).update(is_active=False, stopped_reason="对方返回 410，已停用")
    if not outcome.is_good:
        log.info("webhook failed", endpoint=str(found.endpoint_id), status=outcome.status_code, given_up=wait is None)


def forget_old(*, limit: int = 1000) -> int:
    """Messages older than `KEPT_DAYS` go, with their sendings; how many. Run daily."""
    until = clock.now() - dt.timedelta(days=rules.KEPT_DAYS)
    ids = list(Message.objects.filter(at__lt=until).order_by("at").values_list("pk", flat=True)[:limit])
    Message.objects.filter(pk__in=ids).delete()
    return len(ids)
