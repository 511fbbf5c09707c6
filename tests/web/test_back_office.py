"""Operators see every room in the back office, change nothing there, and see no personal data."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from rushi.identity.models import User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(factories.staff("operator"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_list_opens_and_offers_no_addition(operator: Client) -> None:
    ours = [model for model in admin.site._registry if model.__module__.startswith("rushi.")]
    assert len(ours) >= 15
    for model in ours:
        meta = model._meta
        page = operator.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
        assert page.status_code == 200, meta.label
        added = operator.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_add"))
        assert added.status_code == 403, meta.label


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
