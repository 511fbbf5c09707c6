"""Identifiers: UUIDv7 (RFC 9562 §5.7) made by the application, and ids derived from what they stand for."""

from __future__ import annotations

import os
import time
import uuid

_NAMESPACE = uuid.UUID("6f1d3b52-0c55-5d0e-9a55-2d5f7a0c7a11")


def uuid7(unix_ms: int | None = None) -> uuid.UUID:
    """A time-ordered UUID; `unix_ms` (milliseconds UTC) defaults to the machine's clock."""
    ms = time.time_ns() // 1_000_000 if unix_ms is None else unix_ms
    value = (ms & (2**48 - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def derived_id(kind: str, *parts: object) -> uuid.UUID:
    """The one id of the thing named by `kind` and `parts`: the same words give the same id for ever."""
    return uuid.uuid5(_NAMESPACE, ":".join([kind, *map(str, parts)]))
