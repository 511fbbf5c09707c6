"""Promise 1 where work is offered: what orders the hall reads profiles, campaigns and counts, and no other table.

What is run is watched, function bodies included, and held against a list of what may be read: a table of answers is
refused under whatever name.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rushi.dispatch import actions, matching, queries
from tests import factories as make

MAY_READ = {
    "audit_setting", "campaigns_budget", "campaigns_campaign", "dispatch_pace", "dispatch_participation",
    "dispatch_shadowprice", "dispatch_visit", "identity_agent", "identity_membership", "identity_organisation",
    "identity_participant",
}  # fmt: skip
MAY_IMPORT = ("rushi.dispatch.matching", "rushi.dispatch", "rushi.identity.rules")


def known() -> tuple[set[str], dict[str, str]]:
    """Every table, and every function of ours with its body."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        return tables, dict(cursor.fetchall())


def read_by(statement: str, tables: set[str], functions: dict[str, str]) -> set[str]:
    """The tables that a statement names, itself or through the functions it calls."""
    found, todo, seen = set(), [statement], set()
    while todo:
        words = set(re.findall(r"[a-z_0-9]+", re.sub(r"--.*", "", todo.pop()).lower()))
        found |= words & tables
        todo += [functions[name] for name in (words & functions.keys()) - seen]
        seen |= words
    return found


@pytest.mark.django_db
def test_the_hall_its_prices_and_its_reasons_read_nothing_that_anybody_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_held", {})
    person, campaign = make.participant(), make.live_campaign(interests=["food"])
    make.claim(campaign, make.participant(interests=["food"]))
    tables, functions = known()
    with CaptureQueriesContext(connection) as ran:
        actions.refresh_prices()
        actions.note_visit(participant_id=person.pk)
        assert queries.choose(person.pk) is not None
        queries.hall(person.pk)
        queries.task_card(person.pk, campaign.pk)
    read = set().union(*(read_by(query["sql"], tables, functions) for query in ran.captured_queries))
    assert {"dispatch_shadowprice", "dispatch_visit", "campaigns_budget", "identity_participant"} <= read
    assert read <= MAY_READ


@pytest.mark.django_db
def test_reading_what_people_said_would_be_seen() -> None:
    tables, functions = known()
    said = sorted(name for name in tables if name.startswith(("evidence_", "verdicts_")))
    assert len(said) >= 2
    for name in said:
        assert read_by(f"SELECT 1 FROM {name} a", tables, functions) == {name}
    writer = next(name for name, body in functions.items() if said[0] in re.findall(r"[a-z_0-9]+", body))
    assert said[0] in read_by(f"SELECT {writer}(1)", tables, functions)
    assert not set(said) & MAY_READ


def test_the_modules_of_matching_know_no_room_that_holds_answers() -> None:
    room = Path(matching.__file__).parent
    for name in ("matching", "pricing", "outlook", "hall"):
        tree = ast.parse((room / f"{name}.py").read_text())
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        imported |= {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
        ours = {one for one in imported if one.startswith(("rushi", "django"))}
        assert ours <= set(MAY_IMPORT), name
