"""A distributed PostgreSQL can take the tables: what ADR 15 says of keys holds in the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection

ADR = next((Path(__file__).resolve().parents[2] / "docs" / "adr").glob("*-distribution.md"))
# Procrastinate's jobs stay on one node; Django's own tables are small.
OURS = re.compile(
    r"(audit|campaigns|dispatch|evidence|identity|ledger|measurement|notices|payouts|policy|transparency|verdicts)_"
)


def distributed() -> dict[str, str]:
    """The ADR's table: distribution column by hot table."""
    lines = re.findall(r"^\| (`[^|]+`) \| `(\w+)` \|", ADR.read_text("utf-8"), re.MULTILINE)
    return {table: column for tables, column in lines for table in re.findall(r"`(\w+)`", tables)}


def reference() -> set[str]:
    """The tables that the ADR copies to every node."""
    listed = ADR.read_text("utf-8").split("**Reference tables**")[1].split("\n\n")[0]
    return set(re.findall(r"`(\w+)`", listed))


def rows(statement: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.mark.django_db
def test_every_table_of_ours_has_its_place() -> None:
    tables = {
        name
        for (name,) in rows(
            "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND c.relnamespace = 'public'::regnamespace"
        )
        if OURS.match(name)
    }
    placed = set(distributed()) | reference()
    assert tables - placed == set()
    assert placed - tables == set()
    assert set(distributed()) & reference() == set()


@pytest.mark.django_db
def test_every_unique_key_of_a_hot_table_holds_its_distribution_column() -> None:
    found = rows(
        "SELECT c.relname, i.indexrelid::regclass::text, array_to_string(ARRAY(SELECT a.attname FROM pg_attribute a"
        " WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey::smallint[])), ' ')"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
        " WHERE i.indisunique AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace"
    )
    columns = distributed()
    assert [key for table, key, held in found if table in columns and columns[table] not in held.split()] == []


@pytest.mark.django_db
def test_no_foreign_key_leads_from_one_hot_table_to_another_or_into_one() -> None:
    found = rows(
        "SELECT k.conrelid::regclass::text, k.conname, k.confrelid::regclass::text FROM pg_constraint k"
        " WHERE k.contype = 'f' AND k.conparentid = 0"
    )
    hot = distributed()
    # A reference table may point nowhere but at reference tables; a hot one at reference tables only.
    assert [(table, key) for table, key, target in found if target in hot] == []


@pytest.mark.django_db
def test_no_hot_table_draws_from_a_sequence() -> None:
    found = rows(
        "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
        " WHERE a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval%%'"
    )
    assert [(table, column) for table, column in found if table in distributed()] == []
