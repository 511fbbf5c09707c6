"""What is quoted before paying comes from what the audience did lately, and stays with the campaign."""

from __future__ import annotations

import datetime as dt

import pytest
from pytest_django import DjangoAssertNumQueries

from rushi.campaigns.models import Campaign
from rushi.dispatch import actions, queries
from rushi.dispatch.models import Pace, ParticipantDay, Participation
from rushi.dispatch.pacing import DayQuote
from rushi.identity.models import Participant
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from tests import factories
from tests.books import give_advertiser

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 24)


def crowd(count: int, **fields: object) -> list[Participant]:
    """People who took three places on each of the last seven days."""
    people = [factories.participant(**fields) for _ in range(count)]
    ParticipantDay.objects.bulk_create(
        ParticipantDay(participant=person, day=TODAY - dt.timedelta(days=n), claims=3)
        for person in people
        for n in range(1, 8)
    )
    return people


def quote(campaign: Campaign, **changed: object) -> DayQuote:
    return queries.day_quote(campaign, NOW, **changed)


def test_it_works(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    crowd(12, region="11")
    crowd(15, region="44")
    campaign = factories.approved_campaign(places=100)
    with django_assert_num_queries(1):
        found = quote(campaign)
    assert (found.people, found.active_high, found.places_each, found.asked) == (27, 27, 3.0, 0)
    assert (found.state, found.is_short, found.high) == ("partly", True, 27)
    only = quote(campaign, regions=["44"], places_wanted=5)
    assert (only.people, only.state, only.low) == (15, "enough", 5)


def test_the_excluded_and_the_suspended_are_no_supply() -> None:
    people = crowd(14)
    earlier, campaign = factories.live_campaign(), factories.approved_campaign()
    Participation.objects.create(id=uuid7(), campaign=earlier, participant=people[0])
    Participant.objects.filter(pk=people[1].pk).update(standing="suspended")
    assert quote(campaign).people == 13
    assert quote(campaign, excluded_campaigns=[earlier.pk]).people == 12


def test_what_other_campaigns_ask_counts_as_far_as_it_falls_on_this_audience() -> None:
    crowd(12, region="11")
    crowd(12, region="44")
    factories.live_campaign(places=100, regions=["44"])
    factories.live_campaign(places=60, reward_fen=5, reserve_fen=9000)
    campaign = factories.approved_campaign(regions=["11"])
    assert quote(campaign).asked == 30
    assert quote(campaign, regions=[]).asked == 160
    assert quote(campaign, regions=["44"]).asked == 130


def test_the_quote_stays_with_the_campaign_it_was_funded_with() -> None:
    crowd(20)
    campaign = factories.approved_campaign(places=100)
    give_advertiser(campaign.organisation_id, 1_000_000)
    with clock.pretend(NOW):
        for _ in range(2):
            actions.fund(actor_id=campaign.created_by, campaign_id=campaign.pk, key="k")
    pace = Pace.objects.get(pk=campaign.pk)
    assert (pace.quoted_high, pace.quoted_at) == (20, NOW)
    assert pace.quoted_low == quote(campaign).low > 0


def test_no_figure_is_kept_where_none_was_quoted() -> None:
    campaign = factories.approved_campaign(places=10)
    give_advertiser(campaign.organisation_id, 1_000_000)
    actions.fund(actor_id=campaign.created_by, campaign_id=campaign.pk, key="k")
    assert Pace.objects.get(pk=campaign.pk).quoted_low is None
