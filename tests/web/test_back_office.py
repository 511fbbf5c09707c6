"""Operators see every room in the back office, change nothing there, and see no personal data."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from rushi.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("+8613800000001", "correct horse battery"))
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


def test_others_are_turned_away(client: Client) -> None:
    assert client.get("/admin/").status_code == 302
