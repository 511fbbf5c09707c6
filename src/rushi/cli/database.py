"""`db` and `migrate`: the embedded server, and the tables in it."""

from __future__ import annotations

import argparse
import os
import subprocess

from rushi.cli import ready
from rushi.cli.errors import CommandFailed
from rushi.db import launcher, schema


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `db` and `migrate`."""
    db = verbs.add_parser("db", help="the embedded database: start, stop, url, psql")
    actions = db.add_subparsers(metavar="ACTION", required=True)
    for name, run, text in (
        ("start", start, "start it (making it on first use) and print its URL"),
        ("stop", stop, "stop it"),
        ("url", url, "print the application role's URL, starting it when needed"),
    ):
        actions.add_parser(name, help=text).set_defaults(run=run)
    shell = actions.add_parser("psql", help="open psql as the owner; further arguments go to psql")
    shell.add_argument("arguments", nargs=argparse.REMAINDER)
    shell.set_defaults(run=psql)
    migrate_verb = verbs.add_parser("migrate", help="bring the tables, grants and cache table up to date")
    migrate_verb.add_argument(
        "--if-needed", action="store_true", help="do nothing when the stamp in the database is current"
    )
    migrate_verb.set_defaults(run=migrate)


def start(asked: argparse.Namespace) -> None:
    """Start the embedded server and print its URL."""
    print(launcher.ensure().url())


def stop(asked: argparse.Namespace) -> None:
    """Stop the embedded server; says so when none was running."""
    print("stopped" if launcher.stop() else "not running")


def url(asked: argparse.Namespace) -> None:
    """Print the URL of the database in use."""
    print(os.environ.get("RUSHI_DATABASE_URL") or launcher.ensure().url())


def psql(asked: argparse.Namespace) -> int:
    """Run psql against the database in use."""
    target = os.environ.get("RUSHI_OWNER_DATABASE_URL") or os.environ.get("RUSHI_DATABASE_URL")
    target = target or launcher.ensure().url(launcher.OWNER)
    program = launcher.find_bin() / "psql"
    return subprocess.run([program, target, *asked.arguments], check=False).returncode


def migrate(asked: argparse.Namespace) -> None:
    """Apply migrations, grants, the cache table and day partitions as the owner, then stamp the database."""
    ready.use_database(owner=True)
    if asked.if_needed and schema.is_current(os.environ["RUSHI_DATABASE_URL"]):
        return
    ready.setup_django()
    from django.core.management import call_command

    from rushi.db import grants, partitions
    from rushi.kernel import clock

    try:
        call_command("migrate", interactive=False, verbosity=1)
        call_command("createcachetable")
    except Exception as error:
        raise CommandFailed(f"migration failed: {error}") from error
    grants.apply()
    partitions.ensure(clock.now())
    schema.stamp()
