"""A statement is a window on the postings: newest first, balances after each line, pages that miss nothing."""

import datetime as dt
from uuid import uuid4

import pytest

from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.ledger import actions, queries
from tests.books import FINANCE, give_escrow, settlement

pytestmark = pytest.mark.django_db
KINDS = ["participant_pending", "participant_available"]


def test_pages_of_a_statement_miss_nothing_even_inside_an_entry() -> None:
    campaign, person = uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 1000)
    for reward in (10, 20, 30):
        actions.settle(
            actor_id=None, settlements=[settlement(campaign, person, reward=reward, to="participant_pending")]
        )
    actions.release_pending(actor_id=FINANCE, participant_id=person, subject_id=uuid4())
    whole = queries.statement(KINDS, person)
    assert [line.amount_fen for line in whole] == [60, -60, 30, 20, 10]
    assert [line.balance_fen for line in whole] == [60, 0, 60, 30, 10]
    paged, cursor = [], None
    while page := queries.statement(KINDS, person, cursor, limit=1):
        paged += page
        cursor = page[-1].cursor
    assert paged == whole
    assert (whole[0].kind_label, whole[0].account_label, whole[1].debit_fen) == ("核实后转可提现", "参与者可提现", 60)
    assert whole[0].debit_fen == 0


def test_one_kind_alone() -> None:
    campaign, person = uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 1000)
    actions.settle(actor_id=None, settlements=[settlement(campaign, person)])
    assert [line.amount_fen for line in queries.statement("participant_available", person)] == [20]
    assert queries.statement("participant_pending", person) == []


@pytest.mark.parametrize(
    "cursor", ["", "x", "2026-01-01~y", "2026-01-01T00:00:00~0190a1b2-0000-7000-8000-000000000001", "~~~~"]
)
def test_a_cursor_that_cannot_be_read_starts_at_the_top(cursor: str) -> None:
    campaign, person = uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 1000)
    actions.settle(actor_id=None, settlements=[settlement(campaign, person)])
    assert len(queries.statement("participant_available", person, cursor)) == 1


def test_entries_and_accounts_for_the_desk() -> None:
    organisation, campaign = uuid4(), uuid4()
    give_escrow(organisation, campaign, 500)
    now = clock.now()
    newest, oldest = list(queries.entries())
    assert (newest.kind, oldest.kind) == ("funding", "deposit")
    assert list(queries.entries(before=f"{newest.at.isoformat()}~{newest.id}")) == [oldest]
    assert list(queries.entries("deposit", until=now - dt.timedelta(days=1))) == []
    assert list(queries.entries("deposit", since=now - dt.timedelta(days=1))) == [oldest]
    assert list(queries.entries(subject_id=oldest.subject_id)) == [oldest]
    assert queries.access_entry(newest.id) == newest
    assert [a.owner_id for a in queries.accounts("escrow", campaign)] == [campaign]
    assert [a.owner_id for a in queries.accounts("escrow")] == [campaign]
    assert [a.kind for a in queries.accounts(owner_id=organisation)] == ["advertiser"]
    assert [a.kind for a in queries.accounts(owner_id=organisation, with_money=True)] == []
    assert queries.access_account(queries.account_id("escrow", campaign)).balance_fen == 500
    with pytest.raises(NotFound):
        queries.access_entry(uuid4())
    with pytest.raises(NotFound):
        queries.access_account(uuid4())


def test_the_trial_balance_of_a_day_is_added_up_again() -> None:
    give_escrow(uuid4(), uuid4(), 500)
    now = clock.now()
    assert queries.trial_balance(now + dt.timedelta(seconds=1)) == queries.trial_balance()
    before = queries.trial_balance(now - dt.timedelta(days=1))
    assert (before.credit_fen, before.debit_fen, before.difference_fen) == (0, 0, 0)
    assert [row.label for row in before.rows][:2] == ["银行存款", "广告主余额"]
    assert queries.flow(now - dt.timedelta(days=1), now + dt.timedelta(seconds=1)) == {
        "deposit": (1, 500),
        "funding": (1, 500),
    }
