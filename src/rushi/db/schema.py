"""Whether a database has today's tables: a stamp of all migrations, kept as a comment in the database itself."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import psycopg
from django.db import connection

_THIRD_PARTY = ("django", "django-allauth", "procrastinate")


@cache
def digest() -> str:
    """What the stamp should say: a hash of our migrations, SQL functions, grants and third-party versions."""
    root = Path(str(files("rushi")))
    found = sorted([*root.glob("*/migrations/*.py"), *root.glob("*/sql/functions/*.sql"), root / "db" / "grants.py"])
    summed = hashlib.sha256()
    for path in found:
        summed.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for name in _THIRD_PARTY:
        summed.update(f"{name}={version(name)}\n".encode())
    return f"rushi schema {summed.hexdigest()[:32]}"


def is_current(url: str) -> bool:
    """Whether the database at `url` carries today's stamp. One short connection, no Django."""
    with psycopg.connect(url, connect_timeout=10) as fresh:
        row = fresh.execute("SELECT obj_description('public'::regnamespace)").fetchone()
    return row is not None and row[0] == digest()


def is_current_here() -> bool:
    """Whether Django's own database carries today's stamp. Raises DatabaseError when it does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description('public'::regnamespace)")
        row = cursor.fetchone()
    return row is not None and row[0] == digest()


def static_digest() -> str:
    """What changes when a static file does: names, sizes and times of all of them, and third-party versions."""
    root = Path(str(files("rushi")))
    summed = hashlib.sha256("".join(version(name) for name in _THIRD_PARTY).encode())
    for path in sorted(root.glob("*/static/**/*")):
        facts = path.stat()
        summed.update(f"{path.relative_to(root)} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return summed.hexdigest()


def stamp() -> None:
    """Write today's stamp; the owner calls it after migrating."""
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON SCHEMA public IS '{digest()}'")
