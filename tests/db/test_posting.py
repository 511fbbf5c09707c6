"""Entries post once, balanced, never below zero, and balances follow their postings."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushi.db import sql
from rushi.ledger import actions, queries, rules
from rushi.ledger.errors import EntryDiffers, InsufficientBalance, NotAnAmount, Unbalanced
from rushi.ledger.models import Entry, Posting, Settlement
from rushi.ledger.rules import NIL_OWNER, Draft, Leg
from tests.books import FINANCE, assert_books_clean, give_advertiser, give_escrow, settle, settlement

pytestmark = pytest.mark.django_db


def test_ids_are_equal_in_sql_and_python() -> None:
    for kind in ("bank", "escrow", "settlement"):
        for owner in (NIL_OWNER, uuid4()):
            with connection.cursor() as cursor:
                cursor.execute("SELECT ledger_account_id_v1(%s, %s), ledger_entry_id_v1(%s, %s)", [kind, owner] * 2)
                assert cursor.fetchone() == (rules.account_id(kind, owner), rules.entry_id(kind, owner))


def test_a_settlement_pays_everybody() -> None:
    organisation, campaign, person, agent = (uuid4() for _ in range(4))
    give_escrow(organisation, campaign, 100)
    draft = settlement(campaign, person, reward=20, commission=3, fee=4, agent_id=agent)
    assert settle(settlements=[draft]) == {draft.id}
    assert queries.balance_fen("escrow", campaign) == 73
    assert queries.balances([person, agent], ["participant_available", "agent_available"]) == {
        ("participant_available", person): 20,
        ("agent_available", person): 0,
        ("participant_available", agent): 0,
        ("agent_available", agent): 3,
    }
    assert queries.balance_fen("platform_fee") == 4
    assert queries.total_fen("participant_available", "agent_available") == 23
    assert queries.trial_balance().difference_fen == 0
    assert_books_clean()


def test_a_replay_changes_nothing() -> None:
    campaign, person = uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 100)
    draft = settlement(campaign, person)
    assert settle(settlements=[draft, draft]) == {draft.id}
    assert settle(settlements=[draft]) == set()
    assert queries.balance_fen("participant_available", person) == 20
    assert_books_clean()


def test_old_and_new_in_one_batch() -> None:
    campaign, person = uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 100)
    old, new = settlement(campaign, person), settlement(campaign, person)
    settle(settlements=[old])
    assert settle(settlements=[new, old]) == {new.id}
    assert queries.balance_fen("participant_available", person) == 40
    assert_books_clean()


def test_the_same_entry_with_other_amounts_is_refused() -> None:
    campaign, person, subject = uuid4(), uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 100)
    settle(settlements=[settlement(campaign, person, subject_id=subject)])
    with pytest.raises(EntryDiffers):
        settle(settlements=[settlement(campaign, person, subject_id=subject, reward=21)])


def test_nothing_is_posted_when_one_account_is_short() -> None:
    rich, poor, person = uuid4(), uuid4(), uuid4()
    give_escrow(uuid4(), rich, 100)
    give_escrow(uuid4(), poor, 10)
    before = Entry.objects.count()
    with pytest.raises(InsufficientBalance):
        settle(settlements=[settlement(rich, person), settlement(poor, person)])
    assert Entry.objects.count() == before
    assert queries.balance_fen("escrow", rich) == 100


def test_the_bank_cannot_owe_us() -> None:
    draft = Draft("payout_paid", uuid4(), (Leg("bank", NIL_OWNER, 5), Leg("payout_clearing", uuid4(), -5)))
    with pytest.raises(InsufficientBalance):
        actions.post(actor_id=None, drafts=[draft])


@pytest.mark.parametrize(
    "wrong",
    [
        {"reward": 0},
        {"fee": -1},
        {"commission": -2},
        {"commission": 3},
        {"to": "advertiser"},
        {"to": "gift"},
    ],
    ids=["no reward", "fee", "commission", "no agent", "purse", "kind"],
)
def test_what_is_no_settlement_is_refused(wrong: dict[str, Any]) -> None:
    campaign = uuid4()
    give_escrow(uuid4(), campaign, 100)
    with pytest.raises(Unbalanced):
        settle(settlements=[settlement(campaign, uuid4(), **wrong)])
    assert queries.balance_fen("escrow", campaign) == 100


def test_an_agent_without_commission_is_no_party() -> None:
    campaign, agent = uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 100)
    draft = settlement(campaign, uuid4(), commission=0, fee=0, agent_id=agent)
    assert settle(settlements=[draft]) == {draft.id}
    assert settle(settlements=[draft]) == set()
    assert Settlement.objects.get().agent_owner is None
    assert [
        (p.account_kind, p.amount_fen) for p in Posting.objects.filter(entry_id=draft.id).order_by("amount_fen")
    ] == [
        ("escrow", -20),
        ("participant_available", 20),
    ]
    assert_books_clean()


@pytest.mark.parametrize(
    "other",
    [{"reward": 21}, {"fee": 5}, {"commission": 2}, {"to": "participant_pending"}, {"participant_id": uuid4()},
     {"campaign_id": uuid4()}, {"agent_id": uuid4()}],
    ids=["reward", "fee", "commission", "purse", "person", "campaign", "agent"],
)  # fmt: skip
def test_a_replay_that_says_anything_else_is_refused(other: dict[str, Any]) -> None:
    facts = {
        "campaign_id": uuid4(),
        "participant_id": uuid4(),
        "agent_id": uuid4(),
        "commission": 3,
        "subject_id": uuid4(),
    }
    give_escrow(uuid4(), facts["campaign_id"], 100)
    settle(settlements=[settlement(**facts)])
    with pytest.raises(EntryDiffers), sql_savepoint():
        settle(settlements=[settlement(**(facts | other))])
    with pytest.raises(EntryDiffers):
        settle(settlements=[settlement(**facts), settlement(**(facts | other))])
    assert_books_clean()


def test_fees_go_to_the_shard_of_their_campaign_and_come_back_from_it() -> None:
    campaigns = [UUID(int=(uuid4().int >> 4 << 4) + n) for n in range(16)]
    for n, campaign in enumerate(campaigns):
        give_escrow(uuid4(), campaign, 100)
        settle(settlements=[settlement(campaign, uuid4(), fee=n + 1)])
        assert queries.fees_by_shard(campaign) == {n: n + 1}
    assert queries.balance_fen("platform_fee") == sum(range(17))
    assert {a.owner_id.int: a.balance_fen for a in queries.accounts("platform_fee")} == {n: n + 1 for n in range(16)}
    (fees,) = [row for row in queries.trial_balance().rows if row.kind == "platform_fee"]
    assert (fees.accounts, fees.balance_fen) == (16, sum(range(17)))
    organisation = uuid4()
    draft = rules.fee_refund(uuid4(), organisation, queries.fees_by_shard(campaigns[9]), 7)
    actions.post(actor_id=None, drafts=[draft])
    assert queries.account_id("platform_fee", rules.fee_owner(9)) in [
        p.account_id for p in Posting.objects.filter(entry_id=draft.id)
    ]
    assert queries.balance_fen("advertiser", organisation) == 7
    assert_books_clean()


def test_shards_are_equal_in_sql_and_python() -> None:
    for campaign in [uuid4() for _ in range(40)]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT ledger_fee_shard_v1(%s), ledger_fee_owner_v1(ledger_fee_shard_v1(%s))", [campaign] * 2
            )
            shard = rules.fee_shard(campaign)
            assert cursor.fetchone() == (shard, rules.fee_owner(shard))


def test_unbalanced_drafts_do_not_reach_the_database() -> None:
    with pytest.raises(Unbalanced):
        actions.post(actor_id=None, drafts=[Draft("refund", uuid4(), (Leg("escrow", uuid4(), -1),))])


def call_post(entry: UUID, kind: str, subject: UUID, legs: list[tuple[UUID, str, UUID, int]]) -> None:
    """The SQL function itself, as a careless caller might use it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_post_v2(%s, %s, %s, NULL, '2026-01-01Z', %s, %s, %s, %s)",
            [[entry], [kind], [subject], *map(list, zip(*legs, strict=True))],
        )


@pytest.mark.parametrize("amounts", [(-5, 4), (-5,)], ids=["sum", "one leg"])
def test_the_trigger_refuses_what_python_did_not_see(amounts: tuple[int, ...]) -> None:
    subject = uuid4()
    entry = rules.entry_id("funding", subject)
    accounts = [("advertiser", uuid4()), ("escrow", uuid4())]
    legs = [(entry, *account, amount) for account, amount in zip(accounts, amounts, strict=False)]
    with pytest.raises(DatabaseError, match="not balanced"):
        call_post(entry, "funding", subject, legs)


def test_an_entry_is_closed_once_posted() -> None:
    organisation, campaign, old = uuid4(), uuid4(), uuid4()
    give_advertiser(organisation, 100)
    actions.fund_campaign(
        actor_id=FINANCE, organisation_id=organisation, campaign_id=campaign, amount_fen=50, subject_id=old
    )
    subject = uuid4()
    entry, closed = rules.entry_id("funding", subject), rules.entry_id("funding", old)
    legs = [
        (entry, "advertiser", organisation, -5),
        (entry, "escrow", campaign, 5),
        (closed, "advertiser", uuid4(), 5),
        (closed, "escrow", uuid4(), -5),
    ]
    with pytest.raises(DatabaseError, match="closed"):
        call_post(entry, "funding", subject, legs)


def test_unknown_kinds_and_wrong_owners_are_refused() -> None:
    subject = uuid4()
    for kind, owner in [("gift", uuid4()), ("escrow", NIL_OWNER), ("bank", uuid4()), ("platform_fee", UUID(int=16))]:
        with pytest.raises(DatabaseError, match="account_owner_fits_kind"), sql_savepoint():
            actions.post(actor_id=None, drafts=[rules.move("refund", subject, (kind, owner), ("escrow", uuid4()), 1)])


def sql_savepoint():  # type: ignore[no-untyped-def]
    from django.db import transaction

    return transaction.atomic()


def test_ids_must_derive() -> None:
    with pytest.raises(DatabaseError, match="entry_id_derives"):
        call_post(uuid4(), "funding", uuid4(), [(uuid4(), "escrow", uuid4(), 1)])


def test_funding_goes_there_once() -> None:
    organisation, campaign, funded = (uuid4() for _ in range(3))
    give_advertiser(organisation, 100)
    place = {"actor_id": FINANCE, "organisation_id": organisation, "campaign_id": campaign}
    assert actions.fund_campaign(**place, amount_fen=60, subject_id=funded)
    assert not actions.fund_campaign(**place, amount_fen=60, subject_id=funded)
    assert queries.balance_fen("escrow", campaign) == 60
    assert queries.balance_fen("advertiser", organisation) == 40
    assert_books_clean()


@pytest.mark.parametrize("fen", [0, -5])
def test_nothing_and_less_cannot_move(fen: int) -> None:
    place = {"actor_id": FINANCE, "organisation_id": uuid4(), "campaign_id": uuid4(), "subject_id": uuid4()}
    with pytest.raises(NotAnAmount):
        actions.fund_campaign(**place, amount_fen=fen)


def test_pending_money_is_released_whole_and_once() -> None:
    campaign, person, subject = uuid4(), uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 100)
    settle(settlements=[settlement(campaign, person, to="participant_pending") for _ in range(2)])
    assert actions.release_pending(actor_id=FINANCE, participant_id=person, subject_id=subject) == 40
    assert actions.release_pending(actor_id=FINANCE, participant_id=person, subject_id=subject) == 0
    assert actions.release_pending(actor_id=FINANCE, participant_id=uuid4(), subject_id=uuid4()) == 0
    assert queries.balance_fen("participant_available", person) == 40
    settle(settlements=[settlement(campaign, person, to="participant_pending")])
    assert actions.release_pending(actor_id=FINANCE, participant_id=person, subject_id=subject) == 0
    assert_books_clean()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 40), st.integers(0, 9), st.integers(1, 9)),
        min_size=1,
        max_size=30,
    )
)
def test_any_batch_posts_whole_or_not_at_all(items: list[tuple[int, int, int, int, int]]) -> None:
    campaigns, people, agent = [uuid4() for _ in range(3)], [uuid4() for _ in range(3)], uuid4()
    for campaign in campaigns:
        give_escrow(uuid4(), campaign, 200)
    drafts = [
        settlement(
            campaigns[c],
            people[p],
            reward=reward,
            commission=commission,
            fee=fee,
            agent_id=agent if commission else None,
        )
        for c, p, reward, commission, fee in items
    ]
    spent = [sum(d.gross_fen for d in drafts if d.escrow_owner == c) for c in campaigns]
    if max(spent) <= 200:
        assert settle(settlements=drafts) == {d.id for d in drafts}
        assert settle(settlements=drafts) == set()
    else:
        with pytest.raises(InsufficientBalance):
            settle(settlements=drafts)
        spent = [0, 0, 0]
    assert [queries.balance_fen("escrow", c) for c in campaigns] == [200 - s for s in spent]
    assert queries.trial_balance().difference_fen == 0
    assert Posting.objects.filter(amount_fen=0).count() == 0
    assert_books_clean()


def test_the_empty_batch_is_nothing() -> None:
    assert actions.post(actor_id=None, drafts=[]) == set()
    assert settle(settlements=[]) == set()
    assert sql.call("ledger_release_v2", uuid4(), uuid4(), None, "2026-01-01Z") == [{"ledger_release_v2": 0}]
