"""Reads of the audit room: settings in force, and the history of a thing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rushi.audit import rules
from rushi.audit.errors import UnknownSetting
from rushi.audit.models import Event, Setting
from rushi.kernel import clock


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of a thing's history."""

    at: dt.datetime
    actor_id: UUID | None
    action: str
    detail: Mapping[str, Any]


def setting(key: str, at: dt.datetime | None = None) -> Any:
    """The value of a setting in force at a moment (default: now). Raises UnknownSetting."""
    rule = rules.SETTINGS.get(key)
    if rule is None:
        raise UnknownSetting(key=key)
    moment = at or clock.now()
    rows = Setting.objects.filter(key=key, in_force_from__lte=moment).order_by("-in_force_from")
    value = rows.values_list("value", flat=True).first()
    return rule.default if value is None else value


def history(subject_id: UUID, limit: int = 100) -> list[EventRow]:
    """What happened to a thing, newest first."""
    events = Event.objects.filter(subject_id=subject_id).order_by("-at", "-id")[:limit]
    return [EventRow(at=e.at, actor_id=e.actor_id, action=e.action, detail=e.detail) for e in events]
