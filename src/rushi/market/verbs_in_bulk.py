"""The verbs of a task for many at once: the very SQL functions the web calls with one, here with arrays of text.

Each call is one durable transaction. Ids travel as text array literals: what the database does is what is measured,
not how a client packs UUIDs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg

Connection: TypeAlias = psycopg.Connection[Any]

UNVERIFIED_FEN_MAX = 1_000
CLIP_MS = 12_400
ANSWER_MS = 9_000
REASON = "没有看完整个视频：只看了五分之四，服务器记录的时间可以核对。"
APPEAL_DAYS = 7
REVIEWER = "00000000-0000-0000-0000-0000000000ab"


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work to hand in: the assignment, its campaign's questions, and whether the facts hold."""

    id: str
    questions: tuple[str, str, str]
    opinion: str
    text: str
    holds: bool


def claim(
    connection: Connection, ids: Sequence[str], people: Sequence[str], campaigns: Sequence[str], at: dt.datetime
) -> list[tuple[str, str | None]]:
    """Claim for each request in order: outcome and, when there is one already, the id of the assignment held."""
    return connection.execute(
        "SELECT outcome, existing_id::text FROM dispatch_claim_v1(%s::text::uuid[], %s::text::uuid[],"
        " %s::text::uuid[], %s, %s)",
        [_array(ids), _array(people), _array(campaigns), at, UNVERIFIED_FEN_MAX],
    ).fetchall()


def start(connection: Connection, ids: Sequence[str], at: dt.datetime) -> int:
    """Start; how many are started now, replays included."""
    return _count(connection, "dispatch_start_v1(%s::text::uuid[], %s)", [_array(ids), at])


def hand_in(connection: Connection, works: Sequence[Work], at: dt.datetime) -> int:
    """Hand in, judge on facts, pay what holds: one transaction. How many were paid by this call."""
    with connection.transaction():
        ids = [work.id for work in works]
        fresh = {row[0] for row in connection.execute(
            "SELECT s::text FROM (SELECT dispatch_lock_v1(%s::text::uuid[])) l,"
            " dispatch_submit_v1(%s::text::uuid[], %s) s", [_array(ids), _array(ids), at],
        )}  # fmt: skip
        new = [work for work in works if work.id in fresh]
        _write_evidence(connection, new, at)
        holding = [work.id for work in new if work.holds]
        doubtful = [work.id for work in new if not work.holds]
        if doubtful:
            connection.execute(
                "SELECT count(*) FROM dispatch_decide_v1(%s::text::uuid[], ARRAY['submitted'], 'in_review', %s)",
                [_array(doubtful), at],
            )
        return _count(connection, "verdicts_settle_v1(%s::text::uuid[], 'facts', null, %s)", [_array(holding), at])


def _write_evidence(connection: Connection, new: Sequence[Work], at: dt.datetime) -> None:
    ended = at - dt.timedelta(milliseconds=ANSWER_MS)
    begun = ended - dt.timedelta(milliseconds=CLIP_MS)
    first, last = int(begun.timestamp() * 1000), int(ended.timestamp() * 1000)
    attention = (
        f'{{"first": "a", "segments": [[{first}, {last}]], "unfocused_ms": 0, "cuts": {{"a": [[0, {CLIP_MS}]]}}}}'
    )
    connection.execute(
        "INSERT INTO evidence_submission (assignment_id, submitted_at, active_from, active_to, coverage_bps,"
        " watched_ms, hidden_ms, refused_ms, overlap_ms, answer_ms, item_count, recall_asked, recall_right, attention)"
        " SELECT u.id, %s, %s, %s, u.bps, %s * u.bps / 10000, 0, 0, 0, %s, 2, 1, 1, %s::jsonb"
        " FROM unnest(%s::text::uuid[], %s::text::int[]) AS u(id, bps)",
        [at, begun, ended, CLIP_MS, ANSWER_MS, attention, _array([w.id for w in new]),
         _array(["10000" if w.holds else "8000" for w in new])],
    )  # fmt: skip
    rows = [(w.id, w.questions[0], w.opinion, "") for w in new] + [(w.id, w.questions[1], "0", "") for w in new]
    rows += [(w.id, w.questions[2], "", w.text) for w in new if w.text]
    work, question, choice, text = zip(*rows, strict=True) if rows else ((), (), (), ())
    connection.execute(
        "INSERT INTO evidence_answer (id, submission_id, question_id, choice, text)"
        " SELECT gen_random_uuid(), u.work, u.question, u.choice, u.text FROM unnest(%s::text::uuid[],"
        " %s::text::uuid[], %s::text[], %s::text[]) AS u(work, question, choice, text)",
        [_array(work), _array(question), list(choice), list(text)],
    )


def reject(connection: Connection, ids: Sequence[str], at: dt.datetime) -> int:
    """A reviewer rejects what the facts do not bear out; how many were rejected by this call."""
    until = at + dt.timedelta(days=APPEAL_DAYS)
    return _count(
        connection,
        "verdicts_reject_v1(%s::text::uuid[], 'not_watched', %s, %s::uuid, %s, %s)",
        [_array(ids), REASON, REVIEWER, at, until],
    )


def give_back(connection: Connection, ids: Sequence[str], at: dt.datetime) -> int:
    """Return; how many were given back by this call."""
    return _count(connection, "dispatch_return_v1(%s::text::uuid[], %s)", [_array(ids), at])


def expire(connection: Connection, wanted: int, at: dt.datetime) -> int:
    """End up to `wanted` leases that ran out; how many."""
    return _count(connection, "dispatch_expire_v1(%s, %s)", [at, wanted])


def _count(connection: Connection, call: str, arguments: Sequence[object]) -> int:
    row = connection.execute(f"SELECT count(*) FROM {call}", arguments).fetchone()  # noqa: S608 - calls are ours
    assert row is not None
    return int(row[0])


def _array(values: Sequence[str]) -> str:
    return "{" + ",".join(values) + "}"
