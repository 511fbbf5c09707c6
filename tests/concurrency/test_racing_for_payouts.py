"""Real connections racing to take money out: never more than there is, never in two files, never paid twice."""

from __future__ import annotations

from uuid import UUID

import pytest

from rushi.ledger import queries as ledger
from rushi.ledger.errors import InsufficientBalance
from rushi.payouts import actions
from rushi.payouts.errors import NothingToPay
from rushi.payouts.models import BankFile, Payout
from tests.books import CARD, FINANCE, ask_payout, assert_books_clean, give_person, verified_person
from tests.concurrency.test_racing_the_books import race

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = UUID(int=0xF2)


def clean() -> None:
    assert_books_clean("ledger")
    assert_books_clean("payouts")


def test_asking_at_once_never_takes_more_than_there_is() -> None:
    user = verified_person()
    give_person(user.id, 1000)
    card = actions.add_bank_account(actor_id=user.id, bank="招商银行", number=CARD)

    def ask(key: str) -> UUID:
        return actions.request_payout(
            actor_id=user.id, source="participant", owner_id=user.id, bank_account_id=card.id, amount_fen=400, key=key
        ).id

    answers = race(*[lambda k=k: ask(k) for k in ("a", "a", "b", "b", "c", "c")])
    taken = {a for a in answers if isinstance(a, UUID)}
    assert len(taken) == 2
    assert all(isinstance(a, UUID | InsufficientBalance) for a in answers)
    assert ledger.balance_fen("participant_available", user.id) == 200
    clean()


def test_two_makers_never_put_a_payout_into_two_files() -> None:
    for name in ("甲", "乙", "丙"):
        ask_payout(verified_person(f"王{name}"), 500)
    answers = race(*[lambda n=n: actions.make_bank_file(actor_id=UUID(int=n), key="k").payout_count for n in (1, 2, 3)])
    assert [a for a in answers if isinstance(a, int)] == [3]
    assert sum(isinstance(a, NothingToPay) for a in answers) == 2
    clean()


def test_release_and_cancel_at_once_one_of_them_wins() -> None:
    ask_payout(verified_person(), 500)
    file = actions.make_bank_file(actor_id=FINANCE, key="k")
    race(
        lambda: actions.release_bank_file(actor_id=SECOND, file_id=file.id).status,
        lambda: actions.cancel_bank_file(actor_id=FINANCE, file_id=file.id, reason="重做").status,
    )
    status, payout = BankFile.objects.get().status, Payout.objects.get()
    assert (status, payout.status) in {("released", "processing"), ("cancelled", "requested")}
    clean()


def test_one_result_imported_by_many_at_once_is_booked_once() -> None:
    payouts = [ask_payout(verified_person(f"王{n}"), 500) for n in "甲乙"]
    file = actions.make_bank_file(actor_id=FINANCE, key="k")
    actions.release_bank_file(actor_id=SECOND, file_id=file.id)
    text = f"业务编号,结果\n{payouts[0].id},成功\n{payouts[1].id},失败\n"
    answers = race(*[lambda: [o.what for o in actions.import_result(actor_id=FINANCE, file_id=file.id, text=text)]] * 4)
    assert sorted(map(str, answers)) == [str(["already", "already"])] * 3 + [str(["pay", "fail"])]
    assert ledger.total_fen("payout_clearing") == 0
    clean()


def test_the_same_card_added_at_once_is_one_card() -> None:
    user = verified_person()
    ids = race(*[lambda: actions.add_bank_account(actor_id=user.id, bank="招商银行", number=CARD).id] * 4)
    assert len(set(ids)) == 1
