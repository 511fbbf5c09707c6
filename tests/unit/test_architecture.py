"""The rules of docs/architecture.md that no linter knows: furniture, SQL that stays home, doors without SQL."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "rushi"
LINE = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
HEIGHT = {room.strip(): -index for index, layer in enumerate(LINE) for room in layer.split("|")}
DOORS = {"web", "api", "backoffice", "cli", "config", "client"}
ROOMS = sorted(set(HEIGHT) - DOORS - {"kernel"})

VOCABULARY = {
    "__init__.py",
    "models.py",
    "actions.py",
    "queries.py",
    "rules.py",
    "jobs.py",
    "errors.py",
    "apps.py",
    "admin.py",
}
# Pure modules and named I/O modules, each with its reason to exist. A new name here is a decision: docs/adr.
NAMED = {
    "audit": set(),
    "campaigns": {"media.py", "links.py"},
    "db": {
        "gathering.py",
        "launcher.py",
        "limits.py",
        "sql.py",
        "retry.py",
        "grants.py",
        "invariants.py",
        "schema.py",
        "partitions.py",
    },
    "dispatch": {"hall.py", "matching.py", "outlook.py", "pacing.py", "pricing.py"},
    "evidence": {"attention.py"},
    "identity": {"adapter.py", "assurance.py", "devices.py", "passkeys.py", "sealing.py", "sessions.py"},
    "integrations": {"aliyun.py", "sms.py", "realname.py", "sandbox.py", "sandbox_pages.py", "sandbox_words.py"},
    "ledger": set(),
    "market": {
        "answering.py",
        "arrivals.py",
        "auditing.py",
        "behaviour.py",
        "briefs.py",
        "browsing.py",
        "calibration.py",
        "campaigning.py",
        "cast.py",
        "casting.py",
        "crowd.py",
        "doors.py",
        "handing.py",
        "headline.py",
        "journal.py",
        "packing.py",
        "past.py",
        "playing.py",
        "pressing.py",
        "script.py",
        "staging.py",
        "stocking.py",
        "verbs_in_bulk.py",
        "working.py",
        "yardstick.py",
    },
    "measurement": {"estimators.py", "peeking.py", "exports.py", "reports.py"},
    "notices": {"sender.py"},
    "payouts": {"bankfile.py", "checks.py", "desk.py", "withholding.py"},
    "policy": {"negation.py", "normalisation.py", "rulebook.py", "screening.py"},
    "transparency": set(),
    "verdicts": set(),
}
FOLDERS = {"actions", "migrations", "sql", "data", "clips", "templates", "static", "management", "__pycache__"}

SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
SQL_FILES = sorted(PACKAGE.glob("*/sql/**/*.sql"))
TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))
CREATED = re.compile(r"\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\s+(\w+)", re.IGNORECASE)
WRITTEN = re.compile(
    r"\b(?:INSERT\s+INTO|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?"
    r"|(?<!FOR )(?<!KEY )(?<!DO )(?<!OR )(?<!ON )UPDATE)"
    r"\s+(?:ONLY\s+)?(\w+)",
    re.IGNORECASE,
)
CLOCKS = re.compile(
    r"\bnow\s*\(|\b(?:current_(?:timestamp|date|time)|localtime(?:stamp)?)\b|\b(?:clock|statement|transaction)_timestamp\b",
    re.IGNORECASE,
)


def code_of(path: Path) -> str:
    """The statements of an SQL file: no comments, no string literals, single spaces."""
    text = re.sub(r"--[^\n]*", " ", path.read_text("utf-8"))
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"'(?:[^']|'')*'", "''", text))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def tables() -> dict[str, str]:
    """Each table of ours and its room."""
    ours = (model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("rushi."))
    return {model._meta.db_table: model._meta.app_label for model in ours}


def functions() -> dict[str, str]:
    """Each SQL function of ours and its room."""
    return {name: room_of(path) for path in SQL_FILES for name in CREATED.findall(code_of(path))}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_the_furniture_and_no_other(room: str) -> None:
    allowed = VOCABULARY | NAMED[room]
    strangers = [
        path.name
        for path in (PACKAGE / room).iterdir()
        if path.name not in (FOLDERS if path.is_dir() else allowed) and path.suffix in {"", ".py"}
    ]
    assert strangers == []


def test_nothing_is_called_utils_or_service() -> None:
    words = {"utils", "util", "helpers", "common", "misc", "services", "service", "managers", "repositories"}
    assert [str(path) for path in SOURCES if path.stem in words] == []


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_sql_writes_at_home_and_reaches_down_only(path: Path) -> None:
    room, code = room_of(path), code_of(path)
    owned = tables()
    foreign = {table: owned[table] for table in WRITTEN.findall(code) if owned.get(table, room) != room}
    assert foreign == {}, "an SQL file writes only its own room's tables"
    known = {**owned, **functions()}
    used = {word: known[word] for word in re.findall(r"\b\w+\b", code) if word in known}
    above = {word: home for word, home in used.items() if home != room and HEIGHT[home] >= HEIGHT[room]}
    assert above == {}, "an SQL file uses only its own and lower rooms"


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_sql_is_told_the_time(path: Path) -> None:
    # A bound on what a caller may do with the owner's rights cannot rest on the time the caller tells.
    guards = {"db_make_days_v1.sql": ["clock_timestamp"], "db_drop_day_v1.sql": ["clock_timestamp"]}
    assert CLOCKS.findall(code_of(path)) == guards.get(path.name, [])


def test_functions_are_named_by_room_and_version() -> None:
    misnamed = [name for name, room in functions().items() if not re.fullmatch(rf"{room}_\w+_v\d+", name)]
    assert misnamed == []


def test_every_function_file_is_part_of_a_migration() -> None:
    migrations = {room: "".join(p.read_text() for p in (PACKAGE / room / "migrations").glob("*.py")) for room in ROOMS}
    forgotten = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.glob("*/sql/functions/*.sql")
        if f'"{path.stem}"' not in migrations[room_of(path)] and f"'{path.stem}'" not in migrations[room_of(path)]
    ]
    assert forgotten == []


def test_foreign_keys_point_down() -> None:
    up = []
    for model in apps.get_models():
        room = model._meta.app_label
        for field in model._meta.get_fields():
            if room in HEIGHT and field.is_relation and not field.auto_created and field.related_model:
                target = field.related_model._meta.app_label  # type: ignore[union-attr]
                if target in HEIGHT and target != room and HEIGHT[target] >= HEIGHT[room]:
                    up.append(f"{room}.{model.__name__}.{field.name} → {target}")
    assert up == []


def calls_in(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def name_given(call: ast.Call) -> str | None:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "name"] or call.args[:1]
    return str(given[0].value) if given and isinstance(given[0], ast.Constant) else None


def test_every_job_deferred_by_name_exists() -> None:
    from procrastinate.contrib.django import app

    deferred = {
        (str(path.relative_to(PACKAGE)), name_given(call))
        for path in SOURCES
        for call in calls_in(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "configure_task"
    }
    assert [entry for entry in deferred if entry[1] not in app.tasks] == []


def test_jobs_are_named_by_their_room() -> None:
    from procrastinate.contrib.django import app

    ours = [task for task in app.tasks.values() if task.func.__module__.startswith("rushi.")]
    assert [t.name for t in ours if t.name.split(".")[0] != t.func.__module__.split(".")[1]] == []


def test_there_are_no_signals_and_no_save_overrides() -> None:
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and re.match(r"django\.(dispatch|.*signals)", node.module or ""):
                found.append(f"{path}: {node.module}")
            if isinstance(node, ast.ClassDef) and room_of(path) in ROOMS and path.name == "models.py":
                overrides = {"save", "delete", "clean"} & {f.name for f in node.body if isinstance(f, ast.FunctionDef)}
                found += [f"{path}: {node.name}.{name}" for name in overrides]
    assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_templates_carry_no_script_and_no_style(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{%\s*comment.*?endcomment\s*%\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    inline = [
        tag for tag in re.findall(r"<script\b[^>]*>", text) if " src=" not in tag and "application/json" not in tag
    ]
    handlers = re.findall(r"\son[a-z]+\s*=|\shx-on\b|javascript:|\bjs:", text)
    assert (inline, handlers, re.findall(r"<style\b", text)) == ([], [], [])


def test_doors_hold_no_sql() -> None:
    words = re.compile(r"\.raw\(|\.cursor\(|\bsql\.(rows|call|load)\(|RawSQL|\.extra\(")
    found = [
        str(p.relative_to(PACKAGE))
        for p in SOURCES
        if room_of(p) in {"web", "api", "backoffice"} and words.search(p.read_text())
    ]
    assert found == []


def test_views_and_functions_keep_their_size() -> None:
    long = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                ceiling = 30 if "views" in path.parts else 70
                long += [f"{path.relative_to(PACKAGE)}:{node.name} {lines}"] if lines > ceiling else []
    assert long == []


def test_nobody_asks_the_machine_for_the_time_but_the_clock() -> None:
    pattern = re.compile(r"\b(?:timezone\.now|datetime\.now|dt\.datetime\.now|time\.time|date\.today)\(")
    allowed = {"kernel/clock.py"}
    found = [str(p.relative_to(PACKAGE)) for p in SOURCES if pattern.search(p.read_text("utf-8"))]
    assert sorted(set(found) - allowed) == []
