"""The nightly look at the books and everything else that must hold."""

from __future__ import annotations

import structlog
from procrastinate.contrib.django import app

from rushi.db import invariants


class Broken(Exception):
    """An invariant does not hold; the job fails and stays visible."""


@app.periodic(cron="30 19 * * *")
@app.task(name="db.check_invariants", queueing_lock="db.check_invariants")
def check_invariants(timestamp: int) -> None:
    """At 03:30 in Shanghai: run every room's invariants; a broken one is logged as critical and fails the job."""
    broken = [check for check in invariants.run() if not check.ok]
    for check in broken:
        structlog.get_logger().critical("invariant broken", check=check.name, rows=check.rows)
    if broken:
        raise Broken(", ".join(check.name for check in broken))
