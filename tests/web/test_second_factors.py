"""Desks open to a second factor only; factors are added, proved, replaced and lost in plain steps."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
import time_machine
from django.test import Client

from rushi.audit.models import Event
from rushi.identity import actions, sealing
from rushi.identity.errors import LastFactor, TooOften, WrongFactor
from rushi.identity.models import Factor, RecoveryCode, Tries, User
from rushi.kernel.errors import NotAllowed
from tests import factories, keys

if TYPE_CHECKING:
    from tests.loopback import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
DESKS = {"reviewer": "/review/", "finance": "/finance/", "operator": "/admin/"}
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def by_phone(user: User, sandbox: Sandbox) -> Client:
    """A browser in which this person typed the code that came to the phone."""
    client, number = Client(), str(user.phone).removeprefix("+86")
    client.post("/login/", {"phone": number})
    client.post("/login/code/", {"code": sandbox.code(number), "action": "verify"})
    return client


@pytest.mark.parametrize("role", DESKS)
def test_a_desk_is_locked_until_a_factor_is_set_up_and_then_opens(role: str, sandbox: Sandbox) -> None:
    client = by_phone(factories.staff(role), sandbox)
    locked = client.get(DESKS[role], follow=True)
    assert locked.redirect_chain[-1][0].startswith("/me/security/desk/")
    assert "打开工作台之前" in locked.content.decode()
    page = client.get("/me/security/app/")
    codes = client.post("/me/security/app/", {"code": keys.shown(pyotp.TOTP(page.context["secret"])), "name": "手机"})
    assert len(codes.context["codes"]) == 10
    assert codes.context["onward"] == DESKS[role]
    assert client.get(DESKS[role]).status_code == 200


def test_whoever_has_a_factor_is_not_in_without_it(sandbox: Sandbox) -> None:
    user = factories.staff("finance")
    app = keys.app_of(user)
    client = by_phone(user, sandbox)
    assert "_auth_user_id" not in client.session
    assert client.get("/finance/").status_code == 302
    assert "第二步验证" in client.get("/login/second/").content.decode()
    wrong = client.post("/login/second/", {"again_way": "factor", "again_code": "000000"})
    assert wrong.status_code == 422
    assert "_auth_user_id" not in client.session
    assert client.post("/login/second/", {"again_way": "factor", "again_code": keys.shown(app)}).url == "/home/"  # type: ignore[attr-defined]
    assert client.get("/finance/").status_code == 200


def test_the_second_step_alone_lets_nobody_in(client: Client) -> None:
    assert client.get("/login/second/").url == "/login/"  # type: ignore[attr-defined]
    assert client.post("/login/second/passkey/").status_code == 404


def test_a_code_of_an_app_is_good_once_and_for_a_minute() -> None:
    with time_machine.travel(NOW, tick=False) as now:
        user = factories.user()
        app = keys.app_of(user)
        code = keys.shown(app)
        assert actions.prove_code(user_id=user.pk, code=f"{code[:3]} {code[3:]}") == "totp"
        with pytest.raises(WrongFactor):
            actions.prove_code(user_id=user.pk, code=code)
        later = app.at(NOW + dt.timedelta(seconds=30))
        assert actions.prove_code(user_id=user.pk, code=later) == "totp"
        now.shift(90)
        stale = app.at(NOW + dt.timedelta(seconds=30))
        with pytest.raises(WrongFactor):
            actions.prove_code(user_id=user.pk, code=stale)


def test_codes_of_rfc_6238_hold() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # appendix B, SHA-1: "12345678901234567890"
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        with time_machine.travel(seconds, tick=False):
            user = factories.user()
            assert actions.add_totp(actor_id=user.pk, secret=secret, code=code, name="").counter == seconds // 30


def test_guessing_ends_after_ten_tries_an_hour_even_for_the_right_code() -> None:
    with time_machine.travel(NOW, tick=False) as now:
        user = factories.user()
        app = keys.app_of(user)
        wrong = f"{(int(keys.shown(app)) + 1) % 1_000_000:06d}"
        for _ in range(10):
            with pytest.raises(WrongFactor):
                actions.prove_code(user_id=user.pk, code=wrong)
        with pytest.raises(TooOften):
            actions.prove_code(user_id=user.pk, code=keys.shown(app))
        now.shift(3601)
        assert actions.prove_code(user_id=user.pk, code=keys.shown(app)) == "totp"
        assert not Tries.objects.exists()


def test_recovery_codes_are_shown_once_hashed_and_good_once(client: Client) -> None:
    user = factories.user()
    keys.app_of(user)
    client.force_login(user)
    codes = client.post("/me/security/codes/").context["codes"]
    kept = b"".join(bytes(row.digest) for row in RecoveryCode.objects.filter(user=user))
    assert all(code.encode() not in kept and code.replace("-", "").encode() not in kept for code in codes)
    assert codes[0] not in client.get("/me/security/").content.decode()
    assert actions.prove_code(user_id=user.pk, code=codes[0].lower()) == "recovery"
    with pytest.raises(WrongFactor):
        actions.prove_code(user_id=user.pk, code=codes[0])
    other = factories.user()
    with pytest.raises(WrongFactor):
        actions.prove_code(user_id=other.pk, code=codes[1])
    fresh = actions.make_recovery_codes(actor_id=user.pk)
    with pytest.raises(WrongFactor):
        actions.prove_code(user_id=user.pk, code=codes[1])
    assert actions.prove_code(user_id=user.pk, code=fresh[0]) == "recovery"


def test_secrets_are_sealed_for_their_row() -> None:
    user = factories.user()
    secret = actions.new_totp_secret()
    factor = actions.add_totp(actor_id=user.pk, secret=secret, code=keys.shown(pyotp.TOTP(secret)), name="")
    assert secret.encode() not in bytes(factor.sealed)
    assert sealing.unseal(factor.sealed, context=f"factor:{factor.pk}") == secret
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(factor.sealed, context=f"factor:{user.pk}")
    assert secret not in str([event.__dict__ for event in Event.objects.all()])


class TestPasskeys:
    """Registered and proved with a software key; what does not hold is refused."""

    def _add(self, client: Client, key: keys.SoftKey, **said: Any) -> Any:
        options = client.post("/me/security/passkey/ask/").json()
        answer = key.create(options, **said)
        return client.post("/me/security/passkey/", {"again_way": "passkey", "again_passkey": answer, "name": "电脑"})

    def test_add_one_and_log_in_with_it(self, sandbox: Sandbox) -> None:
        user, key = factories.staff("reviewer"), keys.SoftKey()
        client = by_phone(user, sandbox)
        assert len(self._add(client, key).context["codes"]) == 10
        assert client.get("/review/").status_code == 200
        again = by_phone_later(user, sandbox)
        options = again.post("/login/second/passkey/").json()
        assert options["allowCredentials"][0]["type"] == "public-key"
        done = again.post("/login/second/", {"again_way": "passkey", "again_passkey": key.get(options)})
        assert done.status_code == 302
        assert again.get("/review/").status_code == 200

    def test_an_answer_is_good_once_and_only_here(self) -> None:
        user, key, client = factories.user(), keys.SoftKey(), Client()
        client.force_login(user)
        self._add(client, key)
        session = client.session
        session["proved_at"] = 0
        session.save()
        options = client.post("/me/again/passkey/").json()
        there = key.get(options, origin="http://evil.example")
        body = {"again_way": "passkey", "again_plain": "1", "again_passkey": there}
        assert client.post("/me/again/?to=/me/", body).status_code == 422
        options = client.post("/me/again/passkey/").json()
        good = {**body, "again_passkey": key.get(options)}
        assert client.post("/me/again/?to=/me/", good).url == "/me/"  # type: ignore[attr-defined]
        assert client.post("/me/again/?to=/me/", good).status_code == 422
        foreign = keys.SoftKey()
        options = client.post("/me/again/passkey/").json()
        assert client.post("/me/again/?to=/me/", {**body, "again_passkey": foreign.get(options)}).status_code == 422

    def test_a_copy_whose_count_does_not_grow_is_refused(self) -> None:
        user, key, client = factories.user(), keys.SoftKey(), Client()
        client.force_login(user)
        self._add(client, key)
        key.count = 0
        options = client.post("/me/again/passkey/").json()
        body = {"again_way": "passkey", "again_plain": "1", "again_passkey": key.get(options)}
        assert client.post("/me/again/?to=/me/", body).status_code == 422

    def test_keys_that_count_nothing_are_fine(self) -> None:
        user, key, client = factories.user(), keys.SoftKey(counts=False), Client()
        client.force_login(user)
        self._add(client, key)
        for _ in range(2):
            options = client.post("/me/again/passkey/").json()
            body = {"again_way": "passkey", "again_plain": "1", "again_passkey": key.get(options)}
            assert client.post("/me/again/?to=/me/", body).status_code == 302

    @pytest.mark.parametrize("answer", ["", "null", "[]", "{}", '{"id":"a","rawId":"b"}', "x" * 9000, '{"rawId":1}'])
    def test_nonsense_is_refused_plainly(self, answer: str) -> None:
        client = Client()
        client.force_login(factories.user())
        client.post("/me/security/passkey/ask/")
        page = client.post("/me/security/passkey/", {"again_passkey": answer}, follow=True)
        assert page.status_code == 200
        assert "验证没有通过" in page.content.decode()
        assert not Factor.objects.exists()

    def test_one_passkey_belongs_to_one_account(self) -> None:
        key = keys.SoftKey()
        for count in (1, 1):
            client = Client()
            client.force_login(factories.user())
            self._add(client, key)
            assert Factor.objects.count() == count


def by_phone_later(user: User, sandbox: Sandbox) -> Client:
    """The same, after the wait between two codes."""
    Tries.objects.all().delete()
    return by_phone(user, sandbox)


def test_people_at_desks_keep_one_factor(client: Client) -> None:
    user, plain = factories.staff("finance"), factories.user()
    for person in (user, plain):
        keys.app_of(person)
    with pytest.raises(LastFactor):
        actions.remove_factor(actor_id=user.pk, factor_id=Factor.objects.get(user=user).pk)
    actions.make_recovery_codes(actor_id=plain.pk)
    client.force_login(plain)
    factor = Factor.objects.get(user=plain)
    stranger = Client()
    stranger.force_login(user)
    assert stranger.post(f"/me/security/factors/{factor.pk}/remove/").status_code == 404
    assert client.post(f"/me/security/factors/{factor.pk}/remove/").status_code == 302
    assert not RecoveryCode.objects.filter(user=plain).exists()


class TestLostDevices:
    """An operator clears factors, with a reason that stays; the person begins anew."""

    def test_the_whole_way(self, sandbox: Sandbox) -> None:
        operator, lost = factories.staff("operator"), factories.staff("finance")
        app = keys.app_of(lost)
        inside = by_phone(lost, sandbox)
        inside.post("/login/second/", {"again_way": "factor", "again_code": keys.shown(app)})
        assert inside.get("/finance/").status_code == 200
        desk, address = Client(), f"/operator/people/{lost.pk}/factors/"
        desk.force_login(operator)
        assert "验证器应用" in desk.get(address).content.decode()
        assert desk.post(address, {"reason": " "}).status_code == 422
        assert desk.post(address, {"reason": "视频核对了身份证"}).status_code == 302
        event = Event.objects.get(action="factor.reset")
        assert (event.actor_id, event.subject_id) == (operator.pk, lost.pk)
        assert event.detail["reason"] == "视频核对了身份证"
        assert inside.get("/me/").status_code == 302
        anew = by_phone_later(lost, sandbox)
        assert anew.get("/finance/", follow=True).redirect_chain[-1][0].startswith("/me/security/desk/")

    @pytest.mark.parametrize("role", ["reviewer", "finance"])
    def test_others_may_not(self, role: str) -> None:
        lost, person = factories.user(), factories.staff(role)
        keys.app_of(lost)
        with pytest.raises(NotAllowed):
            actions.reset_factors(actor_id=person.pk, user_id=lost.pk, reason="要")
        client = Client()
        client.force_login(person)
        assert client.post(f"/operator/people/{lost.pk}/factors/", {"reason": "要"}).status_code == 403
        assert Factor.objects.filter(user=lost).exists()

    def test_nobody_clears_their_own(self) -> None:
        operator = factories.staff("operator")
        with pytest.raises(NotAllowed):
            actions.reset_factors(actor_id=operator.pk, user_id=operator.pk, reason="要")


def test_demo_people_open_desks_by_the_demo_door_and_it_says_so(client: Client) -> None:
    user = factories.staff("finance")
    User.objects.filter(pk=user.pk).update(is_demo=True)
    client.post("/login/demo/", {"user": str(user.pk)})
    page = client.get("/finance/")
    assert page.status_code == 200
    assert "这里由演示入口代替" in page.content.decode()
