"""A campaign with returns, expiries and rejections still delivers its full number; only money ever makes it wait."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from rushi.campaigns import actions as campaigns
from rushi.campaigns.models import Budget, Campaign
from rushi.db import invariants
from rushi.dispatch import actions as dispatch
from rushi.dispatch import queries
from rushi.dispatch.errors import Full
from rushi.dispatch.models import Pace
from rushi.kernel import clock
from rushi.verdicts import actions as verdicts
from tests import factories
from tests.books import give_advertiser

pytestmark = pytest.mark.django_db
REASON = "记忆题的答案与片中内容不符，片中出现过两次，请看完再作答。"


def _claim(campaign: Campaign) -> UUID:
    return factories.claim(campaign, factories.participant()).pk


def _hand_in(campaign: Campaign, assignment_id: UUID, *, is_right: bool = True) -> None:
    factories.handed_in(campaign.assignments.get(pk=assignment_id), recall_right=int(is_right))


def _reject(campaign: Campaign, reviewer: UUID) -> UUID:
    taken = _claim(campaign)
    _hand_in(campaign, taken, is_right=False)
    verdicts.reject(actor_id=reviewer, assignment_id=taken, code="recall", reason=REASON)
    return taken


def _broken() -> list[str]:
    return [check.name for check in invariants.run() if not check.ok]


def test_the_full_number_is_delivered_whatever_is_lost() -> None:
    campaign, reviewer = factories.live_campaign(places=20), factories.staff("reviewer").pk
    for _ in range(3):  # the reserve of 15 % pays for these at once
        _reject(campaign, reviewer)
    for _ in range(4):
        returned = campaign.assignments.get(pk=_claim(campaign))
        dispatch.return_assignment(actor_id=returned.participant_id, assignment_id=returned.pk)
    for _ in range(4):
        _claim(campaign)
    with clock.pretend(clock.now() + dt.timedelta(hours=1)):
        assert dispatch.expire_due() == 4
    delivered = 0
    while True:
        try:
            taken = _claim(campaign)
        except Full:
            break
        _hand_in(campaign, taken)
        delivered += verdicts.judge_submitted()
    assert delivered == 20
    budget = Budget.objects.get(pk=campaign.pk)
    assert (budget.accepted, budget.taken) == (20, 20)
    assert campaigns.finish_due() == 1
    assert _broken() == []


def test_beyond_the_reserve_places_wait_for_appeal_windows_and_say_so() -> None:
    campaign, reviewer = factories.live_campaign(places=10, reserve_fen=27), factories.staff("reviewer").pk
    for _ in range(8):
        _hand_in(campaign, _claim(campaign))
    verdicts.judge_submitted()
    free_fen = 27 + 8 * 3  # the reserve of one place, and the commission of eight people without an agent
    for _ in range(3):
        _reject(campaign, reviewer)
    budget = Budget.objects.get(pk=campaign.pk)
    assert (budget.places - budget.taken, budget.reserved_fen) == (2, 3 * 27)
    assert budget.budget_fen - budget.reserved_fen - budget.spent_fen == 2 * 27 + free_fen - 3 * 27 == 24
    with pytest.raises(Full):
        _claim(campaign)
    dispatch.watch_pace()
    found = queries.campaign_pace(campaign.pk, clock.now())
    assert found
    assert (found.alarm, found.waits_for_money, found.rejected_held) == ("reserve", 2, 3)

    with clock.pretend(clock.now() + dt.timedelta(days=30)):
        assert verdicts.release_reserves() == 3
        dispatch.watch_pace()
        assert Pace.objects.get(pk=campaign.pk).alarm == ""
        for _ in range(2):
            _hand_in(campaign, _claim(campaign))
        verdicts.judge_submitted()
    assert Budget.objects.get(pk=campaign.pk).accepted == 10
    assert _broken() == []


def test_a_top_up_by_more_places_ends_the_wait() -> None:
    campaign, reviewer = factories.live_campaign(places=10, reserve_fen=0), factories.staff("reviewer").pk
    for _ in range(10):
        _reject(campaign, reviewer)
    with pytest.raises(Full):
        _claim(campaign)
    give_advertiser(campaign.organisation_id, 100_000)
    campaigns.grow_places(actor_id=campaign.created_by, campaign_id=campaign.pk, places=20, key="more")
    dispatch.watch_pace()
    assert Pace.objects.get(pk=campaign.pk).alarm == ""
    _claim(campaign)
    found = queries.campaign_pace(campaign.pk, clock.now())
    assert found
    assert (found.open_places, found.affordable) == (19, 10)
