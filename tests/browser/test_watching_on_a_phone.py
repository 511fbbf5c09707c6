"""A person on a 375 px phone watches a real clip in real time and is paid; tricks earn nothing and are told plainly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Page, expect

from rushi.campaigns.models import Campaign
from rushi.dispatch.models import Assignment
from rushi.evidence.models import Checkpoint, FreeLook, Submission
from tests import clips, watching

pytestmark = pytest.mark.browser
SECONDS = 8
Opener = Callable[..., Page]


def campaign_with_clips(**fields: Any) -> Campaign:
    campaign = watching.live_campaign(clip_ms=SECONDS * 1000, **fields)
    for material in campaign.materials.all():
        material.rendition.save("clip.mp4", ContentFile(clips.mp4(SECONDS)))
    return campaign


def open_work(phone: Opener, language: str = "zh-hans", **campaign: Any) -> tuple[Page, Assignment]:
    person = watching.participant()
    work = watching.claimed(person, campaign_with_clips(**campaign))
    page = phone(person.user, language=language)
    page.goto(f"/work/{work.pk}/")
    page.wait_for_selector("#work[data-ready]")
    return page, work


def state(page: Page, script: str) -> Any:
    return page.evaluate(f"() => {{ const v = document.querySelector('video:not([hidden])'); return {script}; }}")


def played(page: Page, seconds: float) -> None:
    """Wait until the clip has come this far, however slowly the machine lets it begin."""
    page.wait_for_function("(s) => document.querySelector('video:not([hidden])').currentTime > s", arg=seconds)


def answer(page: Page, main: str = "喜欢") -> None:
    page.get_by_text(main, exact=True).click()
    page.get_by_text("白桃", exact=True).click()
    page.locator("textarea").fill("节奏明快，音乐好听")


def test_swiping_on_then_watching_the_rest_then_answering_is_paid(phone: Opener) -> None:
    page, work = open_work(phone)
    page.click("#go-free")
    played(page, 2)
    page.click("#swipe")
    left_ms = 1000 * state(page, "v.currentTime")
    page.click("#go-rest")
    page.wait_for_selector("#questions:not([hidden])")
    answer(page)
    page.wait_for_timeout(2_500)
    page.click("#hand-in")
    page.wait_for_selector(".outcome")
    facts = Submission.objects.get(pk=work.pk)
    assert facts.coverage_bps >= 9_500
    assert facts.refused_ms == facts.hidden_ms == 0
    look = FreeLook.objects.get(assignment=work)
    assert 1_900 <= look.left_at_ms <= left_ms + 750
    expect(page.locator(".outcome h1")).to_contain_text("已到账")
    work.refresh_from_db()
    assert work.status == "accepted"


def test_sixteenfold_speed_is_not_credited(phone: Opener) -> None:
    page, work = open_work(phone)
    page.evaluate(
        "() => { for (const v of document.querySelectorAll('video'))"
        " v.addEventListener('ratechange', (e) => e.stopImmediatePropagation(), true); }"
    )
    page.click("#go-free")
    state(page, "v.playbackRate = 16")
    page.wait_for_selector("#card-rest:not([hidden]), #card-gap:not([hidden])")
    expect(page.locator("#questions")).to_be_hidden()
    expect(page.locator("#card-rest")).to_contain_text("请按原速看完，切到后台的时间不计入")
    kept = Checkpoint.objects.filter(assignment=work).latest("at")
    assert kept.covered_ms < SECONDS * 1000 // 2
    assert not Submission.objects.exists()
    page.click("#go-rest")  # once more as fast: the page says what is missing, and where
    page.wait_for_selector("#card-gap:not([hidden])")
    state(page, "v.playbackRate = 1")
    page.click("#go-gap")
    page.wait_for_selector("#questions:not([hidden])")
    answer(page)
    page.wait_for_timeout(2_500)
    page.click("#hand-in")
    page.wait_for_selector(".outcome")
    expect(page.locator(".outcome")).to_contain_text("审核中")
    work.refresh_from_db()
    assert work.status == "in_review"


def test_skipping_forward_is_not_credited(phone: Opener) -> None:
    page, work = open_work(phone)
    page.click("#go-free")
    played(page, 0.5)
    state(page, f"v.currentTime = {SECONDS} - 0.3")
    page.wait_for_selector("#card-rest:not([hidden])")
    assert Checkpoint.objects.filter(assignment=work).latest("at").covered_ms < 4_000


def test_a_hidden_tab_stops_the_clip_and_is_not_credited(phone: Opener) -> None:
    page, work = open_work(phone)
    page.click("#go-free")
    played(page, 1)
    page.evaluate(
        "() => { Object.defineProperty(document, 'hidden', {configurable: true, get: () => true});"
        " Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => 'hidden'});"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.wait_for_function("() => document.querySelector('video:not([hidden])').paused")
    seen_ms = 1000 * state(page, "v.currentTime")
    state(page, "HTMLMediaElement.prototype.pause = () => {}")
    state(page, "void v.play()")
    page.wait_for_selector("#card-rest:not([hidden])")
    kept = Checkpoint.objects.filter(assignment=work).latest("at")
    assert kept.covered_ms < seen_ms + 1_500
    assert kept.hidden_ms > SECONDS * 1000 - seen_ms - 1_500


def test_a_lost_connection_loses_nothing(phone: Opener) -> None:
    page, work = open_work(phone)
    page.click("#go-free")
    played(page, 0.5)
    page.context.set_offline(True)
    page.wait_for_selector("#offline:not([hidden])")
    page.context.set_offline(False)
    page.wait_for_selector("#questions:not([hidden])")
    expect(page.locator("#offline")).to_be_hidden()
    with page.expect_response(lambda answered: "节奏明快" in unquote_plus(answered.request.post_data or "")):
        answer(page)
    page.reload()
    page.wait_for_selector("#questions:not([hidden])")
    assert page.locator("textarea").input_value() == "节奏明快，音乐好听"
    assert page.locator("input:checked").count() == 2
    page.click("#hand-in")
    page.wait_for_selector(".outcome")
    assert Submission.objects.get(pk=work.pk).coverage_bps >= 9_500


def test_two_cuts_are_watched_one_after_the_other(phone: Opener) -> None:
    page, work = open_work(phone, kind="compare")
    for number in ("1", "2"):
        expect(page.locator(".stage-tag b")).to_have_text(number)
        page.click("#go-free")
        played(page, 0.5)
        page.click("#swipe")
        page.click("#go-rest")
        if number == "1":
            page.wait_for_selector("#card-free:not([hidden])")
    page.wait_for_selector("#questions:not([hidden])")
    answer(page, "第一版")
    page.wait_for_timeout(2_500)
    page.click("#hand-in")
    page.wait_for_selector(".outcome")
    submission = Submission.objects.get(pk=work.pk)
    first = submission.first_cut
    assert first in submission.assignment.answers.choices


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "已在另一个页面打开"), ("en", "was opened on another page")]
)
def test_opening_the_task_twice_stops_the_older_page(phone: Opener, language: str, words: str) -> None:
    page, work = open_work(phone, language)
    page.click("#go-free")
    second = page.context.new_page()
    second.goto(f"/work/{work.pk}/")
    second.wait_for_selector("#work[data-ready]")
    page.click("#swipe")
    expect(page.locator("#halt")).to_contain_text(words)
