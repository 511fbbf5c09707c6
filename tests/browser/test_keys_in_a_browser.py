"""A person at a desk sets up a passkey, logs in with it, and proves it again before something is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Page

from rushi.identity.models import Factor, Tries
from tests import factories, keys

if TYPE_CHECKING:
    from tests.loopback import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
Opener = Callable[..., Page]
Faults = Callable[[Page], list[str]]
BUILT_IN = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def with_a_key(page: Page) -> Page:
    """The page in a browser that has a built-in authenticator (a virtual one)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": BUILT_IN})
    return page


def type_the_code_of_the_phone(page: Page, sandbox: Sandbox, number: str) -> None:
    Tries.objects.all().delete()  # the wait between two codes is over
    page.goto("/login/?next=/finance/")
    page.fill("#id_phone", number)
    page.click("form[action='/login/'] button")
    page.wait_for_url("**/login/code/")
    page.fill("#id_code", sandbox.code(number))
    page.click("button[value=verify]")


def grow_stale(page: Page) -> None:
    """What this session proved, it proved an hour ago."""
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie.get("name") == "sessionid"]
    session = SessionStore(cookie.get("value"))
    session["proved_at"] = float(session["proved_at"]) - 3600
    session.save()


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_a_passkey_from_the_first_to_the_last(
    site: str,
    request: pytest.FixtureRequest,
    sandbox: Sandbox,
    serious_faults: Faults,
    stumbles: Callable[[Page], list[str]],
    screen: str,
) -> None:
    def look() -> None:
        assert serious_faults(page) == [], page.url
        if screen == "phone":
            assert stumbles(page) == [], page.url

    user = factories.staff("finance")
    number = str(user.phone).removeprefix("+86")
    page = with_a_key(request.getfixturevalue(screen)())
    type_the_code_of_the_phone(page, sandbox, number)
    page.wait_for_url("**/me/security/desk/**")
    look()
    page.click("button[data-passkey=create]")
    page.wait_for_selector(".codes li >> nth=9")
    look()
    page.click("a.primary")
    page.wait_for_url("**/finance/")
    page.goto("/me/security/")
    look()
    page.context.clear_cookies()
    type_the_code_of_the_phone(page, sandbox, number)
    page.wait_for_url("**/login/second/")
    look()
    page.click("button[data-passkey=get]")
    page.wait_for_url("**/finance/")
    grow_stale(page)
    page.goto("/me/security/")
    page.click("form[action='/me/security/codes/'] button")
    page.wait_for_selector("button[data-passkey=get]")
    look()
    page.click("button[data-passkey=get]")
    page.wait_for_selector(".codes li >> nth=9")
    assert page.url.endswith("/me/security/codes/")
    assert Factor.objects.get(user=user).used_at is not None


def test_an_app_is_set_up_on_a_phone(phone: Opener, serious_faults: Faults, stumbles: Any) -> None:
    user = factories.participant().user
    page = phone(user)
    page.goto("/me/")
    page.click("a[href='/me/security/']")
    page.click("a[href='/me/security/app/']")
    assert serious_faults(page) == []
    assert stumbles(page) == []
    page.click("summary")
    secret = page.locator("p.breaks").inner_text()
    page.fill("#id_code", keys.shown(pyotp.TOTP(secret)))
    page.locator("form.card button").click()
    page.wait_for_selector(".codes li >> nth=9")
    assert Factor.objects.get(user=user).kind == "totp"
