"""The review desk in a real browser: keys decide and skip, letters typed stay letters, every page without fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from rushi.campaigns.models import Campaign
from rushi.kernel import clock
from rushi.policy.models import Review
from tests import factories as make
from tests.web.test_review_desk import REASON, case_url, in_review, submitted

pytestmark = pytest.mark.browser
PAGES = ("/review/", "/review/campaigns/", "/review/organisations/", "/review/submissions/", "/review/appeals/")


def press(page: Page, key: str) -> None:
    page.keyboard.press(key)


def test_keys_decide_one_case_after_the_other(desk: Callable[..., Page]) -> None:
    first, second, third = (submitted(title=title) for title in ("白桃气泡水", "露营灯", "国家级奶茶"))
    page = desk(make.staff("reviewer"))
    page.goto(case_url(first))
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    with page.expect_navigation():
        press(page, "n")
    assert page.url.endswith(case_url(second))
    with page.expect_navigation():
        press(page, "a")
    assert page.url.endswith(case_url(third))
    press(page, "r")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type("a" + REASON)  # letters are letters here
    with page.expect_navigation():
        page.get_by_role("button", name="不通过，退回修改").click()
    assert page.url.endswith(case_url(first))
    statuses = dict(Campaign.objects.values_list("title", "status"))
    assert statuses == {"白桃气泡水": "in_review", "露营灯": "approved", "国家级奶茶": "rejected"}
    assert Review.objects.get(campaign=third).reason == "a" + REASON


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_well(
    desk: Callable[..., Page],
    phone: Callable[..., Page],
    language: str,
    serious_faults: Callable[[Page], list[str]],
    stumbles: Callable[[Page], list[str]],
) -> None:
    campaign = submitted(title="国家级奶茶", brief="请勿点赞。看完说实话。")
    organisation = make.organisation(status="pending", submitted_at=clock.now())
    submission = in_review()
    cases = (case_url(campaign), f"/review/organisations/{organisation.pk}/", f"/review/submissions/{submission}/")
    reviewer = make.staff("reviewer")
    for opener in (desk, phone):
        page = opener(reviewer, language=language)
        errors: list[str] = []
        page.on("pageerror", lambda error, found=errors: found.append(str(error)))
        for address in (*PAGES, *cases, "/rules/"):
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            assert serious_faults(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
            assert opener is desk or stumbles(page) == [], address
        assert errors == []
