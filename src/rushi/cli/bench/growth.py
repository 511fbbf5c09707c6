"""`bench growth`: tasks a second in an empty database and in one that has sixty full days behind it.

One past day is lived through the engine and cloned to the days before it (`market.past`); every invariant of every
room is run on the result. Empty and grown databases are measured in turn on the same server.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from rushi.cli import ready
from rushi.cli.bench import day, ground, printing
from rushi.cli.bench.headline import BATCH
from rushi.kernel import clock
from rushi.kernel.clock import shanghai_day
from rushi.market import headline

if TYPE_CHECKING:
    from rushi.market import stocking

DAYS_MAX, DAYS_MIN, A_DAY = 60, 3, 20_000
MEASURED = 200_000
PEOPLE = 100_000
PAST_CAMPAIGNS = 200  # a day
PLANNED = 1.05  # some work is rejected, some requests refused
# What the invariants may use to pass over ten million rows; no other connection works meanwhile.
AMPLE = "SET work_mem = '512MB'; SET jit = off"


def add(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `growth`."""
    one = parts.add_parser("growth", help="tasks a second in an empty database and after millions of settled tasks")
    one.add_argument("--settled", type=int, default=10_000_000, help="tasks of the past (default %(default)s)")
    one.add_argument("--measured", type=int, default=MEASURED, help="tasks of each measurement (default %(default)s)")
    one.add_argument("--people", type=int, default=PEOPLE)
    one.add_argument("--url", help="a server given by URL instead of the embedded one")
    one.add_argument("--json", action="store_true", help="one JSON object")
    one.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Grow one database, measure in turn, check every invariant; 1 when one fails on what has grown."""
    with ground.scratch("growth", asked.url) as place:
        os.environ["RUSHI_DATABASE_URL"] = place.app_url
        ready.setup_django(quiet=True)
        figures, failed = _grow_and_measure(asked, place)
        printing.show("growth", figures, as_json=asked.json, url=place.app_url)
    return 1 if failed or figures["wrong_answers"] else 0


def _grow_and_measure(asked: argparse.Namespace, place: ground.Ground) -> tuple[dict[str, object], list[str]]:
    from rushi.market import stocking

    today, days = day.begins(), min(DAYS_MAX, max(DAYS_MIN, asked.settled // A_DAY))
    plan = headline.plan(asked.measured, "reactions", people=asked.people)
    crowd = stocking.people(place.owner_url, plan, today - dt.timedelta(days=days + 1))
    with _copied(place, "empty_1") as first, _copied(place, "empty_2") as last:
        empty = [_measured(first, plan, crowd, today, "empty")]
        settled = _grow(asked, place, crowd, days)
        grown = [_measured(place, plan, crowd, today + dt.timedelta(days=n), "grown") for n in range(2)]
        empty.append(_measured(last, plan, crowd, today, "empty"))
    failed = _broken()
    return told(empty, grown, settled, place) | {
        "days": days,
        "invariants_failed": len(failed),
        "invariants_broken": failed,
    }, failed


@contextlib.contextmanager
def _copied(place: ground.Ground, name: str) -> Iterator[ground.Ground]:
    """The database as it is now under another name on the same server, gone afterwards."""
    own = psycopg.conninfo.conninfo_to_dict(place.owner_url)["dbname"]
    database = f"{own}_{name}"
    server = place.beside("postgres")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(database), sql.Identifier(str(own)))
        )
    try:
        yield ground.Ground(ground.with_database(place.app_url, database), place.beside(database), place.programs)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


def _measured(
    place: ground.Ground, plan: headline.Plan, crowd: stocking.Stock, at: dt.datetime, name: str
) -> day.Outcome:
    """One day of new campaigns for the same people, in partitions that nobody has written to."""
    from rushi.market import past, stocking

    stock = stocking.stock(place.owner_url, plan, at, crowd)
    past.tidy(place.owner_url, shanghai_day(at))
    played = day.play(place, plan, stock, BATCH, at=at)
    _say(f"{name}: {played.tasks:,} tasks, {played.tasks_per_s:,.0f}/s")
    return played


def _grow(asked: argparse.Namespace, place: ground.Ground, crowd: stocking.Stock, days: int) -> int:
    """Live yesterday and clone it to the days before; how many tasks are settled."""
    from rushi.evidence.actions import BULKY, fold_tallies
    from rushi.market import past, stocking
    from rushi.verdicts.actions import evidence_kept_days

    yesterday = day.begins() - dt.timedelta(days=1)
    a_day = int(asked.settled / days * PLANNED)
    with psycopg.connect(place.owner_url) as connection:
        before, made_from_ms = past.standing(connection), int(clock.now().timestamp() * 1000)
    daily = headline.plan(a_day, "reactions", 2, asked.people, PAST_CAMPAIGNS)
    stock = stocking.stock(place.owner_url, daily, yesterday, crowd)
    past.tidy(place.owner_url, shanghai_day(yesterday))
    lived = day.play(place, daily, stock, BATCH, at=yesterday)
    fold_tallies()
    _say(f"lived a day: {lived.tasks:,} tasks, {lived.tasks_per_s:,.0f}/s")
    first_kept = shanghai_day(day.begins()) - dt.timedelta(days=evidence_kept_days())
    with psycopg.connect(place.owner_url) as connection:
        template = past.lived(connection, shanghai_day(yesterday), made_from_ms, before)
    past.clone(
        place.owner_url, template, range(1, days),
        without=lambda table, at: table in BULKY and at < first_kept,
        told=lambda back: _say(f"cloned to {back} days before"),
    )  # fmt: skip
    return lived.counts["settled"] * days


def _broken() -> list[str]:
    """Every invariant, two at a time, each with its time; the names of those that do not hold."""
    from rushi.db import invariants

    names = invariants.names()
    with ThreadPoolExecutor(day.WORKERS) as pool:
        # Submissions of the whole past are counted again campaign by campaign: that one takes longest, so it is first.
        names.sort(key=lambda one: one[1] != "tally_is_a_recount")
        return [name for name in pool.map(_checked, names) if name]


def _checked(which: tuple[str, str]) -> str:
    from django.db import connection

    from rushi.db import invariants

    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(AMPLE)
    check = invariants.check(*which)
    _say(f"{check.name}: {'holds' if check.ok else f'BROKEN, {check.rows[:2]}'}, {time.monotonic() - began:.1f} s")
    return "" if check.ok else check.name


def told(empty: list[day.Outcome], grown: list[day.Outcome], settled: int, place: ground.Ground) -> dict[str, object]:
    """The rates in the order in which they were taken, the ratio of their means, and how large the database is."""
    rates = {name: [round(one.tasks_per_s, 1) for one in many] for name, many in (("empty", empty), ("grown", grown))}
    ratios = [b / a for a in rates["empty"] for b in rates["grown"]]
    with psycopg.connect(place.app_url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return {
        "settled": settled,
        "empty_tasks_per_s": rates["empty"],
        "grown_tasks_per_s": rates["grown"],
        "ratio": round(statistics.mean(rates["grown"]) / statistics.mean(rates["empty"]), 3),
        "ratio_least": round(min(ratios), 3),
        "ratio_most": round(max(ratios), 3),
        "empty_call_p99_ms": [round(one.p99_ms(), 1) for one in empty],
        "grown_call_p99_ms": [round(one.p99_ms(), 1) for one in grown],
        "measured_tasks": [one.tasks for one in (*empty, *grown)],
        "database_bytes": int(row[0]),
        "wrong_answers": dict(sum((Counter(one.wrong) for one in (*empty, *grown)), Counter())),
    }


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
