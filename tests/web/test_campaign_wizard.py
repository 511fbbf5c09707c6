"""An advertiser makes a campaign in the browser: every step kept, checked, paid for and published."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rushi.audit import actions as audit
from rushi.campaigns import actions
from rushi.campaigns.models import Budget, Campaign, Material
from rushi.db import invariants
from rushi.identity.models import Organisation, User
from rushi.kernel.ids import uuid7
from rushi.ledger import queries as ledger
from rushi.policy import actions as policy
from tests import factories
from tests.books import give_advertiser

pytestmark = pytest.mark.django_db
CLIP = Path(__file__).parents[2] / "src/rushi/market/clips/bigbuckbunny.mp4"
QUESTIONS = {
    "q-0-kind": "reaction", "q-0-text": "看完之后，您的感受是？",
    "q-1-kind": "recall", "q-1-text": "片中的主角是什么动物？", "q-1-option-0": "狐狸", "q-1-option-1": "兔子",
    "q-1-option-3": "松鼠", "q-1-right": "1",
    "q-2-kind": "text", "q-2-text": "为什么？用自己的话说说。",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def house() -> Organisation:
    return factories.organisation()


@pytest.fixture
def advertiser(client: Client, house: Organisation) -> Client:
    client.force_login(factories.member(house))
    return client


def begin(client: Client, kind: str = "reaction") -> Campaign:
    """The first page of the wizard, posted."""
    given = {
        "kind": kind,
        "title": "大兔子短片",
        "brief": "看完这支短片，说说真实感受，好坏都行。",
        "key": str(uuid7()),
    }
    response = client.post("/console/campaigns/new/", given)
    campaign = Campaign.objects.latest("created_at")
    assert response.headers["Location"] == f"/console/campaigns/{campaign.pk}/edit/material/"
    return campaign


def edit(campaign: Campaign, step: str) -> str:
    return f"/console/campaigns/{campaign.pk}/edit/{step}/"


def upload(client: Client, campaign: Campaign, cut: str = "a") -> Material:
    file = SimpleUploadedFile("大兔子.mp4", CLIP.read_bytes())
    response = client.post(edit(campaign, f"material/{cut}"), {"upload": file}, headers={"hx-request": "true"})
    assert response.status_code == 200
    return Material.objects.get(campaign=campaign, cut=cut)


def page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return response.content.decode()


def complete(client: Client) -> Campaign:
    """A draft that lacks nothing, through the pages."""
    campaign = begin(client)
    actions.process_material(material_id=upload(client, campaign).pk)
    client.post(edit(campaign, "questions"), {**QUESTIONS, "do": "save"})
    client.post(edit(campaign, "audience"), {"regions": ["51"], "age_bands": ["18-24", "25-34"]})
    client.post(edit(campaign, "price"), {"reward": "0.60", "places": "20", "auto_accept_days": "3"})
    campaign.refresh_from_db()
    return campaign


def test_from_an_idea_to_a_live_campaign(advertiser: Client, house: Organisation) -> None:
    campaign = begin(advertiser)
    material = upload(advertiser, campaign)
    waiting = page(advertiser, edit(campaign, "material"))
    assert 'hx-trigger="every 2s"' in waiting
    actions.process_material(material_id=material.pk)
    done = advertiser.get(edit(campaign, "material/a"), headers={"hx-request": "true"})
    assert done.status_code == 286  # htmx stops asking
    (source,) = re.findall(r'<video[^>]* src="([^"]+)"', done.content.decode())
    clip = advertiser.get(source.replace("&amp;", "&"), headers={"range": "bytes=0-99"})
    assert (clip.status_code, clip["Content-Type"]) == (206, "video/mp4")

    saved = advertiser.post(edit(campaign, "questions"), {**QUESTIONS, "do": "save"})
    assert saved.headers["Location"] == edit(campaign, "audience")
    recall = campaign.questions.get(kind="recall")
    assert (recall.options, recall.right_option) == (["狐狸", "兔子", "松鼠"], 1)

    saved = advertiser.post(edit(campaign, "audience"), {"regions": ["51"], "genders": ["f"]})
    assert saved.headers["Location"] == edit(campaign, "price")
    assert 'value="51" checked' in page(advertiser, edit(campaign, "audience"))

    saved = advertiser.post(edit(campaign, "price"), {"reward": "0.60", "places": "20", "auto_accept_days": "3"})
    assert saved.headers["Location"] == edit(campaign, "check")
    assert "¥18.63" in page(advertiser, edit(campaign, "check"))  # 20 x (0.60 + 0.09 + 0.12) = 16.20, and 15 %

    advertiser.post(edit(campaign, "check"))
    campaign.refresh_from_db()
    assert campaign.status == "in_review"
    assert page(advertiser, f"/console/campaigns/{campaign.pk}/").count("撤回修改") == 1

    reviewer = factories.staff("reviewer")
    policy.approve(actor_id=reviewer.pk, campaign_id=campaign.pk, key="a")
    fund = f"/console/campaigns/{campaign.pk}/fund/"
    assert "还差" in page(advertiser, fund)
    give_advertiser(house.pk, 10_000)
    for _ in range(2):
        advertiser.post(fund, {"key": "k"})
    advertiser.post(f"/console/campaigns/{campaign.pk}/do/", {"do": "publish"})
    campaign.refresh_from_db()
    assert (campaign.status, campaign.budget.budget_fen) == ("live", 1863)
    assert "¥81.37" in page(advertiser, "/console/balance/")
    assert [check for check in invariants.run() if not check.ok] == []


@pytest.mark.django_db(transaction=True)
def test_without_the_money_nothing_is_funded(advertiser: Client) -> None:
    campaign = complete(advertiser)
    advertiser.post(edit(campaign, "check"))
    policy.approve(actor_id=factories.staff("reviewer").pk, campaign_id=campaign.pk, key="a")
    shown = advertiser.post(f"/console/campaigns/{campaign.pk}/fund/", {"key": "k"}).content.decode()
    assert "余额不足" in shown
    campaign.refresh_from_db()
    assert campaign.status == "approved"
    assert not Budget.objects.exists()


def test_a_comparison_needs_both_cuts_and_a_preference(advertiser: Client) -> None:
    campaign = begin(advertiser, "compare")
    upload(advertiser, campaign, "a")
    assert "请上传 A、B 两版视频。" in page(advertiser, edit(campaign, "check"))
    upload(advertiser, campaign, "b")
    for material in Material.objects.filter(campaign=campaign):
        actions.process_material(material_id=material.pk)
    questions = {**QUESTIONS, "q-0-kind": "preference", "q-0-text": "哪一版更好？", "do": "save"}
    advertiser.post(edit(campaign, "questions"), questions)
    advertiser.post(edit(campaign, "price"), {"reward": "1.00", "places": "10", "auto_accept_days": "3"})
    assert "还差这些" not in page(advertiser, edit(campaign, "check"))
    campaign.refresh_from_db()
    clips = sum(row.duration_ms for row in Material.objects.filter(campaign=campaign))
    assert campaign.expected_seconds == -(-clips // 1000) + 5 + 8 + 20


def test_pay_below_the_floor_is_refused_beside_the_field(advertiser: Client) -> None:
    campaign = complete(advertiser)
    response = advertiser.post(edit(campaign, "price"), {"reward": "0.01", "places": "20", "auto_accept_days": "3"})
    assert response.status_code == 200
    assert "低于最低时薪" in response.content.decode()
    assert "0.01" in response.content.decode()  # what was typed stays
    quote = page(advertiser, edit(campaign, "price/quote") + "?reward=0.01&places=20&auto_accept_days=3")
    assert "低于最低时薪" in quote


def test_adding_moving_and_removing_questions_keeps_what_was_typed(advertiser: Client) -> None:
    campaign = begin(advertiser)
    added = advertiser.post(edit(campaign, "questions"), {**QUESTIONS, "do": "add:single"}).content.decode()
    assert 'name="q-3-kind" value="single"' in added
    assert 'value="兔子"' in added
    assert 'value="add:reaction"' not in added  # there is one, and it stays first
    moved = advertiser.post(edit(campaign, "questions"), {**QUESTIONS, "do": "up:2"}).content.decode()
    assert 'name="q-1-kind" value="text"' in moved
    assert 'name="q-2-kind" value="recall"' in moved
    removed = advertiser.post(edit(campaign, "questions"), {**QUESTIONS, "do": "remove:1"}).content.decode()
    assert "片中的主角是什么动物？" not in removed


def test_the_opinion_stays_the_first_question(advertiser: Client) -> None:
    campaign = begin(advertiser)
    moved = {**QUESTIONS, "q-0-kind": "text", "q-2-kind": "reaction", "do": "save"}
    assert "“感受”题要放在第一题。" in advertiser.post(edit(campaign, "questions"), moved).content.decode()


def test_faulty_questions_are_explained_and_kept_on_the_page(advertiser: Client) -> None:
    campaign = begin(advertiser)
    faulty = {**QUESTIONS, "q-1-right": "", "do": "save"}
    shown = advertiser.post(edit(campaign, "questions"), faulty).content.decode()
    assert "记忆题要点选一个正确答案。" in shown
    assert 'value="兔子"' in shown


def test_an_unfinished_step_is_kept_as_a_draft(advertiser: Client) -> None:
    campaign = begin(advertiser)
    unfinished = {**QUESTIONS, "q-1-right": "", "later": "1"}
    assert advertiser.post(edit(campaign, "questions"), unfinished).headers["Location"] == "/console/"
    again = page(advertiser, edit(campaign, "questions"))
    assert 'value="兔子"' in again
    assert " checked" not in again  # no right answer was invented
    assert "记忆题要点选一个正确答案。" in page(advertiser, edit(campaign, "check"))


def test_what_the_rules_block_cannot_be_submitted_and_says_which_law(advertiser: Client) -> None:
    campaign = complete(advertiser)
    advertiser.post(edit(campaign, "basics"), {"title": "点赞任务", "brief": "打开快手给视频点赞并关注，截图领钱。"})
    shown = page(advertiser, edit(campaign, "check"))
    assert "不能发布" in shown
    assert "<mark>" in shown
    assert "依据" in shown
    advertiser.post(edit(campaign, "check"))
    campaign.refresh_from_db()
    assert campaign.status == "draft"


def test_a_block_may_be_contested_with_reasons(advertiser: Client) -> None:
    campaign = complete(advertiser)
    advertiser.post(edit(campaign, "basics"), {"title": "大兔子", "brief": "打开快手给视频点赞并关注，截图领钱。"})
    found = policy.screen_campaign(campaign_id=campaign.pk)
    assert found.decision == "block"
    advertiser.post(edit(campaign, "check"), {"contest": "短"})
    campaign.refresh_from_db()
    assert campaign.status == "draft"


def test_a_rejection_shows_its_reason_and_leads_back_to_editing(advertiser: Client) -> None:
    campaign = complete(advertiser)
    advertiser.post(edit(campaign, "check"))
    reason = "记忆题的答案在标题里就能看出来，请换一道题。"
    policy.reject(actor_id=factories.staff("reviewer").pk, campaign_id=campaign.pk, reason=reason, key="r")
    assert reason in page(advertiser, f"/console/campaigns/{campaign.pk}/")
    advertiser.post(edit(campaign, "basics"), {"title": "大兔子二", "brief": "看完这支短片，说说真实感受。"})
    campaign.refresh_from_db()
    assert campaign.status == "draft"


def test_a_funded_campaign_can_be_given_up_and_the_money_comes_back(advertiser: Client, house: Organisation) -> None:
    campaign = complete(advertiser)
    advertiser.post(edit(campaign, "check"))
    policy.approve(actor_id=factories.staff("reviewer").pk, campaign_id=campaign.pk, key="a")
    give_advertiser(house.pk, 10_000)
    advertiser.post(f"/console/campaigns/{campaign.pk}/fund/", {"key": "k"})
    close = f"/console/campaigns/{campaign.pk}/close/"
    assert close in page(advertiser, f"/console/campaigns/{campaign.pk}/")
    advertiser.post(close)
    assert "¥100.00" in page(advertiser, "/console/balance/")


def test_a_file_that_is_no_clip_is_explained(advertiser: Client) -> None:
    campaign = begin(advertiser)
    file = SimpleUploadedFile("clip.mp4", b"%PDF-1.7 nothing to see")
    shown = advertiser.post(edit(campaign, "material/a"), {"upload": file}).content.decode()
    assert "只收 mp4 或 webm 视频" in shown
    assert "请先选择一个视频文件" in advertiser.post(edit(campaign, "material/a"), {}).content.decode()


def test_the_audience_is_counted_as_it_is_ticked(advertiser: Client) -> None:
    campaign = begin(advertiser)
    for region in ("51", "51", "31"):
        factories.participant(region=region)
    assert "2" in page(advertiser, edit(campaign, "audience/size") + "?regions=51")
    assert advertiser.post(edit(campaign, "audience"), {"regions": ["99"]}).status_code == 200


STEPS = ["basics", "material", "material/a", "questions", "audience", "audience/size", "price", "price/quote", "check"]
PAGES = ["", "fund/", "grow/", "close/"]


@pytest.mark.parametrize("path", [f"edit/{step}/" for step in STEPS] + PAGES)
def test_strangers_find_nothing_and_viewers_change_nothing(client: Client, path: str) -> None:
    campaign = factories.live_campaign()
    url = f"/console/campaigns/{campaign.pk}/{path}"
    assert client.get(url).headers["Location"].startswith("/login/")
    client.force_login(factories.member(factories.organisation()))
    assert client.get(url).status_code == 404
    client.force_login(factories.member(campaign.organisation, "viewer"))
    assert client.get(url).status_code == (200 if path == "" else 403)


@pytest.mark.parametrize("verb", ["publish", "pause", "resume", "withdraw"])
def test_verbs_are_for_editors(client: Client, verb: str) -> None:
    campaign = factories.live_campaign()
    client.force_login(factories.member(campaign.organisation, "viewer"))
    url = f"/console/campaigns/{campaign.pk}/do/"
    assert client.post(url, {"do": verb}).status_code == 403
    assert client.get(url).status_code == 405
    campaign.refresh_from_db()
    assert campaign.status == "live"


def test_running_a_campaign_from_its_page(client: Client) -> None:
    campaign = factories.live_campaign(approved_digest="x")
    person = factories.member(campaign.organisation, "editor")
    client.force_login(person)
    home, give = f"/console/campaigns/{campaign.pk}/", {"places": "15", "key": "g"}
    client.post(home + "do/", {"do": "pause"})
    assert "恢复" in page(client, home)
    client.post(home + "do/", {"do": "resume"})
    assert client.post(home + "grow/", give).status_code == 200  # the balance is empty
    give_advertiser(campaign.organisation_id, 1_000)
    assert client.post(home + "grow/", give).status_code == 302
    assert client.post(home + "grow/", give).status_code == 302
    campaign.budget.refresh_from_db()
    assert campaign.budget.places == 15
    assert client.post(home + "grow/", {"places": "15", "key": "h"}).status_code == 200
    client.post(home + "close/")
    campaign.refresh_from_db()
    assert campaign.status == "closed"


def test_the_list_asks_no_more_for_more_rows(client: Client, house: Organisation) -> None:
    owner = factories.member(house)
    client.force_login(owner)
    counts = []
    for _ in range(2):
        for _ in range(4):
            factories.live_campaign(organisation=house)
        with CaptureQueriesContext(connection) as captured:
            page(client, "/console/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] <= 16


def test_switching_between_organisations_needs_membership(client: Client) -> None:
    one, two = factories.organisation(), factories.organisation()
    person: User = factories.member(one)
    client.force_login(person)
    assert client.post(f"/console/organisations/{two.pk}/use/").status_code == 404
    two.memberships.create(user=person, role="viewer", joined_at=one.created_at)
    client.post(f"/console/organisations/{two.pk}/use/")
    assert two.name in page(client, "/console/")
    assert client.get("/console/campaigns/new/").status_code == 403


def test_a_campaign_is_paid_from_its_own_organisations_balance(client: Client) -> None:
    poor, rich = factories.organisation(), factories.organisation()
    person = factories.member(poor)
    rich.memberships.create(user=person, role="editor", joined_at=rich.created_at)
    give_advertiser(rich.pk, 77_700)
    campaign = factories.live_campaign(organisation=rich)
    client.force_login(person)
    client.post(f"/console/organisations/{poor.pk}/use/")
    assert "¥777.00" not in page(client, "/console/balance/")
    assert "¥777.00" in page(client, f"/console/campaigns/{campaign.pk}/grow/")


def test_a_top_up_gets_its_reference_once_and_counts_when_it_arrived(advertiser: Client, house: Organisation) -> None:
    form = page(advertiser, "/console/balance/deposit/?yuan=250.00")
    assert 'value="250.00"' in form
    assert advertiser.post("/console/balance/deposit/", {"yuan": "2.555", "key": "d"}).status_code == 200
    for _ in range(2):
        answer = advertiser.post("/console/balance/deposit/", {"yuan": "250.00", "key": "d"})
        assert answer.headers["Location"] == "/console/balance/"
    (row,) = ledger.deposits(owner_id=house.pk)
    shown = page(advertiser, "/console/balance/")
    assert row.reference in shown
    assert "¥0.00" in shown


def test_a_top_up_says_where_to_transfer_or_not_to(advertiser: Client, settings: Any) -> None:
    settings.IS_DEMO = False
    assert "请先不要转账" in page(advertiser, "/console/balance/deposit/")
    audit.set_setting(
        actor_id=uuid7(), key="deposit_account", value="如实科技有限公司\n招商银行\n571900000010108", reason="开户"
    )
    shown = page(advertiser, "/console/balance/deposit/")
    assert "请先不要转账" not in shown
    assert all(part in shown for part in ("如实科技有限公司", "招商银行", "571900000010108"))
    assert "571900000010108" not in page(advertiser, "/console/balance/")
    advertiser.post("/console/balance/deposit/", {"yuan": "250.00", "key": "d"})
    assert "571900000010108" in page(advertiser, "/console/balance/")


def test_viewers_and_people_without_an_organisation_cannot_top_up(client: Client, house: Organisation) -> None:
    client.force_login(factories.member(house, "viewer"))
    assert client.post("/console/balance/deposit/", {"yuan": "1.00", "key": "d"}).status_code == 403
    client.force_login(factories.user())
    assert "先登记您的机构" in page(client, "/console/")
    assert client.get("/console/balance/").status_code == 302


def test_saying_something_about_a_delivery_that_is_not_due_is_refused_in_words(client: Client) -> None:
    campaign = factories.live_campaign()
    client.force_login(factories.member(campaign.organisation))
    for word in ("confirm", "dispute"):
        answer = client.post(
            f"/console/campaigns/{campaign.pk}/delivery/", {"do": word, "reason": "太少" * 20}, follow=True
        )
        assert 'class="notice bad' in answer.content.decode()
