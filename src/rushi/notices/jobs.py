"""Background entry points of notices."""

from __future__ import annotations

from procrastinate.contrib.django import app

from rushi.notices import actions


@app.periodic(cron="* * * * * */5")
@app.task(name="notices.send_due", queueing_lock="notices.send_due", lock="notices.send_due", pass_context=False)
def send_due(timestamp: int) -> None:
    """Every five seconds: send what is due. One at a time, so that slow receivers hold up no other job."""
    actions.send_due()


@app.periodic(cron="52 19 * * *")  # 03:52 in Shanghai
@app.task(name="notices.forget_old", queueing_lock="notices.forget_old", pass_context=False)
def forget_old(timestamp: int) -> None:
    """Nightly: forget messages that nobody can ask for any more."""
    while actions.forget_old():
        pass
