"""Every write of the audit room: events, answers kept under a key, settings."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.db import transaction

from rushi.audit import rules
from rushi.audit.errors import KeyMissing, KeyReused, SettingOutOfRange, UnknownSetting
from rushi.audit.models import Event, IdempotencyKey, Setting
from rushi.audit.queries import forget_settings
from rushi.db.retry import transactional
from rushi.kernel import clock
from rushi.kernel.ids import uuid7

speaker: ContextVar[str] = ContextVar("speaker", default="")
"""The prefix of the API key by which the present actor speaks; empty for the person. Doors set and reset it."""


def record(
    *,
    actor_id: UUID | None,
    action: str,
    subject_kind: str,
    subject_id: UUID | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down that `actor_id` (None: the system) did `action` (`noun.verb`) to a subject.

    `detail` holds facts worth keeping and never personal data; what came by an API key says by which (`api_key`).
    Call it inside the action's transaction.
    """
    facts = _plain(detail or {})
    if prefix := speaker.get():
        facts["api_key"] = prefix
    Event.objects.create(
        at=clock.now(),
        actor_id=actor_id,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        detail=facts,
    )


@transactional
def once(
    *, actor_id: UUID, key: str, action: str, payload: Mapping[str, Any], run: Callable[[], Mapping[str, Any]]
) -> dict[str, Any]:
    """Run `run` the first time this actor brings `key` for `action`; afterwards answer the same and do nothing.

    Two at once: the second waits for the first on the unique index. A refusal (exception) is not kept.
    Answers are JSON: ids come back as strings. Raises KeyMissing, KeyReused (another payload under this key).
    """
    if not key or len(key) > 100:
        raise KeyMissing
    fingerprint = rules.fingerprint(payload)
    with transaction.atomic():  # a savepoint inside a larger transaction: a refusal leaves no key behind
        if not _claim_key(actor_id, key, action, fingerprint):
            return _first_answer(actor_id, key, action, fingerprint)
        answer = _plain(run())
        IdempotencyKey.objects.filter(actor_id=actor_id, action=action, key=key).update(answer=answer)
        return answer


def _claim_key(actor_id: UUID, key: str, action: str, fingerprint: str) -> bool:
    row = IdempotencyKey(
        id=uuid7(), actor_id=actor_id, key=key, action=action, fingerprint=fingerprint, created_at=clock.now()
    )
    IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)
    return IdempotencyKey.objects.filter(id=row.id).exists()


def _first_answer(actor_id: UUID, key: str, action: str, fingerprint: str) -> dict[str, Any]:
    first = IdempotencyKey.objects.get(actor_id=actor_id, action=action, key=key)
    if first.fingerprint != fingerprint:
        raise KeyReused
    answer: dict[str, Any] = first.answer
    return answer


@transactional
def set_setting(
    *, actor_id: UUID, key: str, value: int | str, reason: str, in_force_from: dt.datetime | None = None
) -> None:
    """Put a setting in force from a moment on (default: now). Raises UnknownSetting, SettingOutOfRange."""
    rule = rules.SETTINGS.get(key)
    if rule is None:
        raise UnknownSetting(key=key)
    if not rule.admits(value):
        raise SettingOutOfRange(key=key, allowed=rule.allowed)
    row = Setting.objects.create(
        key=key, value=value, in_force_from=in_force_from or clock.now(), set_by=actor_id, reason=reason
    )
    record(
        actor_id=actor_id,
        action="setting.set",
        subject_kind="setting",
        subject_id=row.id,
        detail={"key": key, "value": value, "in_force_from": row.in_force_from},
    )
    transaction.on_commit(forget_settings)


def _plain(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer as JSON would give it back, so that the first answer and a replay are the same."""
    plain: dict[str, Any] = json.loads(json.dumps(answer, default=str))
    return plain
