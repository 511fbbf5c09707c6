"""`bench failover`: the headline day on three Patroni nodes, the primary killed in the middle of it, round after round.

Needs Debian's postgresql, patroni and etcd-server; `deploy/ha/cluster.py` makes the cluster and kills its primary.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from rushi.cli import ready
from rushi.cli.bench import day, ground, printing, readdition
from rushi.cli.errors import CommandFailed
from rushi.market import headline

CLUSTER = ground.ROOT / "deploy" / "ha" / "cluster.py"
BATCH = 200
PORT = 15450
KILL_AFTER_SECONDS = (3.0, 10.0)  # of work
# What every acknowledged verb must have left behind, however often the primary changed.
_LEFT_BEHIND: Mapping[str, str] = {
    "claim": "SELECT FROM dispatch_assignment a WHERE a.id = u.id",
    "start": "SELECT FROM dispatch_assignment a WHERE a.id = u.id AND a.started_at IS NOT NULL",
    "accept": "SELECT FROM dispatch_assignment a JOIN verdicts_verdict v ON v.assignment_id = a.id"
    " JOIN evidence_submission s ON s.assignment_id = a.id"
    " WHERE a.id = u.id AND a.status = 'accepted' AND v.outcome = 'accepted'",
    "reject": "SELECT FROM verdicts_verdict v WHERE v.assignment_id = u.id AND v.outcome = 'rejected'",
    "return": "SELECT FROM dispatch_assignment a WHERE a.id = u.id AND a.status = 'returned'",
}


def add(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `failover`."""
    one = parts.add_parser("failover", help="kill the primary of a Patroni cluster in the middle of a headline day")
    one.add_argument("--rounds", type=int, default=3, help="days, each with one primary killed (default %(default)s)")
    one.add_argument("--tasks", type=int, default=100_000, help="a day (default %(default)s)")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--json", action="store_true", help="one JSON object")
    one.set_defaults(run=run)


@dataclass(slots=True)
class Figures:
    """What the rounds came to. Outages in seconds: the longest time for which a call of either worker waited."""

    outage_s: list[float] = field(default_factory=list)
    acknowledged: int = 0
    tasks: int = 0
    retries: int = 0
    missing: int = 0
    wrong: dict[str, int] = field(default_factory=dict)
    invariants_broken: list[str] = field(default_factory=list)
    fen_difference: int = 0
    killed: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing acknowledged is lost, nothing happened twice and no fen is off."""
        return not (self.missing or self.wrong or self.invariants_broken or self.fen_difference)


def run(asked: argparse.Namespace) -> int:
    """Make the cluster, play the rounds, print; 1 when anything acknowledged is missing or anything is off."""
    draw, figures = random.Random(asked.seed), Figures()  # noqa: S311 - when to kill is no secret
    with _cluster() as (place, urls):
        os.environ["RUSHI_OWNER_DATABASE_URL"] = urls[1]
        for number in range(asked.rounds):
            _say(f"round {number + 1} of {asked.rounds}")
            with ground.scratch("failover", urls[0]) as here:
                _round(place, here, asked.tasks, draw, figures)
        version = printing.setting(urls[0])["postgresql"]
    told = {
        "rounds": asked.rounds,
        "tasks": figures.tasks,
        "acknowledged": figures.acknowledged,
        "missing": figures.missing,
        "outage_s": [round(one, 1) for one in figures.outage_s],
        "longest_outage_s": round(max(figures.outage_s), 1),
        "retries": figures.retries,
        "wrong_answers": figures.wrong,
        "invariants_failed": len(figures.invariants_broken),
        "invariants_broken": figures.invariants_broken,
        "fen_difference": figures.fen_difference,
        "killed": figures.killed,
        "postgresql": version,
    }
    printing.show("failover", told, as_json=asked.json)
    return 0 if figures.is_sound else 1


@contextmanager
def _cluster() -> Iterator[tuple[Path, tuple[str, str]]]:
    place = Path(tempfile.mkdtemp(prefix="rushi-ha-"))
    try:
        _tell(place, "start")
        _say("three nodes, one leads")
        yield place, (_tell(place, "url").strip(), _tell(place, "url", "owner").strip())
    finally:
        _tell(place, "stop", "--remove")


def _tell(place: Path, *words: str) -> str:
    command = [sys.executable, str(CLUSTER), *words, "--dir", str(place), "--port", str(PORT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CommandFailed(done.stderr.strip() or f"`cluster.py {' '.join(words)}` failed")
    return done.stdout


def _round(place: Path, here: ground.Ground, tasks: int, draw: random.Random, figures: Figures) -> None:
    """One day with one kill, checked afterwards on whoever leads then."""
    os.environ["RUSHI_DATABASE_URL"] = here.app_url
    ready.setup_django(quiet=True)
    from django.conf import settings
    from django.db import connection

    from rushi.db import invariants
    from rushi.market import stocking

    connection.close_pool()  # type: ignore[attr-defined]
    name = str(psycopg.conninfo.conninfo_to_dict(here.app_url)["dbname"])
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    plan = headline.plan(tasks, "reactions")
    stock = stocking.stock(here.owner_url, plan, day.begins())
    stocking.tidy(here.owner_url)
    with tempfile.TemporaryDirectory() as journals:
        with _killed_once(place, Path(journals), draw.uniform(*KILL_AFTER_SECONDS), figures):
            played = day.play(here, plan, stock, BATCH, journals=Path(journals))
        acknowledged = _acknowledged(Path(journals))
    figures.outage_s.append(max(ms for many in played.milliseconds.values() for ms in many) / 1000)
    figures.acknowledged += sum(map(len, acknowledged.values()))
    figures.tasks += played.tasks
    figures.retries += played.counts["retries"]
    _say(f"{played.tasks:,} tasks, longest wait {figures.outage_s[-1]:.1f} s; now looking for what was acknowledged")
    figures.missing += _missing(here.owner_url, acknowledged)
    figures.wrong |= played.wrong
    figures.invariants_broken += [check.name for check in invariants.run() if not check.ok]
    figures.fen_difference += readdition.add_again(here.owner_url).difference_fen
    connection.close_pool()  # type: ignore[attr-defined]


@contextmanager
def _killed_once(place: Path, journals: Path, after_seconds: float, figures: Figures) -> Iterator[None]:
    """The primary is killed in the middle of the block; nothing of it goes on afterwards, however the block ends."""
    over = threading.Event()
    killer = threading.Thread(target=_kill, args=(place, journals, after_seconds, figures, over))
    killer.start()
    try:
        yield
    except BaseException:
        over.set()
        raise
    finally:
        killer.join()


def _kill(place: Path, journals: Path, after_seconds: float, figures: Figures, over: threading.Event) -> None:
    """Kill the primary when work has gone on for a while; when another one leads, bring the dead one back."""
    while not any(path.stat().st_size for path in journals.iterdir()):
        if over.wait(0.1):
            return
    if over.wait(after_seconds):
        return
    killed = _tell(place, "kill-primary").strip()
    figures.killed.append(killed)
    _say(killed)
    name = killed.split()[1]
    while (leader := _leader(place)) is None or leader == name:
        if over.wait(0.5):
            return
    _say(f"{leader} leads")
    _tell(place, "revive")


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def _leader(place: Path) -> str | None:
    try:
        lines = _tell(place, "status").splitlines()
    except CommandFailed:
        return None
    return next((line.split()[0] for line in lines if " leader " in line), None)


def _acknowledged(journals: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path in journals.iterdir():
        for line in path.read_text().splitlines():
            verb, *ids = line.split()
            found[verb] += ids
    return found


def _missing(url: str, acknowledged: Mapping[str, list[str]]) -> int:
    """How much of what was acknowledged left nothing behind."""
    missing = 0
    with psycopg.connect(url) as connection:
        for verb, ids in acknowledged.items():
            row = connection.execute(
                f"SELECT count(*) FROM unnest(%s::uuid[]) AS u(id) WHERE NOT EXISTS ({_LEFT_BEHIND[verb]})",  # noqa: S608
                [ids],
            ).fetchone()
            assert row is not None
            missing += row[0]
    return missing
