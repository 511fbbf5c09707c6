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
    return [check(room, name) for room, name in names()]


def names() -> list[tuple[str, str]]:
    """The room and name of every invariant, for whoever runs them one by one."""
    return [(room, name) for room in _rooms() for name in sql.load(room, "invariants.sql")]


def _rooms() -> list[str]:
    ours = [config.label for config in apps.get_app_configs() if config.name.startswith("rushi.")]
    return [room for room in ours if (files("rushi") / room / "sql" / "invariants.sql").is_file()]


def check(room: str, name: str) -> Check:
    """Run one invariant."""
    with connection.cursor() as cursor:
        cursor.execute(sql.load(room, "invariants.sql")[name])
        columns = [column.name for column in cursor.description or []]
        found = [dict(zip(columns, row, strict=True)) for row in cursor.fetchmany(_ROWS_SHOWN)]
    return Check(name=f"{room}.{name}", ok=not found, rows=found)
