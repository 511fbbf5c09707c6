"""A place is claimed once a campaign and person, within places, budget, cap, audience and the unverified limit."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from rushi.campaigns.models import Budget
from rushi.db import sql
from rushi.dispatch import actions, errors, queries
from rushi.dispatch.models import Assignment, AssignmentStatus, ParticipantDay
from rushi.identity.models import Agent, Participant
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.kernel.ids import uuid7
from tests import factories as make
from tests.books import assert_books_clean

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)


def test_it_works() -> None:
    agent = make.agent()
    person = make.participant(agent=agent)
    campaign = make.live_campaign(places=2)
    assignment = make.claim(campaign, person)
    assert (assignment.status, assignment.reward_fen, assignment.commission_fen) == ("claimed", 20, 3)
    assert (assignment.fee_fen, assignment.unit_fen, assignment.agent_id) == (4, 27, agent.pk)
    assert assignment.lease_expires_at - assignment.claimed_at == dt.timedelta(seconds=1800)
    assert (assignment.region, assignment.age_band, assignment.gender) == ("11", "25-34", "f")
    budget = Budget.objects.get(pk=campaign.pk)
    assert (budget.taken, budget.reserved_fen) == (1, 27)
    assert queries.claims_left(person.pk) == 49
    assert queries.assignment_in(person.pk, campaign.pk) == assignment.pk
    assert_clean()


def assert_clean() -> None:
    for room in ("dispatch", "campaigns", "ledger", "verdicts"):
        assert_books_clean(room)


def test_a_replay_answers_with_the_same_assignment() -> None:
    person, campaign = make.participant(), make.live_campaign()
    first = actions.claim(actor_id=person.pk, campaign_id=campaign.pk, key="a")
    assert actions.claim(actor_id=person.pk, campaign_id=campaign.pk, key="a") == first
    assert actions.claim(actor_id=person.pk, campaign_id=campaign.pk, key="b") == first
    assert Budget.objects.get(pk=campaign.pk).taken == 1


def test_a_place_given_back_is_not_had_again_but_the_old_key_still_answers() -> None:
    person, campaign = make.participant(), make.live_campaign()
    first = actions.claim(actor_id=person.pk, campaign_id=campaign.pk, key="a")
    actions.return_assignment(actor_id=person.pk, assignment_id=first.pk)
    assert actions.claim(actor_id=person.pk, campaign_id=campaign.pk, key="a").status == AssignmentStatus.RETURNED
    with pytest.raises(errors.AlreadyTaken):
        actions.claim(actor_id=person.pk, campaign_id=campaign.pk, key="b")


def test_the_last_place_goes_once() -> None:
    campaign = make.live_campaign(places=1)
    make.claim(campaign, make.participant())
    with pytest.raises(errors.Full):
        make.claim(campaign, make.participant())


def test_a_budget_without_room_is_full_though_places_are_open() -> None:
    campaign = make.live_campaign(places=2, reserve_fen=0)
    Budget.objects.filter(pk=campaign.pk).update(refunded_fen=1)
    make.claim(campaign, make.participant())
    with pytest.raises(errors.Full):
        make.claim(campaign, make.participant())


@pytest.mark.parametrize("change", [{"is_open": False}, None])
def test_a_closed_campaign_gives_no_place(change: dict[str, bool] | None) -> None:
    past = None if change else clock.now() - dt.timedelta(seconds=1)
    campaign = make.live_campaign(closes_at=past)
    Budget.objects.filter(pk=campaign.pk).update(**(change or {}))
    with pytest.raises(errors.Closed):
        make.claim(campaign, make.participant())


def test_an_unknown_campaign_is_closed_and_an_unknown_person_is_nobody() -> None:
    person = make.participant()
    with pytest.raises(errors.Closed):
        actions.claim(actor_id=person.pk, campaign_id=uuid7(), key="a")


@pytest.mark.parametrize(
    "audience",
    [
        {"regions": ["31"]},
        {"age_bands": ["55+"]},
        {"genders": ["m"]},
        {"interests": ["food"]},
    ],
)
def test_a_place_is_for_the_audience_only(audience: dict[str, list[str]]) -> None:
    campaign, person = make.live_campaign(**audience), make.participant(interests=["games"])
    assert queries.hall(person.pk).cards == []
    with pytest.raises(errors.Ineligible):
        make.claim(campaign, person)


def test_an_audience_that_fits_is_admitted() -> None:
    campaign = make.live_campaign(regions=["11"], age_bands=["25-34"], genders=["f"], interests=["food", "games"])
    person = make.participant(interests=["games"])
    assert [card.campaign_id for card in queries.hall(person.pk).cards] == [campaign.pk]
    assert make.claim(campaign, person).status == "claimed"


def test_people_of_an_excluded_campaign_stay_out() -> None:
    earlier, person = make.live_campaign(), make.participant()
    later = make.live_campaign(excluded_campaigns=[earlier.pk])
    assignment = make.claim(earlier, person)
    actions.return_assignment(actor_id=person.pk, assignment_id=assignment.pk)
    assert queries.hall(person.pk).cards == []
    with pytest.raises(errors.Ineligible):
        make.claim(later, person)


def test_people_of_the_advertiser_stay_out() -> None:
    campaign = make.live_campaign()
    user = make.member(campaign.organisation)
    person = Participant.objects.create(user=user, adult_declared_at=NOON, joined_at=NOON, real_name_verified_at=NOON)
    assert queries.hall(person.pk).cards == []
    with pytest.raises(errors.Ineligible):
        make.claim(campaign, person)


def test_suspended_people_claim_nothing_and_limited_people_do() -> None:
    campaign, person = make.live_campaign(), make.participant(standing="suspended")
    assert queries.hall(person.pk).cards == []
    with pytest.raises(errors.Suspended):
        make.claim(campaign, person)
    assert make.claim(campaign, make.participant(standing="limited")).status == "claimed"


def test_fifty_unreturned_claims_a_shanghai_day() -> None:
    with time_machine.travel(NOON, tick=False) as traveller:
        person, campaigns = make.participant(), [make.live_campaign(places=1, reserve_fen=0) for _ in range(52)]
        made = [make.claim(campaign, person) for campaign in campaigns[:50]]
        assert queries.claims_left(person.pk) == 0
        with pytest.raises(errors.Capped):
            make.claim(campaigns[50], person)
        actions.return_assignment(actor_id=person.pk, assignment_id=made[0].pk)
        assert make.claim(campaigns[50], person).status == "claimed"
        with pytest.raises(errors.Capped):
            make.claim(campaigns[51], person)
        traveller.move_to(clock.shanghai_midnight(dt.date(2026, 11, 25)))
        assert make.claim(campaigns[51], person).status == "claimed"
        assert_clean()


def test_without_a_real_name_no_more_than_ten_yuan_is_held_or_earned() -> None:
    person = make.participant(is_verified=False)
    first, second, third = (
        make.live_campaign(reward_fen=500),
        make.live_campaign(reward_fen=501),
        make.live_campaign(reward_fen=500),
    )
    make.claim(first, person)
    with pytest.raises(errors.NeedsRealName):
        make.claim(second, person)
    make.claim(third, person)
    Participant.objects.filter(pk=person.pk).update(real_name_verified_at=clock.now())
    assert make.claim(second, person).status == "claimed"


def test_an_agent_earns_for_twelve_months_while_active() -> None:
    year_ago = clock.shanghai_midnight(clock.shanghai_day(clock.now()).replace(year=clock.now().year - 1))
    campaign = make.live_campaign()
    late = make.participant(agent=make.agent(), recruited_at=year_ago)
    in_time = make.participant(agent=make.agent(), recruited_at=year_ago + dt.timedelta(days=1))
    stopped = make.participant(agent=make.agent(status=Agent.Status.SUSPENDED))
    assert [make.claim(campaign, person).commission_fen for person in (late, in_time, stopped)] == [0, 3, 0]
    assert [queries.task_card(p.pk, campaign.pk).agent_share_fen for p in (late, in_time, stopped)] == [0, 3, 0]


def test_a_batch_never_exceeds_places_cap_or_limit_and_answers_in_order() -> None:
    campaign, other = make.live_campaign(places=2), make.live_campaign(places=5, reward_fen=600)
    people = [make.participant() for _ in range(3)]
    poor = make.participant(is_verified=False)
    requests = [(uuid7(), p.pk, campaign.pk) for p in people]
    requests += [(uuid7(), people[0].pk, campaign.pk), (uuid7(), poor.pk, other.pk)]
    requests += [(uuid7(), poor.pk, make.live_campaign(reward_fen=600).pk), (uuid7(), people[2].pk, campaign.pk)]
    columns = [list(column) for column in zip(*requests, strict=True)]
    answers = sql.call("dispatch_claim_v2", *columns, clock.now(), 1000)
    assert [row["assignment_id"] for row in answers] == columns[0]
    assert [row["outcome"] for row in answers] == [
        "claimed", "claimed", "full", "already", "claimed", "limit_unverified", "full",
    ]  # fmt: skip
    assert answers[3]["existing_id"] == columns[0][0]
    assert_clean()
    again = sql.call("dispatch_claim_v2", *columns, clock.now(), 1000)
    assert [row["outcome"] for row in again][:2] == ["already", "already"]
    assert [row["existing_id"] for row in again][:2] == columns[0][:2]
    assert Assignment.objects.count() == 3


def test_a_batch_of_one_person_stops_at_the_cap() -> None:
    person = make.participant()
    campaigns = [make.live_campaign(places=1, reserve_fen=0) for _ in range(52)]
    answers = sql.call(
        "dispatch_claim_v2",
        [uuid7() for _ in campaigns], [person.pk] * 52, [c.pk for c in campaigns], clock.now(), 1000,
    )  # fmt: skip
    assert [row["outcome"] for row in answers] == ["claimed"] * 50 + ["capped"] * 2
    assert ParticipantDay.objects.get(participant=person).claims == 50
    assert_clean()


def test_equal_offers_stand_oldest_first_in_pages_of_few_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    person = make.participant()
    campaigns = [make.live_campaign(published_at=NOON + dt.timedelta(minutes=n)) for n in range(5)]
    make.claim(campaigns[2], person)
    with django_assert_num_queries(4):
        first = queries.hall(person.pk, limit=2)
    assert [card.campaign_id for card in first.cards] == [campaigns[0].pk, campaigns[1].pk]
    with django_assert_num_queries(4):
        rest = queries.hall(person.pk, after=first.after, limit=20)
    assert [card.campaign_id for card in rest.cards] == [campaigns[3].pk, campaigns[4].pk]
    assert rest.after == ""
    assert (first.cards[0].hourly_fen, first.cards[0].places_left, first.cards[0].lease_minutes) == (2400, 10, 30)


def test_a_card_is_shown_for_published_campaigns_only() -> None:
    person = make.participant()
    assert queries.task_card(person.pk, make.live_campaign(expected_seconds=0).pk).hourly_fen == 0
    with pytest.raises(NotFound):
        queries.task_card(person.pk, make.live_campaign(published_at=None).pk)


def test_the_hall_by_kind_finds_what_stands_behind_a_full_page_of_the_other() -> None:
    person = make.participant()
    for _ in range(3):
        make.live_campaign()
    wanted = make.live_campaign(kind="compare")
    assert [card.campaign_id for card in queries.hall(person.pk, kind="compare", limit=2).cards] == [wanted.pk]
    assert len(queries.hall(person.pk, limit=2).cards) == 2
