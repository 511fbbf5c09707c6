"""The command line: it lists itself, errors are one line and an exit code, gates say what they object to."""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rushi.cli import checking, database, ready, serving, supervisor, testing, verbs
from rushi.cli.errors import CommandFailed
from rushi.db import launcher
from rushi.kernel.environment import VARIABLES
from rushi.kernel.errors import Invalid, NotFound, RushiError

ROOT = Path(__file__).resolve().parents[2]


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    def raising(asked: argparse.Namespace) -> None:
        raise error

    monkeypatch.setattr(
        verbs, "parser", lambda: argparse.Namespace(parse_args=lambda given: argparse.Namespace(run=raising))
    )
    return verbs.main([])


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["help"]) == 0
    told = capsys.readouterr().out
    for verb in (
        "up",
        "test",
        "check",
        "fix",
        "bench",
        "lock",
        "db",
        "migrate",
        "doctor",
        "messages",
        "policy",
        "operator",
    ):
        assert f"\n    {verb} " in told, verb


def test_help_settings_lists_every_variable_as_operations_md_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["help", "settings"]) == 0
    told = capsys.readouterr().out.strip()
    assert all(f"| `{variable.name}` |" in told for variable in VARIABLES)
    assert told in (ROOT / "docs" / "operations.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (NotFound(), 1, "rushi: not_found: 没有找到，或您无权查看。"),
        (Invalid(), 2, "rushi: invalid: "),
        (CommandFailed("no way"), 1, "rushi: no way"),
        (launcher.LauncherError("no PostgreSQL found"), 1, "rushi: no PostgreSQL found"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_are_an_exit_code_and_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, line: str
) -> None:
    assert fail_with(monkeypatch, error) == code
    assert capsys.readouterr().err.startswith(line)


def test_a_message_that_cannot_be_filled_is_shown_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Wanting(RushiError):
        message = "还差 %(fen)s 分"

    assert fail_with(monkeypatch, Wanting()) == 1
    assert "还差 %(fen)s 分" in capsys.readouterr().err
    assert fail_with(monkeypatch, Wanting(fen=3)) == 1
    assert "还差 3 分" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["test"], ["test", "-q", "tests/unit", "-k", "gate"], ["db", "psql", "-c", "SELECT 1"]]
)
def test_options_of_pytest_and_psql_are_handed_on(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    given: list[list[str]] = []
    monkeypatch.setattr(testing, "run", lambda asked: given.append(asked.arguments))
    monkeypatch.setattr(database, "psql", lambda asked: given.append(asked.arguments))
    assert verbs.main(words) == 0
    assert given == [words[2 if words[0] == "db" else 1 :]]


def test_unknown_verbs_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        verbs.main(["fly"])
    assert refusal.value.code == 2


def test_lock_files_with_a_host_in_them_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in checking.LOCKS:
        (tmp_path / name).write_text("django==5.2 \\\n    --hash=sha256:00\n")
    monkeypatch.setattr(checking, "ROOT", tmp_path)
    assert checking.check_locks() == 0
    (tmp_path / "requirements.lock").write_text("--index-url https://example.org/simple\n")
    assert checking.check_locks() == 1
    assert "requirements.lock:1: --index-url" in capsys.readouterr().out


def test_check_runs_everything_and_fails_when_one_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []

    def tool(name: str, *arguments: str, quiet: bool = False) -> int:
        ran.append(name)
        return 1 if name == "mypy" else 0

    monkeypatch.setattr(checking, "_tool", tool)
    monkeypatch.setattr(checking.messages, "run", lambda asked: 0)
    assert checking.check(argparse.Namespace()) == 1
    assert ran == ["ruff", "ruff", "lint-imports", "mypy", "django-admin"]
    assert "check: 6 of 7 passed; failed: types" in capsys.readouterr().out
    assert checking.fix(argparse.Namespace()) == 0
    monkeypatch.setattr(checking, "_tool", lambda name, *arguments, quiet=False: 1)
    with pytest.raises(CommandFailed):
        checking.lock(argparse.Namespace())


def figures(percent: float, **missing: list[Any]) -> str:
    files = {"src/rushi/ledger/rules.py": {"missing_lines": [], "missing_branches": [], **missing}}
    return json.dumps({"totals": {"percent_covered": percent}, "files": files})


@pytest.mark.parametrize(
    ("report", "objections"),
    [
        (figures(93.0), 0),
        (figures(89.9), 1),
        (figures(93.0, missing_lines=[7]), 1),
        (figures(93.0, missing_branches=[[7, 9]]), 1),
    ],
)
def test_coverage_gates(tmp_path: Path, report: str, objections: int) -> None:
    (tmp_path / "coverage.json").write_text(report)
    assert len(testing._coverage_faults(tmp_path / "coverage.json")) == objections
    assert testing._coverage_faults(tmp_path / "nothing.json") == ["no figures were written"]


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Programs that would have been started, each of which "succeeds"."""
    commands: list[list[str]] = []

    def run(command: list[Any], **given: Any) -> subprocess.CompletedProcess[str]:
        commands.append([str(part) for part in command])
        return subprocess.CompletedProcess(command, 0, stdout="", stderr="")

    monkeypatch.setattr(testing.subprocess, "run", run)
    return commands


def test_some_tests_run_plainly_and_the_cluster_is_stopped(
    spawned: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stopped: list[Path] = []
    monkeypatch.setattr(launcher, "stop", stopped.append)
    monkeypatch.setenv("RUSHI_TEST_DATA_DIR", str(tmp_path))
    assert testing.run(argparse.Namespace(arguments=["tests/unit", "-q"])) == 0
    assert spawned[0][1:] == ["-m", "pytest", "tests/unit", "-q"]
    assert stopped == [tmp_path]


def test_all_tests_run_on_two_workers_with_gates(
    spawned: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(launcher, "stop", lambda data: True)
    monkeypatch.setattr(testing, "_want_packages", lambda: None)
    monkeypatch.setattr(testing, "ROOT", tmp_path)
    assert testing.run(argparse.Namespace(arguments=[])) == 1  # nothing was measured: not a success
    assert "-n" in spawned[0]
    assert "--cov=rushi" in spawned[0]


def test_what_speaks_to_the_database_runs_once_more_on_a_server_given_by_url(
    spawned: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stopped: list[Path] = []
    monkeypatch.setattr(launcher, "stop", stopped.append)
    monkeypatch.setattr(launcher, "ensure", lambda data, durable: launcher.Cluster(data, data / "run"))
    monkeypatch.setenv("RUSHI_PG_BIN", "/chosen/bin")
    assert testing._elsewhere({}, tmp_path) == 0
    assert spawned[0][-3:] == list(testing.SPEAKS_TO_THE_DATABASE)
    assert stopped == [tmp_path]
    assert testing.os.environ["RUSHI_PG_BIN"] == "/chosen/bin"
    assert testing._elsewhere({"RUSHI_TEST_DATABASE_URL": "postgresql://owner@db/postgres"}, tmp_path) == 0
    assert len(spawned) == 1  # everything ran there already


def test_missing_packages_are_installed_by_root_and_asked_for_otherwise(
    spawned: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing.shutil, "which", lambda name: None if name == "chromium" else f"/usr/bin/{name}")
    monkeypatch.delenv("RUSHI_CHROMIUM", raising=False)
    monkeypatch.setattr(testing.os, "geteuid", lambda: 0)
    testing._want_packages()
    assert [command[:2] for command in spawned] == [["apt-get", "update"], ["apt-get", "install"]]
    monkeypatch.setattr(testing.os, "geteuid", lambda: 1000)
    with pytest.raises(CommandFailed, match="apt-get install chromium fonts-noto-cjk postgresql"):
        testing._want_packages()


def test_a_given_database_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RUSHI_DATABASE_URL", "postgresql://app@db/rushi")
    monkeypatch.setenv("RUSHI_OWNER_DATABASE_URL", "postgresql://owner@db/rushi")
    database.url(argparse.Namespace())
    assert capsys.readouterr().out == "postgresql://app@db/rushi\n"
    ready.use_database(owner=True)
    assert ready.os.environ["RUSHI_DATABASE_URL"] == "postgresql://owner@db/rushi"


def test_psql_opens_as_the_owner(spawned: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUSHI_OWNER_DATABASE_URL", "postgresql://owner@db/rushi")
    assert database.psql(argparse.Namespace(arguments=["-c", "SELECT 1"])) == 0
    assert spawned[0][1:] == ["postgresql://owner@db/rushi", "-c", "SELECT 1"]


def test_up_is_planned_from_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[supervisor.Plan] = []
    monkeypatch.setattr(supervisor, "run", lambda plan: plans.append(plan) or 0)
    assert verbs.main(["up", "--port", "9000", "--empty"]) == 0
    assert verbs.main(["up", "--host", "0.0.0.0"]) == 0
    assert plans == [supervisor.Plan("127.0.0.1", 9000, False), supervisor.Plan("0.0.0.0", 8000, True)]
    assert [plan.url for plan in plans] == ["http://127.0.0.1:9000", "http://127.0.0.1:8000"]
    assert supervisor.Plan("::1", 8000, True).url == "http://[::1]:8000"
    assert serving.up.__doc__
