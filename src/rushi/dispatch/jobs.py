"""Background entry points of dispatch."""

from __future__ import annotations

from procrastinate.contrib.django import app

from rushi.dispatch import actions


@app.periodic(cron="* * * * * */5")
@app.task(name="dispatch.expire_due", queueing_lock="dispatch.expire_due", pass_context=False)
def expire_due(timestamp: int) -> None:
    """Every five seconds: end leases that ran out, a batch at a time, until none is left."""
    while actions.expire_due():
        pass


@app.periodic(cron="* * * * *")
@app.task(name="dispatch.watch_pace", queueing_lock="dispatch.watch_pace", pass_context=False)
def watch_pace(timestamp: int) -> None:
    """Every minute: see how each live campaign gets on, and which lag."""
    actions.watch_pace()


@app.periodic(cron="* * * * *")
@app.task(name="dispatch.refresh_prices", queueing_lock="dispatch.refresh_prices", pass_context=False)
def refresh_prices(timestamp: int) -> None:
    """Every minute: price what is open by what is left to do and who is expected."""
    actions.refresh_prices()


@app.periodic(cron="20 * * * *")
@app.task(name="dispatch.publish_fairness", queueing_lock="dispatch.publish_fairness", pass_context=False)
def publish_fairness(timestamp: int) -> None:
    """Every hour, so that no night is missed: publish how yesterday's work was spread, once."""
    actions.publish_fairness()
