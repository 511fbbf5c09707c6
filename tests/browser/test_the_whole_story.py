"""The whole story, in Chinese and in English, with a real clip: from an advertiser's brief to a paid, honest answer.

An advertiser on 1280 px makes a campaign and submits it; a reviewer approves; finance confirms the top-up; the
advertiser funds and publishes. A participant on a 375 px phone joins by invitation, watches in real time, answers, is
paid, proves the real name and withdraws; somebody who speeds up is not accepted. Two people of finance pay out. The
advertiser closes, confirms the delivery and reads the report. The books add up. axe looks at every page on the way.
"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.utils import translation
from playwright.sync_api import Locator, Page, expect

from rushi.campaigns.models import Campaign
from rushi.db import invariants
from rushi.dispatch.models import Assignment
from rushi.identity.models import Participant
from rushi.ledger import queries as ledger
from rushi.payouts.models import BankFile
from rushi.verdicts import actions as verdicts
from tests import factories

if TYPE_CHECKING:
    from tests.loopback import Sandbox

pytestmark = pytest.mark.browser
CLIP = Path(__file__).parents[2] / "src/rushi/market/clips/bigbuckbunny.mp4"
TITLE = "白桃气泡水新片，听听您的感受"
Say = Callable[[str], str]


def speaker(language: str) -> Say:
    """The words on the pages: the Chinese itself, or its English."""

    def say(text: str) -> str:
        with translation.override(language):
            return translation.gettext(text)

    return say


def work_off_jobs() -> None:
    """Run the jobs that are waiting, as the worker would; in a thread, because Playwright's loop lives in this one."""
    from procrastinate.contrib.django import app

    faults: list[BaseException] = []

    def run() -> None:
        try:
            connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
            with app.replace_connector(connector) as working:
                working.run_worker(wait=False, install_signal_handlers=False, delete_jobs="always")
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(120)
    assert not thread.is_alive()
    assert not faults, faults


def follow(page: Page, target: Locator) -> None:
    """Click what leads to another page, and wait until that is there."""
    with page.expect_navigation():
        target.click()


class Story:
    """The pages of one telling: who is where, in which language, and axe beside them."""

    def __init__(self, say: Say, faults: Callable[[Page], list[str]]) -> None:
        self.say, self.faults, self.found = say, faults, list[str]()

    def look(self, page: Page) -> None:
        """Note what axe finds serious, and anything wider than the screen."""
        path = page.url.split("/", 3)[-1]
        self.found += [f"/{path}: {fault}" for fault in self.faults(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            self.found.append(f"/{path}: wider than the screen")

    def go(self, page: Page, path: str) -> None:
        page.goto(path)
        self.look(page)

    def press(self, page: Page, text: str, *, within: str = "main") -> None:
        button = page.locator(within).locator("button, a.btn").filter(has_text=self.say(text)).first
        follow(page, button)

    def see(self, page: Page, text: str) -> None:
        expect(page.locator("body")).to_contain_text(self.say(text))


def make_campaign(story: Story, page: Page) -> Campaign:
    story.go(page, "/console/campaigns/new/")
    page.fill("#id_title", TITLE)
    page.fill("#id_brief", "请完整看完这支视频，如实说说您的感受，好坏都可以，报酬一样。")
    story.press(page, "保存并继续")
    page.set_input_files("#upload-a", CLIP)
    page.locator("[data-upload] button").first.click()
    page.wait_for_selector("#clip-a dl")
    work_off_jobs()
    page.reload()
    page.wait_for_selector("#clip-a video")
    story.look(page)
    story.press(page, "保存并继续")
    page.fill("#q-1-text", "视频里的动物是什么？")
    for place, animal in enumerate(("兔子", "松鼠", "猫")):
        page.fill(f"[name=q-1-option-{place}]", animal)
    page.check("[name=q-1-right][value='0']")
    story.look(page)
    story.press(page, "保存并继续")
    story.look(page)
    story.press(page, "保存并继续")
    page.fill("#id_reward", "0.01")
    story.press(page, "保存并继续")
    assert "/price/" in page.url, "pay below the floor must be refused"
    page.fill("#id_reward", "2.00")
    page.fill("#id_places", "12")
    story.look(page)
    story.press(page, "保存并继续")
    story.see(page, "没有发现问题。提交后由审核员看过视频和问题再发布。")
    story.look(page)
    story.press(page, "提交审核")
    return Campaign.objects.get(title=TITLE)


def approve(story: Story, page: Page) -> None:
    story.go(page, "/review/")
    story.go(page, "/review/campaigns/")
    story.press(page, "开始审核")
    story.look(page)
    page.keyboard.press("a")
    story.see(page, "已通过，广告主可以注资发布。")


def top_up(story: Story, page: Page, finance: Page) -> None:
    story.go(page, "/console/balance/deposit/")
    page.fill("#id_yuan", "100")
    story.press(page, "登记充值")
    story.go(finance, "/finance/deposits/")
    follow(finance, finance.locator("main a[href*='/finance/deposits/0']").first)
    story.look(finance)
    finance.check("form[action*='/confirm/'] [type=checkbox]")
    follow(finance, finance.locator("form[action*='/confirm/'] button"))
    story.go(page, "/console/balance/")
    story.see(page, "广告主充值")


def fund_and_publish(story: Story, page: Page, campaign: Campaign) -> None:
    story.go(page, f"/console/campaigns/{campaign.pk}/fund/")
    follow(page, page.locator("main form button"))
    story.see(page, "已注资，可以发布了。")
    story.press(page, "发布")
    story.see(page, "已发布，参与者现在可以领取。")
    story.look(page)


def join(story: Story, page: Page, sandbox: Sandbox, invite: str, phone: str) -> None:
    story.go(page, f"/i/{invite}/")
    page.fill("[name=phone]", phone)
    story.press(page, "获取验证码")
    story.look(page)
    page.fill("[name=code]", sandbox.code(phone))
    story.press(page, "继续")
    page.check("[name=adult]")
    page.check("[name=agreed]")
    story.look(page)
    story.press(page, "注册并进入")
    page.wait_for_url("**/tasks/")
    story.look(page)


def take(story: Story, page: Page) -> None:
    follow(page, page.locator("main a", has_text=TITLE).first)
    story.look(page)
    story.press(page, "领取任务")
    page.wait_for_selector("#work[data-ready]")


def answer(story: Story, page: Page) -> None:
    page.get_by_text(story.say("喜欢"), exact=True).click()
    page.get_by_text("兔子", exact=True).click()
    page.locator("textarea").fill("毛茸茸的，开头很安静，音乐好听。")


def watch_and_answer(story: Story, page: Page) -> None:
    page.click("#go-free")
    page.wait_for_function("() => document.querySelector('video').currentTime > 1")
    page.click("#swipe")
    page.click("#go-rest")
    page.wait_for_selector("#questions:not([hidden])")
    story.look(page)
    answer(story, page)
    page.wait_for_timeout(3_000)
    page.click("#hand-in")
    page.wait_for_selector(".outcome")
    expect(page.locator(".outcome h1")).to_contain_text("2.00")
    story.look(page)


def cheat(story: Story, page: Page) -> None:
    """Watch the better half, speed through the rest with the page's own guard silenced, then answer all the same."""
    page.evaluate(
        "() => { for (const v of document.querySelectorAll('video'))"
        " v.addEventListener('ratechange', (e) => e.stopImmediatePropagation(), true); }"
    )
    page.click("#go-free")
    page.wait_for_function("() => document.querySelector('video').currentTime > 3.2")
    page.click("#swipe")
    for _attempt in range(4):
        page.locator("#go-rest:visible, #go-gap:visible").first.click()
        page.evaluate("() => { document.querySelector('video').playbackRate = 16; }")
        page.wait_for_selector("#card-gap:not([hidden])")
        if page.locator("#skip").is_visible():
            break
    page.click("#skip")
    answer(story, page)
    page.wait_for_timeout(2_500)
    page.click("#hand-in")
    page.wait_for_selector(".outcome")
    story.see(page, "已提交")


def reject_cheat(story: Story, page: Page) -> None:
    story.go(page, "/review/submissions/")
    story.press(page, "开始审核")
    story.look(page)
    page.locator("[name=code]").first.check(force=True)
    page.fill("#reason", "视频没有按原速看完：记录显示大部分时间是十六倍速，不计入观看。")
    story.press(page, "不通过")
    story.see(page, "已判不通过，参与者可以申诉。")


def withdraw(story: Story, page: Page) -> None:
    story.go(page, "/me/name/")
    page.fill("[name=name]", "张三")
    page.fill("[name=number]", "11010519491231002X")
    page.check("[name=consent]")
    story.press(page, "提交核验")
    story.go(page, "/wallet/cards/")
    page.fill("[name=number]", "6222020200112233446")
    story.press(page, "保存")
    story.go(page, "/wallet/withdraw/")
    page.fill("[name=amount]", "2.00")
    page.locator("[name=account]").first.check(force=True)
    follow(page, page.locator("main form button").last)
    story.look(page)
    follow(page, page.locator("main form button").last)
    story.go(page, "/wallet/")


def pay_out(story: Story, maker: Page, releaser: Page) -> None:
    story.go(maker, "/finance/payouts/")
    follow(maker, maker.locator("form[action*='/files/make/'] button"))
    file = BankFile.objects.get()
    story.go(releaser, f"/finance/files/{file.pk}/")
    follow(releaser, releaser.locator("form[action*='/release/'] button"))
    with releaser.expect_download() as download:
        releaser.locator("a[href*='/download/']").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert [row["收款户名"] for row in rows] == ["张三"]
    result = f"业务编号,结果,银行流水号\n{rows[0]['业务编号']},成功,BK20261124001\n"
    releaser.set_input_files("input[type=file]", {"name": "r.csv", "mimeType": "text/csv", "buffer": result.encode()})
    follow(releaser, releaser.locator("form[action*='/result/'] button"))
    story.look(releaser)
    follow(releaser, releaser.locator("form[action*='/import/'] button"))


def others_answer(campaign: Campaign) -> None:
    """Nine more people, so that opinions may be shown at all."""
    for index in range(9):
        held = factories.claim(campaign, factories.participant())
        factories.handed_in(held, answer="like" if index % 3 else "dislike")
        verdicts.judge(assignment_ids=[held.pk])


def close_and_confirm(story: Story, page: Page, campaign: Campaign) -> None:
    story.go(page, f"/console/campaigns/{campaign.pk}/close/")
    story.press(page, "确认结束")
    verdicts.open_deliveries()
    story.go(page, f"/console/campaigns/{campaign.pk}/")
    story.press(page, "确认交付")
    story.see(page, "已确认交付，谢谢。")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_from_a_brief_to_a_paid_honest_answer(
    language: str,
    desk: Callable[..., Page],
    phone: Callable[..., Page],
    sandbox: Sandbox,
    serious_faults: Callable[[Page], list[str]],
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    story = Story(speaker(language), serious_faults)
    organisation = factories.organisation(name="临沂小满饮品有限公司")
    advertiser = desk(factories.member(organisation), language=language)
    reviewer = desk(factories.staff("reviewer"), language=language)
    finance, second = (desk(factories.staff("finance"), language=language) for _ in range(2))
    agent = factories.agent()

    campaign = make_campaign(story, advertiser)
    approve(story, reviewer)
    top_up(story, advertiser, finance)
    fund_and_publish(story, advertiser, campaign)

    honest = phone(language=language)
    join(story, honest, sandbox, agent.code, "13911112222")
    take(story, honest)
    watch_and_answer(story, honest)
    story.go(honest, "/wallet/")
    expect(honest.locator(".money.in").first).to_contain_text("2.00")

    hasty = phone(language=language)
    join(story, hasty, sandbox, agent.code, "13911113333")
    take(story, hasty)
    cheat(story, hasty)
    caught = Assignment.objects.get(participant__user__phone="+8613911113333")
    assert caught.status == "in_review"
    reject_cheat(story, reviewer)
    story.go(hasty, "/my/")
    story.see(hasty, "未通过")

    withdraw(story, honest)
    pay_out(story, finance, second)
    story.go(honest, "/wallet/")
    story.see(honest, "已到账")
    payer = Participant.objects.get(user__phone="+8613911112222")
    assert ledger.balance_fen("participant_available", payer.pk) == 0

    others_answer(campaign)
    close_and_confirm(story, advertiser, campaign)
    story.go(advertiser, f"/console/campaigns/{campaign.pk}/report/")
    expect(advertiser.locator("body")).to_contain_text("70%")
    expect(advertiser.locator("body")).to_contain_text("毛茸茸的")
    story.go(desk(agent.user, language=language), "/agent/")
    story.go(finance, "/finance/trial/")

    assert ledger.trial_balance().difference_fen == 0
    assert [check for check in invariants.run() if not check.ok] == []
    assert story.found == []
