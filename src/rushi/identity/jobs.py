"""Background entry points of identity."""

from __future__ import annotations

from procrastinate.contrib.django import app

from rushi.identity import actions


@app.periodic(cron="40 19 * * *")
@app.task(name="identity.forget_digests", queueing_lock="identity.forget_digests", pass_context=False)
def forget_digests(timestamp: int) -> None:
    """Nightly (03:40 in Shanghai): drop digests of erased people that nothing asks to keep."""
    actions.forget_digests()


@app.periodic(cron="50 19 * * *")
@app.task(name="identity.forget_logins", queueing_lock="identity.forget_logins", pass_context=False)
def forget_logins(timestamp: int) -> None:
    """Nightly (03:50 in Shanghai): drop old logins, tries that count no longer, and sessions that ran out."""
    actions.forget_logins()
    actions.forget_tries()
