"""Taking money out: name first, card, amount, what is left after tax and fee, then exactly that, once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from rushi.identity.models import User
from rushi.ledger.queries import balance_fen
from rushi.payouts.models import BankAccount, Payout
from tests import watching
from tests.books import CARD, give_person, verified_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    user = verified_person()
    give_person(user.pk, 500)
    return user


@pytest.fixture
def door(person: User) -> Client:
    return door_of(person)


def door_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return str(response.content.decode())


def hidden_fields(html: str) -> dict[str, str]:
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', html))


def add_card(door: Client) -> BankAccount:
    door.post("/wallet/cards/", {"bank": "招商银行", "number": CARD})
    return BankAccount.objects.get()


def test_the_name_comes_before_the_first_payout() -> None:
    person = watching.participant()
    door = door_of(person.user)
    assert "满 ¥1.00 可提现，还差 ¥1.00" in page(door.get("/wallet/"))
    assert door.get("/wallet/withdraw/")["Location"] == "/wallet/"
    give_person(person.pk, 100)
    assert "首次提现前需要实名认证" in page(door.get("/wallet/"))
    assert door.get("/wallet/withdraw/")["Location"] == "/me/name/?next=/wallet/withdraw/"
    assert "提现前请先完成实名认证" in page(door.get("/wallet/cards/"))


def test_a_card_is_added_shown_by_its_tail_and_removed(door: Client) -> None:
    assert door.get("/wallet/withdraw/")["Location"] == "/wallet/cards/"
    assert "银行卡号有误" in page(
        door.post("/wallet/cards/", {"bank": "招商银行", "number": "6222020200112233445"}), 422
    )
    card = add_card(door)
    listed = page(door.get("/wallet/cards/"))
    assert CARD[-4:] in listed
    assert CARD not in listed
    assert "银行卡已删除" in page(door.post(f"/wallet/cards/{card.pk}/remove/", follow=True))


def test_money_is_taken_out_as_it_was_shown_and_only_once(door: Client, person: User) -> None:
    card = add_card(door)
    assert "可提现 ¥5.00" in page(door.get("/wallet/withdraw/"))
    shown = page(door.post("/wallet/withdraw/", {"amount": "3.20", "account": str(card.pk)}))
    for words in ("提现金额", "¥3.20", "代扣个人所得税", "手续费", "实际到账", "尾号 3446"):
        assert words in shown
    fields = hidden_fields(shown)
    for _ in range(2):
        done = door.post("/wallet/withdraw/confirm/", fields)
    payout = Payout.objects.get()
    assert done["Location"] == f"/wallet/payouts/{payout.pk}/"
    assert "已申请" in page(door.get(done["Location"]))
    assert balance_fen("participant_available", person.pk) == 180
    wallet = page(door.get("/wallet/"))
    assert "申请提现" in wallet
    assert "-¥3.20" in wallet


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("5.01", "超过可提现余额"),
        ("0.5", "不少于 1.00 元"),
        ("1.234", "最多两位小数"),
        ("一百", "最多两位小数"),
        ("", "必填"),
    ],
)
def test_an_impossible_amount_is_told_beside_the_field(door: Client, amount: str, words: str) -> None:
    card = add_card(door)
    assert words in page(door.post("/wallet/withdraw/", {"amount": amount, "account": str(card.pk)}), 422)


def test_a_changed_confirmation_takes_nothing(door: Client, person: User) -> None:
    card = add_card(door)
    fields = {"account": str(card.pk), "amount_fen": "300", "net_fen": "299", "key": "k"}
    assert "发生变化" in page(door.post("/wallet/withdraw/confirm/", fields, follow=True))
    assert door.post("/wallet/withdraw/confirm/", {**fields, "amount_fen": "x"})["Location"] == "/wallet/withdraw/"
    assert door.post("/wallet/withdraw/confirm/", {**fields, "account": "x"})["Location"] == "/wallet/withdraw/"
    assert not Payout.objects.exists()


def test_somebody_elses_payout_and_card_are_not_found(door: Client) -> None:
    other = door_of(verified_person())
    card = add_card(door)
    assert other.post(f"/wallet/cards/{card.pk}/remove/").status_code == 404
    fields = hidden_fields(page(door.post("/wallet/withdraw/", {"amount": "2", "account": str(card.pk)})))
    door.post("/wallet/withdraw/confirm/", fields)
    assert other.get(f"/wallet/payouts/{Payout.objects.get().pk}/").status_code == 404


def test_held_money_is_grey_and_explained() -> None:
    user = verified_person()
    give_person(user.pk, 200, to="participant_pending")
    wallet = page(door_of(user).get("/wallet/"))
    assert "待核实" in wallet
    assert "转为可提现" in wallet


def test_many_lines_go_on(door: Client, person: User) -> None:
    for _ in range(22):
        give_person(person.pk, 10)
    first = door.get("/wallet/")
    assert page(first).count("任务结算") == 20
    more = page(door.get("/wallet/", {"before": first.context["before"]}, headers={"HX-Request": "true"}))
    assert more.count("任务结算") == 3
    assert "<html" not in more
