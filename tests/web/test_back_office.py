"""Operators see every room in the back office, change nothing there but settings, and see no personal data."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from rushi.audit import queries
from rushi.audit.models import Event, Setting
from rushi.backoffice import names
from rushi.identity.models import User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(factories.staff("operator"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_list_opens_and_offers_no_addition_but_of_settings(operator: Client) -> None:
    ours = [model for model in admin.site._registry if model.__module__.startswith("rushi.")]
    assert len(ours) >= 15
    for model in ours:
        meta = model._meta
        page = operator.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
        assert page.status_code == 200, meta.label
        added = operator.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_add"))
        assert added.status_code == (200 if model is Setting else 403), meta.label


def test_phone_numbers_do_not_appear(operator: Client) -> None:
    user = User.objects.create_user("+8613912345678", nickname="小林")
    page = operator.get(reverse("admin:identity_user_change", args=[user.pk])).content.decode()
    assert "小林" in page
    assert "13912345678" not in page


def test_visitors_are_sent_to_the_login(client: Client) -> None:
    page = client.get("/admin/identity/user/", follow=True)
    assert page.redirect_chain[-1][0].startswith("/login/?next=")


@pytest.mark.parametrize("role", ["", "reviewer", "finance"])
def test_people_without_the_role_are_refused(client: Client, role: str) -> None:
    person = factories.staff(role) if role else factories.participant().user
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_operator_sees_the_rooms(operator: Client) -> None:
    page = operator.get("/admin/").content.decode()
    assert "如实 · 运营后台" in page
    assert "/admin/ledger/entry/" in page
    assert "分录" in page
    assert "+86" not in page


def test_columns_and_lines_are_named_in_words_and_money_has_two_decimals(operator: Client) -> None:
    campaign = factories.live_campaign(title="白桃气泡水", reward_fen=30)
    rows = operator.get("/admin/campaigns/campaign/").content.decode()
    assert "发布时间" in rows
    assert "¥0.30" in rows
    assert campaign.organisation.name in rows
    one = operator.get(f"/admin/campaigns/campaign/{campaign.pk}/change/").content.decode()
    assert "白桃气泡水" in one
    assert "Campaign object" not in one
    operator.cookies["django_language"] = "en"
    assert "Published at" in operator.get("/admin/campaigns/campaign/").content.decode()


def test_every_field_shown_has_a_name() -> None:
    ours = [model for model in admin.site._registry if model.__module__.startswith("rushi.")]
    shown = {field.name for model in ours for field in model._meta.concrete_fields}
    assert shown - {"password"} == set(names.FIELDS)


ACCOUNT = "如实科技有限公司\n招商银行杭州分行\n571900000010108"


def test_an_operator_puts_a_setting_in_force_with_a_reason_and_it_is_audited(operator: Client) -> None:
    said = {"key": "deposit_account", "value": ACCOUNT.replace("\n", "\r\n"), "reason": "开户完成"}
    assert operator.post("/admin/audit/setting/add/", said, follow=True).status_code == 200
    assert queries.setting("deposit_account") == ACCOUNT
    event = Event.objects.get(action="setting.set")
    assert (event.detail["key"], event.detail["value"]) == ("deposit_account", ACCOUNT)
    assert str(event.actor_id) == operator.session["_auth_user_id"]
    assert "开户完成" in operator.get("/admin/audit/setting/").content.decode()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("deposit_account", "只有户名"),
        ("appeal_days", "0"),
        ("appeal_days", "七"),
        ("nonsense", "1"),
        ("appeal_days", ""),
    ],
)
def test_a_value_out_of_range_is_refused_and_says_what_is_allowed(operator: Client, key: str, value: str) -> None:
    page = operator.post("/admin/audit/setting/add/", {"key": key, "value": value, "reason": "试"})
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert Event.objects.filter(action="setting.set").count() == 0


@pytest.mark.parametrize("role", ["reviewer", "finance"])
def test_nobody_else_sets_a_setting(client: Client, role: str) -> None:
    client.force_login(factories.staff(role), backend="django.contrib.auth.backends.ModelBackend")
    client.post("/admin/audit/setting/add/", {"key": "appeal_days", "value": "9", "reason": "试"})
    assert queries.setting("appeal_days") == 7
