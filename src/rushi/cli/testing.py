"""`test`: the whole suite with coverage, then what speaks to the database once more on Debian's PostgreSQL."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rushi.cli.errors import CommandFailed
from rushi.db import launcher

ROOT = Path(__file__).resolve().parents[3]
PACKAGES_WANTED = ("chromium", "fonts-noto-cjk", "postgresql")
DEBIAN_SERVERS = Path("/usr/lib/postgresql")
SPEAKS_TO_THE_DATABASE = ("tests/db", "tests/invariants", "tests/concurrency")
COVERED_WHOLLY = ("src/rushi/ledger/", "src/rushi/verdicts/")
COVERED_PERCENT_MIN = 90


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `test`."""
    verb = verbs.add_parser("test", help="run the tests; further arguments go to pytest (then without coverage)")
    verb.add_argument("arguments", nargs=argparse.REMAINDER, metavar="PYTEST ARGUMENTS")
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Run pytest; with no arguments everything, on two workers, with the coverage gates. Returns its exit code."""
    data = Path(os.environ.get("RUSHI_TEST_DATA_DIR") or ROOT / ".cache" / "test").resolve()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RUSHI_") or k in _KEPT}
    environment.pop("DJANGO_SETTINGS_MODULE", None)  # the tests set it once their database runs, not before
    environment |= {"RUSHI_TEST_DATA_DIR": str(data), "PYTHONHASHSEED": "0"}  # workers must collect in one order
    try:
        if asked.arguments:
            return _pytest(asked.arguments, environment)
        _want_packages()
        return _everything(environment) or _elsewhere(environment, data.with_name(f"{data.name}-debian"))
    finally:
        launcher.stop(data)


_KEPT = {"RUSHI_VENV", "RUSHI_PG_BIN", "RUSHI_CHROMIUM", "RUSHI_SHARED", "RUSHI_TEST_DATABASE_URL"}


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment, check=False
    ).returncode


def _everything(environment: dict[str, str]) -> int:
    summary = ROOT / ".cache" / "coverage.json"
    summary.parent.mkdir(exist_ok=True)
    summary.unlink(missing_ok=True)
    measured = ["--cov=rushi", "--cov-branch", "--cov-report=term:skip-covered", f"--cov-report=json:{summary}"]
    code = _pytest(["-n", "2", "--dist", "loadscope", *measured], environment)
    if code > 1:  # pytest itself did not get through: its figures mean nothing
        return code
    faults = _coverage_faults(summary)
    for fault in faults:
        print(f"coverage: {fault}")
    return code or (1 if faults else 0)


def _elsewhere(environment: dict[str, str], data: Path) -> int:
    """Database, invariant and concurrency tests on a server given by URL: Debian's PostgreSQL, 15 being the floor."""
    if "RUSHI_TEST_DATABASE_URL" in environment:  # everything ran on a given server already
        return 0
    chosen = os.environ.get("RUSHI_PG_BIN")
    os.environ["RUSHI_PG_BIN"] = str(_debian_server())
    try:
        url = launcher.ensure(data, durable=False).url(launcher.OWNER, "postgres")
        print(f"rushi: once more on {_debian_server()}", flush=True)
        given = environment | {"RUSHI_TEST_DATABASE_URL": url, "RUSHI_TEST_DATA_DIR": str(data)}
        return _pytest(["-n", "2", "--dist", "loadscope", "-q", *SPEAKS_TO_THE_DATABASE], given)
    finally:
        launcher.stop(data)
        del os.environ["RUSHI_PG_BIN"]
        if chosen:
            os.environ["RUSHI_PG_BIN"] = chosen


def _debian_server() -> Path | None:
    """The oldest of Debian's servers that is here."""
    found = sorted(DEBIAN_SERVERS.glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    return found[0].parent if found else None


def _coverage_faults(summary: Path) -> list[str]:
    """What the coverage gates object to: too little in all, or anything missing where money is decided."""
    if not summary.exists():
        return ["no figures were written"]
    report = json.loads(summary.read_text())
    percent = report["totals"]["percent_covered"]
    faults = [] if percent >= COVERED_PERCENT_MIN else [f"{percent:.1f} % in all, {COVERED_PERCENT_MIN} % wanted"]
    for path, facts in sorted(report["files"].items()):
        missing = [*facts["missing_lines"], *facts.get("missing_branches", [])]
        if missing and path.startswith(COVERED_WHOLLY):
            faults.append(f"{path} is not covered wholly: {', '.join(map(str, missing))}")
    return faults


def _want_packages() -> None:
    """Install Chromium, a Chinese font and PostgreSQL with apt when missing and we may; else say what to do."""
    has_browser = shutil.which(os.environ.get("RUSHI_CHROMIUM") or "chromium") is not None
    if has_browser and _has_chinese_font() and _debian_server():
        return
    wanted = " ".join(PACKAGES_WANTED)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise CommandFailed(f"the tests need: apt-get install {wanted} (or set RUSHI_CHROMIUM)")
    print(f"rushi: installing {wanted} with apt (once) …", file=sys.stderr)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *PACKAGES_WANTED]):
        done = subprocess.run(["apt-get", *arguments], env=quiet, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise CommandFailed(f"apt-get could not install {wanted}")


def _has_chinese_font() -> bool:
    if shutil.which("fc-list") is None:
        return any(Path("/usr/share/fonts").glob("**/*CJK*"))
    return bool(subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=False).stdout.strip())
