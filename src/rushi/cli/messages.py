"""`messages`: collects what is said in Chinese, compiles the English, reports what has no English yet."""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path

from rushi.cli import catalogue

PACKAGE = Path(str(files("rushi")))
LOCALE = PACKAGE / "locale" / "en"
COMPILED = LOCALE / "LC_MESSAGES" / "django.mo"


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `messages`."""
    verb = verbs.add_parser("messages", help="compile the translations; list Chinese strings without English")
    verb.add_argument("--check", action="store_true", help="exit 1 when a string lacks its English")
    verb.add_argument(
        "--skeleton", metavar="PART", help="print a .po skeleton of what is missing in paths containing PART"
    )
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Compile, then report; with --check a missing string is a failure."""
    compile_catalogue()
    faults, missing = report()
    if asked.skeleton is not None:
        print(catalogue.skeleton([found for found in missing if asked.skeleton in found.place]))
        return 0
    for line in [*faults, *(f"{found.place}: no English: {found.msgid!r}" for found in missing)]:
        print(line)
    print(f"messages: {len(missing)} without English, {len(faults)} faults")
    return 1 if asked.check and (faults or missing) else 0


def report() -> tuple[list[str], list[catalogue.Found]]:
    """What cannot be translated where it stands or is said in two ways, and what has no English yet."""
    found, faults = catalogue.collect(PACKAGE)
    sources = sorted(LOCALE.glob("*.po"))
    english = catalogue.merged(sources)
    missing = {f.msgid: f for f in reversed(found) if not english.get((f.context, f.msgid))}
    return [*faults, *catalogue.contradictions(sources)], sorted(missing.values(), key=lambda f: f.place)


def compile_catalogue(*, if_needed: bool = False) -> None:
    """Merge `locale/en/*.po` into the .mo that Django reads; with `if_needed` only when a .po is newer."""
    sources = sorted(LOCALE.glob("*.po"))
    newest = max((path.stat().st_mtime_ns for path in [LOCALE, *sources] if path.exists()), default=0)
    if if_needed and COMPILED.exists() and COMPILED.stat().st_mtime_ns >= newest:
        return
    catalogue.write_mo(sources, COMPILED)
