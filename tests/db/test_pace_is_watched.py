"""The sweep that watches all live campaigns: open time, marks, what waits to be refilled, and alarms that clear."""

from __future__ import annotations

import datetime as dt

import pytest
from pytest_django import DjangoAssertNumQueries

from rushi.campaigns.models import Budget, Campaign
from rushi.dispatch import actions, queries
from rushi.dispatch.models import Pace
from rushi.kernel import clock
from tests import factories

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)


def _live(hours_ago: float = 0, **fields: object) -> Campaign:
    return factories.live_campaign(published_at=NOW - dt.timedelta(hours=hours_ago), **fields)


def _filled(campaign: Campaign, accepted: int, taken: int | None = None) -> None:
    Budget.objects.filter(pk=campaign.pk).update(accepted=accepted, taken=accepted if taken is None else taken)


def _look(hours: float = 0) -> None:
    with clock.pretend(NOW + dt.timedelta(hours=hours)):
        actions.watch_pace()


def _alarm(campaign: Campaign) -> tuple[str, dt.datetime | None]:
    pace = Pace.objects.get(pk=campaign.pk)
    return pace.alarm, pace.alarm_since


def test_it_works() -> None:
    campaign = _live(hours_ago=10, places=100)
    _filled(campaign, 20)
    _look()
    found = queries.campaign_pace(campaign.pk, NOW)
    assert found
    assert found.forecast
    assert found.forecast.at == NOW + dt.timedelta(hours=40)
    assert (found.alarm, found.delivered, found.to_refill) == ("", 20, 0)


def test_a_page_does_not_wait_for_the_first_look() -> None:
    campaign = _live(hours_ago=10, places=100)
    _filled(campaign, 20)
    found = queries.campaign_pace(campaign.pk, NOW)
    assert found
    assert found.forecast
    assert found.forecast.at == NOW + dt.timedelta(hours=40)


def test_pauses_and_standstills_are_no_open_time() -> None:
    campaign = _live(hours_ago=1, places=100)
    _look()
    _look(0.2)
    _look(30)
    assert Pace.objects.get(pk=campaign.pk).open_seconds == 3600 + 720 + 900


def test_the_pace_is_that_of_the_last_half_to_whole_day() -> None:
    campaign = _live(places=10_000)
    for quarter in range(4 * 36 + 1):
        _filled(campaign, quarter * 10 if quarter <= 96 else 960 + (quarter - 96) * 2)
        _look(quarter / 4)
    pace = Pace.objects.get(pk=campaign.pk)
    assert (pace.mark_seconds, pace.next_seconds) == (24 * 3600, 36 * 3600)
    assert (pace.mark_delivered, pace.next_delivered) == (960, 1056)


def test_behind_its_quote_since_then_and_cleared_when_caught_up() -> None:
    campaign = _live(hours_ago=12, places=100)
    Pace.objects.create(campaign=campaign, quoted_low=80, quoted_high=95, quoted_at=NOW)
    _filled(campaign, 20)
    _look()
    _look(0.1)
    assert _alarm(campaign) == ("quote", NOW)
    _filled(campaign, 33)  # over 80 % of 40, yet not over 90 % less the slack of four: the alarm does not flutter
    assert _alarm(campaign) == ("quote", NOW)
    _filled(campaign, 39)
    _look(0.2)
    assert _alarm(campaign) == ("", None)


def test_too_slow_for_its_deadline() -> None:
    campaign = _live(hours_ago=10, places=100, closes_at=NOW + dt.timedelta(hours=10))
    _filled(campaign, 30)
    _look()
    assert _alarm(campaign)[0] == "deadline"
    Campaign.objects.filter(pk=campaign.pk).update(closes_at=NOW + dt.timedelta(hours=40))
    _look(0.1)
    assert _alarm(campaign)[0] == ""


def test_a_campaign_of_two_hours_is_told_after_half_of_one() -> None:
    campaign = _live(hours_ago=0.5, places=100, closes_at=NOW + dt.timedelta(hours=1.5))
    Pace.objects.create(campaign=campaign, quoted_low=90, quoted_high=100, quoted_at=NOW - dt.timedelta(hours=0.5))
    _filled(campaign, 5)
    _look()
    assert _alarm(campaign)[0] == "deadline"
    Campaign.objects.filter(pk=campaign.pk).update(closes_at=NOW + dt.timedelta(hours=40))
    _look(0.1)
    assert _alarm(campaign)[0] == ""  # now a day's quote: too early to tell


def test_places_without_money_are_the_most_pressing() -> None:
    campaign = _live(hours_ago=10, places=10, reserve_fen=0, closes_at=NOW + dt.timedelta(hours=1))
    Budget.objects.filter(pk=campaign.pk).update(taken=8, reserved_fen=27 * 10)
    _look()
    assert _alarm(campaign)[0] == "reserve"
    found = queries.campaign_pace(campaign.pk, NOW)
    assert found
    assert (found.open_places, found.affordable, found.waits_for_money, found.rejected_held) == (2, 0, 2, 2)


def test_nobody_comes() -> None:
    campaign = _live(hours_ago=7, places=10)
    _look()
    assert _alarm(campaign)[0] == "stalled"


def test_a_new_full_or_paused_campaign_is_left_alone() -> None:
    new, full, paused = _live(hours_ago=0.5, places=10), _live(hours_ago=30, places=5), _live(hours_ago=30, places=5)
    _filled(full, 5)
    _look()
    assert _alarm(paused)[0] == "stalled"
    Campaign.objects.filter(pk=paused.pk).update(status="paused")
    _look(0.1)
    assert [_alarm(one) for one in (new, full, paused)] == [("", None)] * 3


def test_what_was_lost_is_to_be_refilled() -> None:
    campaign = _live(hours_ago=1, places=100)
    _filled(campaign, 20, taken=30)
    _look()
    _filled(campaign, 20, taken=26)
    found = queries.campaign_pace(campaign.pk, NOW)
    assert found
    assert found.to_refill == 4


def test_one_statement_for_all_campaigns(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    campaigns = [_live(hours_ago=3) for _ in range(5)]
    with django_assert_num_queries(1), clock.pretend(NOW):
        assert actions.watch_pace() == 0
    with django_assert_num_queries(1):
        assert len(queries.paces([one.pk for one in campaigns], NOW)) == 5
