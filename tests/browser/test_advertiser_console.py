"""The advertiser's console in a browser, on a desk and a phone: the wizard with a real clip, running a campaign."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from rushi.campaigns import actions
from rushi.campaigns.models import Campaign, Material
from rushi.policy import actions as policy
from tests import factories
from tests.books import give_advertiser

pytestmark = pytest.mark.browser
CLIP = Path(__file__).parents[2] / "src/rushi/market/clips/bigbuckbunny.mp4"
PICTURES = os.environ.get("RUSHI_PICTURES")  # a directory: keep a picture of every page looked at
Faults = Callable[[Page], list[str]]


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def look(page: Page, faults: Faults, name: str) -> None:
    """The page fits its screen and axe finds nothing serious."""
    if PICTURES:
        width = page.evaluate("innerWidth")
        page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert faults(page) == [], name


def step(page: Page, campaign_id: str, name: str) -> None:
    expect(page).to_have_url(f"/console/campaigns/{campaign_id}/edit/{name}/")


def fill_basics(page: Page) -> str:
    page.get_by_label("标题").fill("大兔子短片，听听您的感受")
    page.get_by_label("说明").fill("看完这支短片，说说真实感受，好坏都行。")
    page.get_by_role("button", name="保存并继续").click()
    page.wait_for_url("**/edit/material/")
    return page.url.split("/")[-4]


def upload(page: Page) -> None:
    page.get_by_label("选择视频文件").set_input_files(str(CLIP))
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_text("正在生成封面和手机版")).to_be_visible()
    actions.process_material(material_id=Material.objects.get().pk)  # what the worker does
    expect(page.locator("video")).to_be_visible()


def play(page: Page) -> None:
    """The preview really plays in this browser, and seeks by range."""
    video = page.locator("video")
    video.evaluate("v => { v.muted = true; return v.play(); }")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.2")
    video.evaluate("v => { v.pause(); v.currentTime = v.duration - 1; }")
    page.wait_for_function("() => !document.querySelector('video').seeking")


def fill_questions(page: Page) -> None:
    page.locator("#q-1-text").fill("片中的主角是什么动物？")
    page.locator("[name=q-1-option-0]").fill("狐狸")
    page.locator("[name=q-1-option-1]").fill("兔子")
    page.get_by_role("button", name="单选").click()
    expect(page.locator("#q-3-text")).to_be_visible()
    expect(page.locator("[name=q-1-option-1]")).to_have_value("兔子")
    page.locator("fieldset").nth(3).get_by_role("button", name="删除").click()
    expect(page.locator("#q-3-text")).to_have_count(0)
    page.locator("[name=q-1-right][value='1']").check()


def carry_on(page: Page) -> None:
    page.get_by_role("button", name="保存并继续").click()


@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_a_campaign_from_the_first_idea_to_live(
    desk: Callable[..., Page], phone: Callable[..., Page], screen: str, serious_faults: Faults
) -> None:
    house = factories.organisation()
    page = (desk if screen == "desk" else phone)(factories.member(house))
    page.goto("/console/")
    look(page, serious_faults, "console-empty")
    page.get_by_role("main").get_by_role("link", name="新建活动").first.click()
    look(page, serious_faults, "wizard-1-new")
    campaign_id = fill_basics(page)
    look(page, serious_faults, "wizard-2-material-empty")
    upload(page)
    play(page)
    look(page, serious_faults, "wizard-2-material")
    carry_on(page)
    step(page, campaign_id, "questions")
    carry_on(page)
    expect(page.get_by_text("题目没有写。")).to_be_visible()
    fill_questions(page)
    look(page, serious_faults, "wizard-3-questions")
    carry_on(page)
    step(page, campaign_id, "audience")
    page.get_by_text("四川", exact=False).first.click()
    expect(page.locator("#audience-size")).to_contain_text("0")
    look(page, serious_faults, "wizard-4-audience")
    carry_on(page)
    step(page, campaign_id, "price")
    page.get_by_label("每份报酬").fill("0.05")
    expect(page.locator("#quote")).to_contain_text("低于最低时薪")
    carry_on(page)
    look(page, serious_faults, "wizard-5-price-low")
    page.get_by_label("每份报酬").fill("0.60")
    page.get_by_label("名额").fill("200")
    expect(page.locator("#quote")).to_contain_text("¥186.30")
    look(page, serious_faults, "wizard-5-price")
    carry_on(page)
    step(page, campaign_id, "check")
    look(page, serious_faults, "wizard-6-check")
    page.get_by_role("button", name="提交审核").click()
    look(page, serious_faults, "campaign-in-review")
    policy.approve(actor_id=factories.staff("reviewer").pk, campaign_id=Campaign.objects.get().pk, key="a")
    page.reload()
    look(page, serious_faults, "campaign-approved")
    page.get_by_role("link", name="注资", exact=True).click()
    look(page, serious_faults, "fund-short")
    page.get_by_role("link", name="去充值").click()
    look(page, serious_faults, "deposit")
    give_advertiser(house.pk, 100_000)
    page.goto(f"/console/campaigns/{campaign_id}/fund/")
    look(page, serious_faults, "fund")
    page.get_by_role("button", name="确认存入").click()
    look(page, serious_faults, "campaign-funded")
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_text("已发布，参与者现在可以领取。")).to_be_visible()
    look(page, serious_faults, "campaign-live")
    for path in ("grow", "close"):
        page.goto(f"/console/campaigns/{campaign_id}/{path}/")
        look(page, serious_faults, f"campaign-{path}")
    for path in ("", "balance/"):
        page.goto(f"/console/{path}")
        look(page, serious_faults, f"console-{path.strip('/') or 'list'}")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_the_rules_block_is_explained(
    desk: Callable[..., Page], phone: Callable[..., Page], language: str, serious_faults: Faults
) -> None:
    campaign = factories.live_campaign(
        status="draft", published_at=None, title="点赞任务", brief="打开快手给视频点赞并关注，截图领钱。", reward_fen=60
    )
    person = factories.member(campaign.organisation)
    for open_page in (desk, phone):
        page = open_page(person, language=language)
        page.goto(f"/console/campaigns/{campaign.pk}/edit/check/")
        expect(page.locator("mark").first).to_be_visible()
        look(page, serious_faults, f"wizard-6-blocked-{language}")


@pytest.mark.parametrize("kind", ["compare"])
def test_both_cuts_have_their_box(desk: Callable[..., Page], serious_faults: Faults, kind: str) -> None:
    house = factories.organisation()
    person = factories.member(house)
    campaign = actions.create_campaign(actor_id=person.pk, organisation_id=house.pk, kind=kind, key="k")
    page = desk(person, language="en")
    for name in ("material", "questions"):
        page.goto(f"/console/campaigns/{campaign.pk}/edit/{name}/")
        look(page, serious_faults, f"compare-{name}-en")
