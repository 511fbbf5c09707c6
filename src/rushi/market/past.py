"""Clones one lived day to the days before it, set-based: the same people, new campaigns, every row moved by whole days.

Which columns move is read from the catalogue and from the day itself: ids that carry the day (UUIDv7: the first 48
bits are milliseconds), moments and dates. A day's partition is filled before it gets its indexes and is attached.
What does not just move is named in `_DERIVED` and `_BALANCES`: ids made from other ids, and what people and agents
earned. Nothing here is believed: the invariants of all rooms are run on what comes out.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg
from psycopg import sql

from rushi.kernel import clock

Connection: TypeAlias = psycopg.Connection[Any]

HANDS = 2
DAY_MS = 86_400_000
_ID_TEXT = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
_ID_LENGTH = 36
_MOMENTS = {"timestamptz", "timestamp"}
# Ids and shards that a table derives from others, in the columns of its moved row (m) or of the lived day (t).
_DERIVED = {
    ("ledger_account", "id"): "ledger_account_id_v1(m.kind, m.owner_id)",
    ("ledger_account", "balance_fen"): "0",
    ("ledger_account", "credited_fen"): "0",
    ("ledger_entry", "id"): "ledger_entry_id_v1(m.kind, m.subject_id)",
    ("ledger_posting", "entry_id"): "(SELECT ledger_entry_id_v1(e.kind, past.moved(e.subject_id, {ms}))"
    " FROM ledger_entry e WHERE e.id = m.entry_id)",
    ("ledger_posting", "account_id"): "(SELECT ledger_account_id_v1(a.kind, past.moved(a.owner_id, {ms}))"
    " FROM ledger_account a WHERE a.id = m.account_id)",
    ("ledger_settlement", "fee_shard"): "ledger_fee_shard_v1(m.escrow_owner)",
}  # fmt: skip
_FIRST = ("ledger_account", "ledger_entry", "ledger_posting")  # whose triggers look for the ones before


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the lived day: its columns as they are written, and the SELECT list that moves them by {n} days."""

    name: str
    is_of_days: bool
    columns: tuple[str, ...]
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lived:
    """The day that was lived, and its tables, copied aside in the shape that moves fastest."""

    day: dt.date
    tables: tuple[Table, ...]


def standing(connection: Connection) -> dict[str, int]:
    """How many rows each table has: what is there before the day is not of the day."""
    return {name: _one(connection, f"SELECT count(*) FROM {name}") for name, _ in _tables(connection)}  # noqa: S608


def lived(connection: Connection, day: dt.date, made_from_ms: int, before: dict[str, int]) -> Lived:
    """Copy aside everything that has come since `standing`; ids of the day are the day's or made since `made_from_ms`.

    Raises ValueError when a table had rows before the day and has others now: whose they are could not be told.
    """
    connection.execute("DROP SCHEMA IF EXISTS past CASCADE")
    connection.execute("CREATE SCHEMA past")
    first, last = (_one(connection, "SELECT past_bound FROM (SELECT db_day_bound_v1(%s)) AS b (past_bound)", [one])
                   for one in (day, day + dt.timedelta(days=1)))  # fmt: skip
    spans = ((first.int >> 80, last.int >> 80), (made_from_ms, int(clock.now().timestamp() * 1000) + 1))
    is_ours = " OR ".join(f"{{hi}} >= {a} AND {{hi}} < {b}" for a, b in spans)
    connection.execute(_HI.format(body=is_ours.format(hi="ms")))
    connection.execute(_MOVED)
    tables = []
    for name, is_of_days in _tables(connection):
        rows = _one(connection, f"SELECT count(*) FROM {name}")  # noqa: S608
        if rows == before.get(name, 0):
            continue
        if before.get(name):
            raise ValueError(f"{name} had rows before the day and has others now")
        tables.append(_set_aside(connection, name, is_of_days, day))
    connection.commit()
    return Lived(day, tuple(sorted(tables, key=lambda one: (one.name not in _FIRST, one.name))))


_HI = """
CREATE FUNCTION past.hi(id uuid) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN {body} THEN ms END
      FROM (SELECT CASE WHEN substr(id::text, 15, 1) = '7'
                        THEN ('x' || left(id::text, 8) || substr(id::text, 10, 4))::bit(48)::bigint END AS ms) AS x
$$"""
_MOVED = """
CREATE FUNCTION past.moved(id uuid, back_ms bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(('0' || to_hex(past.hi(id) - back_ms) || substr(id::text, 15))::uuid, id)
$$"""


# Lists of ids are moved once a list, however many rows say the same (the questions of a campaign).
_MOVED_LISTS = """
SELECT d.{name} AS was, (SELECT coalesce(array_agg(past.moved(x.id, {ms}) ORDER BY x.n), d.{name})
                           FROM unnest(d.{name}) WITH ORDINALITY AS x (id, n)) AS now
  FROM (SELECT DISTINCT {name} FROM past.{table}) AS d
"""


def _set_aside(connection: Connection, name: str, is_of_days: bool, day: dt.date) -> Table:
    """`past.<table>` with the ids of the day split into milliseconds and rest."""
    columns = _columns(connection, name)
    kept, moved = [], []
    for column, kind, length, is_alone in columns:
        keeps, moves = _shape(connection, name, column, kind, length, is_alone)
        kept += keeps
        moved.append(moves)
    for column, kind, _, is_key in columns:
        if kind == "date" and is_key:  # a claim also opens the day before, which is empty: here come that day's own
            connection.execute(f"DELETE FROM {name} WHERE {column} <> %s", [day])  # noqa: S608
    connection.execute(f"CREATE UNLOGGED TABLE past.{name} AS SELECT {', '.join(kept)} FROM {name}")  # noqa: S608
    connection.execute(f"ANALYZE past.{name}")
    return Table(name, is_of_days, tuple(one[0] for one in columns), tuple(moved))


def _shape(
    connection: Connection, table: str, column: str, kind: str, length: int, is_alone: bool
) -> tuple[list[str], str]:
    """What is kept of a column, and how it is read as `{n}` days (`{ms}` milliseconds) before."""
    if kind == "uuid" or (kind == "varchar" and length == _ID_LENGTH):
        as_id = column if kind == "uuid" else f"CASE WHEN {column} ~ '{_ID_TEXT}' THEN {column}::uuid END"
        return _shape_id(connection, table, column, as_id, "" if kind == "uuid" else "::text")
    if kind == "_uuid":
        return [column], f"{column}_moved.now"
    if kind in _MOMENTS:
        return [column], f"{column} - make_interval(hours => 24 * {{n}})"
    if kind == "date":
        return [column], f"{column} - {{n}}"
    if is_alone and kind in ("varchar", "text"):
        return [column], f"left(md5({column} || {{n}}), {length if length > 0 else 32})"
    return [column], column


def _shape_id(connection: Connection, table: str, column: str, as_id: str, back_to: str) -> tuple[list[str], str]:
    if not _one(connection, f"SELECT EXISTS (SELECT FROM {table} WHERE past.hi({as_id}) IS NOT NULL)"):  # noqa: S608
        return [column], column
    kept = [f"past.hi({as_id}) AS {column}_ms", f"substr({column}::text, 15) AS {column}_rest", column]
    return kept, f"coalesce(('0' || to_hex({column}_ms - {{ms}}) || {column}_rest)::uuid{back_to}, {column})"


def clone(owner_url: str, of: Lived, days: Sequence[int], without: Callable[[str, dt.date], bool],
          told: Callable[[int], None]) -> None:  # fmt: skip
    """Clone the lived day to `days` days before it, on two connections. `without` says which tables a day lacks."""

    def hand(mine: Sequence[int]) -> None:
        with psycopg.connect(owner_url, autocommit=True) as connection:
            connection.execute("SET maintenance_work_mem = '256MB'")
            connection.execute("SET synchronous_commit = off")
            for back in mine:
                at = of.day - dt.timedelta(days=back)
                _clone_day(connection, of, back, functools.partial(_lacks, without, at))
                told(back)

    with ThreadPoolExecutor(HANDS) as pool:
        list(pool.map(hand, [days[n::HANDS] for n in range(HANDS)]))
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(_BALANCES, {"day": of.day})
        connection.execute("DROP SCHEMA past CASCADE")
    tidy(owner_url, of.day)


def tidy(owner_url: str, day: dt.date) -> None:
    """What autovacuum would have done by the morning of `day`: days before it are long vacuumed."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        for name, is_of_days in _tables(connection):
            connection.execute(f"VACUUM ANALYZE {name}_{day:%Y%m%d}" if is_of_days else f"VACUUM ANALYZE {name}")


def _lacks(without: Callable[[str, dt.date], bool], at: dt.date, table: str) -> bool:
    return without(table, at)


def _clone_day(connection: Connection, of: Lived, back: int, without: Callable[[str], bool]) -> None:
    with connection.transaction():
        for table in of.tables:
            if not table.is_of_days:
                connection.execute(_insert(table, table.name, back))
    for table in of.tables:
        if table.is_of_days and not without(table.name):
            _fill_a_day(connection, table, of.day - dt.timedelta(days=back), back)


def _insert(table: Table, into: str, back: int) -> str:
    """The INSERT that writes a table's rows moved back; derived columns are computed from the moved ones."""
    given = {"n": str(back), "ms": str(back * DAY_MS)}
    moved = ", ".join(f"{how.format(**given)} AS {name}" for name, how in zip(table.columns, table.moved, strict=True))
    last = ", ".join(_DERIVED.get((table.name, name), f"m.{name}").format(**given) for name in table.columns)
    lists = "".join(
        f" LEFT JOIN ({_MOVED_LISTS.format(table=table.name, name=name, **given)}) AS {name}_moved"
        f" ON {name}_moved.was = t.{name}"
        for name, how in zip(table.columns, table.moved, strict=True)
        if how == f"{name}_moved.now"
    )
    chosen = f"SELECT {last} FROM (SELECT {moved} FROM past.{table.name} AS t{lists}) AS m"  # noqa: S608
    if table.name == "ledger_account":
        chosen += " WHERE m.owner_id NOT IN (SELECT owner_id FROM ledger_account)"
    return f"INSERT INTO {into} ({', '.join(table.columns)}) {chosen}"


def _fill_a_day(connection: Connection, table: Table, day: dt.date, back: int) -> None:
    """A day's partition: rows first, then the parent's indexes, attached when it is whole."""
    child = f"{table.name}_{day:%Y%m%d}"
    options = _one(connection,
        "SELECT coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '') FROM pg_partitioned_table p"
        " JOIN pg_class c ON c.oid = p.partdefid WHERE p.partrelid = %s::regclass", [table.name])  # fmt: skip
    with connection.transaction():
        connection.execute(
            f"CREATE TABLE {child} (LIKE {table.name} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED"
            f" INCLUDING STORAGE){options}"
        )
        connection.execute(_insert(table, child, back))
        for made in _index_statements(connection, table.name, child):
            connection.execute(made)
        connection.execute(
            sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM (db_day_bound_v1({})) TO (db_day_bound_v1({}))")
            .format(sql.Identifier(table.name), sql.Identifier(child), day, day + dt.timedelta(days=1))
        )  # fmt: skip
    connection.execute(f"VACUUM ANALYZE {child}")


def _index_statements(connection: Connection, parent: str, child: str) -> Iterable[str]:
    """The parent's keys and indexes, for a table that becomes its partition."""
    for (key,) in connection.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
        [parent],
    ).fetchall():
        yield f"ALTER TABLE {child} ADD {key}"
    for (index,) in connection.execute(
        "SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid = %s::regclass"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [parent],
    ).fetchall():
        yield re.sub(rf"INDEX \S+ ON (ONLY )?(public\.)?{parent} ", f"INDEX ON {child} ", index)


# What the cloned settlements moved, once an account; deposits and funding moved theirs with their postings.
_BALANCES = """
WITH cloned AS MATERIALIZED (
  SELECT escrow_owner, payee_kind, payee_owner, agent_owner, fee_shard, sum(gross_fen) AS gross_fen,
         sum(reward_fen) AS reward_fen, sum(commission_fen) AS commission_fen, sum(fee_fen) AS fee_fen
    FROM ledger_settlement WHERE id < db_day_bound_v1(%(day)s)
   GROUP BY GROUPING SETS ((escrow_owner), (payee_kind, payee_owner), (agent_owner), (fee_shard))
), legs AS (
  SELECT 'escrow' AS kind, escrow_owner AS owner, -gross_fen AS fen FROM cloned WHERE escrow_owner IS NOT NULL
  UNION ALL SELECT payee_kind, payee_owner, reward_fen FROM cloned WHERE payee_owner IS NOT NULL
  UNION ALL SELECT 'agent_available', agent_owner, commission_fen FROM cloned WHERE agent_owner IS NOT NULL
  UNION ALL SELECT 'platform_fee', ledger_fee_owner_v1(fee_shard), fee_fen FROM cloned WHERE fee_shard IS NOT NULL
), accounts AS (
  INSERT INTO ledger_account AS a (id, kind, owner_id, balance_fen, credited_fen, opened_at)
  SELECT ledger_account_id_v1(l.kind, l.owner), l.kind, l.owner, l.fen, greatest(l.fen, 0), now()
    FROM legs l WHERE l.fen > 0
      ON CONFLICT (id) DO UPDATE SET balance_fen = a.balance_fen + excluded.balance_fen,
                                     credited_fen = a.credited_fen + excluded.credited_fen
)
UPDATE ledger_account a SET balance_fen = a.balance_fen + l.fen
  FROM legs l WHERE l.fen < 0 AND a.id = ledger_account_id_v1(l.kind, l.owner)
"""


def _tables(connection: Connection) -> list[tuple[str, bool]]:
    """Our tables (not a partition, nothing of Django's or the queue's), and whether each is kept by days."""
    rows = connection.execute(
        "SELECT c.relname, c.relkind = 'p' FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
        " AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname !~ '^(django|auth|procrastinate)_'"
        " AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.atttypid = 'uuid'::regtype)"
        " ORDER BY c.relname"
    ).fetchall()
    return [(str(name), bool(is_of_days)) for name, is_of_days in rows]


def _columns(connection: Connection, table: str) -> list[tuple[str, str, int, bool]]:
    """Name, type, length of the columns that are written; whether one is unique on its own (a date: part of a key)."""
    rows = connection.execute(
        "SELECT a.attname, t.typname, a.atttypmod - 4, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid"
        " AND i.indisunique AND a.attnum = ANY (i.indkey) AND (i.indnkeyatts = 1 OR t.typname = 'date'))"
        " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = %s::regclass AND a.attnum > 0"
        " AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = '' ORDER BY a.attnum",
        [table],
    ).fetchall()
    return [(str(a), str(b), int(c), bool(d)) for a, b, c, d in rows]


def _one(connection: Connection, statement: str, given: Sequence[object] = ()) -> Any:
    row = connection.execute(statement, given).fetchone()
    assert row is not None
    return row[0]
