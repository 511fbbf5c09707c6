"""A phone and a site that is full or out of reach: it asks again by itself, and nothing that was done is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Page, Route, expect

from rushi.dispatch.models import Assignment
from rushi.evidence.models import Answers
from rushi.web import turned_away
from tests import clips, watching

pytestmark = pytest.mark.browser
Opener = Callable[..., Page]


def busy_at_first(page: Page, pattern: str, *ways: str) -> list[str]:
    """Answer the first requests as told (`full`, `away`, `cut`), then let the site answer; returns what was asked."""
    asked: list[str] = []

    def handle(route: Route) -> None:
        asked.append(route.request.post_data or "")
        way = ways[len(asked) - 1] if len(asked) <= len(ways) else ""
        if way == "full":
            headers = {"Retry-After": "1", "Content-Type": "application/json"}
            route.fulfill(status=429, headers=headers, body=turned_away.SCRIPT)
        elif way == "away":
            route.fulfill(status=503, headers={"Retry-After": "1", "Content-Type": "text/html"}, body="<p>away")
        elif way == "cut":
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(pattern, handle)
    return asked


def test_a_claim_waits_in_line_and_goes_through_once(phone: Opener) -> None:
    person, campaign = watching.participant(), watching.live_campaign()
    page = phone(person.user)
    page.goto(f"/tasks/{campaign.pk}/")
    asked = busy_at_first(page, "**/claim/", "full", "cut", "away")
    page.get_by_role("button", name="领取任务").click()
    expect(page.locator("#claim-said")).to_contain_text("正在排队")
    page.wait_for_url("**/work/**")
    assert len(asked) == 4
    assert len({body for body in asked}) == 1, "the same key every time"
    assert Assignment.objects.filter(participant=person).count() == 1


def test_a_claim_that_is_refused_says_why_on_the_card(phone: Opener) -> None:
    campaign = watching.live_campaign(places=1)
    page = phone(watching.participant().user)
    page.goto(f"/tasks/{campaign.pk}/")
    watching.claimed(watching.participant(), campaign)
    page.get_by_role("button", name="领取任务").click()
    expect(page.locator("#claim-said")).to_be_visible()
    expect(page.get_by_role("button", name="领取任务")).to_be_enabled()
    assert "领完" in page.locator("#claim-said").inner_text()


def test_what_was_watched_and_answered_survives_a_busy_site(phone: Opener) -> None:
    campaign = watching.live_campaign(clip_ms=4_000)
    material = campaign.materials.get()
    material.rendition.save("clip.mp4", ContentFile(clips.mp4(4)))
    person = watching.participant()
    work = watching.claimed(person, campaign)
    page: Any = phone(person.user)
    busy_at_first(page, "**/start/", "full")
    page.goto(f"/work/{work.pk}/")
    expect(page.locator("#busy")).to_be_visible()
    page.wait_for_selector("#work[data-ready]")
    expect(page.locator("#busy")).to_be_hidden()
    busy_at_first(page, "**/work/beat/", "full", "cut")
    page.click("#go-free")
    page.wait_for_selector("#questions:not([hidden])")
    page.get_by_text("喜欢", exact=True).click()
    page.get_by_text("白桃", exact=True).click()
    page.wait_for_timeout(2_500)
    handed_in = busy_at_first(page, "**/submit/", "full", "away", "cut")
    page.click("#hand-in")
    expect(page.locator("#busy")).to_be_visible()
    page.wait_for_selector(".outcome")
    assert len(handed_in) == 4
    assert Answers.objects.filter(pk=work.pk, choices__contains=["like"]).exists()


def test_a_piece_of_a_page_waits_and_is_asked_for_again_by_itself(phone: Opener) -> None:
    for _ in range(25):
        watching.live_campaign()
    page = phone(watching.participant().user)
    asked = 0

    def handle(route: Route) -> None:
        nonlocal asked
        if not route.request.headers.get("hx-request"):
            return route.continue_()
        asked += 1
        if asked > 1:
            return route.continue_()
        headers = {"Retry-After": "1", "Content-Type": "text/html; charset=utf-8"}
        return route.fulfill(status=429, headers=headers, body=turned_away.FRAGMENT)

    page.route("**/tasks/?after=*", handle)
    page.goto("/tasks/")
    page.get_by_text("更多任务").scroll_into_view_if_needed()
    expect(page.locator("#site-busy")).to_be_visible()
    expect(page.get_by_text("更多任务")).to_have_count(0, timeout=20_000)
    expect(page.locator("#site-busy")).to_be_hidden()
    assert asked == 2


def test_a_plain_form_that_was_refused_is_still_filled_in_when_one_goes_back(phone: Opener) -> None:
    page = phone()
    page.goto("/login/")
    page.locator("form input[type=tel]").first.fill("13900000001")
    page.route(
        "**/login/",
        lambda route: (
            route.fulfill(status=429, content_type="text/html; charset=utf-8", body=turned_away.PAGE_AFTER_POST)
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    page.locator("form:has(input[type=tel]) button").first.click()
    expect(page.get_by_text("填写的内容还在")).to_be_visible()
    page.go_back()
    expect(page.locator("form input[type=tel]").first).to_have_value("13900000001")
