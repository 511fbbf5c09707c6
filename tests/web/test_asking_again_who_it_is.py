"""Money and farewell want a proof of the last ten minutes; nothing that was typed gets lost on the way."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.test import Client

from rushi.audit import actions as audit
from rushi.identity.models import User
from rushi.kernel import clock
from rushi.ledger import actions as ledger
from rushi.ledger.models import Deposit
from rushi.payouts import actions as payouts
from rushi.payouts import queries
from rushi.payouts.models import BankFile, Payout
from tests import books, factories, keys

if TYPE_CHECKING:
    from tests.loopback import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]


def stale(user: User) -> Client:
    """Somebody who logged in an hour ago."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["proved_at"] = clock.now().timestamp() - 3600
    session.save()
    return client


def waiting_deposit() -> Deposit:
    organisation = factories.organisation()
    ledger.request_deposit(
        actor_id=factories.member(organisation).pk, owner_id=organisation.pk, amount_fen=50_000, key="k"
    )
    return Deposit.objects.get()


def test_a_deposit_waits_for_a_fresh_factor_and_keeps_the_note() -> None:
    user, row = factories.staff("finance"), waiting_deposit()
    app, client = keys.app_of(user), stale(user)
    address = f"/finance/deposits/{row.pk}/confirm/"
    page = client.post(address, {"seen": "on", "note": "银行回单 881", "key": "once"})
    assert page.status_code == 403
    assert "再确认一次是您" in page.content.decode()
    assert 'value="银行回单 881"' in page.content.decode()
    row.refresh_from_db()
    assert row.status == "awaiting"
    kept = dict(page.context["kept"])
    assert kept == {"seen": "on", "note": "银行回单 881", "key": "once"}
    wrong = client.post(f"/me/again/?to={address}", {**kept, "again_way": "factor", "again_code": "000000"})
    assert wrong.status_code == 422
    assert 'value="银行回单 881"' in wrong.content.decode()
    done = client.post(
        f"/me/again/?to={address}", {**kept, "again_way": "factor", "again_code": keys.shown(app)}, follow=True
    )
    assert done.redirect_chain[0] == (address, 307)
    row.refresh_from_db()
    assert (row.status, row.note) == ("confirmed", "银行回单 881")


def test_releasing_a_file_waits_too() -> None:
    maker, releaser = factories.staff("finance"), factories.staff("finance")
    books.ask_payout(books.verified_person(), 5_000)
    file = payouts.make_bank_file(actor_id=maker.pk, key="f")
    address = f"/finance/files/{file.pk}/release/"
    assert stale(releaser).post(address).status_code == 403
    assert BankFile.objects.get().status == "made"
    fresh = Client()
    fresh.force_login(releaser)
    assert fresh.post(address).status_code == 302
    assert BankFile.objects.get().status == "released"


def withdrawal(person: User, yuan: int) -> dict[str, Any]:
    books.give_person(person.pk, yuan * 100)
    card = payouts.add_bank_account(actor_id=person.pk, bank="中国工商银行", number=books.CARD)
    quote = queries.quote_payout(person.pk, yuan * 100)
    return {"key": "k", "account": str(card.pk), "amount_fen": yuan * 100, "net_fen": quote.net_fen}


def test_a_large_withdrawal_asks_for_a_code_and_goes_on_by_itself(sandbox: Sandbox) -> None:
    person = books.verified_person()
    factories_participant_of(person)
    client, order = stale(person), withdrawal(person, 300)
    page = client.post("/wallet/withdraw/confirm/", order)
    assert page.status_code == 403
    assert "提现 300.00 元" in page.content.decode()
    assert not Payout.objects.exists()
    kept, again = dict(page.context["kept"]), "/me/again/?to=/wallet/withdraw/confirm/"
    sent = client.post(again, {**kept, "again_way": "send"})
    assert dict(sent.context["kept"]) == kept
    number = str(person.phone).removeprefix("+86")
    body = {**kept, "again_way": "code", "again_code": sandbox.code(number)}
    done = client.post(again, body, follow=True)
    assert done.redirect_chain[0][1] == 307
    assert Payout.objects.get().gross_fen == 30_000


def factories_participant_of(person: User) -> None:
    from rushi.identity.models import Participant

    Participant.objects.get_or_create(
        user=person, defaults={"adult_declared_at": clock.now(), "joined_at": clock.now()}
    )


def test_a_small_withdrawal_asks_nothing_and_the_limit_is_a_setting() -> None:
    person = books.verified_person()
    factories_participant_of(person)
    client, order = stale(person), withdrawal(person, 100)
    audit.set_setting(actor_id=person.pk, key="ask_again_fen", value=5_000, reason="试")
    assert client.post("/wallet/withdraw/confirm/", order).status_code == 403
    audit.set_setting(actor_id=person.pk, key="ask_again_fen", value=20_000, reason="试")
    assert client.post("/wallet/withdraw/confirm/", order).status_code == 302
    assert Payout.objects.exists()


def test_leaving_for_good_asks(sandbox: Sandbox) -> None:
    person = factories.participant().user
    client = stale(person)
    assert client.post("/me/erase/", {"confirm": "on"}).status_code == 403
    person.refresh_from_db()
    assert person.erased_at is None


def test_ten_minutes_are_enough_and_no_more() -> None:
    with time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC), tick=False) as now:
        client = Client()
        client.force_login(factories.user())
        now.shift(600)
        assert client.get("/me/security/app/").status_code == 200
        now.shift(1)
        assert client.get("/me/security/app/").status_code == 403


def test_a_phone_code_is_no_way_around_a_factor(sandbox: Sandbox) -> None:
    user = factories.user()
    keys.app_of(user)
    client = stale(user)
    page = client.post("/me/again/?to=/me/", {"again_way": "send", "again_plain": "1"})
    assert page.status_code == 422
    assert not sandbox.state.sent
    assert "发送验证码" not in page.content.decode()


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "", "me"])
def test_it_goes_on_only_inside_the_site(to: str) -> None:
    client = stale(factories.user())
    assert client.post("/me/again/", {"again_way": "demo"}, query_params={"to": to}).status_code == 404


def test_the_demos_tap_is_for_demo_people_in_the_demo(settings: Any) -> None:
    user = factories.user()
    client = stale(user)
    body = {"again_way": "demo", "again_plain": "1"}
    assert client.post("/me/again/?to=/me/", body).status_code == 422
    User.objects.filter(pk=user.pk).update(is_demo=True)
    settings.IS_DEMO = False
    assert client.post("/me/again/?to=/me/", body).status_code == 422
    settings.IS_DEMO = True
    assert client.post("/me/again/?to=/me/", body).status_code == 302
