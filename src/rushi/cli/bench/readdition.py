"""Adds all books again outside SQL: rows are streamed with COPY and added in Python's integers.

Nothing here trusts a sum, a join or a view of the database: raw rows come out, ordered by key, and every figure that
the database keeps (balances, budgets, splits) is made again and compared. The difference is in fen, absolute, over
all comparisons: one fen moved anywhere shows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

import psycopg

Connection: TypeAlias = psycopg.Connection[Any]
OPEN = frozenset({"claimed", "started", "submitted", "in_review"})
PURSES = frozenset({"participant_available", "participant_pending"})


@dataclass(slots=True)
class Readdition:
    """What was compared and how far it was off, in fen, by kind of comparison."""

    compared: Counter[str] = field(default_factory=Counter)
    off_fen: Counter[str] = field(default_factory=Counter)

    @property
    def difference_fen(self) -> int:
        """All absolute differences together."""
        return sum(self.off_fen.values())

    def expect(self, what: str, kept: int, added: int) -> None:
        """Compare a kept figure with the one added here."""
        self.compared[what] += 1
        if kept != added:
            self.off_fen[what] += abs(kept - added)


def add_again(url: str) -> Readdition:
    """Read all books at `url` and add them again."""
    found = Readdition()
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        owners = {
            row[0]: (row[1], row[2]) for row in _rows(connection, "SELECT id, kind, owner_id FROM ledger_account")
        }
        moved: dict[str, int] = defaultdict(int)
        credited: dict[str, int] = defaultdict(int)
        for account, amount in _rows(connection, "SELECT account_id, amount_fen FROM ledger_posting"):
            _move(moved, credited, account, int(amount))
        _legs(connection, {owner: account for account, owner in owners.items()}, moved, credited)
        _accounts(found, connection, moved, credited)
        balances = {owners[account]: fen for account, fen in moved.items() if account in owners}
        _work(found, connection, balances)
    return found


def _move(moved: dict[str, int], credited: dict[str, int], account: str, fen: int) -> None:
    moved[account] += fen
    if fen > 0:
        credited[account] += fen


def _legs(
    connection: Connection, accounts: dict[tuple[str, str], str], moved: dict[str, int], credited: dict[str, int]
) -> None:
    """The legs of every settlement, taken apart here; one of an account that is not there is kept under its name."""
    for escrow, purse, person, agent, shard, *amounts in _rows(
        connection,
        "SELECT escrow_owner, payee_kind, payee_owner, coalesce(agent_owner::text, ''), fee_shard, reward_fen,"
        " commission_fen, fee_fen FROM ledger_settlement",
    ):
        reward, commission, fee = map(int, amounts)
        fees = str(UUID(int=int(shard)))
        for owner, fen in (
            (("escrow", escrow), -(reward + commission + fee)),
            ((purse, person), reward),
            (("agent_available", agent), commission),
            (("platform_fee", fees), fee),
        ):
            if fen:
                _move(moved, credited, accounts.get(owner, f"{owner}"), fen)


def _accounts(found: Readdition, connection: Connection, moved: dict[str, int], credited: dict[str, int]) -> None:
    total, seen = 0, set()
    for account, balance, credit in _rows(connection, "SELECT id, balance_fen, credited_fen FROM ledger_account"):
        found.expect("balances of accounts", int(balance), moved.get(account, 0))
        found.expect("credits of accounts", int(credit), credited.get(account, 0))
        total += int(balance)
        seen.add(account)
    for account in moved.keys() - seen:
        found.expect("accounts that are not there", 0, moved[account])
    found.expect("trial balance", total, 0)


def _work(found: Readdition, connection: Connection, balances: dict[tuple[str, str], int]) -> None:
    """Assignments against settlements, both in the order of their ids; then budgets, people, agents, the fee."""
    released = {
        row[0] for row in _rows(
            connection, "SELECT assignment_id FROM verdicts_verdict WHERE reserve_released_at IS NOT NULL"
        )
    }  # fmt: skip
    spent: dict[str, int] = defaultdict(int)
    reserved: dict[str, int] = defaultdict(int)
    earned: dict[tuple[str, str], int] = defaultdict(int)
    paid = _settlements(connection)
    settled = next(paid, None)
    for row in _rows(
        connection,
        "SELECT id, campaign_id, participant_id, coalesce(agent_id::text, ''), status, reward_fen, commission_fen,"
        " fee_fen, unit_fen FROM dispatch_assignment ORDER BY id",
    ):
        id_, campaign, person, agent, status = row[:5]
        reward, commission, fee, unit = map(int, row[5:])
        while settled is not None and settled[0] < id_:
            found.expect("settlements without work", sum(settled[1:]), 0)
            settled = next(paid, None)
        mine = settled if settled is not None and settled[0] == id_ else None
        due = (reward, commission, fee) if status == "accepted" else (0, 0, 0)
        for name, kept, added in zip(
            ("reward", "commission", "fee"), mine[1:] if mine else (0, 0, 0), due, strict=True
        ):
            found.expect(f"{name} of every piece of work", kept, added)
        settled = next(paid, None) if mine else settled
        if status == "accepted":
            spent[campaign] += reward + commission + fee
            earned["person", person] += reward
            earned["agent", agent] += commission
            earned["fee", ""] += fee
        elif status in OPEN or (status == "rejected" and id_ not in released):
            reserved[campaign] += unit
    while settled is not None:
        found.expect("settlements without work", sum(settled[1:]), 0)
        settled = next(paid, None)
    _budgets(found, connection, balances, spent, reserved)
    _earnings(found, balances, earned)


def _settlements(connection: Connection) -> Iterator[tuple[str, int, int, int]]:
    rows = _rows(
        connection,
        "SELECT id, reward_fen, commission_fen, fee_fen FROM ledger_settlement ORDER BY id",
    )
    return iter([(row[0], int(row[1]), int(row[2]), int(row[3])) for row in rows])


def _budgets(
    found: Readdition, connection: Connection, balances: dict[tuple[str, str], int], spent: dict[str, int],
    reserved: dict[str, int],
) -> None:  # fmt: skip
    for row in _rows(
        connection, "SELECT campaign_id, budget_fen, spent_fen, reserved_fen, refunded_fen FROM campaigns_budget"
    ):
        campaign, (budget, kept_spent, kept_reserved, refunded) = row[0], map(int, row[1:])
        found.expect("spent of campaigns", kept_spent, spent[campaign])
        found.expect("reserved of campaigns", kept_reserved, reserved[campaign])
        found.expect("escrow of campaigns", balances.get(("escrow", campaign), 0), budget - spent[campaign] - refunded)


def _earnings(found: Readdition, balances: dict[tuple[str, str], int], earned: dict[tuple[str, str], int]) -> None:
    kept: dict[tuple[str, str], int] = defaultdict(int)
    for (kind, owner), fen in balances.items():
        if kind in PURSES:
            kept["person", owner] += fen
        elif kind == "agent_available":
            kept["agent", owner] += fen
        elif kind == "platform_fee":
            kept["fee", ""] += fen
    for who in kept.keys() | earned.keys():
        if who != ("agent", ""):
            found.expect(f"earnings ({who[0]})", kept[who], earned[who])


def _rows(connection: Connection, query: str) -> Iterator[list[str]]:
    """The rows of a query as text, through COPY; an empty text is an empty text."""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
        rest = b""
        for block in copy:
            lines = (rest + bytes(block)).split(b"\n")
            rest = lines.pop()
            for line in lines:
                yield line.decode().split("\t")
