"""The naive yardstick: what a good engineer writes first. Plain SQL, row locks, one transaction a step, one task.

Steps: claim, start, hand in, judge with settlement: four transactions a task, each as short as it can be, with
prepared statements and no ORM. 100 campaigns, money in double entry with balances, exactly the guarantees of the
headline day except those that need whole batches.
"""

from __future__ import annotations

import random
import time
import uuid
from multiprocessing.synchronize import Barrier
from typing import Any, TypeAlias

import psycopg

Connection: TypeAlias = psycopg.Connection[Any]
CAMPAIGNS, PEOPLE, AGENTS = 100, 100_000, 50
REWARD, COMMISSION, FEE = 20, 3, 4
UNIT = REWARD + COMMISSION + FEE
FEE_ACCOUNT = 0

_TABLES = """
CREATE TABLE campaign (id int PRIMARY KEY, places int NOT NULL, taken int NOT NULL CHECK (taken <= places),
  budget bigint NOT NULL, reserved bigint NOT NULL, spent bigint NOT NULL, CHECK (reserved + spent <= budget));
CREATE TABLE person_day (person int, day date, claims int NOT NULL CHECK (claims <= 50), PRIMARY KEY (person, day));
CREATE TABLE assignment (id uuid PRIMARY KEY, campaign int NOT NULL REFERENCES campaign, person int NOT NULL,
  agent int NOT NULL, status text NOT NULL, claimed_at timestamptz NOT NULL, started_at timestamptz,
  submitted_at timestamptz, closed_at timestamptz, UNIQUE (campaign, person));
CREATE TABLE submission (assignment uuid PRIMARY KEY REFERENCES assignment, coverage int NOT NULL,
  watched_ms int NOT NULL, answer_ms int NOT NULL, recall_right int NOT NULL, attention jsonb NOT NULL);
CREATE TABLE answer (assignment uuid REFERENCES assignment, position int, choice text,
  PRIMARY KEY (assignment, position));
CREATE TABLE verdict (assignment uuid PRIMARY KEY REFERENCES assignment, outcome text NOT NULL,
  at timestamptz NOT NULL);
CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE entry (id uuid PRIMARY KEY REFERENCES assignment, at timestamptz NOT NULL);
CREATE TABLE posting (entry uuid REFERENCES entry, account int REFERENCES account, fen bigint NOT NULL,
  PRIMARY KEY (entry, account));
CREATE TABLE outbox (id uuid PRIMARY KEY, kind text NOT NULL);
INSERT INTO campaign SELECT n, 1000000, 0, 1000000000, 0, 0 FROM generate_series(1, 100) n;
INSERT INTO account SELECT n, CASE WHEN n BETWEEN 1 AND 100 THEN 1000000000 ELSE 0 END
  FROM generate_series(0, 100 + 50 + 100000) n;
"""


def make(url: str) -> None:
    """The scratch tables with 100 campaigns, 100,000 people, 50 agents, and statistics."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLES)
        connection.execute("VACUUM ANALYZE")


_shared: dict[str, Barrier] = {}


def share(barrier: Barrier) -> None:
    """What a client's process is given: all begin together."""
    _shared["together"] = barrier


def client(url: str, number: int, seconds: int) -> int:
    """One client: whole tasks, one after another, for `seconds`; how many."""
    draw, done = random.Random(number), 0  # noqa: S311 - whose turn it is
    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
        _shared["together"].wait(timeout=60)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            # Every person and campaign meet once: clients deal people to themselves.
            person = (done * 8 + number) % PEOPLE
            _task(connection, 1 + (draw.randrange(CAMPAIGNS) + done * 8 // PEOPLE) % CAMPAIGNS, person)
            done += 1
    return done


def _task(connection: Connection, campaign: int, person: int) -> None:
    work = uuid.uuid4()
    with connection.transaction():
        row = connection.execute(
            "SELECT places - taken, budget - reserved - spent FROM campaign WHERE id = %s FOR UPDATE", [campaign]
        ).fetchone()
        assert row is not None
        if row[0] < 1 or row[1] < UNIT:
            return
        connection.execute(
            "INSERT INTO person_day AS d VALUES (%s, current_date, 1)"
            " ON CONFLICT (person, day) DO UPDATE SET claims = d.claims + 1",
            [person],
        )
        connection.execute(
            "INSERT INTO assignment VALUES (%s, %s, %s, %s, 'claimed', clock_timestamp())",
            [work, campaign, person, person % AGENTS],
        )
        connection.execute(
            "UPDATE campaign SET taken = taken + 1, reserved = reserved + %s WHERE id = %s", [UNIT, campaign]
        )
    connection.execute(
        "UPDATE assignment SET status = 'started', started_at = clock_timestamp() WHERE id = %s AND status = 'claimed'",
        [work],
    )
    _hand_in(connection, work)
    _settle(connection, work, campaign, person)


def _hand_in(connection: Connection, work: uuid.UUID) -> None:
    with connection.transaction():
        moved = connection.execute(
            "UPDATE assignment SET status = 'submitted', submitted_at = clock_timestamp()"
            " WHERE id = %s AND status = 'started'",
            [work],
        ).rowcount
        if moved:
            connection.execute(
                "INSERT INTO submission VALUES (%s, 10000, 12400, 9000, 1, %s)",
                [work, '{"first": "a", "segments": [[1, 2]], "unfocused_ms": 0, "cuts": {"a": [[0, 12400]]}}'],
            )
            connection.execute("INSERT INTO answer VALUES (%s, 0, 'like'), (%s, 1, '0')", [work, work])


def _settle(connection: Connection, work: uuid.UUID, campaign: int, person: int) -> None:
    legs = [(FEE_ACCOUNT, FEE), (campaign, -UNIT), (101 + person % AGENTS, COMMISSION), (151 + person, REWARD)]
    with connection.transaction():
        facts = connection.execute(
            "SELECT s.coverage, s.recall_right FROM assignment a JOIN submission s ON s.assignment = a.id"
            " WHERE a.id = %s AND a.status = 'submitted' FOR UPDATE OF a",
            [work],
        ).fetchone()
        if facts is None or facts[0] < 9_500 or facts[1] < 1:
            return
        connection.execute("INSERT INTO verdict VALUES (%s, 'accepted', clock_timestamp())", [work])
        connection.execute(
            "UPDATE assignment SET status = 'accepted', closed_at = clock_timestamp() WHERE id = %s", [work]
        )
        connection.execute("INSERT INTO entry VALUES (%s, clock_timestamp())", [work])
        connection.execute(
            "INSERT INTO posting VALUES (%s, %s, %s), (%s, %s, %s), (%s, %s, %s), (%s, %s, %s)",
            [one for leg in legs for one in (work, *leg)],
        )
        connection.execute("INSERT INTO outbox VALUES (%s, 'settlement')", [work])
        connection.execute(
            "UPDATE campaign SET reserved = reserved - %s, spent = spent + %s WHERE id = %s", [UNIT, UNIT, campaign]
        )
        # Hot rows last and always in one order: no deadlock, and held as shortly as can be.
        for account, fen in sorted(legs, reverse=True):
            connection.execute("UPDATE account SET balance = balance + %s WHERE id = %s", [fen, account])
