"""Every minute jobs of killed workers, hourly the partitions of days to come, nightly every room's invariants."""

from __future__ import annotations

import structlog
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from rushi.db import invariants, partitions
from rushi.kernel import clock

LOST_SECONDS = 30
"""A worker says every ten seconds that it lives; one that was silent for so long was killed."""
log = structlog.get_logger("rushi.jobs")


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


@app.periodic(cron="* * * * *")
@app.task(name="db.retake_lost", queueing_lock="db.retake_lost", pass_context=True)
async def retake_lost(context: JobContext, timestamp: int) -> None:
    """Every minute: take up again the jobs of workers that were killed (all of ours may run twice).

    A sweep whose successor waits already cannot wait a second time: it is let go.
    """
    jobs = context.app.job_manager
    for lost in await jobs.get_stalled_jobs(seconds_since_heartbeat=LOST_SECONDS):
        if lost.id == context.job.id:
            continue
        log.warning("job lost with its worker", task=lost.task_name, job=lost.id)
        try:
            await jobs.retry_job(lost)
        except UniqueViolation:
            await jobs.finish_job(lost, Status.FAILED, delete_job=True)
