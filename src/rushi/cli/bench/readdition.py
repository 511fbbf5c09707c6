"""Adds all books again outside SQL: rows are streamed with COPY and added in Python's integers.

Nothing here trusts a sum, a join or a view of the database: raw rows come out, ordered by key, and every figure that
the database keeps (balances, budgets, splits) is made again and compared. The difference is in fen, absolute, over
all comparisons: one fen moved anywhere shows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import psycopg

Connection: TypeAlias = psycopg.Connection[Any]
OPEN = frozenset({"claimed", "started", "submitted", "in_review"})
_OF_WORK = tuple(f"{part} of every piece of work" for part in ("reward", "commission", "fee"))
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


@dataclass(slots=True)
class Books:
    """What moved on each account (kind, owner), added here, in fen."""

    moved: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    credited: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, account: tuple[str, str], fen: int) -> None:
        """One leg."""
        self.moved[account] += fen
        if fen > 0:
            self.credited[account] += fen


class Settlement(NamedTuple):
    """One row of ledger_settlement; amounts in fen."""

    id: str
    escrow: str
    purse: str
    payee: str
    agent: str
    shard: int
    gross: int
    reward: int
    commission: int
    fee: int

    @property
    def split(self) -> tuple[int, int, int]:
        """Reward, commission, fee."""
        return self.reward, self.commission, self.fee


def add_again(url: str) -> Readdition:
    """Read all books at `url` and add them again."""
    found, books = Readdition(), Books()
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _read_postings(connection, books)
        settlements = _settlements(connection)
        for row in settlements:
            _read_settlement(found, books, row)
        _accounts(found, connection, books)
        _work(found, connection, settlements, books.moved)
    return found


def _read_postings(connection: Connection, books: Books) -> None:
    owners = {row[0]: (row[1], row[2]) for row in _rows(connection, "SELECT id, kind, owner_id FROM ledger_account")}
    for account, amount in _rows(connection, "SELECT account_id, amount_fen FROM ledger_posting"):
        books.add(owners.get(account, ("nobody's", account)), int(amount))


def _read_settlement(found: Readdition, books: Books, row: Settlement) -> None:
    """The legs of one wide row, made here: escrow pays person, agent and one of the fee's accounts."""
    found.expect("splits of settlements", row.gross, row.reward + row.commission + row.fee)
    books.add(("escrow", row.escrow), -row.gross)
    books.add((row.purse, row.payee), row.reward)
    if row.commission:
        books.add(("agent_available", row.agent), row.commission)
    if row.fee:
        books.add(("platform_fee", _shard(row.shard)), row.fee)


@cache
def _shard(number: int) -> str:
    return str(UUID(int=number))


def _accounts(found: Readdition, connection: Connection, books: Books) -> None:
    total, seen = 0, set()
    for kind, owner, balance, credit in _rows(
        connection, "SELECT kind, owner_id, balance_fen, credited_fen FROM ledger_account"
    ):
        found.expect("balances of accounts", int(balance), books.moved[kind, owner])
        found.expect("credits of accounts", int(credit), books.credited[kind, owner])
        total += int(balance)
        seen.add((kind, owner))
    for account in books.moved.keys() - seen:
        found.expect("accounts that are not there", 0, books.moved[account])
    found.expect("trial balance", total, 0)


def _work(
    found: Readdition, connection: Connection, settlements: list[Settlement], balances: dict[tuple[str, str], int]
) -> None:
    """Assignments against settlements, both in the order of their ids; then budgets, people, agents, the fee."""
    released = {
        row[0] for row in _rows(
            connection, "SELECT assignment_id FROM verdicts_verdict WHERE reserve_released_at IS NOT NULL"
        )
    }  # fmt: skip
    spent: dict[str, int] = defaultdict(int)
    reserved: dict[str, int] = defaultdict(int)
    earned: dict[tuple[str, str], int] = defaultdict(int)
    paid = iter(settlements)
    settled = next(paid, None)
    for row in _rows(
        connection,
        "SELECT id, campaign_id, participant_id, coalesce(agent_id::text, ''), status, reward_fen, commission_fen,"
        " fee_fen, unit_fen FROM dispatch_assignment ORDER BY id",
    ):
        id_, campaign, person, agent, status = row[:5]
        reward, commission, fee, unit = map(int, row[5:])
        while settled is not None and settled.id < id_:
            found.expect("settlements without work", settled.gross, 0)
            settled = next(paid, None)
        mine = settled if settled is not None and settled.id == id_ else None
        due = (reward, commission, fee) if status == "accepted" else (0, 0, 0)
        for name, kept, added in zip(_OF_WORK, mine.split if mine else (0, 0, 0), due, strict=True):
            found.expect(name, kept, added)
        if mine and (mine.escrow, mine.payee) != (campaign, person):
            found.expect("settlements of somebody else", mine.gross, 0)
        settled = next(paid, None) if mine else settled
        if status == "accepted":
            spent[campaign] += reward + commission + fee
            earned["person", person] += reward
            earned["agent", agent] += commission
            earned["fee", ""] += fee
        elif status in OPEN or (status == "rejected" and id_ not in released):
            reserved[campaign] += unit
    while settled is not None:
        found.expect("settlements without work", settled.gross, 0)
        settled = next(paid, None)
    _budgets(found, connection, balances, spent, reserved)
    _earnings(found, balances, earned)


def _settlements(connection: Connection) -> list[Settlement]:
    """All of them in the order of the assignments they pay, read once."""
    return [
        Settlement(row[0], row[1], row[2], row[3], row[4], *map(int, row[5:]))
        for row in _rows(
            connection,
            "SELECT id, escrow_owner, payee_kind, payee_owner, coalesce(agent_owner::text, ''), fee_shard, gross_fen,"
            " reward_fen, commission_fen, fee_fen FROM ledger_settlement ORDER BY id",
        )
    ]


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
