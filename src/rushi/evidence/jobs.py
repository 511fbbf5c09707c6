"""Background entry points of evidence."""

from __future__ import annotations

from procrastinate.contrib.django import app

from rushi.evidence import actions


@app.periodic(cron="* * * * * */10")
@app.task(name="evidence.fold_tallies", queueing_lock="evidence.fold_tallies", pass_context=False)
def fold_tallies(timestamp: int) -> None:
    """Every ten seconds: fold what was accepted into the reports' tallies, as long as a thousand wait somewhere."""
    actions.fold_tallies()
