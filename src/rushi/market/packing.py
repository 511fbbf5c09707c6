"""Arrays in PostgreSQL's binary form, packed by numpy: what a bench's client sends costs no Python object an item.

A one-dimensional array is a header (dimensions, nulls, the element's type, length, lower bound), then each element
with its length before it (PostgreSQL, src/backend/utils/adt/arrayfuncs.c, array_send). Pure.
"""

from __future__ import annotations

import datetime as dt
import os
import struct
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Ids: TypeAlias = np.ndarray[Any, np.dtype[np.void]]
"""Ids as sixteen bytes each (dtype V16)."""
Ints: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

UUID, INT4, TEXT, TIMESTAMPTZ, JSONB = 2950, 23, 25, 1184, 3802
ARRAY_OF = {UUID: 2951, INT4: 1007, TEXT: 1009, TIMESTAMPTZ: 1185, JSONB: 3807}
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Packed:
    """An array ready to be sent: its bytes and the oid of the array's type."""

    oid: int
    data: bytes


def uuids(values: Ids) -> Packed:
    """A uuid[]."""
    rows = np.empty(len(values), dtype=[("length", ">i4"), ("value", "V16")])
    rows["length"], rows["value"] = 16, values
    return _packed(UUID, len(values), rows.tobytes())


def ints(values: Ints) -> Packed:
    """An integer[]; values must fit four bytes."""
    rows = np.empty(len(values), dtype=[("length", ">i4"), ("value", ">i4")])
    rows["length"], rows["value"] = 4, values
    return _packed(INT4, len(values), rows.tobytes())


def texts(values: Sequence[bytes]) -> Packed:
    """A text[] of elements made by `element`."""
    return _packed(TEXT, len(values), b"".join(values))


def element(value: str) -> bytes:
    """One text as it stands in an array."""
    encoded = value.encode()
    return struct.pack(">i", len(encoded)) + encoded


def same_ints(value: int, size: int) -> Packed:
    """An integer[] of one value `size` times."""
    return _packed(INT4, size, struct.pack(">ii", 4, value) * size)


def same_texts(value: str, size: int) -> Packed:
    """A text[] of one value `size` times."""
    return _packed(TEXT, size, element(value) * size)


def same_jsons(value: str, size: int) -> Packed:
    """A jsonb[] of one value `size` times (jsonb is sent as text after its version, 1)."""
    return _packed(JSONB, size, element("\x01" + value) * size)


def same_moments(value: dt.datetime, size: int) -> Packed:
    """A timestamptz[] of one aware moment `size` times: microseconds since 2000."""
    micros = (value - _EPOCH) // dt.timedelta(microseconds=1)
    return _packed(TIMESTAMPTZ, size, struct.pack(">iq", 8, micros) * size)


def ids_of(values: Iterable[str]) -> Ids:
    """Ids given as text."""
    return np.array([uuid.UUID(value).bytes for value in values], dtype="V16")


def words_of(values: Ids) -> list[str]:
    """Ids as text."""
    return [str(uuid.UUID(bytes=value.tobytes())) for value in values]


def new_ids(at: dt.datetime, wanted: int) -> Ids:
    """UUIDv7s of one moment (RFC 9562 §5.7)."""
    rows = np.frombuffer(bytearray(os.urandom(16 * wanted)), dtype=np.uint8).reshape(wanted, 16)
    rows[:, :6] = np.frombuffer(int(at.timestamp() * 1000).to_bytes(6, "big"), dtype=np.uint8)
    rows[:, 6] = rows[:, 6] & 0x0F | 0x70
    rows[:, 8] = rows[:, 8] & 0x3F | 0x80
    return rows.reshape(-1).view("V16")


def _packed(kind: int, size: int, elements: bytes) -> Packed:
    head = struct.pack(">iiIii", 1, 0, kind, size, 1) if size else struct.pack(">iiI", 0, 0, kind)
    return Packed(ARRAY_OF[kind], head + elements)
