"""SQL in files: named queries of a room, and its functions as migrations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg
from django.db import connection, migrations

_NAME = re.compile(r"^-- name: (?P<name>\w+)", re.MULTILINE)


@cache
def load(room: str, file: str = "queries.sql") -> Mapping[str, str]:
    """The named statements of `rushi/<room>/sql/<file>`: each begins with `-- name: x` and a comment why."""
    text = (files("rushi") / room / "sql" / file).read_text("utf-8")
    parts = _NAME.split(text)
    return dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))


def rows(room: str, name: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Run the room's named query and return its rows as dictionaries (an empty list when it returns none)."""
    with connection.cursor() as cursor:
        cursor.execute(load(room)[name], params)
        return _dictionaries(cursor)


def prepared(room: str, name: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of the room's named query, which the server keeps prepared: for what runs at every request.

    Parameters are bound by the server, so they may need a cast in the text.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        rows: list[tuple[Any, ...]] = cursor.execute(load(room)[name].encode(), params, prepare=True).fetchall()
    return rows


def array(values: Iterable[object]) -> str:
    """The array literal of values whose text needs no quoting (ids, keys of ours): cheaper than a dumper a value."""
    return "{" + ",".join(map(str, values)) + "}"


def call(function: str, *arguments: Any) -> list[dict[str, Any]]:
    """Call a set-returning SQL function of ours with positional arguments and return its rows."""
    marks = ", ".join(["%s"] * len(arguments))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {function}({marks})", arguments)  # noqa: S608 - names are ours
        return _dictionaries(cursor)


def _dictionaries(cursor: Any) -> list[dict[str, Any]]:
    if cursor.description is None:
        return []
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def function_migration(room: str, names: Sequence[str]) -> migrations.RunSQL:
    """The migration operation that creates `sql/functions/<name>.sql` of a room, in order."""
    root = files("rushi") / room / "sql" / "functions"
    return migrations.RunSQL([(root / f"{name}.sql").read_text("utf-8") for name in names], elidable=False)
