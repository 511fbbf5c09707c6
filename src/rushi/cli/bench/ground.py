"""Where a bench happens: a fresh database of its own, on an embedded server of its own or on one given by URL.

The embedded server is made as production makes it (fsync, synchronous_commit and full_page_writes on).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from rushi.cli.errors import CommandFailed
from rushi.db import launcher

ROOT = Path(__file__).resolve().parents[4]


@dataclass(frozen=True, slots=True)
class Ground:
    """A migrated database for one bench: URLs of the application's role and of the owner, and PostgreSQL's programs."""

    app_url: str
    owner_url: str
    programs: Path

    def beside(self, database: str) -> str:
        """The owner's URL of another database on the same server."""
        return with_database(self.owner_url, database)


def with_database(url: str, database: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@contextlib.contextmanager
def scratch(name: str, url: str | None = None) -> Iterator[Ground]:
    """A migrated, empty database that is gone afterwards. `url` (else RUSHI_DATABASE_URL) names another server.

    On a server given by URL the role (or that of RUSHI_OWNER_DATABASE_URL) must be allowed to create databases; the
    programs (pgbench) are then Debian's. Raises LauncherError, CommandFailed.
    """
    given = url or os.environ.get("RUSHI_DATABASE_URL")
    with _given(name, given) if given else _embedded(name) as ground:
        _migrate(ground)
        yield ground


@contextlib.contextmanager
def _embedded(name: str) -> Iterator[Ground]:
    root = launcher.default_data_dir() / "bench" / name
    launcher.stop(root)
    shutil.rmtree(root, ignore_errors=True)
    cluster = launcher.ensure(root)
    try:
        yield Ground(cluster.url(), cluster.url(launcher.OWNER), launcher.find_bin())
    finally:
        launcher.stop(root)
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def _given(name: str, url: str) -> Iterator[Ground]:
    owner = os.environ.get("RUSHI_OWNER_DATABASE_URL") or url
    database = f"rushi_bench_{name}_{os.getpid()}"
    with _server(owner) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    try:
        programs = next(
            (p for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True) if (p / "pgbench").exists()),
            launcher.find_bin(),
        )
        yield Ground(with_database(url, database), with_database(owner, database), programs)
    finally:
        with _server(owner) as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


@contextlib.contextmanager
def _server(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            yield connection
    except psycopg.Error as error:
        raise CommandFailed(f"the server does not take this bench: {error}") from error


def _migrate(ground: Ground) -> None:
    # In a process of its own: Django here may be set up for another database already.
    environment = os.environ | {
        "RUSHI_DATABASE_URL": ground.app_url,
        "RUSHI_OWNER_DATABASE_URL": ground.owner_url,
        "PYTHONPATH": str(ROOT / "src"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "rushi.cli", "migrate"], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise CommandFailed(f"the bench's database could not be migrated: {done.stderr.strip()[-500:]}")
