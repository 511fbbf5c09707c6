"""The verbs of a task for many at once: the very SQL functions the web calls with one, here with arrays of text.

Each call is one durable transaction. Ids travel as text array literals: what the database does is what is measured,
not how a client packs UUIDs.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg

from rushi.verdicts import rules

Connection: TypeAlias = psycopg.Connection[Any]

UNVERIFIED_FEN_MAX = 1_000
CLIP_MS = 12_400
ANSWER_MS, ANSWER_MS_MIN = 9_000, 2_000
REASON = "没有看完整个视频：只看了五分之四，服务器记录的时间可以核对。"
APPEAL_DAYS = 7
NONCE = "00000000-0000-4000-8000-00000000000c"  # one for all: nothing is found by it, it only has to be the last given
REVIEWER = "00000000-0000-0000-0000-0000000000ab"


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work to hand in: whose, of which campaign, what is said to its questions, whether the facts hold."""

    id: str
    person: str
    campaign: str
    questions: tuple[str, str, str]
    opinion: str
    text: str
    holds: bool


def claim(
    connection: Connection, ids: Sequence[str], people: Sequence[str], campaigns: Sequence[str], at: dt.datetime
) -> list[tuple[str, str | None]]:
    """Claim for each request in order: outcome and, when there is one already, the id of the assignment held."""
    return connection.execute(
        "SELECT outcome, existing_id::text FROM dispatch_claim_v4(%s::text::uuid[], %s::text::uuid[],"
        " %s::text::uuid[], %s, %s)",
        [_array(ids), _array(people), _array(campaigns), at, UNVERIFIED_FEN_MAX],
    ).fetchall()


def start(connection: Connection, ids: Sequence[str], people: Sequence[str], at: dt.datetime) -> int:
    """Start, and begin a watch of each; how many are started now, replays included."""
    return _count(
        connection,
        "evidence_start_v1(%s::text::uuid[], %s::text::uuid[], %s, %s) WHERE outcome = 'started'",
        [_array(ids), _array(people), NONCE, at],
    )


def hand_in(connection: Connection, works: Sequence[Work], at: dt.datetime) -> list[str]:
    """Hand in, judge on the facts, pay what holds: one transaction. The outcome of each, in order."""
    size, said = len(works), _said(works)
    ended = at - dt.timedelta(milliseconds=ANSWER_MS)
    begun = ended - dt.timedelta(milliseconds=CLIP_MS)
    segment = f'"{{{int(begun.timestamp() * 1000)},{int(ended.timestamp() * 1000)}}}"'
    watched = '"' + f'{{"unfocused_ms":0,"cuts":{{"a":[[0,{CLIP_MS}]]}}}}'.replace('"', '\\"') + '"'
    facts = [
        [f'"{begun.isoformat()}"'] * size, [f'"{ended.isoformat()}"'] * size, [segment] * size, [watched] * size,
        ["a"] * size, ["10000" if one.holds else "8000" for one in works],
        [str(CLIP_MS if one.holds else CLIP_MS * 8 // 10) for one in works], ["0"] * size, ["0"] * size,
        [str(ANSWER_MS)] * size, ["3" if one.text else "2" for one in works], ["1"] * size, ["1"] * size,
        [str(ANSWER_MS_MIN)] * size,
    ]  # fmt: skip
    who = [[one.id for one in works], [one.person for one in works], [one.campaign for one in works], [NONCE] * size]
    rows = connection.execute(
        "SELECT outcome FROM verdicts_hand_in_v1(%s::text::uuid[], %s::text::uuid[], %s::text::uuid[],"
        " %s::text::uuid[], %s, %s::text::timestamptz[], %s::text::timestamptz[], %s::text::text[],"
        " %s::text::jsonb[], %s::text::text[],"
        " %s::text::int[], %s::text::int[], %s::text::int[], %s::text::int[], %s::text::int[], %s::text::int[],"
        " %s::text::int[], %s::text::int[], %s::text::int[], %s::text::text[], %s::text::text[], %s::text::text[],"
        " %s, %s, %s)",
        [*map(_array, who), at, *map(_array, facts), *map(_array, said),
         rules.COVERAGE_BPS_MIN, rules.REFUSED_MS_MAX, rules.OVERLAP_MS_MAX],
    ).fetchall()  # fmt: skip
    return [row[0] for row in rows]


def _said(works: Sequence[Work]) -> list[list[str]]:
    """Questions, choices, texts of each (array literals): an opinion, the right recall answer, perhaps some words."""
    return [
        ['"{' + ",".join(one.questions if one.text else one.questions[:2]) + '}"' for one in works],
        [rf'"{{{one.opinion},0,\"\"}}"' if one.text else f'"{{{one.opinion},0}}"' for one in works],
        [rf'"{{\"\",\"\",\"{one.text}\"}}"' if one.text else '"{}"' for one in works],
    ]


def reject(connection: Connection, ids: Sequence[str], at: dt.datetime) -> int:
    """A reviewer rejects what the facts do not bear out; how many were rejected by this call."""
    until = at + dt.timedelta(days=APPEAL_DAYS)
    return _count(
        connection,
        "verdicts_reject_v2(%s::text::uuid[], 'not_watched', %s, %s::uuid, %s, %s)",
        [_array(ids), REASON, REVIEWER, at, until],
    )


def give_back(connection: Connection, ids: Sequence[str], at: dt.datetime) -> int:
    """Return; how many were given back by this call."""
    return _count(connection, "dispatch_return_v2(%s::text::uuid[], %s)", [_array(ids), at])


def expire(connection: Connection, wanted: int, at: dt.datetime) -> int:
    """End up to `wanted` leases that ran out; how many."""
    return _count(connection, "dispatch_expire_v2(%s, %s)", [at, wanted])


def _count(connection: Connection, call: str, arguments: Sequence[object]) -> int:
    row = connection.execute(f"SELECT count(*) FROM {call}", arguments).fetchone()  # noqa: S608 - calls are ours
    assert row is not None
    return int(row[0])


def _array(values: Sequence[str]) -> str:
    return "{" + ",".join(values) + "}"


def ids(at: dt.datetime, wanted: int) -> list[str]:
    """UUIDv7s of one moment, as text."""
    ms = f"{int(at.timestamp() * 1000):012x}"
    noise = os.urandom(9 * wanted).hex()
    head = f"{ms[:8]}-{ms[8:]}-7"
    return [
        f"{head}{noise[n : n + 3]}-8{noise[n + 3 : n + 6]}-{noise[n + 6 : n + 18]}" for n in range(0, 18 * wanted, 18)
    ]
