"""`check`, `fix`, `lock`: what must hold before anything lands. Needs no database."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rushi.cli import messages
from rushi.cli.errors import CommandFailed

ROOT = Path(__file__).resolve().parents[3]
LOCKS = ("requirements.lock", "requirements-dev.lock")
_HOST = re.compile(r"https?://|file://|--(?:extra-)?index-url|--find-links")


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check`, `fix` and `lock`."""
    verbs.add_parser("check", help="lint, types, the line of rooms, migrations, locks, translations").set_defaults(
        run=check
    )
    verbs.add_parser("fix", help="format, and fix what a linter can").set_defaults(run=fix)
    verbs.add_parser("lock", help="compile both lock files from requirements*.in").set_defaults(run=lock)


def check(asked: argparse.Namespace) -> int:
    """Run every check, all of them also when one fails; 1 when any did."""
    checks: list[tuple[str, Callable[[], int]]] = [
        ("ruff", lambda: _tool("ruff", "check", "--quiet", ".")),
        ("format", lambda: _tool("ruff", "format", "--check", "--quiet", ".")),
        ("line of rooms", lambda: _tool("lint-imports", "--no-cache", quiet=True)),
        ("types", lambda: _tool("mypy", "--no-error-summary")),
        (
            "migrations",
            lambda: _tool("django-admin", "makemigrations", "--check", "--dry-run", "--verbosity", "1", quiet=True),
        ),
        ("lock files", check_locks),
        ("translations", lambda: messages.run(argparse.Namespace(check=True, skeleton=None))),
    ]
    failed = []
    for name, run in checks:
        began = time.perf_counter()
        ok = run() == 0
        print(f"{'ok    ' if ok else 'FAILED'} {name} ({time.perf_counter() - began:.1f} s)", flush=True)
        failed += [] if ok else [name]
    print(
        f"check: {len(checks) - len(failed)} of {len(checks)} passed"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


def fix(asked: argparse.Namespace) -> int:
    """Let ruff fix and format."""
    return _tool("ruff", "check", "--fix", ".") | _tool("ruff", "format", ".")


def lock(asked: argparse.Namespace) -> int:
    """Compile both lock files: hashes, wheels only, and no host named in them."""
    for target in LOCKS:
        source = target.replace(".lock", ".in")
        options = ["--generate-hashes", "--only-binary", ":all:", "--no-header", "--no-annotate", "--quiet"]
        if _tool("uv", "pip", "compile", *options, "--output-file", target, source) != 0:
            raise CommandFailed(f"{target} could not be compiled")
    return check_locks()


def check_locks() -> int:
    """Lock files name no host: whoever installs chooses where from."""
    found = [
        f"{name}:{number}: {line.strip()}"
        for name in LOCKS
        for number, line in enumerate((ROOT / name).read_text().splitlines(), 1)
        if _HOST.search(line)
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


def _tool(name: str, *arguments: str, quiet: bool = False) -> int:
    """Run a tool of the environment at the root; with `quiet` its output is shown only when it fails."""
    program = Path(sys.executable).with_name(name)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "rushi.config.settings"}
    done = subprocess.run(
        [program, *arguments], cwd=ROOT, env=environment, capture_output=quiet, text=True, check=False
    )
    if quiet and done.returncode != 0:
        print(done.stdout + done.stderr)
    return done.returncode
