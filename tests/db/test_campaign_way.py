"""The way of a campaign: draft, review, funding, live, paused, closing, closed; places only grow; nothing is lost."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from rushi.campaigns import actions, errors, queries, rules
from rushi.campaigns.models import Budget, Campaign, Question
from rushi.db import invariants
from rushi.identity.models import Organisation
from rushi.kernel import clock
from rushi.ledger import queries as ledger
from rushi.ledger.errors import InsufficientBalance
from rushi.ledger.models import AccountKind
from rushi.policy import actions as gate
from tests import factories
from tests.books import give_advertiser

pytestmark = pytest.mark.django_db
GOOD = [
    rules.QuestionDraft("reaction", "感受如何？"),
    rules.QuestionDraft("recall", "什么味道？", ("白桃", "青柠"), 0),
    rules.QuestionDraft("text", "为什么？", is_required=False),
]


def complete(organisation_status: str = "approved") -> Campaign:
    """A draft that lacks nothing."""
    organisation = factories.organisation(status=organisation_status)
    owner = factories.member(organisation)
    campaign = actions.create_campaign(actor_id=owner.pk, organisation_id=organisation.pk, kind="reaction", key="k")
    ids = {"actor_id": owner.pk, "campaign_id": campaign.pk}
    actions.set_basics(**ids, title="白桃气泡水", brief="看完说实话，好坏都行。")
    factories.ready_material(campaign)
    actions.set_questions(**ids, questions=GOOD)
    actions.set_audience(**ids, regions=["51"], age_bands=[], genders=[], interests=[])
    actions.set_price(**ids, reward_fen=40, places=100, auto_accept_days=3)
    campaign.refresh_from_db()
    return campaign


def approved(**kwargs: str) -> Campaign:
    campaign = complete(**kwargs)
    gate.submit(actor_id=campaign.created_by, campaign_id=campaign.pk)
    gate.approve(actor_id=factories.staff("reviewer").pk, campaign_id=campaign.pk, key="a")
    campaign.refresh_from_db()
    return campaign


def funded(**kwargs: str) -> Campaign:
    campaign = approved(**kwargs)
    give_advertiser(campaign.organisation_id, 100_000)
    return actions.fund(actor_id=campaign.created_by, campaign_id=campaign.pk, key="f")


def live() -> Campaign:
    campaign = funded()
    return actions.publish(actor_id=campaign.created_by, campaign_id=campaign.pk)


def balance(campaign: Campaign) -> int:
    return ledger.balance_fen(AccountKind.ADVERTISER, campaign.organisation_id)


def assert_clean() -> None:
    rooms = ("campaigns.", "ledger.", "dispatch.")  # approvals here come without a reviewer's row
    assert [check for check in invariants.run() if not check.ok and check.name.startswith(rooms)] == []


def test_a_fresh_draft_says_what_it_lacks() -> None:
    organisation = factories.organisation()
    campaign = actions.create_campaign(actor_id=uuid4(), organisation_id=organisation.pk, kind="compare", key="k")
    assert [fault.step for fault in queries.faults(campaign.pk)] == [
        "basics", "material", "questions", "questions", "questions", "price"
    ]  # fmt: skip
    with pytest.raises(errors.Incomplete):
        actions.submit_for_review(actor_id=uuid4(), campaign_id=campaign.pk)


def test_creating_twice_with_one_key_makes_one_draft() -> None:
    organisation, actor = factories.organisation(), uuid4()
    made = {
        actions.create_campaign(actor_id=actor, organisation_id=organisation.pk, kind="reaction", key="k").pk
        for _ in range(3)
    }
    assert len(made) == 1


def test_kinds_not_offered_cannot_be_made() -> None:
    with pytest.raises(errors.StepFault):
        actions.create_campaign(actor_id=uuid4(), organisation_id=factories.organisation().pk, kind="referral", key="k")


def test_funding_moves_places_and_reserve_once() -> None:
    campaign = approved()
    with pytest.raises(InsufficientBalance), transaction.atomic():
        actions.fund(actor_id=campaign.created_by, campaign_id=campaign.pk, key="f")
    give_advertiser(campaign.organisation_id, 100_000)
    actions.fund(actor_id=campaign.created_by, campaign_id=campaign.pk, key="f")
    actions.fund(actor_id=campaign.created_by, campaign_id=campaign.pk, key="again")
    total = 100 * (40 + 6 + 8)
    reserve = total * 15 // 100
    assert balance(campaign) == 100_000 - total - reserve
    assert ledger.balance_fen(AccountKind.ESCROW, campaign.pk) == total + reserve
    assert_clean()


def test_content_changed_after_approval_cannot_be_published() -> None:
    campaign = funded()
    Campaign.objects.filter(pk=campaign.pk).update(title="换了个标题")
    with pytest.raises(errors.ContentChanged):
        actions.publish(actor_id=campaign.created_by, campaign_id=campaign.pk)


def test_an_unverified_organisation_cannot_publish() -> None:
    campaign = funded(organisation_status="pending")
    with pytest.raises(errors.NotPublishable):
        actions.publish(actor_id=campaign.created_by, campaign_id=campaign.pk)


def test_a_reviewer_approves_exactly_one_content() -> None:
    campaign = complete()
    actions.submit_for_review(actor_id=campaign.created_by, campaign_id=campaign.pk)
    with pytest.raises(errors.ContentChanged):
        actions.approve(actor_id=uuid4(), campaign_id=campaign.pk, digest="0" * 64)


def test_editing_what_was_approved_needs_a_new_review() -> None:
    campaign = approved()
    actions.set_basics(actor_id=campaign.created_by, campaign_id=campaign.pk, title="新标题", brief="新说明")
    campaign.refresh_from_db()
    assert (campaign.status, campaign.approved_digest) == ("draft", "")


def test_a_live_campaign_cannot_be_edited() -> None:
    campaign = live()
    with pytest.raises(errors.WrongState):
        actions.set_questions(actor_id=campaign.created_by, campaign_id=campaign.pk, questions=GOOD)


def test_pausing_stops_claims_and_resuming_takes_them_again() -> None:
    campaign = live()
    ids = {"actor_id": campaign.created_by, "campaign_id": campaign.pk}
    actions.pause(**ids)
    assert not Budget.objects.get(pk=campaign.pk).is_open
    actions.pause(**ids)
    actions.resume(**ids)
    assert Budget.objects.get(pk=campaign.pk).is_open
    assert_clean()


def test_nothing_resumes_that_could_not_be_published_now() -> None:
    campaign = live()
    ids = {"actor_id": campaign.created_by, "campaign_id": campaign.pk}
    actions.pause(**ids)
    organisation = Organisation.objects.filter(pk=campaign.organisation_id)
    organisation.update(status="pending")
    with pytest.raises(errors.NotPublishable):
        actions.resume(**ids)
    assert not Budget.objects.get(pk=campaign.pk).is_open


def test_places_only_grow_and_a_replay_pays_once() -> None:
    campaign = live()
    before = balance(campaign)
    ids = {"actor_id": campaign.created_by, "campaign_id": campaign.pk}
    for _ in range(2):
        actions.grow_places(**ids, places=110, key="g")
    assert balance(campaign) == before - (540 + 81)
    assert Budget.objects.get(pk=campaign.pk).places == 110
    with pytest.raises(errors.PlacesOnlyGrow):
        actions.grow_places(**ids, places=110, key="h")
    assert_clean()


def test_closing_an_untouched_campaign_gives_everything_back() -> None:
    campaign = live()
    closed = actions.close(actor_id=campaign.created_by, campaign_id=campaign.pk)
    assert closed.status == "closed"
    assert balance(campaign) == 100_000
    assert_clean()


def test_a_held_place_keeps_its_money_until_it_is_free() -> None:
    campaign = live()
    person = factories.participant(region="51")
    factories.claim(campaign, person)
    actions.close(actor_id=campaign.created_by, campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert campaign.status == "closing"
    assert balance(campaign) == 100_000 - 54
    assert_clean()
    from rushi.dispatch import actions as dispatch

    held = factories.assignment_ids(campaign)[0]
    dispatch.return_assignment(actor_id=person.pk, assignment_id=held)
    assert actions.finish_due() == 1
    campaign.refresh_from_db()
    assert campaign.status == "closed"
    assert balance(campaign) == 100_000
    assert_clean()


def test_pay_below_the_hourly_floor_is_refused_with_the_least_that_would_do() -> None:
    campaign = complete()
    with pytest.raises(errors.BelowFloor) as refused:
        actions.set_price(
            actor_id=campaign.created_by, campaign_id=campaign.pk, reward_fen=10, places=1, auto_accept_days=3
        )
    seconds = campaign.expected_seconds
    assert refused.value.params["least"] == f"0.{-(-seconds * 2000 // 3600):02d}"


def test_questions_are_checked_before_anything_is_replaced() -> None:
    campaign = complete()
    ids = {"actor_id": campaign.created_by, "campaign_id": campaign.pk}
    bad = [
        GOOD[:1],
        [*GOOD, rules.QuestionDraft("reaction", "再来一次？")],
        [GOOD[0], rules.QuestionDraft("recall", "味道？", ("白桃",), 0)],
        [GOOD[0], rules.QuestionDraft("recall", "味道？", ("白桃", "白桃"), 0)],
        [GOOD[0], rules.QuestionDraft("recall", "味道？", ("白桃", "青柠"), None)],
        [GOOD[0], rules.QuestionDraft("recall", "", ("白桃", "青柠"), 0)],
        [GOOD[0], GOOD[1], rules.QuestionDraft("preference", "哪版？")],
        [*GOOD, *[rules.QuestionDraft("text", "？")] * 20],
        [GOOD[0], rules.QuestionDraft("recall", "长" * 201, ("白桃", "青柠"), 0)],
    ]
    for questions in bad:
        with pytest.raises(errors.StepFault):
            actions.set_questions(**ids, questions=questions)
    assert Question.objects.filter(campaign=campaign).count() == 3


def test_excluding_somebody_elses_campaign_is_refused() -> None:
    campaign, other = complete(), live()
    with pytest.raises(errors.StepFault):
        actions.set_audience(actor_id=campaign.created_by, campaign_id=campaign.pk, excluded_campaigns=[other.pk])


def test_half_written_questions_are_kept_and_named_before_submission() -> None:
    campaign = complete()
    ids = {"actor_id": campaign.created_by, "campaign_id": campaign.pk}
    unfinished = [GOOD[0], rules.QuestionDraft("recall", "什么味道？", ("白桃", "青柠"), None)]
    actions.keep_questions(**ids, questions=unfinished)
    assert [fault.message for fault in queries.faults(campaign.pk)] == ["记忆题要点选一个正确答案。"]
    with pytest.raises(errors.Incomplete):
        actions.submit_for_review(**ids)


def test_a_date_that_has_passed_stops_submission_funding_and_publication() -> None:
    past = clock.now() - dt.timedelta(minutes=1)
    draft, ready, paid = complete(), approved(), funded()
    Campaign.objects.update(closes_at=past)
    assert "截止日期已过，请改一个。" in [fault.message for fault in queries.faults(draft.pk)]
    give_advertiser(ready.organisation_id, 100_000)
    with pytest.raises(errors.Overdue):
        actions.fund(actor_id=ready.created_by, campaign_id=ready.pk, key="f")
    with pytest.raises(errors.Overdue):
        actions.publish(actor_id=paid.created_by, campaign_id=paid.pk)
    actions.close(actor_id=paid.created_by, campaign_id=paid.pk)
    assert balance(paid) == 100_000
    assert_clean()


def test_a_campaign_past_its_date_closes_by_itself() -> None:
    campaign = live()
    Campaign.objects.filter(pk=campaign.pk).update(closes_at=clock.now() - dt.timedelta(seconds=1))
    assert actions.finish_due() == 1
    campaign.refresh_from_db()
    assert campaign.status == "closed"
    assert actions.finish_due() == 0
    assert_clean()


@given(reward=st.integers(1, 10**6), places=st.integers(1, 10**5), rates=st.tuples(*[st.integers(0, 5000)] * 3))
def test_a_quote_covers_every_place_and_its_reserve(reward: int, places: int, rates: tuple[int, int, int]) -> None:
    cost = rules.quote(reward, places, rules.Rates(*rates))
    assert cost.subtotal_fen == places * (cost.reward_fen + cost.commission_fen_max + cost.fee_fen)
    assert cost.fee_fen * 10_000 >= reward * rates[0]
    assert 0 <= cost.reserve_fen * 10_000 - cost.subtotal_fen * rates[2] < 10_000
    assert cost.total_fen == cost.subtotal_fen + cost.reserve_fen


@given(seconds=st.integers(1, 10**4), floor=st.integers(1, 10**5))
def test_the_suggested_reward_keeps_the_floor_and_one_fen_less_would_not(seconds: int, floor: int) -> None:
    reward = rules.suggested_reward_fen(seconds, floor)
    assert reward * 3600 >= floor * seconds > (reward - 1) * 3600
