"""Settings have defaults, dates in force and a history; rows are never changed."""

import datetime as dt
from uuid import uuid4

import pytest

from rushi.audit import actions, queries, rules
from rushi.audit.errors import SettingOutOfRange, UnknownSetting
from rushi.audit.models import Event
from rushi.kernel import clock

pytestmark = pytest.mark.django_db


def test_defaults_hold_until_somebody_sets_them() -> None:
    assert queries.setting("hourly_floor_fen") == 2000
    assert queries.setting("payout_fen_min") == 100


def test_every_default_is_admitted_by_its_own_rule() -> None:
    assert all(rule.admits(rule.default) for rule in rules.SETTINGS.values())


def test_a_setting_is_in_force_from_its_date_on() -> None:
    now = clock.now()
    actions.set_setting(
        actor_id=uuid4(), key="payout_fee_fen", value=50, reason="银行费率", in_force_from=now + dt.timedelta(days=1)
    )
    assert queries.setting("payout_fee_fen") == 0
    assert queries.setting("payout_fee_fen", now + dt.timedelta(days=2)) == 50


def test_setting_one_is_audited() -> None:
    actor = uuid4()
    actions.set_setting(actor_id=actor, key="appeal_days", value=10, reason="试行")
    event = Event.objects.get(actor_id=actor)
    assert (event.action, event.detail["value"]) == ("setting.set", 10)
    assert [row.action for row in queries.history(event.subject_id)] == ["setting.set"]


@pytest.mark.parametrize("value", [-1, 10_001, "7", True])
def test_values_out_of_range_are_refused(value: object) -> None:
    with pytest.raises(SettingOutOfRange):
        actions.set_setting(actor_id=uuid4(), key="payout_fee_fen", value=value, reason="")  # type: ignore[arg-type]


def test_a_closed_list_is_closed() -> None:
    with pytest.raises(SettingOutOfRange):
        actions.set_setting(actor_id=uuid4(), key="withholding_method", value="none", reason="")


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(UnknownSetting):
        queries.setting("nonsense")
    with pytest.raises(UnknownSetting):
        actions.set_setting(actor_id=uuid4(), key="nonsense", value=1, reason="")
