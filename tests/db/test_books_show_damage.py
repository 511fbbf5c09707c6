"""Whatever somebody with the owner's rights and no scruples does to the books, an invariant says so."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection

from rushi.db import invariants
from rushi.ledger import actions, queries, rules
from tests import server
from tests.books import FINANCE, give_escrow, settle, settlement

pytestmark = pytest.mark.django_db(transaction=True)
CAMPAIGN, PERSON, AGENT, WORK = UUID(int=0xCA5), UUID(int=0xBEE), UUID(int=0xA6E), UUID(int=0xF00D)


@pytest.fixture
def owner() -> Iterator[psycopg.Connection]:
    """Books with one settlement of all legs and one plain entry on top, in the hands of the tables' owner."""
    give_escrow(uuid4(), CAMPAIGN, 1000)
    paid = settlement(CAMPAIGN, PERSON, subject_id=WORK, commission=3, agent_id=AGENT, to="participant_pending")
    settle(settlements=[paid, settlement(CAMPAIGN, uuid4())])
    actions.release_pending(actor_id=FINANCE, participant_id=PERSON, subject_id=uuid4())
    assert broken() == set()
    url = server.url(connection.settings_dict["NAME"])
    with psycopg.connect(url, autocommit=True) as own:
        yield own


def broken() -> set[str]:
    return {c.name.removeprefix("ledger.") for c in invariants.run() if c.name.startswith("ledger.") and not c.ok}


BALANCES = "every_balance_is_the_sum_of_its_postings"
SPLIT, ENTRIES = "every_settlement_is_its_split", "every_entry_balances"
CHANGES = {
    "a reward that grew": "reward_fen = 21, gross_fen = 28",
    "money from reward to fee": "reward_fen = 19, fee_fen = 5",
    "another person": "payee_owner = id",
    "another campaign": "escrow_owner = id",
    "another agent": "agent_owner = id",
    "another purse": "payee_kind = 'participant_available'",
}
TWICE = """
    INSERT INTO ledger_settlement_default
    SELECT gen_random_uuid(), escrow_owner, payee_owner, agent_owner, actor_id, at, gross_fen, reward_fen,
           commission_fen, fee_fen, fee_shard, payee_kind
      FROM ledger_settlement WHERE id = %(work)s"""
HIDDEN = """
    ALTER TABLE ledger_entry DROP CONSTRAINT entry_kind_known, DROP CONSTRAINT entry_id_derives;
    UPDATE ledger_entry SET kind = 'settlement' WHERE kind = 'funding'"""
DRIFTED = "UPDATE ledger_account SET {0} = {0} + 1 WHERE owner_id = %(person)s AND balance_fen > 0"
DAMAGES = {
    name: ("ledger_settlement", f"UPDATE ledger_settlement SET {change} WHERE id = %(work)s", BALANCES)
    for name, change in CHANGES.items()
} | {
    "a strange shard": ("ledger_settlement", "UPDATE ledger_settlement SET fee_shard = 7 WHERE id = %(work)s", SPLIT),
    "a settlement that is gone": ("ledger_settlement", "DELETE FROM ledger_settlement WHERE id = %(work)s", BALANCES),
    "a settlement twice": ("ledger_settlement", TWICE, BALANCES),
    "a fee shard forgotten": ("ledger_account", "DELETE FROM ledger_account WHERE kind = 'platform_fee'", BALANCES),
    "a balance that drifted": ("ledger_account", DRIFTED.format("balance_fen"), BALANCES),
    "a credit that drifted": ("ledger_account", DRIFTED.format("credited_fen"), BALANCES),
    "a posting changed": (
        "ledger_posting",
        "UPDATE ledger_posting SET amount_fen = 1 WHERE amount_fen = 1000",
        ENTRIES,
    ),
    "a posting gone": ("ledger_posting", "DELETE FROM ledger_posting WHERE amount_fen = -1000", ENTRIES),
    "an entry gone": ("ledger_entry", "DELETE FROM ledger_entry", "every_posting_has_entry_and_account"),
    "a hidden settlement": ("ledger_entry", HIDDEN, "no_settlement_hides_among_plain_entries"),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_every_damage_is_said(owner: psycopg.Connection, what: str) -> None:
    table, damage, name = DAMAGES[what]
    params = {"work": WORK, "person": PERSON}
    with owner.transaction(force_rollback=True):
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # type: ignore[arg-type]
        if table == "ledger_settlement":
            owner.execute("ALTER TABLE ledger_settlement DROP CONSTRAINT settlement_adds_up")
        for statement in damage.split(";"):
            owner.execute(statement, params if "%(" in statement else None)  # type: ignore[arg-type]
        found = {row for row in _broken_for(owner)}
    assert name in found
    assert broken() == set()


def _broken_for(own: psycopg.Connection) -> set[str]:
    from rushi.db import sql

    return {name for name, text in sql.load("ledger", "invariants.sql").items() if own.execute(text).fetchone()}  # type: ignore[arg-type]


@pytest.mark.parametrize("where", ["ledger_settlement", "ledger_settlement_default"])
@pytest.mark.parametrize("verb", ["UPDATE {0} SET fee_fen = 0", "DELETE FROM {0}"])
def test_settlements_are_append_only_even_for_their_owner(owner: psycopg.Connection, where: str, verb: str) -> None:
    with pytest.raises(psycopg.DatabaseError, match="append-only"):
        owner.execute(verb.format(where))  # type: ignore[arg-type]


def test_balances_follow_whoever_inserts_a_settlement(owner: psycopg.Connection) -> None:
    row = (
        "SELECT gen_random_uuid(), escrow_owner, gen_random_uuid(), NULL, NULL, at, 10, 9, 0, 1, fee_shard, payee_kind"
    )
    owner.execute(f"INSERT INTO ledger_settlement {row} FROM ledger_settlement")  # type: ignore[arg-type]
    assert queries.balance_fen("escrow", CAMPAIGN) == 1000 - 27 - 24 - 20
    assert queries.balance_fen("platform_fee") == 4 + 4 + 2
    assert broken() == set()


def test_a_settlement_lies_in_the_day_of_its_claim(owner: psycopg.Connection) -> None:
    paid = settlement(CAMPAIGN, PERSON)  # an id of now
    settle(settlements=[paid])
    (where,) = owner.execute(
        "SELECT tableoid::regclass::text FROM ledger_settlement WHERE id = %s", [paid.id]
    ).fetchone()  # type: ignore[misc]
    assert where.removeprefix("ledger_settlement_").isdigit()
    assert rules.fee_owner(rules.fee_shard(CAMPAIGN)) == UUID(int=5)
