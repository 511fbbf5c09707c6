"""The verbs of a task for many at once: the very SQL functions the web calls with one, here with binary arrays.

Each call is one durable transaction. Answers come back for what did not end as most do: the database decides about
every item, and what is measured is that, not how a client makes objects of a thousand equal words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import psycopg
from psycopg.adapt import Dumper, PyFormat
from psycopg.pq import Format

from rushi.market import packing
from rushi.market.packing import Ids, Ints, Packed
from rushi.verdicts import rules

Connection: TypeAlias = psycopg.Connection[Any]
Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
# Of items that did not end as most do: where each stands in its batch, and what became of it.
Odd: TypeAlias = dict[int, str]

UNVERIFIED_FEN_MAX = 1_000
CLIP_MS = 12_400
ANSWER_MS, ANSWER_MS_MIN = 9_000, 2_000
REASON = "没有看完整个视频：只看了五分之四，服务器记录的时间可以核对。"
APPEAL_DAYS = 7
REVIEWER = "00000000-0000-0000-0000-0000000000ab"
NONCE = "00000000-0000-0000-0000-00000000000c"
OPINIONS = ("like", "neutral", "dislike")
TEXT = "节奏很好，结尾的产品镜头有点短。"
WATCHED = f'{{"unfocused_ms":0,"cuts":{{"a":[[0,{CLIP_MS}]]}}}}'


@dataclass(frozen=True, slots=True)
class Works:
    """Pieces of work to hand in: whose, of which campaign, what is said to its questions, whether the facts hold.

    `campaign_numbers` find a campaign's questions, `opinions` are places in OPINIONS, `has_words` says TEXT.
    """

    ids: Ids
    people: Ids
    campaigns: Ids
    campaign_numbers: Ints
    opinions: Ints
    has_words: Flags
    holds: Flags

    def __len__(self) -> int:
        return len(self.ids)

    def chosen(self, places: Ints) -> Works:
        """Some of them."""
        return Works(*(getattr(self, name)[places] for name in self.__slots__))

    def followed_by(self, others: Works) -> Works:
        """These, then others."""
        return Works(*(np.concatenate([getattr(self, name), getattr(others, name)]) for name in self.__slots__))


class _PackedDumper(Dumper):
    """Sends an array that is packed already."""

    format = Format.BINARY

    def get_key(self, obj: Packed, format: PyFormat) -> tuple[type, int]:  # type: ignore[override]
        return (self.cls, obj.oid)

    def upgrade(self, obj: Packed, format: PyFormat) -> Dumper:
        dumper = _PackedDumper(self.cls)
        dumper.oid = obj.oid
        return dumper

    def dump(self, obj: Packed) -> bytes:
        return obj.data


def connect(url: str) -> Connection:
    """A connection for these verbs: autocommit, statements prepared at once."""
    connection = psycopg.connect(url, autocommit=True, prepare_threshold=0)
    connection.adapters.register_dumper(Packed, _PackedDumper)
    return connection


def claim(connection: Connection, ids: Ids, people: Ids, campaigns: Ids, at: dt.datetime) -> dict[int, tuple[str, str]]:
    """Claim for each request in order. Of what was not simply claimed, by place: outcome and the id held, if any."""
    rows = connection.execute(
        "SELECT ordinality::int - 1, outcome, coalesce(existing_id::text, '')"
        "  FROM dispatch_claim_v2(%s, %s, %s, %s, %s) WITH ORDINALITY WHERE outcome <> 'claimed'",
        [*map(packing.uuids, (ids, people, campaigns)), at, UNVERIFIED_FEN_MAX],
    )
    return {place: (outcome, existing) for place, outcome, existing in rows}


def start(connection: Connection, ids: Ids, people: Ids, at: dt.datetime) -> int:
    """Start each; how many are started now, replays included."""
    return _count(
        connection,
        "evidence_start_v1(%s, %s, %s, %s) WHERE outcome = 'started'",
        [packing.uuids(ids), packing.uuids(people), NONCE, at],
    )


def hand_in(connection: Connection, works: Works, said: Sequence[Packed], at: dt.datetime) -> Odd:
    """Hand in, judge on the facts, pay what holds: one transaction. The outcomes other than `accepted`, by place."""
    size = len(works)
    ended = at - dt.timedelta(milliseconds=ANSWER_MS)
    begun = ended - dt.timedelta(milliseconds=CLIP_MS)
    segment = f"{{{int(begun.timestamp() * 1000)},{int(ended.timestamp() * 1000)}}}"
    facts = [
        packing.same_moments(begun, size), packing.same_moments(ended, size), packing.same_texts(segment, size),
        packing.same_jsons(WATCHED, size), packing.same_texts("a", size),
        packing.ints(np.where(works.holds, 10_000, 8_000)),
        packing.ints(np.where(works.holds, CLIP_MS, CLIP_MS * 8 // 10)),
        packing.same_ints(0, size), packing.same_ints(0, size), packing.same_ints(ANSWER_MS, size),
        packing.ints(2 + works.has_words), packing.same_ints(1, size), packing.same_ints(1, size),
        packing.same_ints(ANSWER_MS_MIN, size),
    ]  # fmt: skip
    who = [works.ids, works.people, works.campaigns, packing.ids_of([NONCE]).repeat(size)]
    marks = ", ".join(["%s"] * (len(who) + 1 + len(facts) + len(said) + 3))
    rows = connection.execute(
        f"SELECT ordinality::int - 1, outcome FROM verdicts_hand_in_v1({marks}) WITH ORDINALITY"  # noqa: S608 - only marks
        "  WHERE outcome <> 'accepted'",
        [*map(packing.uuids, who), at, *facts, *said,
         rules.COVERAGE_BPS_MIN, rules.REFUSED_MS_MAX, rules.OVERLAP_MS_MAX],
    )  # fmt: skip
    return dict(rows)


class Sayings:
    """What people say to the questions of each campaign, packed once: an opinion, the right answer, perhaps words."""

    def __init__(self, questions: Sequence[tuple[str, str, str]]) -> None:
        self._questions = [tuple(packing.element("{" + ",".join(ids[:n]) + "}") for n in (2, 3)) for ids in questions]
        self._choices = [
            tuple(packing.element(said) for said in (f"{{{one},0}}", f'{{{one},0,""}}')) for one in OPINIONS
        ]
        self._texts = (packing.element("{}"), packing.element(f'{{"","",{TEXT}}}'))

    def of(self, works: Works) -> list[Packed]:
        """Questions, choices and texts of each, as the evidence room takes them."""
        words, texts = works.has_words.tolist(), self._texts
        return [
            packing.texts([self._questions[n][w] for n, w in zip(works.campaign_numbers.tolist(), words, strict=True)]),
            packing.texts([self._choices[n][w] for n, w in zip(works.opinions.tolist(), words, strict=True)]),
            packing.texts([texts[w] for w in words]),
        ]


def reject(connection: Connection, ids: Ids, at: dt.datetime) -> int:
    """A reviewer rejects what the facts do not bear out; how many were rejected by this call."""
    until = at + dt.timedelta(days=APPEAL_DAYS)
    return _count(
        connection,
        "verdicts_reject_v2(%s, 'not_watched', %s, %s::uuid, %s, %s)",
        [packing.uuids(ids), REASON, REVIEWER, at, until],
    )


def give_back(connection: Connection, ids: Ids, at: dt.datetime) -> int:
    """Return; how many were given back by this call."""
    return _count(connection, "dispatch_return_v2(%s, %s)", [packing.uuids(ids), at])


def expire(connection: Connection, wanted: int, at: dt.datetime) -> int:
    """End up to `wanted` leases that ran out; how many."""
    return _count(connection, "dispatch_expire_v2(%s, %s)", [at, wanted])


def _count(connection: Connection, call: str, arguments: Sequence[object]) -> int:
    row = connection.execute(f"SELECT count(*) FROM {call}", arguments).fetchone()  # noqa: S608 - calls are ours
    assert row is not None
    return int(row[0])
