"""Every page of a participant on a 375 px phone, in both languages: no serious axe fault, easy to press, light."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response

from rushi.payouts import actions as payouts
from rushi.verdicts import actions as verdicts
from tests import factories, watching
from tests.books import CARD, ask_payout, give_person, verified_person

pytestmark = pytest.mark.browser
WEIGHT_BYTES_MAX = 60_000
HAN = re.compile(r"[\u4e00-\u9fff]")


def world() -> tuple[object, list[str]]:
    """A participant in the middle of everything, and the addresses of all their pages."""
    user = verified_person()
    payout = ask_payout(user, 300)
    give_person(user.pk, 700)
    for _ in range(12):
        watching.live_campaign(title="Peach soda", brief="An honest look, please.")
    offered = watching.live_campaign(title="Peach soda", brief="An honest look, please.", kind="compare")
    mine = [watching.claimed(user.participant, watching.live_campaign(title="Peach soda")) for _ in range(4)]
    for work, facts in ((mine[0], {}), (mine[1], {"recall_right": 0}), (mine[2], {"recall_right": 0})):
        factories.handed_in(work, **facts)
        verdicts.judge(assignment_ids=[work.pk])
    verdicts.reject(
        actor_id=factories.staff("reviewer").pk, assignment_id=mine[1].pk, code="recall", reason="Peach, not lime. " * 3
    )
    payouts.add_bank_account(actor_id=user.pk, bank="招商银行", number=CARD)
    return user, [
        "/tasks/", "/my/", "/wallet/", "/wallet/withdraw/", "/wallet/cards/",
        "/me/", "/me/profile/", "/me/name/", "/me/consents/", "/me/erase/", "/me/agent/", "/order/",
        f"/wallet/payouts/{payout.pk}/",
        f"/tasks/{offered.pk}/", f"/my/{mine[1].pk}/appeal/", *(f"/work/{work.pk}/" for work in mine),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_accessible_whole_and_light(
    phone: Callable[..., Page],
    serious_faults: Callable[[Page], list[str]],
    stumbles: Callable[[Page], list[str]],
    language: str,
) -> None:
    user, addresses = world()
    page = phone(user, language=language, bypass_csp=True)
    for address in addresses:
        weights: list[int] = []

        def weigh(response: Response, weights: list[int] = weights) -> None:
            if "/media/" not in response.url and response.request.method == "GET":
                weights.append(len(gzip.compress(response.body(), 6)))

        page.on("response", weigh)
        page.goto(address, wait_until="networkidle")
        page.remove_listener("response", weigh)
        assert sum(weights) <= WEIGHT_BYTES_MAX, (address, sum(weights))
        assert stumbles(page) == [], address
        assert serious_faults(page) == [], address
        if language == "en" and not address.startswith("/me/"):  # those are full of the person's own name
            words = page.locator("main").inner_text().replace("如实", "")
            assert not [line for line in words.splitlines() if HAN.search(line) and not is_content(line)], address


def is_content(line: str) -> bool:
    """Names, questions and reasons are shown as they were written."""
    return any(word in line for word in ("测试机构", "银行", "信用社", "口味", "青柠", "白桃", "葡萄", "感受", "划走"))
