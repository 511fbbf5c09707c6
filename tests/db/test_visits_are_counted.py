"""Supply is what the hall saw: visits by hour and segment, and nothing about who came."""

from __future__ import annotations

import pytest
from django.test import Client

from rushi.dispatch import actions
from rushi.dispatch.models import Visit
from tests import factories

pytestmark = pytest.mark.django_db


def test_visits_of_a_segment_and_hour_share_a_row() -> None:
    one, two = factories.participant(), factories.participant()
    other = factories.participant(region="44", gender="m")
    for person in (one, two, other):
        actions.note_visit(participant_id=person.pk)
    counts = Visit.objects.order_by("region").values_list("region", "age_band", "gender", "visits")
    assert list(counts) == [("11", "25-34", "f", 2), ("44", "25-34", "m", 1)]
    hour = Visit.objects.values_list("hour", flat=True).first()
    assert hour is not None
    assert (hour.minute, hour.second, hour.microsecond) == (0, 0, 0)


def test_only_the_first_page_of_the_hall_counts() -> None:
    person = factories.participant()
    door = Client()
    door.force_login(person.user)
    door.get("/tasks/")
    door.get("/tasks/", headers={"HX-Request": "true"})
    assert list(Visit.objects.values_list("visits", flat=True)) == [1]


def test_a_visit_names_nobody() -> None:
    assert {field.name for field in Visit._meta.get_fields()} == {
        "id", "hour", "region", "age_band", "gender", "visits",
    }  # fmt: skip
