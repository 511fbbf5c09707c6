"""An advertiser asks for a deposit, another person confirms or declines it, once."""

from typing import Any
from uuid import uuid4

import pytest

from rushi.audit import queries as audit
from rushi.audit.errors import KeyReused
from rushi.identity.models import Membership, Organisation, StaffRole, User
from rushi.kernel import clock
from rushi.kernel.errors import NotAllowed, NotFound
from rushi.ledger import actions, queries
from rushi.ledger.errors import DepositDecided, DepositNeedsAnother, NotAnAmount
from rushi.ledger.models import Deposit
from rushi.payouts import actions as payouts
from rushi.payouts.errors import OwnMoney
from tests.books import ADVERTISER_PERSON, FINANCE, assert_books_clean

pytestmark = pytest.mark.django_db


def ask(fen: int = 500, key: str = "k", owner=None) -> Deposit:  # type: ignore[no-untyped-def]
    return actions.request_deposit(actor_id=ADVERTISER_PERSON, owner_id=owner or uuid4(), amount_fen=fen, key=key)


def test_asking_posts_nothing_and_gives_a_reference() -> None:
    deposit = ask()
    assert deposit.reference.startswith("RS")
    assert queries.balance_fen("advertiser", deposit.owner_id) == 0
    assert_books_clean()


def test_asking_again_with_the_same_key_is_the_same_deposit() -> None:
    owner = uuid4()
    assert ask(owner=owner).id == ask(owner=owner).id
    with pytest.raises(KeyReused):
        ask(501, owner=owner)


@pytest.mark.parametrize("fen", [0, -1, 10_000_000_001])
def test_amounts_have_limits(fen: int) -> None:
    with pytest.raises(NotAnAmount):
        ask(fen)


def test_confirming_posts_once() -> None:
    deposit = ask()
    for key in ("a", "a", "b"):
        confirmed = actions.confirm_deposit(actor_id=FINANCE, deposit_id=deposit.id, key=key)
        assert confirmed.status == Deposit.Status.CONFIRMED
    assert queries.balance_fen("advertiser", deposit.owner_id) == 500
    assert [row.action for row in audit.history(deposit.id)] == ["deposit.confirm", "deposit.request"]
    assert_books_clean()


def test_who_asked_cannot_confirm() -> None:
    deposit = ask()
    with pytest.raises(DepositNeedsAnother):
        actions.confirm_deposit(actor_id=ADVERTISER_PERSON, deposit_id=deposit.id, key="a")
    with pytest.raises(DepositNeedsAnother):
        actions.decline_deposit(actor_id=ADVERTISER_PERSON, deposit_id=deposit.id, note="", key="a")


def test_a_member_of_the_organisation_cannot_confirm_what_a_colleague_asked() -> None:
    person = User.objects.create_user(phone="+8613900000002")
    own = Organisation.objects.create(name="自家机构", created_at=clock.now())
    Membership.objects.create(user=person, organisation=own, role="viewer", joined_at=clock.now())
    deposit = ask(owner=own.pk)
    with pytest.raises(OwnMoney):
        payouts.confirm_deposit(actor_id=person.pk, deposit_id=deposit.id, key="a")
    assert queries.balance_fen("advertiser", own.pk) == 0
    payouts.confirm_deposit(actor_id=FINANCE, deposit_id=deposit.id, key="a")
    assert queries.balance_fen("advertiser", own.pk) == 500


def test_a_declined_deposit_stays_declined() -> None:
    deposit = ask()
    for _ in range(2):
        actions.decline_deposit(actor_id=FINANCE, deposit_id=deposit.id, note="银行流水中没有这笔款", key="a")
    with pytest.raises(DepositDecided):
        actions.confirm_deposit(actor_id=FINANCE, deposit_id=deposit.id, key="b")
    assert queries.access_deposit(deposit.id).note == "银行流水中没有这笔款"
    assert_books_clean()


def test_a_confirmed_deposit_cannot_be_declined() -> None:
    deposit = ask()
    actions.confirm_deposit(actor_id=FINANCE, deposit_id=deposit.id, key="a")
    with pytest.raises(DepositDecided):
        actions.decline_deposit(actor_id=FINANCE, deposit_id=deposit.id, note="", key="b")


def test_unknown_deposits_are_not_found() -> None:
    with pytest.raises(NotFound):
        actions.confirm_deposit(actor_id=FINANCE, deposit_id=uuid4(), key="a")
    with pytest.raises(NotFound):
        queries.access_deposit(uuid4())


def test_the_queue_is_oldest_first_and_an_owner_sees_their_own() -> None:
    first, second = ask(key="1"), ask(key="2")
    assert [d.id for d in queries.deposits("awaiting")] == [first.id, second.id]
    assert [d.id for d in queries.deposits(owner_id=second.owner_id)] == [second.id]
    assert list(queries.deposits("confirmed")) == []


def test_in_the_demo_money_arrives_at_once_by_its_finance_person(settings: Any) -> None:
    deposit = ask()
    with pytest.raises(NotAllowed):
        payouts.top_up_in_demo(deposit_id=deposit.id, owner_id=deposit.owner_id)
    person = User.objects.create_user(phone="+8613900000001", is_demo=True)
    StaffRole.objects.create(user=person, role="finance", given_at=clock.now())
    with pytest.raises(NotFound):
        payouts.top_up_in_demo(deposit_id=deposit.id, owner_id=uuid4())
    settings.IS_DEMO = False
    with pytest.raises(NotAllowed):
        payouts.top_up_in_demo(deposit_id=deposit.id, owner_id=deposit.owner_id)
    settings.IS_DEMO = True
    for _ in range(2):
        payouts.top_up_in_demo(deposit_id=deposit.id, owner_id=deposit.owner_id)
    assert queries.balance_fen("advertiser", deposit.owner_id) == 500
    assert queries.access_deposit(deposit.id).decided_by == person.id
    assert_books_clean()


def test_an_owner_pages_through_their_own_and_opens_no_other() -> None:
    first, other = ask(), ask(key="o")
    second = ask(owner=first.owner_id, key="2")
    newest, older = queries.deposits_before(first.owner_id, None, 5)
    assert (newest.id, older.id) == (second.id, first.id)
    assert [one.id for one in queries.deposits_before(first.owner_id, (newest.requested_at, newest.id), 5)] == [
        first.id
    ]
    assert queries.access_own_deposit(first.owner_id, first.id).id == first.id
    with pytest.raises(NotFound):
        queries.access_own_deposit(first.owner_id, other.id)
