"""`bench growth`: tasks a second in an empty database and after sixty full days (fewer for fewer tasks).

The past is not faked: it is played by the same functions, day by day, into the partitions of its days, with the
same people and new campaigns every day, so that every invariant holds on it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os

import psycopg

from rushi.cli import ready
from rushi.cli.bench import day, ground, printing
from rushi.cli.bench.headline import BATCH
from rushi.market import headline

DAYS_MAX, DAYS_MIN, A_DAY = 60, 3, 20_000
MEASURED = 200_000
PEOPLE = 100_000
PAST_CAMPAIGNS = 200  # a day
PLANNED = 1.05  # some work is rejected, some requests refused


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
    """Measure, live through the past, measure again; 1 when an invariant fails on what has grown."""
    with ground.scratch("growth", asked.url) as place:
        os.environ["RUSHI_DATABASE_URL"] = place.app_url
        ready.setup_django(quiet=True)
        from rushi.db import invariants
        from rushi.market import stocking

        today, days = day.begins(), min(DAYS_MAX, max(DAYS_MIN, asked.settled // A_DAY))
        _make_days(place, today - dt.timedelta(days=days + 1), today)
        plan = headline.plan(asked.measured, "reactions", people=asked.people)
        crowd = stocking.stock(place.owner_url, plan, today - dt.timedelta(days=days + 1))
        stocking.tidy(place.owner_url)
        empty = day.play(place, plan, crowd, BATCH, at=today - dt.timedelta(days=days + 1))
        past = 0
        for number in range(days):
            at = today - dt.timedelta(days=days - number)
            daily = headline.plan(
                int(asked.settled / days * PLANNED), "reactions", 2 + number, asked.people, PAST_CAMPAIGNS
            )
            stock = stocking.stock(place.owner_url, daily, at, crowd)
            past += day.play(place, daily, stock, BATCH, seed=number, at=at).counts["settled"]
        stock = stocking.stock(place.owner_url, plan, today, crowd)
        stocking.tidy(place.owner_url)
        grown = day.play(place, plan, stock, BATCH)
        figures = told(empty, grown, past, place) | {"days": days}
        failed = [check.name for check in invariants.run() if not check.ok]
        figures |= {"invariants_failed": len(failed), "invariants_broken": failed}
        printing.show("growth", figures, as_json=asked.json, url=place.app_url)
    return 1 if failed else 0


def told(empty: day.Outcome, grown: day.Outcome, past: int, place: ground.Ground) -> dict[str, object]:
    """The two rates, their ratio, and how large the database is."""
    with psycopg.connect(place.app_url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return {
        "empty_tasks_per_s": round(empty.tasks_per_s, 1),
        "grown_tasks_per_s": round(grown.tasks_per_s, 1),
        "settled": past + empty.counts["settled"],
        "ratio": round(grown.tasks_per_s / empty.tasks_per_s, 3),
        "empty_call_p99_ms": round(empty.p99_ms(), 1),
        "grown_call_p99_ms": round(grown.p99_ms(), 1),
        "measured_tasks": grown.tasks,
        "database_bytes": int(row[0]),
        "wrong_answers": {**empty.wrong, **grown.wrong},
    }


def _make_days(place: ground.Ground, first: dt.datetime, last: dt.datetime) -> None:
    """The partitions of the past, as they would have been made on their days."""
    from rushi.db import partitions
    from rushi.kernel.clock import shanghai_day

    with psycopg.connect(place.owner_url, autocommit=True) as connection:
        for parent in partitions.parents():
            connection.execute(
                "SELECT count(*) FROM db_make_days_v1(%s, %s, %s)", [parent, shanghai_day(first), shanghai_day(last)]
            )
