"""At the end the advertiser confirms or disputes; silence confirms; a dispute never takes pay back."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from rushi.campaigns.models import Budget, Campaign
from rushi.identity.models import Membership, User
from rushi.kernel import clock
from rushi.kernel.errors import NotAllowed, NotFound
from rushi.ledger.queries import balance_fen
from rushi.ledger.rules import NIL_OWNER
from rushi.verdicts import actions, errors, queries
from rushi.verdicts.models import Delivery, SampleItem
from tests import factories as make
from tests.db.test_claiming_a_place import assert_clean
from tests.db.test_verdicts import work

pytestmark = pytest.mark.django_db
REASON = "多数回答看起来没有认真看片，请复查。"[:40] + "谢谢平台。"


def closing(campaign: Campaign) -> Campaign:
    Budget.objects.filter(pk=campaign.pk).update(is_open=False)
    Campaign.objects.filter(pk=campaign.pk).update(status="closing")
    return campaign


def delivered(count: int = 2) -> tuple[Campaign, User]:
    campaign = make.live_campaign(places=40)
    for _ in range(count):
        work(campaign)
    closing(campaign)
    assert actions.open_deliveries() == 1
    return campaign, make.member(campaign.organisation, Membership.Role.EDITOR)


def test_a_delivery_opens_once_when_nothing_is_left_to_decide() -> None:
    campaign, empty = make.live_campaign(), closing(make.live_campaign())
    work(campaign)
    doubtful = work(campaign, coverage_bps=6_000)
    assert actions.open_deliveries() == 0  # live
    closing(campaign)
    assert actions.open_deliveries() == 0  # one is in review
    actions.accept(actor_id=make.staff("reviewer").pk, assignment_id=doubtful.pk)
    assert actions.open_deliveries() == 1
    assert actions.open_deliveries() == 0
    found = queries.delivery(campaign.pk)
    assert found is not None
    assert found.due_at - found.opened_at == dt.timedelta(days=7)
    assert queries.delivery(empty.pk) is None  # nothing was delivered


def test_the_advertiser_confirms_once() -> None:
    campaign, member = delivered()
    for _ in range(2):
        found = actions.confirm_delivery(actor_id=member.pk, campaign_id=campaign.pk)
        assert (found.status, found.confirmed_by) == ("confirmed", member.pk)
    with pytest.raises(errors.DeliveryDecided):
        actions.dispute_delivery(actor_id=member.pk, campaign_id=campaign.pk, reason=REASON)


def test_only_editors_of_the_advertiser_have_a_word() -> None:
    campaign, _ = delivered()
    viewer = make.member(campaign.organisation, Membership.Role.VIEWER)
    with pytest.raises(NotAllowed):
        actions.confirm_delivery(actor_id=viewer.pk, campaign_id=campaign.pk)
    stranger = make.user()
    for actor in (stranger.pk, campaign.pk):
        with pytest.raises(NotFound):
            actions.confirm_delivery(actor_id=actor, campaign_id=campaign.pk)


def test_silence_confirms_at_the_deadline() -> None:
    campaign, _ = delivered()
    assert actions.confirm_silent_deliveries() == 0
    with time_machine.travel(clock.now() + dt.timedelta(days=7, seconds=1), tick=False):
        assert actions.confirm_silent_deliveries() == 1
        assert actions.confirm_silent_deliveries() == 0
    found = Delivery.objects.get(pk=campaign.pk)
    assert (found.status, found.confirmed_by) == ("confirmed", None)


def test_a_dispute_that_finds_nothing_stands() -> None:
    campaign, member = delivered(count=32)
    for _ in range(2):
        found = actions.dispute_delivery(actor_id=member.pk, campaign_id=campaign.pk, reason=REASON)
        assert (found.status, found.sample_size) == ("disputed", 30)
    with pytest.raises(errors.DeliveryDecided):
        actions.confirm_delivery(actor_id=member.pk, campaign_id=campaign.pk)
    reviewer = make.staff("reviewer")
    queue = queries.sample_queue(reviewer)
    assert len(queue) == 30
    for row in queue:
        assert row.item_id is not None
        found = actions.examine_sample_item(actor_id=reviewer.pk, item_id=row.item_id, is_faulty=False)
    assert (found.status, found.sample_faults) == ("stands", 0)
    assert balance_fen("platform_fee", NIL_OWNER) == 32 * 4
    assert_clean()


def test_faults_give_back_the_fees_and_never_the_pay() -> None:
    campaign, first = make.live_campaign(places=10), make.staff("reviewer")
    paid = [work(campaign, coverage_bps=6_000 if n == 0 else 10_000) for n in range(3)]
    actions.accept(actor_id=first.pk, assignment_id=paid[0].pk)
    closing(campaign)
    actions.open_deliveries()
    member, second = make.member(campaign.organisation), make.staff("reviewer")
    actions.dispute_delivery(actor_id=member.pk, campaign_id=campaign.pk, reason=REASON)
    items = {item.assignment_id: item.pk for item in SampleItem.objects.all()}
    with pytest.raises(errors.SecondReviewerNeeded):
        actions.examine_sample_item(actor_id=first.pk, item_id=items[paid[0].pk], is_faulty=True)
    with pytest.raises(errors.FactNotShown):
        actions.examine_sample_item(actor_id=second.pk, item_id=items[paid[1].pk], is_faulty=True)
    with pytest.raises(NotFound):
        actions.examine_sample_item(actor_id=second.pk, item_id=0, is_faulty=True)
    for assignment in paid:
        found = actions.examine_sample_item(
            actor_id=second.pk, item_id=items[assignment.pk], is_faulty=assignment == paid[0]
        )
    assert (found.status, found.sample_faults, found.sample_size) == ("remedied", 1, 3)
    again = actions.examine_sample_item(actor_id=second.pk, item_id=items[paid[0].pk], is_faulty=True)
    assert again == found
    with pytest.raises(errors.ItemExamined):
        actions.examine_sample_item(actor_id=second.pk, item_id=items[paid[0].pk], is_faulty=False)
    assert balance_fen("advertiser", campaign.organisation_id) == 4  # a third of 12 fen of fees
    assert all(balance_fen("participant_available", one.participant_id) == 20 for one in paid)
    assert_clean()
