"""`bench pages`: what each page of the site weighs and costs, walked as one person of each role."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from rushi.cli import ready
from rushi.cli.errors import CommandFailed


def add(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `pages`."""
    walk = parts.add_parser("pages", help="weight, queries and server time of each page the demo people can reach")
    walk.add_argument("--json", action="store_true", help="one JSON object a page")
    walk.set_defaults(run=run)


def run(asked: argparse.Namespace) -> None:
    """Walk the site as one person of each role in the present database and print what each page costs."""
    ready.use_database()
    ready.setup_django(quiet=True)
    from rushi.cli import weighing

    people = weighing.people()
    if len(people) == 1:
        raise CommandFailed("nobody lives here yet: run ./rushi up once, so that the demo market fills")
    for page in (page for role, user in people.items() for page in weighing.walk(role, user)):
        if asked.json:
            print(json.dumps(asdict(page), ensure_ascii=False))
        else:
            print(
                f"{page.role:<12} {page.status} {page.milliseconds:7.1f} ms {page.queries:3d} queries "
                f"{page.html_bytes / 1000:6.1f} + {page.asset_bytes / 1000:5.1f} kB  {page.route}"
            )
