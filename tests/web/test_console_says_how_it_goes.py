"""The console says when a campaign will be done, what was quoted, what lags and what to do about it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from rushi.campaigns.models import Budget, Campaign
from rushi.dispatch import actions as dispatch
from rushi.dispatch.models import Pace, ParticipantDay
from rushi.identity.models import User
from rushi.kernel import clock
from rushi.web import metrics
from tests import factories

pytestmark = pytest.mark.django_db


def _door(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _text(client: Client, name: str, campaign: Campaign | None = None, query: str = "") -> str:
    answer = client.get(reverse(name, args=[campaign.pk] if campaign else []) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def _running(hours: float = 10, **fields: object) -> tuple[Campaign, Client]:
    house = factories.organisation()
    since = clock.now() - dt.timedelta(hours=hours)
    campaign = factories.live_campaign(organisation=house, places=100, published_at=since, **fields)
    return campaign, _door(factories.member(house))


def test_it_works() -> None:
    campaign, client = _running()
    Budget.objects.filter(pk=campaign.pk).update(accepted=20, taken=25)
    page = _text(client, "campaign", campaign)
    assert "按目前速度，预计" in page
    assert "待补" not in page
    assert "预计 " in _text(client, "console")


def test_too_little_is_said_to_be_too_little() -> None:
    campaign, client = _running(hours=1)
    assert "暂时说不准何时完成" in _text(client, "campaign", campaign)


def test_an_alarm_is_on_list_page_and_gauge_with_what_to_do_and_goes_by_itself() -> None:
    campaign, client = _running(closes_at=clock.now() + dt.timedelta(hours=5))
    Budget.objects.filter(pk=campaign.pk).update(accepted=20, taken=30)
    dispatch.watch_pace()
    assert "截止前可能收不齐" in _text(client, "console")
    page = _text(client, "campaign", campaign)
    assert "截止前预计完成" in page
    assert "晚于截止时间" in page
    assert "截止前约" in _text(client, "console")
    later = reverse("campaign_extend", args=[campaign.pk])
    assert later in page
    assert b'rushi_campaigns_lagging{alarm="deadline"} 1.0' in metrics.exposition()
    day = clock.shanghai_day(clock.now()) + dt.timedelta(days=9)
    assert client.post(later, {"closes_on": day.isoformat()}).status_code == 302
    campaign.refresh_from_db()
    assert campaign.closes_at == clock.shanghai_day_end(day)
    dispatch.watch_pace()
    assert "截止前可能收不齐" not in _text(client, "console")


def test_a_paused_campaign_says_that_nobody_can_take_it() -> None:
    campaign, client = _running()
    Campaign.objects.filter(pk=campaign.pk).update(status="paused")
    page = _text(client, "campaign", campaign)
    assert "已暂停，现在没有人能领取" in page
    assert "按目前速度" not in page


def test_a_deadline_moves_away_only() -> None:
    campaign, client = _running(closes_at=clock.now() + dt.timedelta(days=5))
    today = clock.shanghai_day(clock.now()).isoformat()
    answer = client.post(reverse("campaign_extend", args=[campaign.pk]), {"closes_on": today})
    assert "要比现在的晚" in answer.content.decode()


def test_no_deadline_nothing_to_extend() -> None:
    campaign, client = _running()
    assert client.get(reverse("campaign_extend", args=[campaign.pk])).status_code == 302


def test_lost_places_and_a_used_up_reserve_are_said() -> None:
    campaign, client = _running()
    Pace.objects.create(campaign=campaign, peak_taken=90, quoted_low=40, quoted_high=60)
    spare = Budget.objects.get(pk=campaign.pk).budget_fen
    Budget.objects.filter(pk=campaign.pk).update(accepted=80, taken=85, reserved_fen=spare)
    dispatch.watch_pace()
    page = _text(client, "campaign", campaign)
    assert "待补 5 个" in page
    assert "预留金已用完" in page
    assert reverse("campaign_grow", args=[campaign.pk]) in page
    assert "注资时预计：24 小时内（截止更早就到截止）40–60 份" in page


def test_the_wizard_quotes_from_supply_and_follows_what_is_typed() -> None:
    house = factories.organisation()
    campaign, client = factories.draft_campaign(organisation=house), _door(factories.member(house))
    assert "暂时无法预计" in _text(client, "edit_price", campaign)
    today = clock.shanghai_day(clock.now())
    for region in ("11", "44"):
        for _ in range(15):
            person = factories.participant(region=region)
            ParticipantDay.objects.bulk_create(
                ParticipantDay(participant=person, day=today - dt.timedelta(days=n), claims=2) for n in range(1, 8)
            )
    assert "24 小时内预计可全部完成：<strong>10 份" in _text(client, "price_quote", campaign, "?reward=0.40&places=10")
    short = _text(client, "price_quote", campaign, "?reward=0.40&places=100")
    assert "符合条件的只有 30 人" in short
    assert "放宽地区" in short
    assert "符合条件的只有" not in _text(client, "audience_size", campaign)
    assert "每天约" in _text(client, "audience_size", campaign, "?regions=44")
    assert "多快能完成" in _text(client, "edit_check", campaign)


def test_what_lags_is_seen_in_the_back_office_and_nothing_else() -> None:
    lagging, _client = _running(closes_at=clock.now() + dt.timedelta(hours=5))
    well, _client = _running()
    for campaign in (lagging, well):
        Budget.objects.filter(pk=campaign.pk).update(accepted=20, taken=30)
    dispatch.watch_pace()
    answer = _door(factories.staff("operator")).get("/admin/dispatch/pace/?alarm__exact=deadline")
    shown = answer.content.decode()
    assert f"/admin/dispatch/pace/{lagging.pk}/change/" in shown
    assert f"/admin/dispatch/pace/{well.pk}/change/" not in shown
    assert Pace.objects.filter(alarm="deadline").get().pk == lagging.pk
