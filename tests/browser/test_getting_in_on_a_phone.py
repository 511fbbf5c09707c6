"""Somebody follows an invitation on a phone, joins with the code from the sandbox, and proves their name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page

from rushi.identity.models import Agent, Participant
from rushi.kernel import clock
from tests import books, factories

if TYPE_CHECKING:
    from tests.loopback import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
Opener = Callable[..., Page]
Faults = Callable[[Page], list[str]]


@pytest.fixture(autouse=True)
def _fresh(settings: Any, tmp_path: Any) -> None:
    cache.clear()
    settings.MEDIA_ROOT = tmp_path


def look(page: Page, serious_faults: Faults) -> None:
    """Nothing hangs over the edge, and axe finds no serious fault."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    assert serious_faults(page) == [], page.url


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_from_an_invitation_to_a_verified_name(
    phone: Opener, sandbox: Sandbox, serious_faults: Faults, language: str
) -> None:
    agent = factories.agent()
    page = phone(language=language)
    page.goto(f"/i/{agent.code}/")
    look(page, serious_faults)
    page.fill("#id_phone", "138 1234 0001")
    page.click("form[action='/login/'] button")
    page.wait_for_url("**/login/code/")
    look(page, serious_faults)
    assert page.locator("button[value=resend]").is_disabled()
    page.fill("#id_code", sandbox.code("13812340001"))
    page.click("button[value=verify]")
    page.wait_for_url("**/login/join/")
    look(page, serious_faults)
    page.check("#id_adult")
    page.check("#id_agreed")
    page.locator("form.card button").click()
    page.wait_for_url("**/tasks/")
    person = Participant.objects.get(user__phone="+8613812340001")
    assert (person.agent_id, person.user.language) == (agent.pk, language)
    for path in ("/me/", "/me/profile/", "/me/consents/", "/me/agent/", "/me/erase/", "/me/name/"):
        page.goto(path)
        look(page, serious_faults)
    page.fill("#id_name", "不符之人")
    page.fill("#id_number", "11010519491231002X")
    page.check("#id_consent")
    page.locator("form.card button").click()
    page.wait_for_selector(".errorlist")
    look(page, serious_faults)
    page.fill("#id_name", "林知夏")
    page.locator("form.card button").click()
    page.wait_for_url("**/me/")
    person.refresh_from_db()
    assert person.real_name_verified_at is not None
    page.locator("form[action='/logout/'] button").click()
    page.wait_for_url(lambda url: "/me" not in url)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_agents_and_organisations_on_phone_and_desk(
    phone: Opener, desk: Opener, serious_faults: Faults, language: str
) -> None:
    user = books.verified_person()
    agent = Agent.objects.create(user=user, name="小林和朋友们", code="ABCD2345", joined_at=clock.now())
    factories.participant(agent=agent)
    organisation = factories.organisation(status="draft")
    owner = factories.member(organisation)
    base = f"/console/organisation/{organisation.pk}/"
    for open_page in (phone, desk):
        page = open_page(user, language=language)
        for path in ("/agent/", "/agent/invite/", "/agent/statement/", "/agent/withdraw/"):
            page.goto(path)
            look(page, serious_faults)
        page = open_page(owner, language=language)
        for path in ("/console/organisation/", base, base + "members/"):
            page.goto(path)
            look(page, serious_faults)
