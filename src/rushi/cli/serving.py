"""`up` and what it runs: `worker` (background jobs), `seed` (the demo market), `static` (files for browsers)."""

from __future__ import annotations

import argparse
import importlib
import os

from rushi.cli import ready, supervisor
from rushi.kernel import processes


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `up`, `worker`, `seed` and `static`."""
    up_verb = verbs.add_parser("up", help="start everything: database, site, worker, sandbox; Ctrl-C stops it all")
    up_verb.add_argument("--port", type=int, default=8000, help="the site's port; the sandbox takes the next one")
    up_verb.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    up_verb.add_argument("--empty", action="store_true", help="a clean system: no demo market")
    up_verb.set_defaults(run=up)
    verbs.add_parser("worker", help="run background jobs until stopped (up runs one)").set_defaults(run=worker)
    verbs.add_parser("seed", help="fill the demo market (up does it once)").set_defaults(run=seed)
    verbs.add_parser("static", help="gather and compress files for browsers (up does it)").set_defaults(run=static)


def up(asked: argparse.Namespace) -> int:
    """Run the supervisor until it is told to stop."""
    return supervisor.run(supervisor.Plan(host=asked.host, port=asked.port, seeds=not asked.empty))


def worker(asked: argparse.Namespace) -> None:
    """Run procrastinate's worker in this process."""
    if os.environ.get(supervisor.SUPERVISED):
        processes.die_with_parent()
    ready.use_database()
    ready.setup_django()
    from procrastinate.contrib.django import app

    from rushi.db import partitions
    from rushi.kernel import clock

    partitions.ensure(clock.now())  # after a long rest no day of today would exist until the job comes round
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with app.replace_connector(connector) as working:
        # Sweeps run every few seconds: what went well is deleted, what failed stays to be looked at.
        working.run_worker(concurrency=4, listen_notify=True, install_signal_handlers=True, delete_jobs="successful")


def seed(asked: argparse.Namespace) -> None:
    """Fill the demo market through the same actions as people; it is written to be interrupted and run again.

    Under `up` it lives on afterwards: demo people answer the demo's live campaigns for an hour.
    """
    if os.environ.get(supervisor.SUPERVISED):
        processes.die_with_parent()
    ready.use_database()
    ready.setup_django()
    actions = importlib.import_module("rushi.market.actions")
    actions.seed(progress=lambda line: print(f"market: {line}", flush=True))
    if os.environ.get(supervisor.SUPERVISED):
        actions.pulse()


def static(asked: argparse.Namespace) -> None:
    """Gather static files under hashed names, compressed, into the data directory."""
    os.environ["RUSHI_COLLECTING"] = "1"
    ready.setup_django()
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
