"""A small headline day in a database of its own: nothing is lost, and the re-addition would notice one fen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from rushi.cli.bench import day, readdition
from rushi.cli.bench.ground import Ground, with_database
from rushi.db import invariants, launcher, schema
from rushi.market import headline
from tests import server

TASKS = 3_000


@pytest.fixture(scope="module")
def ground(django_db_setup: None) -> Iterator[Ground]:
    """A copy of the migrated template for many processes to work in."""
    name = f"test_{os.getpid()}_headline"
    template = f"migrated_{schema.digest().split()[-1]}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')  # type: ignore[arg-type]
    owner = server.url(name)
    yield Ground(with_role(owner, launcher.APP), owner, launcher.find_bin())
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]


def with_role(url: str, role: str) -> str:
    """The same database as another role."""
    user = url.split("://", 1)[1].split("@", maxsplit=1)[0]
    return url.replace(f"://{user}@", f"://{role}{user[user.index(':') :] if ':' in user else ''}@")


@pytest.fixture(scope="module")
def played(ground: Ground) -> day.Outcome:
    """The day as two workers left it."""
    from rushi.market import stocking

    plan = headline.plan(TASKS, "kinds")
    stock = stocking.stock(ground.owner_url, plan, day.begins())
    stocking.tidy(ground.owner_url)
    return day.play(ground, plan, stock, batch=100)


@pytest.fixture
def books(ground: Ground, played: day.Outcome) -> Iterator[psycopg.Connection[Any]]:
    """The owner's hands on the books, without the triggers that guard them; what they did is undone."""
    with psycopg.connect(ground.owner_url, autocommit=True) as connection:
        yield connection


def test_the_day_ends_as_planned(played: day.Outcome) -> None:
    assert played.wrong == {}
    assert played.tasks > TASKS * 0.95
    assert all(played.counts[name] > 0 for name in ("settled", "rejected", "returned", "expired", "claim_full"))
    assert all(played.counts[f"replays_{verb}"] > 0 for verb in ("claim", "start", "hand_in"))


def test_every_invariant_of_every_room_holds(
    ground: Ground, played: day.Outcome, django_db_blocker: pytest.DjangoDbBlocker
) -> None:
    from django.db import connection

    with django_db_blocker.unblock():
        before = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict.update(NAME=ground.owner_url.rpartition("/")[2].partition("?")[0])
        try:
            broken = [check for check in invariants.run() if not check.ok]
        finally:
            connection.close()
            connection.settings_dict.update(before)
    assert broken == []


def test_the_books_add_up_again_outside_sql(ground: Ground, played: day.Outcome) -> None:
    again = readdition.add_again(ground.owner_url)
    assert again.off_fen == {}
    assert again.compared["reward of every piece of work"] >= played.tasks
    assert again.compared["earnings (person)"] > 100


@pytest.mark.parametrize(
    ("what", "damage", "repair"),
    [
        ("balances of accounts", "UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE id = {account}",
         "UPDATE ledger_account SET balance_fen = balance_fen - 1 WHERE id = {account}"),
        ("spent of campaigns", "UPDATE campaigns_budget SET spent_fen = spent_fen - 1 WHERE campaign_id = {campaign}",
         "UPDATE campaigns_budget SET spent_fen = spent_fen + 1 WHERE campaign_id = {campaign}"),
        ("reward of every piece of work",
         "UPDATE dispatch_assignment SET reward_fen = reward_fen - 1 WHERE id = {work}",
         "UPDATE dispatch_assignment SET reward_fen = reward_fen + 1 WHERE id = {work}"),
    ],
)  # fmt: skip
def test_one_fen_changed_behind_the_books_is_noticed(
    ground: Ground, books: psycopg.Connection[Any], what: str, damage: str, repair: str
) -> None:
    found = {
        "account": "(SELECT id FROM ledger_account WHERE kind = 'participant_available' ORDER BY id LIMIT 1)",
        "campaign": "(SELECT campaign_id FROM campaigns_budget WHERE spent_fen > 0 ORDER BY 1 LIMIT 1)",
        "work": "(SELECT id FROM dispatch_assignment WHERE status = 'accepted' ORDER BY id LIMIT 1)",
    }
    books.execute(damage.format(**found))  # type: ignore[arg-type]
    try:
        again = readdition.add_again(ground.owner_url)
    finally:
        books.execute(repair.format(**found))  # type: ignore[arg-type]
    assert again.off_fen[what] == 1
    assert again.difference_fen >= 1


def test_a_database_of_the_same_server_is_named_in_the_url() -> None:
    assert with_database("postgresql://rushi_app@%2Fsocket/rushi", "other") == "postgresql://rushi_app@%2Fsocket/other"
