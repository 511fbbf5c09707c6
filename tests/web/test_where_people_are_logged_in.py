"""Everybody sees where they are logged in, and ends it at once: on the usual way and on the lean one."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client

from rushi.identity import actions, devices
from rushi.identity.models import Login, User
from tests import factories, watching
from tests.web.test_lean_way import claim, lean_client

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 Chrome/116 Mobile Safari/537.36 MicroMessenger/8.0"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


@pytest.fixture
def person() -> User:
    user = factories.participant().user
    User.objects.filter(pk=user.pk).update(is_demo=True)
    return user


def enter(user: User, agent: str = PHONE, client: Client | None = None) -> Client:
    """Log in through a door that makes a session; `client` keeps a device's cookies."""
    client = client or Client()
    client.post("/login/demo/", {"user": str(user.pk)}, headers={"User-Agent": agent})
    return client


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (PHONE, ("安卓手机", "微信")),
        (DESK, ("Windows 电脑", "Chrome")),
        (DESK + " Edg/131.0", ("Windows 电脑", "Edge")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", ("iPhone", "Safari")),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4.1 HuaweiBrowser/5.0", ("鸿蒙手机", "华为浏览器")),
        ("curl/8", ("", "")),
    ],
)
def test_devices_are_told_in_words(agent: str, words: tuple[str, str]) -> None:
    assert devices.words(agent) == words


def test_the_list_says_device_and_shanghai_time_and_marks_this_one(person: User) -> None:
    with time_machine.travel(NOW, tick=False):
        enter(person, DESK)
        page = enter(person).get("/me/security/").content.decode()
    assert page.count("2026-11-24 20:00") >= 4
    assert "安卓手机 · 微信" in page
    assert "Windows 电脑 · Chrome" in page
    assert page.count("本机") == 1


def test_one_login_ends_at_once(person: User) -> None:
    there, here = enter(person, DESK), enter(person)
    login = Login.objects.get(device="Windows 电脑 · Chrome")
    assert there.get("/me/").status_code == 200
    assert here.post(f"/me/security/logins/{login.pk}/end/").status_code == 302
    assert there.get("/me/").status_code == 302
    assert here.get("/me/").status_code == 200
    assert here.post(f"/me/security/logins/{login.pk}/end/").status_code == 404


def test_nobody_ends_or_owns_a_strangers_login(person: User) -> None:
    there, stranger = enter(person), Client()
    stranger.force_login(factories.participant().user)
    login = Login.objects.get(user=person)
    assert stranger.post(f"/me/security/logins/{login.pk}/end/").status_code == 404
    assert stranger.post(f"/me/security/logins/{login.pk}/mine/").status_code == 404
    assert there.get("/me/").status_code == 200


def test_all_others_end_at_once_on_the_lean_way_too(person: User) -> None:
    campaign, worker = watching.live_campaign(), watching.participant()
    there, here = lean_client(worker.user), Client()
    here.force_login(worker.user)
    for client in (there, here):
        key = client.cookies["sessionid"].value
        actions.see_login(user_id=worker.pk, session_key=key, agent=PHONE, device="")
    assert claim(there, campaign.pk).status_code == 200
    assert here.post("/me/security/logins/end/").status_code == 302
    assert claim(there, watching.live_campaign().pk).status_code != 200
    assert here.get("/me/").status_code == 200


def test_sessions_that_nobody_wrote_down_end_too(person: User) -> None:
    hidden, here = Client(), enter(person)
    hidden.force_login(person)
    Login.objects.exclude(user=person, ended_at=None, device__contains="微信").delete()
    assert hidden.get("/me/").status_code == 200
    assert here.post("/me/security/logins/end/").status_code == 302
    assert hidden.get("/me/").status_code == 302
    page = here.get("/me/security/").content.decode()
    assert page.count("本机") == 1


def test_a_new_device_is_told_until_it_is_owned(person: User) -> None:
    known = enter(person, DESK)
    assert "新设备登录" not in known.get("/me/").content.decode()
    enter(person, DESK, known)
    assert "新设备登录" not in known.get("/me/").content.decode()
    other = enter(person)
    assert "新设备登录" in known.get("/me/").content.decode()
    login = Login.objects.get(device="安卓手机 · 微信")
    known.post(f"/me/security/logins/{login.pk}/mine/")
    assert "新设备登录" not in known.get("/me/").content.decode()
    assert other.get("/me/").status_code == 200


def test_logging_out_takes_it_off_the_list(person: User) -> None:
    client = enter(person)
    client.post("/logout/")
    assert Login.objects.get(user=person).ended_at is not None


def test_a_session_from_before_the_list_appears_on_it(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    client.force_login(person)
    monkeypatch.setattr("rushi.web.presence._seen", {})
    client.get("/me/", headers={"User-Agent": DESK})
    assert Login.objects.get(user=person).device == "Windows 电脑 · Chrome"


def test_seen_again_is_written_every_five_minutes_only(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = enter(person)
    first = Login.objects.get(user=person).seen_at
    client.get("/me/")
    assert Login.objects.get(user=person).seen_at == first
    monkeypatch.setattr("rushi.web.presence.SEEN_EVERY_SECONDS", 0)
    client.get("/me/")
    assert Login.objects.get(user=person).seen_at > first


def test_erasure_leaves_no_login(person: User) -> None:
    client = enter(person)
    actions.erase_user(actor_id=person.pk, user_id=person.pk)
    assert not Login.objects.exists()
    assert client.get("/me/").status_code == 302


def test_old_logins_are_forgotten(person: User) -> None:
    enter(person)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=181), tick=False):
        assert actions.forget_logins() == 1
