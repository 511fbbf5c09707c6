"""A setting is changed with a fresh proof; what was typed waits and comes back as it was."""

from __future__ import annotations

import pytest

from rushi.audit.models import Event, Setting
from tests import factories, keys
from tests.web.test_asking_again_who_it_is import stale

pytestmark = pytest.mark.django_db
CHANGE = {"key": "hourly_floor_fen", "value": "2200", "reason": "上海上调最低小时工资", "_save": "保存"}


def test_it_asks_again_and_keeps_what_was_typed() -> None:
    operator = factories.staff("operator")
    app, client = keys.app_of(operator), stale(operator)
    page = client.post("/admin/audit/setting/add/", CHANGE, follow=True)
    assert page.redirect_chain == [("/me/again/?to=%2Fadmin%2Faudit%2Fsetting%2Fadd%2F", 307)]
    assert dict(page.context["kept"]) == CHANGE
    assert not Setting.objects.exists()
    body = {**CHANGE, "again_way": "factor", "again_code": keys.shown(app)}
    done = client.post("/me/again/?to=/admin/audit/setting/add/", body, follow=True)
    assert done.redirect_chain[0] == ("/admin/audit/setting/add/", 307)
    assert Setting.objects.get().value == 2200
    assert Event.objects.get(action="setting.set").actor_id == operator.pk
