"""The PostgreSQL the tests speak to: a cluster of their own (fsync off), or the one that RUSHI_TEST_DATABASE_URL names.

The URL is the owner's: a role that may create databases, and roles when `rushi_app` is missing.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("RUSHI_TEST_DATA_DIR") or ROOT / ".cache" / "test").resolve()
GIVEN = os.environ.get("RUSHI_TEST_DATABASE_URL", "")


def url(database: str = "") -> str:
    """The owner's URL of a database of this server, started when it is our own."""
    from rushi.db import launcher

    if not GIVEN:
        return launcher.ensure(DATA, durable=False).url(launcher.OWNER, database or launcher.DATABASE)
    _want_app_role(launcher.APP)
    return urlsplit(GIVEN)._replace(path=f"/{database}").geturl() if database else GIVEN


def _want_app_role(name: str) -> None:
    """Make the application's role when a given server lacks it, with the password of the URL."""
    password = urlsplit(GIVEN).password
    with psycopg.connect(GIVEN, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
            secret = psycopg.sql.SQL(" PASSWORD {}").format(password) if password else psycopg.sql.SQL("")
            connection.execute(psycopg.sql.SQL("CREATE ROLE {} LOGIN").format(psycopg.sql.Identifier(name)) + secret)
