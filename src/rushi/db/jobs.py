"""Hourly: the days to come have their partitions. Nightly: every invariant of every room holds, or the log says."""

from __future__ import annotations

import structlog
from procrastinate.contrib.django import app

from rushi.db import invariants, partitions
from rushi.kernel import clock

log = structlog.get_logger("rushi.invariants")


@app.periodic(cron="17 19 * * *")  # 03:17 in Shanghai
@app.task(name="db.check_invariants", queueing_lock="db.check_invariants", pass_context=False)
def check_invariants(timestamp: int) -> None:
    """Run all checks; raise when one is broken, so that the job counts as failed in /metrics."""
    checks = invariants.run()
    broken = [check for check in checks if not check.ok]
    for check in broken:
        log.error("invariant broken", check=check.name, rows=check.rows)
    log.info("invariants checked", checks=len(checks), broken=len(broken))
    assert not broken, f"broken invariants: {', '.join(check.name for check in broken)}"


@app.periodic(cron="7 * * * *")
@app.task(name="db.make_days", queueing_lock="db.make_days", pass_context=False)
def make_days(timestamp: int) -> None:
    """Make the partitions of the days to come. Hourly, so that a day missed for a lock is tried again soon."""
    partitions.ensure(clock.now())
