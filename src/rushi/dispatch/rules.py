"""Pure decisions of dispatch: hourly pay, and ids by which a claim knows its replay."""

from __future__ import annotations

import datetime as dt
import hashlib
from uuid import UUID

from rushi.kernel.ids import uuid7

_RANDOM_BITS = 2**62 - 1


def hourly_fen(reward_fen: int, expected_seconds: int) -> int:
    """What the reward comes to for an hour of the expected pace, in whole fen; 0 when no time is expected."""
    return reward_fen * 3600 // expected_seconds if expected_seconds else 0


def assignment_id(at: dt.datetime, actor_id: UUID, campaign_id: UUID, key: str) -> UUID:
    """A UUIDv7 for a claim at `at` whose last 62 bits name the person, the campaign and the idempotency key."""
    return UUID(int=uuid7(int(at.timestamp() * 1000)).int & ~_RANDOM_BITS | _mark(actor_id, campaign_id, key))


def is_replay(existing_id: UUID, actor_id: UUID, campaign_id: UUID, key: str) -> bool:
    """Whether an assignment was claimed by this person in this campaign under this very key."""
    return existing_id.int & _RANDOM_BITS == _mark(actor_id, campaign_id, key)


def _mark(actor_id: UUID, campaign_id: UUID, key: str) -> int:
    words = hashlib.sha256(f"{actor_id}:{campaign_id}:{key}".encode()).digest()
    return int.from_bytes(words[:8], "big") & _RANDOM_BITS
