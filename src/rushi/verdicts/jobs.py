"""Background entry points of verdicts: sweeps that keep every promised deadline."""

from __future__ import annotations

from procrastinate.contrib.django import app

from rushi.verdicts import actions


@app.periodic(cron="* * * * * */5")
@app.task(name="verdicts.judge_submitted", queueing_lock="verdicts.judge_submitted")
def judge_submitted(timestamp: int) -> None:
    """Every five seconds: judge what was handed in without being judged."""
    while actions.judge_submitted():
        pass


@app.periodic(cron="* * * * * */20")
@app.task(name="verdicts.keep_deadlines", queueing_lock="verdicts.keep_deadlines")
def keep_deadlines(timestamp: int) -> None:
    """Every twenty seconds: silence accepts work, wins appeals, frees reserves, confirms deliveries, lets pay go."""
    for sweep in (
        actions.accept_overdue,
        actions.overturn_overdue_appeals,
        actions.release_reserves,
        actions.confirm_silent_deliveries,
        actions.release_held,
    ):
        while sweep():
            pass


@app.periodic(cron="* * * * * */20")
@app.task(name="verdicts.open_deliveries", queueing_lock="verdicts.open_deliveries")
def open_deliveries(timestamp: int) -> None:
    """Every twenty seconds: ask for the advertiser's word where nothing is left to decide."""
    actions.open_deliveries()


@app.periodic(cron="41 19 * * *")  # 03:41 in Shanghai
@app.task(name="verdicts.drop_old_evidence", queueing_lock="verdicts.drop_old_evidence")
def drop_old_evidence(timestamp: int) -> None:
    """Nightly: the bulky evidence of days that nobody can ask about any more goes."""
    actions.drop_old_evidence()
