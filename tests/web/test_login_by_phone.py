"""One form for everybody: phone, code, in; new phones declare their age first."""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.test import Client

from rushi.audit.models import Event
from rushi.identity.models import Agent, Consent, Participant, User
from rushi.kernel import clock

if TYPE_CHECKING:
    from tests.loopback import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
PHONE = "13912345678"


def ask(client: Client, phone: str = PHONE) -> Any:
    return client.post("/login/", {"phone": phone})


def enter(client: Client, code: str) -> Any:
    return client.post("/login/code/", {"code": code, "action": "verify"})


def known(phone: str = PHONE) -> User:
    user = User.objects.create_user("+86" + phone, phone_verified_at=clock.now())
    Participant.objects.create(user=user, adult_declared_at=clock.now(), joined_at=clock.now())
    return user


def test_a_new_person_joins(client: Client, sandbox: Sandbox) -> None:
    assert ask(client).url == "/login/code/"
    assert "139" in client.get("/login/code/").content.decode()
    assert enter(client, sandbox.code(PHONE)).url == "/login/join/"
    assert not User.objects.exists()
    refused = client.post("/login/join/", {"agreed": "on"})
    assert "年满 18 周岁" in refused.content.decode()
    assert not User.objects.exists()
    done = client.post("/login/join/", {"agreed": "on", "adult": "on"})
    assert done.url == "/home/"
    user = User.objects.get()
    assert user.phone == "+86" + PHONE
    assert user.phone_verified_at is not None
    assert user.participant.adult_declared_at is not None
    assert set(Consent.objects.values_list("document", flat=True)) == {"terms", "privacy"}
    assert client.get("/home/").url == "/tasks/"


def test_a_known_person_is_in_at_once_and_returns_where_they_wanted(client: Client, sandbox: Sandbox) -> None:
    known()
    client.get("/login/?next=/wallet/")
    ask(client, "+86 139-1234-5678")
    assert enter(client, sandbox.code(PHONE)).url == "/wallet/"


def test_a_foreign_next_is_ignored(client: Client, sandbox: Sandbox) -> None:
    known()
    client.get("/login/?next=https://evil.example/")
    ask(client)
    assert enter(client, sandbox.code(PHONE)).url == "/home/"


@pytest.mark.parametrize("phone", ["", "12345", "12912345678", "1391234567", "139123456789", "+1 202 555 0100"])
def test_other_numbers_are_refused_in_plain_words(client: Client, phone: str) -> None:
    assert client.post("/login/", {"phone": phone}).status_code == 200
    if phone:
        assert "11 位中国大陆手机号" in client.post("/login/", {"phone": phone}).content.decode()


def test_a_wrong_code_is_refused_and_three_void_it(client: Client, sandbox: Sandbox) -> None:
    known()
    ask(client)
    right = sandbox.code(PHONE)
    wrong = "000000" if right != "000000" else "111111"
    assert "验证码不正确" in enter(client, wrong).content.decode()
    enter(client, wrong)
    enter(client, wrong)
    assert enter(client, right).url == "/login/"
    assert "_auth_user_id" not in client.session


def test_a_phone_with_too_many_misses_takes_no_code_at_all(
    client: Client, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    known()
    monkeypatch.setattr("rushi.web.phone_code.MISSES_PER_PHONE", ((1, 3600),))
    ask(client)
    code = sandbox.code(PHONE)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    enter(client, wrong)
    assert "频繁" in enter(client, wrong).content.decode()
    assert "频繁" in enter(client, code).content.decode()
    assert "_auth_user_id" not in client.session


def test_the_session_does_not_hold_the_code(client: Client, sandbox: Sandbox) -> None:
    ask(client)
    assert sandbox.code(PHONE) not in str(dict(client.session.items()))


def test_an_address_gets_few_codes_for_many_phones(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rushi.web.phone_code.PER_ADDRESS", ((3, 60),))
    for last in range(6):
        ask(Client(), f"1391234567{last}")
    assert len(sandbox.state.sent) == 3


def test_a_code_expires(client: Client, sandbox: Sandbox) -> None:
    known()
    with time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC), tick=False) as now:
        ask(client)
        now.shift(301)
        assert "已过期" in enter(client, sandbox.code(PHONE)).content.decode()
        again = client.post("/login/code/", {"action": "resend"})
        assert again.url == "/login/code/"
        assert enter(client, sandbox.code(PHONE)).url == "/home/"


def test_another_code_waits_and_voids_the_first(client: Client, sandbox: Sandbox) -> None:
    known()
    with time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC), tick=False) as now:
        ask(client)
        first = sandbox.code(PHONE)
        assert "频繁" in client.post("/login/code/", {"action": "resend"}).content.decode()
        assert len(sandbox.state.sent) == 1
        now.shift(51)
        assert client.post("/login/code/", {"action": "resend"}).status_code == 302
        second = sandbox.code(PHONE)
        if first != second:
            assert "不正确" in enter(client, first).content.decode()
        assert enter(client, second).url == "/home/"


def test_a_phone_gets_few_codes_an_hour(sandbox: Sandbox) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC), tick=False) as now:
        for _ in range(7):
            ask(Client())
            now.shift(60)
    assert len(sandbox.state.sent) == 5


def test_known_and_new_phones_look_the_same_until_the_code(sandbox: Sandbox) -> None:
    known()
    pages = []
    for phone in (PHONE, "13912345679"):
        client = Client()
        ask(client, phone)
        page = client.get("/login/code/").content.decode().replace(phone, "")
        pages.append(re.sub(r'value="[A-Za-z0-9]{64}"|X-CSRFToken": "[^"]*"', "", page))
    assert pages[0] == pages[1]
    assert len(sandbox.state.sent) == 2


def test_a_failing_sms_service_is_said_and_nothing_breaks(client: Client, sandbox: Sandbox) -> None:
    sandbox.state.faults["sms"] = "throttle"
    assert "服务暂时繁忙" in ask(client).content.decode()


def test_joining_by_invitation_records_the_agent(client: Client, sandbox: Sandbox) -> None:
    agent = Agent.objects.create(user=known("13800000001"), name="小林", code="ABCD2345", joined_at=clock.now())
    page = client.get("/i/abcd2345/")
    assert "小林" in page.content.decode()
    ask(client)
    enter(client, sandbox.code(PHONE))
    client.post("/login/join/", {"agreed": "on", "adult": "on"})
    participant = Participant.objects.get(user__phone="+86" + PHONE)
    assert participant.agent == agent
    assert participant.recruited_at is not None


def test_an_unknown_invitation_says_so(client: Client) -> None:
    response = client.get("/i/NOBODY22/")
    assert response.status_code == 404
    assert "邀请链接无效" in response.content.decode()


def test_pages_before_their_step_send_back(client: Client) -> None:
    assert client.get("/login/code/").url == "/login/"
    assert client.get("/login/join/").url == "/login/"
    assert client.get("/home/").url == "/login/?next=/home/"


def test_logging_out_needs_a_post(client: Client) -> None:
    client.force_login(known())
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").url == "/"
    assert "_auth_user_id" not in client.session


def test_neither_phone_nor_code_is_logged_or_audited(
    client: Client, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ask(client)
    code = sandbox.code(PHONE)
    enter(client, code)
    client.post("/login/join/", {"agreed": "on", "adult": "on"})
    said = caplog.text + " ".join(str(event.__dict__) for event in Event.objects.all())
    assert PHONE not in said
    assert code not in caplog.text


class TestDemoPeople:
    """One tap each, in the demo and from this machine only."""

    def test_they_are_listed_and_log_in(self, client: Client) -> None:
        user = known()
        User.objects.filter(pk=user.pk).update(is_demo=True, nickname="阿青")
        assert "阿青" in client.get("/login/").content.decode()
        assert client.post("/login/demo/", {"user": str(user.pk)}).url == "/home/"
        assert client.session["_auth_user_id"] == str(user.pk)

    @pytest.mark.parametrize("extra", [{"REMOTE_ADDR": "10.0.0.9"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}])
    def test_not_from_elsewhere(self, client: Client, extra: dict[str, str]) -> None:
        user = known()
        User.objects.filter(pk=user.pk).update(is_demo=True, nickname="阿青")
        assert "阿青" not in client.get("/login/", **extra).content.decode()
        assert client.post("/login/demo/", {"user": str(user.pk)}, **extra).status_code == 404

    def test_not_in_production(self, client: Client, settings: Any) -> None:
        user = known()
        User.objects.filter(pk=user.pk).update(is_demo=True)
        settings.IS_DEMO = False
        assert client.post("/login/demo/", {"user": str(user.pk)}).status_code == 404

    def test_not_for_real_people(self, client: Client) -> None:
        assert client.post("/login/demo/", {"user": str(known().pk)}).status_code == 404
        assert client.post("/login/demo/", {"user": "x"}).status_code == 404

    def test_needs_the_csrf_token(self) -> None:
        user = known()
        User.objects.filter(pk=user.pk).update(is_demo=True)
        assert Client(enforce_csrf_checks=True).post("/login/demo/", {"user": str(user.pk)}).status_code == 403
