"""`bench faults`: people and desks at work on a real site while everything around them fails at random.

Acknowledged is what a client was told over HTTP; it is in the client's journal (`market.journal`) before the client
goes on. Afterwards the journal and the database are compared (`market.auditing`) and the doctor is asked. Killing
processes does not lose what the kernel holds, so this says nothing about power cuts: there fsync counts, which is on.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from rushi.cli import ready
from rushi.cli.bench import besieged, cable, disk, havoc, printing
from rushi.cli.bench.ground import ROOT
from rushi.db import launcher
from rushi.kernel import clock

if TYPE_CHECKING:
    from rushi.market.auditing import Finding
    from rushi.market.pressing import Tally

DISK_MB = 3_000
ANSWERS_CUT_SHARE = 0.01
LIVE_CAMPAIGNS = 12
FINDINGS_SHOWN = 20


def add(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `faults`."""
    part = parts.add_parser("faults", help="kill, cut, fill and step while people work: is anything lost or doubled?")
    part.add_argument("--minutes", type=float, default=10, help="how long faults happen")
    part.add_argument("--seed", type=int, default=1, help="draws the faults and what people do")
    part.add_argument("--json", action="store_true", help="one JSON object")
    part.add_argument("--journal", type=Path, help="keep the client's journal here")
    part.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Run the trial; 1 when anything acknowledged is missing, anything happened twice, or an invariant is broken."""
    root = launcher.default_data_dir() / "bench" / "faults"
    with disk.own(root, DISK_MB) as ours:
        clock_file = root / "clock"
        clock.step_all(clock_file, 0)
        figures, findings = _trial(asked, ours, clock_file, asked.journal or root / "journal.jsonl")
    printing.show(f"faults, {asked.minutes:g} minutes, seed {asked.seed}", figures, as_json=asked.json)
    for finding in findings[:FINDINGS_SHOWN]:
        print(finding, file=sys.stderr)
    return 1 if findings or figures["unresolved"] or not figures["doctor_ok"] else 0


def _trial(
    asked: argparse.Namespace, ours: disk.Disk, clock_file: Path, path: Path
) -> tuple[dict[str, Any], list[Finding]]:
    data, draw = ours.path / "data", random.Random(asked.seed)  # noqa: S311 - a trial can be repeated
    log = launcher.default_data_dir() / "bench" / "faults.log"
    with besieged.running(data, log, {"RUSHI_CLOCK_FILE": str(clock_file)}) as running:
        _enter(data)
        from rushi.market import pressing, staging
        from rushi.market.browsing import SiteDoor
        from rushi.market.journal import Journal

        people, waiting = int(min(400, 60 + 40 * asked.minutes)), int(3 + 3 * asked.minutes)
        stage = staging.prepare(people=people, live=LIVE_CAMPAIGNS, waiting=waiting, seed=asked.seed)
        with (
            cable.between(running.port, ANSWERS_CUT_SHARE, draw) as wire,
            Journal(path, stage.as_json()) as journal,
        ):
            trouble = havoc.Havoc(running, wire, ours, clock_file, draw)
            ending = threading.Timer(asked.minutes * 60, trouble.stop)
            ending.start()
            with havoc.raging(trouble):
                door = SiteDoor(f"http://127.0.0.1:{wire.port}")
                tally = pressing.press(door, stage, journal, seconds=asked.minutes * 60, seed=asked.seed)
            ending.cancel()
        well_after_s = havoc.calm(running)
        jobs_after_s = _until_no_job_waits(launcher.ensure(data).url())
    findings, doctor_ok = _look(data, path)
    figures = _figures(asked.minutes, trouble, tally, findings)
    more = {"well_after_s": round(well_after_s, 1), "jobs_after_s": round(jobs_after_s, 1), "doctor_ok": doctor_ok}
    return figures | more | {"disk": ours.why_not or ours.kind, "answers_cut": wire.cuts}, findings


def _enter(data: Path) -> None:
    """Django in this process, on the site's own database."""
    cluster = launcher.ensure(data)
    os.environ["RUSHI_DATABASE_URL"] = cluster.url()
    os.environ["RUSHI_DATA_DIR"] = str(data)
    ready.setup_django(quiet=True)


def _until_no_job_waits(url: str, seconds_max: float = 120) -> float:
    """The worker is back when it has done everything that waits; the seconds until then. Raises TimeoutError."""
    began = time.monotonic()
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()"
    while time.monotonic() - began < seconds_max:
        with psycopg.connect(url) as connection:
            row = connection.execute(waiting).fetchone()
        if row == (0,):
            return time.monotonic() - began
        time.sleep(0.1)
    raise TimeoutError(f"jobs still wait after {seconds_max:.0f} s")


def _look(data: Path, path: Path) -> tuple[list[Finding], bool]:
    """The journal against the database, and what the doctor says, with the site stopped."""
    from django.db import connection

    from rushi.market import auditing

    launcher.ensure(data)
    try:
        findings = auditing.verify(path)
        connection.close()
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "RUSHI_DATA_DIR": str(data)}
        command = [sys.executable, "-m", "rushi.cli", "doctor", "--json"]
        told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return findings, bool(json.loads(told.stdout)["ok"])
    finally:
        launcher.stop(data)


def _figures(minutes: float, trouble: havoc.Havoc, tally: Tally, findings: list[Finding]) -> dict[str, Any]:
    kinds = Counter(finding.kind for finding in findings)
    return {
        "minutes": minutes,
        "kills": sum(trouble.done[kind] for kind in havoc.KILLS),
        "kills_by_kind": {kind: trouble.done[kind] for kind in havoc.KILLS},
        "faults_by_kind": dict(trouble.done),
        "acknowledged": tally.acknowledged.total() + tally.refused.total(),
        "acknowledged_by_verb": dict(tally.acknowledged),
        "refused": dict(tally.refused),
        "unanswered": dict(tally.unanswered),
        "retried": tally.retried,
        "unresolved": tally.unresolved,
        "missing": kinds["missing"],
        "doubled": kinds["doubled"],
        "invariants_failed": kinds["invariant"],
        "longest_outage_s": round(tally.longest_outage_s, 2),
        "outages": [f"{length:.1f} s at {at:.0f} s" for at, length in tally.outages],
        "events": [f"{kind} at {at:.0f} s" for at, kind in trouble.events],
        "server_errors": tally.bugs,
    }
