"""Operators change settings without a shell: with a reason, a fresh proof, and a history that names them."""

from __future__ import annotations

import pytest
from django.test import Client

from rushi.audit.models import Event, Setting
from rushi.audit.queries import setting
from tests import factories, keys
from tests.web.test_asking_again_who_it_is import stale

pytestmark = pytest.mark.django_db
CHANGE = {"key": "hourly_floor_fen", "value": "2200", "reason": "上海上调最低小时工资"}


def test_a_change_is_in_force_at_once_and_in_the_history() -> None:
    operator, client = factories.staff("operator"), Client()
    client.force_login(operator)
    assert client.post("/operator/settings/", CHANGE).status_code == 302
    assert setting("hourly_floor_fen") == 2200
    page = client.get("/operator/settings/").content.decode()
    assert "上海上调最低小时工资" in page
    assert str(operator) in page
    assert Event.objects.get(action="setting.set").actor_id == operator.pk


def test_it_asks_again_and_keeps_what_was_typed() -> None:
    operator = factories.staff("operator")
    app, client = keys.app_of(operator), stale(operator)
    page = client.post("/operator/settings/", CHANGE)
    assert page.status_code == 403
    assert dict(page.context["kept"]) == CHANGE
    assert not Setting.objects.exists()
    body = {**CHANGE, "again_way": "factor", "again_code": keys.shown(app)}
    client.post("/me/again/?to=/operator/settings/", body, follow=True)
    assert Setting.objects.get().value == 2200


@pytest.mark.parametrize("bad", [{"value": "0"}, {"value": "zwölf"}, {"value": "-1"}, {"key": "x"}, {"reason": ""}])
def test_what_a_setting_does_not_take_is_refused_on_the_page(bad: dict[str, str]) -> None:
    client = Client()
    client.force_login(factories.staff("operator"))
    assert client.post("/operator/settings/", {**CHANGE, **bad}).status_code == 422
    assert not Setting.objects.exists()
