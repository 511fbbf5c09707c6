"""Real connections racing for one escrow and one entry: never overdrawn, never twice."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from rushi.ledger import actions, queries
from rushi.ledger.errors import InsufficientBalance
from tests.books import ADVERTISER_PERSON, FINANCE, assert_books_clean, give_advertiser, give_escrow, settle, settlement
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_posts_never_overdraw_an_escrow() -> None:
    campaign = uuid4()
    give_escrow(uuid4(), campaign, 40)
    drafts = [settlement(campaign, uuid4()) for _ in range(2)]
    answers = race(*[lambda d=d: settle(settlements=[d]) for d in drafts])
    assert sorted(isinstance(a, InsufficientBalance) for a in answers) == [False, True]
    assert queries.balance_fen("escrow", campaign) == 16
    assert_books_clean()


def test_one_entry_posted_by_eight_at_once_is_posted_once() -> None:
    campaign, person = uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 1000)
    draft = settlement(campaign, person)
    answers = race(*[lambda: settle(settlements=[draft])] * 8)
    assert sorted(map(len, answers)) == [0] * 7 + [1]  # type: ignore[arg-type]
    assert queries.balance_fen("participant_available", person) == 20
    assert_books_clean()


def test_batches_in_opposite_order_do_not_deadlock() -> None:
    campaigns, people = [uuid4() for _ in range(6)], [uuid4() for _ in range(6)]
    for campaign in campaigns:
        give_escrow(uuid4(), campaign, 10_000)

    def batch(order: int) -> set[UUID]:
        drafts = [settlement(c, p) for c, p in zip(campaigns[::order], people[::order], strict=True)]
        return settle(settlements=drafts)

    def several(order: int) -> int:
        return sum(len(batch(order)) for _ in range(10))

    assert race(*[lambda o=o: several(o) for o in (1, -1, 1, -1)]) == [60] * 4
    assert sum(queries.balances(people, ["participant_available"]).values()) == 240 * 20
    assert_books_clean()


def test_new_accounts_opened_by_many_at_once() -> None:
    campaign, person, agent = uuid4(), uuid4(), uuid4()
    give_escrow(uuid4(), campaign, 10_000)

    def pay() -> set[UUID]:
        return settle(settlements=[settlement(campaign, person, commission=3, agent_id=agent)])

    assert [len(a) for a in race(*[pay] * 8)] == [1] * 8  # type: ignore[arg-type]
    assert queries.balance_fen("agent_available", agent) == 24
    assert_books_clean()


def test_one_deposit_confirmed_by_many_at_once() -> None:
    owner = uuid4()
    deposit = actions.request_deposit(actor_id=ADVERTISER_PERSON, owner_id=owner, amount_fen=700, key="k")
    race(
        *[
            lambda n=n: actions.confirm_deposit(actor_id=FINANCE, deposit_id=deposit.id, key=str(n)).status
            for n in range(6)
        ]
    )
    assert queries.balance_fen("advertiser", owner) == 700
    assert_books_clean()


def test_funding_twice_with_too_little_funds_once() -> None:
    organisation, campaigns = uuid4(), [uuid4(), uuid4()]
    give_advertiser(organisation, 100)

    def fund(campaign: UUID) -> bool:
        return actions.fund_campaign(
            actor_id=FINANCE, organisation_id=organisation, campaign_id=campaign, amount_fen=80, subject_id=uuid4()
        )

    answers = race(*[lambda c=c: fund(c) for c in campaigns])
    assert sorted(str(a is True) for a in answers) == ["False", "True"]
    assert queries.balance_fen("advertiser", organisation) == 20
    assert_books_clean()


def test_settlements_and_plain_entries_over_the_same_new_accounts_do_not_deadlock() -> None:
    campaigns, people = [uuid4() for _ in range(4)], [uuid4() for _ in range(12)]
    for campaign in campaigns:
        give_escrow(uuid4(), campaign, 100_000)

    def pay(order: int) -> int:
        work = [settlement(c, p, to="participant_pending") for c in campaigns for p in people][::order]
        return len(settle(settlements=work))

    def release(order: int) -> int:
        for person in people[::order]:
            actions.release_pending(actor_id=FINANCE, participant_id=person, subject_id=uuid4())
        return 48

    answers = race(*[lambda v=v, o=o: v(o) for v, o in ((pay, 1), (release, -1), (pay, -1), (release, 1), (pay, 1))])
    assert answers == [48] * 5
    everything = queries.balances(people, ["participant_available", "participant_pending"])
    assert sum(everything.values()) == 3 * 48 * 20
    assert queries.balance_fen("platform_fee") == 3 * 48 * 4
    assert_books_clean()
