"""Members and participants at once on one campaign: one money movement a decision, no place after a pause."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from rushi.campaigns import actions
from rushi.campaigns.models import Budget, Campaign
from rushi.db import invariants
from rushi.dispatch.models import Assignment
from rushi.ledger import queries as ledger
from tests import factories as make
from tests.books import give_advertiser
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
UNIT = 27


def kinds(answers: list[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def assert_clean() -> None:
    rooms = ("campaigns.", "ledger.", "dispatch.")  # approvals here come without a reviewer's row
    assert [check for check in invariants.run() if not check.ok and check.name.startswith(rooms)] == []


def live(**fields: Any) -> Campaign:
    return make.live_campaign(approved_digest="0" * 64, **fields)


def balance(campaign: Campaign) -> int:
    return ledger.balance_fen("advertiser", campaign.organisation_id)


def test_growing_with_one_key_from_six_sides_pays_once() -> None:
    campaign = live()
    give_advertiser(campaign.organisation_id, 10_000)
    own = {"actor_id": campaign.created_by, "campaign_id": campaign.pk}
    answers = race(*[lambda: actions.grow_places(**own, places=20, key="one")] * 6)
    assert kinds(answers) == {"Budget": 6}
    assert Budget.objects.get(pk=campaign.pk).places == 20
    assert balance(campaign) == 10_000 - 270 - 41
    assert_clean()


def test_two_growths_end_at_the_larger_and_never_pay_more_than_it_costs() -> None:
    campaign = live()
    give_advertiser(campaign.organisation_id, 10_000)
    own = {"actor_id": campaign.created_by, "campaign_id": campaign.pk}
    race(
        lambda: actions.grow_places(**own, places=15, key="a"),
        lambda: actions.grow_places(**own, places=25, key="b"),
    )
    budget = Budget.objects.get(pk=campaign.pk)
    assert budget.places == 25
    assert 10_000 - balance(campaign) in {15 * UNIT + 61, 5 * UNIT + 21 + 10 * UNIT + 41}
    assert_clean()


def test_the_last_money_grows_one_of_two_campaigns() -> None:
    house = make.organisation()
    campaigns = [live(organisation=house) for _ in range(2)]
    give_advertiser(house.pk, 400)  # ten more places cost 311
    answers = race(
        *[
            lambda c=c: actions.grow_places(actor_id=c.created_by, campaign_id=c.pk, places=20, key="g")
            for c in campaigns
        ]
    )
    assert kinds(answers) == {"Budget": 1, "InsufficientBalance": 1}
    assert_clean()


def test_nobody_gets_a_place_after_a_pause() -> None:
    for _ in range(4):
        campaign, people = live(places=20), [make.participant() for _ in range(6)]
        own = {"actor_id": campaign.created_by, "campaign_id": campaign.pk}
        answers = race(
            lambda own=own: actions.pause(**own), *[lambda p=p, c=campaign: make.claim(c, p) for p in people]
        )
        assert kinds(answers)["Campaign"] == 1
        assert not Budget.objects.get(pk=campaign.pk).is_open
        taken = Assignment.objects.filter(campaign=campaign).count()
        assert kinds(answers)["Assignment"] == taken == Budget.objects.get(pk=campaign.pk).taken
    assert_clean()


def test_closing_while_people_claim_refunds_all_but_what_is_held() -> None:
    for _ in range(4):
        campaign, people = live(places=20), [make.participant() for _ in range(5)]
        own = {"actor_id": campaign.created_by, "campaign_id": campaign.pk}
        race(
            lambda own=own: actions.close(**own),
            lambda own=own: actions.close(**own),
            *[lambda p=p, c=campaign: make.claim(c, p) for p in people],
        )
        held = Assignment.objects.filter(campaign=campaign).count()
        campaign.refresh_from_db()
        assert campaign.status == ("closing" if held else "closed")
        assert ledger.balance_fen("escrow", campaign.pk) == held * UNIT
    assert_clean()


def test_pausing_and_resuming_at_once_leaves_status_and_budget_agreeing() -> None:
    campaign = live()
    own = {"actor_id": campaign.created_by, "campaign_id": campaign.pk}
    race(*[lambda: actions.pause(**own), lambda: actions.resume(**own)] * 4)
    campaign.refresh_from_db()
    assert Budget.objects.get(pk=campaign.pk).is_open == (campaign.status == "live")
    assert_clean()


def test_one_balance_funds_a_campaign_once() -> None:
    house = make.organisation()
    campaign = Campaign.objects.create(
        organisation=house, kind="reaction", status="approved", reward_fen=20, commission_fen_max=3, fee_fen=4,
        places_wanted=10, created_by=house.pk, created_at=house.created_at, approved_digest="0" * 64,
    )  # fmt: skip
    give_advertiser(house.pk, 1_000)
    race(*[lambda n=n: actions.fund(actor_id=house.pk, campaign_id=campaign.pk, key=str(n)) for n in range(4)])
    assert balance(campaign) == 1_000 - 311
    assert_clean()
