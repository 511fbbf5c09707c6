"""Reads of the audit room: settings in force, and the history of a thing."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from rushi.audit import rules
from rushi.audit.errors import UnknownSetting
from rushi.audit.models import Event, Setting
from rushi.kernel import clock

KEPT_SECONDS = 1.0
_kept: dict[str, tuple[float, list[tuple[dt.datetime, Any]]]] = {}


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
    return next((value for since, value in _history(key) if since <= moment), rule.default)


def _history(key: str) -> list[tuple[dt.datetime, Any]]:
    """Every value a setting was given, newest first. Inside a transaction always the database's word."""
    if connection.in_atomic_block:
        return _read(key)
    known = _kept.get(key)
    if known is None or known[0] < time.monotonic():
        _kept[key] = known = (time.monotonic() + KEPT_SECONDS, _read(key))
    return known[1]


def _read(key: str) -> list[tuple[dt.datetime, Any]]:
    return list(Setting.objects.filter(key=key).order_by("-in_force_from").values_list("in_force_from", "value"))


def forget_settings() -> None:
    """Read settings anew: after one was set here. Other processes notice within `KEPT_SECONDS`."""
    _kept.clear()


def history(subject_id: UUID, limit: int = 100) -> list[EventRow]:
    """What happened to a thing, newest first."""
    events = Event.objects.filter(subject_id=subject_id).order_by("-at", "-id")[:limit]
    return [EventRow(at=e.at, actor_id=e.actor_id, action=e.action, detail=e.detail) for e in events]
