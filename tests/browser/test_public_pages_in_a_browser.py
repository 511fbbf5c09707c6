"""The front page in a real browser: on a phone and on a desk, in both languages, without a serious axe fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_front_page_opens_on_a_phone_and_on_a_desk(
    phone: Callable[..., Page], desk: Callable[..., Page], language: str, serious_faults: Callable[[Page], list[str]]
) -> None:
    for open_page in (phone, desk):
        page = open_page(language=language)
        page.goto("/")
        assert page.locator("h1").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert serious_faults(page) == []
