"""The report page: one plain sentence, only for members, exports by a button, nothing under ten people."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rushi.campaigns.models import Campaign
from rushi.identity.models import Membership, User
from tests.answered import NOON, Person, answered_campaign

pytestmark = pytest.mark.django_db


def _member(client: Client, campaign_id: UUID, role: str = "viewer") -> Client:
    user = User.objects.create(phone=f"+86138{uuid4().int % 10**8:08d}")
    organisation = Campaign.objects.get(pk=campaign_id).organisation
    Membership.objects.create(user=user, organisation=organisation, role=role, joined_at=NOON)
    client.force_login(user)
    return client


def _page(client: Client, campaign_id: UUID, rest: str = "") -> str:
    response = client.get(f"/console/campaigns/{campaign_id}/report/{rest}")
    assert response.status_code == 200
    return response.content.decode()


def test_reaction_says_how_many_liked_it(client: Client) -> None:
    campaign = answered_campaign([Person("like", text="清爽")] * 8 + [Person("dislike", left_ms=2000)] * 4)
    page = _page(_member(client, campaign), campaign)
    assert "12 人看完" in page
    assert "67% 喜欢" in page
    assert "随时查看都有效" in page
    assert "自由观看时 67% 看到了结尾" in page
    assert page.count("清爽") == 8
    assert 'id="report-data"' in page


@pytest.mark.parametrize(
    ("a", "b", "says"), [(60, 5, "A 版更受欢迎"), (5, 60, "B 版更受欢迎"), (12, 10, "目前分不出高下")]
)
def test_compare_says_which_cut_or_that_it_cannot_tell(client: Client, a: int, b: int, says: str) -> None:
    campaign = answered_campaign([Person("a")] * a + [Person("b", first="b")] * b, kind="compare")
    assert says in _page(_member(client, campaign), campaign)


@pytest.mark.parametrize("kind", ["reaction", "compare"])
def test_under_ten_shows_no_opinion_and_no_export(client: Client, kind: str) -> None:
    campaign = answered_campaign([Person("like", text="秘密")] * 7, kind=kind)
    page = _page(_member(client, campaign), campaign)
    assert "已收到 7 份，满 10 份后显示" in page
    assert "秘密" not in page
    assert "export.csv" not in page


def test_empty_report_says_what_comes(client: Client) -> None:
    campaign = answered_campaign([])
    assert "还没有通过的提交" in _page(_member(client, campaign), campaign)


def test_live_figures_stop_asking_when_the_campaign_is_closed(client: Client) -> None:
    campaign = answered_campaign([Person("like")] * 10)
    _member(client, campaign)
    assert 'hx-trigger="every 10s"' in _page(client, campaign, "live/")
    Campaign.objects.filter(pk=campaign).update(status="closed", closed_at=NOON)
    response = client.get(f"/console/campaigns/{campaign}/report/live/")
    assert response.status_code == 286
    assert "every 10s" not in response.content.decode()


def test_comments_come_by_the_page(client: Client) -> None:
    campaign = answered_campaign([Person("like", text=f"第{i}条。") for i in range(25)])
    page = _page(_member(client, campaign), campaign)
    assert "第24条。" in page
    assert "第14条。" not in page
    before = page.split("?before=")[1].split('"')[0]
    more = _page(client, campaign, f"comments/?before={before}")
    assert "第14条。" in more
    assert more.count('<li class="comment">') == 10


def test_exports_download_with_a_chinese_name(client: Client) -> None:
    campaign = answered_campaign([Person("like")] * 10)
    _member(client, campaign)
    for form in ("csv", "xlsx"):
        response = client.post(f"/console/campaigns/{campaign}/report/export.{form}")
        assert response.status_code == 200
        assert "filename*=UTF-8''%E7%99%BD%E6%A1%83" in response["Content-Disposition"]
    assert client.get(f"/console/campaigns/{campaign}/report/export.csv").status_code == 405


def test_strangers_find_nothing(client: Client) -> None:
    mine, other = answered_campaign([Person("like")] * 10), answered_campaign([])
    _member(client, other)
    for rest in ("", "live/", "comments/?before=" + str(uuid4())):
        assert client.get(f"/console/campaigns/{mine}/report/{rest}").status_code == 404
    assert client.post(f"/console/campaigns/{mine}/report/export.csv").status_code == 404


@pytest.mark.parametrize("people", [12, 40])
def test_queries_do_not_grow_with_answers(
    client: Client, people: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    campaign = answered_campaign([Person("like", text="好", region=str(11 + i % 3)) for i in range(people)])
    _member(client, campaign)
    with django_assert_max_num_queries(22):
        _page(client, campaign)
