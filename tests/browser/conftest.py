"""A live server on loopback and Debian's Chromium: `site`, `browser`, `phone`, `desk`, `log_in`.

A browser test is marked `@pytest.mark.browser`, asks for `site` (the live server; its rows are really committed
and flushed afterwards) and for `phone` or `desk` (functions that open a page in a context of its own).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = os.environ.get("RUSHI_CHROMIUM", "/usr/bin/chromium")
IPHONE: dict[str, Any] = {
    "viewport": {"width": 375, "height": 667},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "user_agent": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/17.5 Mobile/15E148 Safari/604.1"
    ),
}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
AXE = Path(__file__).parent / "vendor" / "axe.min.js"

# How long anything may take before a test gives up: what a loaded machine needs, not what is expected.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

LogIn = Callable[[Page, Any], None]
Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's loop lives in this thread; the ORM of the tests is called from it all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=user-gesture-required"]
        )
        yield browser
        browser.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def site(transactional_db: None, live_server: Any) -> str:
    """The address of the running site."""
    return str(live_server.url)


def _opener(browser: Browser, site: str, profile: dict[str, Any]) -> Iterator[Opener]:
    contexts: list[BrowserContext] = []

    def open_page(user: Any = None, *, language: str = "zh-hans", **more: Any) -> Page:
        context = browser.new_context(base_url=site, locale="zh-CN", **{**profile, **more})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        cookie = {"url": site}
        if user is not None:
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            value = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{**cookie, "name": settings.SESSION_COOKIE_NAME, "value": value}])
        if language != "zh-hans":
            context.add_cookies([{**cookie, "name": settings.LANGUAGE_COOKIE_NAME, "value": language}])
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def phone(browser: Browser, site: str) -> Iterator[Opener]:
    """`phone(user)`: a page on a 375 px iPhone, logged in as `user` when given; `language="en"` for English."""
    yield from _opener(browser, site, IPHONE)


@pytest.fixture
def desk(browser: Browser, site: str) -> Iterator[Opener]:
    """`desk(user)`: a page on a 1280 px screen, logged in as `user` when given; `language="en"` for English."""
    yield from _opener(browser, site, DESK)


@pytest.fixture
def serious_faults() -> Callable[[Page], list[str]]:
    """`serious_faults(page)`: axe's serious and critical findings as short lines; empty when there are none."""

    def check(page: Page) -> list[str]:
        page.evaluate(AXE.read_text("utf-8"))  # not a script tag: the page policy refuses those
        result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{fault['id']}: {fault['nodes'][0]['html'][:120]}"
            for fault in result["violations"]
            if fault["impact"] in {"serious", "critical"}
        ]

    return check


# What a finger or an eye would stumble over on a phone: lines of what is wrong, none when all is well.
STUMBLES = """() => {
  const found = [];
  const word = (e) => (e.innerText || e.name || e.value || "").trim().slice(0, 20);
  if (document.documentElement.scrollWidth > innerWidth) found.push("scrolls sideways");
  if (scrollY > 0) found.push("does not open at its top");
  for (const e of document.querySelectorAll("a, button, input, select, textarea, summary")) {
    const area = (e.matches("[type=checkbox], [type=radio]") && e.closest("label")) || e;
    const box = area.getBoundingClientRect();
    const inText = e.tagName === "A" && getComputedStyle(e).display === "inline";
    if (box.width && !inText && box.height < 43.5) found.push(`${Math.round(box.height)} px to press: ${word(e)}`);
  }
  for (const e of document.querySelectorAll("td, th")) {
    const box = e.getBoundingClientRect();
    if (word(e).length >= 4 && box.width < 64) found.push(`crushed to ${Math.round(box.width)} px: ${word(e)}`);
  }
  return found;
}"""


@pytest.fixture
def stumbles() -> Callable[[Page], list[str]]:
    """`stumbles(page)`: sideways scrolling, things lower than 44 px to press, cells with a sign a line."""
    return lambda page: page.evaluate(STUMBLES)
