"""Places held in a database of the first release are held after it became today's: by day, counted, listed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from rushi.db import invariants
from tests.db.test_rows_of_issue_2_convert import NOON, World, released, today

__all__ = ["released"]
pytestmark = pytest.mark.django_db(transaction=True)
MOMENTS = {"submitted_at": NOON, "closed_at": None, "lease_expires_at": NOON + dt.timedelta(hours=1)}


def test_places_days_and_waiting_work_are_kept(released: Any) -> None:
    from rushi.campaigns.models import Budget
    from rushi.dispatch.models import Assignment, ParticipantDay, Participation, Undecided

    world = World(released)
    world.make("campaigns.Budget", campaign=world.campaign, is_open=True, unit_fen=27, places=10, budget_fen=400)
    kept = {}
    for status in ("claimed", "started", "submitted", "in_review", "accepted", "rejected", "returned", "expired"):
        kept[status] = world.worked(status)
        then = released.get_model("dispatch.Assignment").objects.filter(pk=kept[status].pk)
        is_open = status in ("claimed", "started", "submitted", "in_review")
        then.update(**{**MOMENTS, "closed_at": None if is_open else NOON})
        if status == "returned":
            released.get_model("dispatch.ParticipantDay").objects.filter(
                participant_id=kept[status].participant_id
            ).update(claims=0)
    today()

    assert {one.pk: one.status for one in Assignment.objects.all()} == {one.pk: name for name, one in kept.items()}
    assert set(Participation.objects.values_list("id", "participant_id")) == {
        (one.pk, one.participant_id) for one in kept.values()
    }
    held = dict(ParticipantDay.objects.values_list("participant_id", "held_fen"))
    assert {name: held[one.participant_id] for name, one in kept.items()} == {
        "claimed": 20, "started": 20, "submitted": 20, "in_review": 20, "accepted": 20,
        "rejected": 0, "returned": 0, "expired": 0,
    }  # fmt: skip
    waiting = {one.assignment_id: one.status for one in Undecided.objects.all()}
    assert waiting == {kept[name].pk: name for name in ("submitted", "in_review")}
    assert Budget.objects.get(pk=world.campaign.pk).places == 10
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM dispatch_assignment")
        assert [name for (name,) in cursor.fetchall() if name.endswith("_default")] == []
        cursor.execute("SELECT proname FROM pg_proc WHERE proname ~ '^(dispatch|campaigns)_' ORDER BY 1")
        names = [name for (name,) in cursor.fetchall()]
    assert len({name.rsplit("_v", 1)[0] for name in names}) == len(names), "one version of each function"
    broken = [one.name for one in invariants.run() if not one.ok and one.name.startswith("dispatch.")]
    assert broken == []
