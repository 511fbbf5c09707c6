"""The finance desk in a real browser: every page on a desk (in both languages) and a phone, without a serious fault."""

from __future__ import annotations

import os
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from rushi.ledger import queries
from rushi.ledger.models import Entry
from rushi.payouts import actions as payouts
from tests.books import ask_payout, give_escrow, verified_person
from tests.web.test_finance_desk import campaign_with_money, deposit, finance_person, organisation

pytestmark = pytest.mark.browser


@pytest.fixture
def pages(site: str) -> list[str]:
    """Addresses of every page of the desk, with something on each."""
    owner = organisation("好茶饮品（上海）有限公司")
    give_escrow(owner.id, uuid4(), 123_456)
    campaign_with_money(98_700)
    row = deposit(2_000_000)
    for name, fen in (("王小明", 2350), ("欧阳娜娜", 180_000)):
        ask_payout(verified_person(name), fen)
    maker, releaser = finance_person("制单"), finance_person("复核")
    released = payouts.make_bank_file(actor_id=maker.id, key="1")
    payouts.release_bank_file(actor_id=releaser.id, file_id=released.id)
    ask_payout(verified_person("李四"), 990)
    made = payouts.make_bank_file(actor_id=maker.id, key="2")
    ask_payout(verified_person("赵六"), 1230)
    settlement = Entry.objects.filter(kind="settlement").first()
    assert settlement is not None
    account = queries.account_id("advertiser", owner.id)
    return [
        "/finance/", "/finance/checks/", "/finance/deposits/", f"/finance/deposits/{row.id}/", "/finance/accounts/",
        f"/finance/accounts/{account}/", "/finance/entries/", f"/finance/entries/{settlement.id}/", "/finance/trial/",
        "/finance/reconcile/", "/finance/payouts/", "/finance/files/", f"/finance/files/{made.id}/",
        f"/finance/files/{released.id}/",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_well(
    desk: Callable[..., Page],
    phone: Callable[..., Page],
    pages: list[str],
    language: str,
    serious_faults: Callable[[Page], list[str]],
    stumbles: Callable[[Page], list[str]],
) -> None:
    user = finance_person("财务甲")
    shots = os.environ.get("RUSHI_SHOTS")
    openers = [("desk", desk), *([("phone", phone)] if language == "zh-hans" else [])]
    for name, opener in openers:
        page = opener(user, language=language)
        for number, address in enumerate(pages):
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
            assert page.evaluate("scrollY") == 0, address
            assert name == "desk" or stumbles(page) == [], address
            assert serious_faults(page) == [], address
            if shots:
                page.screenshot(path=f"{shots}/{name}-{language}-{number:02d}.png", full_page=True)
