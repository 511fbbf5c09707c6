"""`bench`: figures on this machine, never gating."""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

from rushi.cli import ready
from rushi.cli.errors import CommandFailed


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `bench` with its parts."""
    bench = verbs.add_parser("bench", help="measure: pages, measurement (do intervals hold?), calibrate (demo people)")
    parts = bench.add_subparsers(metavar="PART", required=True)
    walk = parts.add_parser("pages", help="weight, queries and server time of each page the demo people can reach")
    walk.add_argument("--json", action="store_true", help="one JSON object a page")
    walk.set_defaults(run=pages)
    intervals = parts.add_parser("measurement", help="how often intervals ever miss while one peeks, and their width")
    intervals.add_argument("--paths", type=int, default=2000, help="simulated streams a share")
    intervals.add_argument("--answers", type=int, default=10_000, help="answers a stream")
    intervals.set_defaults(run=measurement)
    figures = parts.add_parser("calibrate", help="recompute market/calibration.json from RUSHI_SHARED")
    figures.set_defaults(run=calibrate)


def pages(asked: argparse.Namespace) -> None:
    """Walk the site as one person of each role in the present database and print what each page costs."""
    ready.use_database()
    ready.setup_django(quiet=True)
    from rushi.cli import weighing

    people = weighing.people()
    if len(people) == 1:
        raise CommandFailed("nobody lives here yet: run ./rushi up once, so that the demo market fills")
    for page in (page for role, user in people.items() for page in weighing.walk(role, user)):
        if asked.json:
            print(json.dumps(asdict(page), ensure_ascii=False))
        else:
            print(
                f"{page.role:<12} {page.status} {page.milliseconds:7.1f} ms {page.queries:3d} queries "
                f"{page.html_bytes / 1000:6.1f} + {page.asset_bytes / 1000:5.1f} kB  {page.route}"
            )


def measurement(asked: argparse.Namespace) -> int:
    """Print every figure beside its limit; 1 when one is beyond it."""
    from rushi.measurement import peeking

    broken = 0
    for found in peeking.findings(asked.answers, asked.paths):
        broken += not found.ok
        print(f"{'ok ' if found.ok else 'BAD'}  {found.value:.4f} ≤ {found.limit}  {found.name}", flush=True)
    return 1 if broken else 0


def calibrate(asked: argparse.Namespace) -> None:
    """Read the log outside the repository and write the figures that ship."""
    from rushi.market import calibration

    log = Path(os.environ.get("RUSHI_SHARED", "../shared")) / calibration.LOG
    if not log.exists():
        raise CommandFailed(f"{log} is not there: set RUSHI_SHARED")
    began = time.perf_counter()
    figures = calibration.compute(calibration.read(log))
    target = Path(str(files("rushi.market"))) / "calibration.json"
    target.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{target}: {figures['provenance']['plays']} plays in {time.perf_counter() - began:.1f} s")
