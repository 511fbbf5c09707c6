"""`doctor`: every invariant of every room, on demand."""

from __future__ import annotations

import argparse
import json

from rushi.cli import ready


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `doctor`."""
    verb = verbs.add_parser("doctor", help="run every invariant against the database; exit 1 when one is broken")
    verb.add_argument("--json", action="store_true", help='print {"ok": …, "checks": […]}')
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Print each check and whether it holds; with --json one object."""
    ready.use_database()
    ready.setup_django()
    from rushi.db import invariants

    checks = invariants.run()
    ok = all(check.ok for check in checks)
    if asked.json:
        listed = [{"name": check.name, "ok": check.ok, "rows": check.rows} for check in checks]
        print(json.dumps({"ok": ok, "checks": listed}, ensure_ascii=False, default=str))
    else:
        for check in checks:
            print(
                f"{'ok    ' if check.ok else 'BROKEN'} {check.name}" + "".join(f"\n       {row}" for row in check.rows)
            )
        print(f"{len(checks)} checks, {sum(not check.ok for check in checks)} broken")
    return 0 if ok else 1
