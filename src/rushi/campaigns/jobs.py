"""Background entry points of campaigns."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from rushi.campaigns import actions


@app.task(name="campaigns.process_material", pass_context=False)
def process_material(material_id: str) -> None:
    """Make a clip's poster and phone rendition."""
    actions.process_material(material_id=UUID(material_id))


@app.periodic(cron="* * * * * */10")
@app.task(name="campaigns.finish_due", queueing_lock="campaigns.finish_due", pass_context=False)
def finish_due(timestamp: int) -> None:
    """Every ten seconds: close what is done, refund what became free."""
    actions.finish_due()


@app.periodic(cron="* * * * * */15")
@app.task(name="campaigns.tell_progress", queueing_lock="campaigns.tell_progress", pass_context=False)
def tell_progress(timestamp: int) -> None:
    """Every fifteen seconds: tell programs that listen how far their campaigns are."""
    actions.tell_progress()


@app.periodic(cron="*/5 * * * *")
@app.task(name="campaigns.process_overdue", queueing_lock="campaigns.process_overdue", pass_context=False)
def process_overdue(timestamp: int) -> None:
    """Every five minutes: queue clips again whose job was lost."""
    actions.process_overdue()
