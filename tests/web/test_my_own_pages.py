"""Profile, real name, consents, becoming an agent and leaving, through the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from rushi.identity.models import Agent, Participant, User
from tests import books, factories

if TYPE_CHECKING:
    from tests.loopback import Sandbox

pytestmark = pytest.mark.django_db
REAL = {"name": "林知夏", "number": "11010519491231002X", "consent": "on"}


@pytest.fixture
def person(client: Client) -> Participant:
    found = factories.participant(is_verified=False, region="", age_band="", gender="")
    client.force_login(found.user)
    return found


def test_the_profile_is_saved_and_can_be_emptied(client: Client, person: Participant) -> None:
    said = {"nickname": "阿青", "region": "51", "age_band": "25-34", "gender": "f", "interests": ["food", "pets"]}
    assert client.post("/me/profile/", said).url == "/me/"  # type: ignore[attr-defined]
    person.refresh_from_db()
    assert (person.region, person.age_band, person.gender, person.interests) == ("51", "25-34", "f", ["food", "pets"])
    assert "阿青" in client.get("/me/").content.decode()
    assert client.post("/me/profile/", {"region": "99"}).status_code == 200
    assert client.post("/me/profile/", {"gender": ""}).status_code == 302
    person.refresh_from_db()
    assert (person.region, person.interests) == ("", [])


def test_a_verified_age_is_not_changed_by_hand(client: Client, person: Participant, sandbox: Sandbox) -> None:
    assert client.post("/me/name/", REAL).url == "/me/"  # type: ignore[attr-defined]
    client.post("/me/profile/", {"age_band": "18-24", "gender": "f"})
    person.refresh_from_db()
    assert person.age_band == "55+"


def test_the_name_is_asked_for_politely(client: Client, person: Participant, sandbox: Sandbox) -> None:
    assert "单独同意" in client.post("/me/name/", {**REAL, "consent": ""}).content.decode()
    assert "身份证号有误" in client.post("/me/name/", {**REAL, "number": "110105194912310021"}).content.decode()
    assert "不一致" in client.post("/me/name/", {**REAL, "name": "不符之人"}).content.decode()
    client.post("/me/name/", REAL)
    page = client.get("/me/name/").content.decode()
    assert "**夏" in page
    assert "林知夏" not in page
    assert "撤回并删除" in client.get("/me/consents/").content.decode()
    assert client.post("/me/consents/name/").url == "/me/consents/"  # type: ignore[attr-defined]
    person.refresh_from_db()
    assert person.real_name_verified_at is None


def test_becoming_an_agent_needs_the_name(client: Client, person: Participant, sandbox: Sandbox) -> None:
    assert "需要实名认证" in client.get("/me/agent/").content.decode()
    assert "请先完成实名认证" in client.post("/me/agent/", {"name": "小林"}).content.decode()
    assert not Agent.objects.exists()
    client.post("/me/name/", REAL)
    assert client.post("/me/agent/", {"name": "小林"}).url == "/agent/"  # type: ignore[attr-defined]
    assert client.get("/me/agent/").url == "/agent/"  # type: ignore[attr-defined]
    assert "小林" in client.get("/agent/").content.decode()


def test_leaving_says_why_not_and_then_lets_go(client: Client, person: Participant) -> None:
    assert "请勾选确认" in client.post("/me/erase/").content.decode()
    books.give_person(person.pk, 5)
    assert "未提现的余额" in client.post("/me/erase/", {"confirm": "on"}).content.decode()
    other = factories.participant()
    client.force_login(other.user)
    assert "账号已注销" in client.post("/me/erase/", {"confirm": "on"}).content.decode()
    assert client.get("/me/").status_code == 302
    assert User.objects.get(pk=other.pk).erased_at is not None


def test_the_language_is_remembered_with_the_account(client: Client, person: Participant) -> None:
    client.post("/language/", {"language": "en", "next": "/me/"})
    person.user.refresh_from_db()
    assert person.user.language == "en"
    assert "Real name" in client.get("/me/").content.decode()


def test_a_disabled_account_is_told_so(client: Client) -> None:
    user = factories.user(is_active=False, is_demo=True)
    assert client.post("/login/demo/", {"user": str(user.pk)}).status_code == 404
