"""Queries that must return no row: each room's `sql/invariants.sql`, run by doctor, tests and a nightly job."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from django.apps import apps
from django.db import connection

from rushi.db import sql

_ROWS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: its name (`room.name`), whether it holds, and the first offending rows when not."""

    name: str
    ok: bool
    rows: list[dict[str, Any]]


def run() -> list[Check]:
    """Run every room's invariants against the current database."""
    return [_check(room, name, text) for room in _rooms() for name, text in sql.load(room, "invariants.sql").items()]


def _rooms() -> list[str]:
    ours = [config.label for config in apps.get_app_configs() if config.name.startswith("rushi.")]
    return [room for room in ours if (files("rushi") / room / "sql" / "invariants.sql").is_file()]


def _check(room: str, name: str, text: str) -> Check:
    with connection.cursor() as cursor:
        cursor.execute(text)
        names = [column.name for column in cursor.description or []]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchmany(_ROWS_SHOWN)]
    return Check(name=f"{room}.{name}", ok=not found, rows=found)
