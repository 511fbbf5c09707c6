"""The finance desk through HTTP: who may enter, deposits, books, payouts from file to result; constant queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rushi.campaigns.models import Budget, Campaign
from rushi.identity.models import Organisation, StaffRole, User
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from rushi.ledger import actions, queries
from rushi.ledger.models import Deposit, Entry
from rushi.payouts import actions as payouts
from rushi.payouts.models import BankFile, Payout
from tests.books import ADVERTISER_PERSON, ask_payout, give_escrow, verified_person

pytestmark = pytest.mark.django_db


def finance_person(nickname: str) -> User:
    user = User.objects.create_user(phone=f"+861390000{User.objects.count():04d}", nickname=nickname)
    StaffRole.objects.create(user=user, role="finance", given_at=clock.now())
    return user


def door(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def first() -> Client:
    return door(finance_person("财务一"))


@pytest.fixture
def second() -> Client:
    return door(finance_person("财务二"))


def organisation(name: str = "好茶有限公司") -> Organisation:
    return Organisation.objects.create(name=name, created_at=clock.now())


def deposit(fen: int = 50_000) -> Deposit:
    return actions.request_deposit(
        actor_id=ADVERTISER_PERSON, owner_id=organisation(str(uuid4())).id, amount_fen=fen, key=str(uuid4())
    )


def campaign_with_money(fen: int) -> Campaign:
    owner = organisation(f"机构{uuid4()}")
    campaign = Campaign.objects.create(
        organisation=owner, kind="reaction", status="funded", title="白桃气泡水", created_by=uuid4(),
        created_at=clock.now(),
    )  # fmt: skip
    Budget.objects.create(campaign=campaign, unit_fen=10, places=1, budget_fen=fen)
    give_escrow(owner.id, campaign.id, fen)
    return campaign


PAGES = [
    "/finance/", "/finance/checks/", "/finance/deposits/", "/finance/accounts/", "/finance/entries/", "/finance/trial/",
    "/finance/reconcile/", "/finance/payouts/", "/finance/files/", "/finance/entries.csv",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_only_finance_may_enter(page: str) -> None:
    assert Client().get(page).status_code == 302
    assert door(verified_person()).get(page).status_code == 403
    operator = User.objects.create_user(phone="+8613900001234")
    StaffRole.objects.create(user=operator, role="operator", given_at=clock.now())
    assert door(operator).get(page).status_code == 403


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_empty(first: Client, page: str, language: str) -> None:
    first.cookies["django_language"] = language
    answer = first.get(page)
    assert answer.status_code == 200
    if not answer.streaming:
        assert f'<html lang="{"en" if language == "en" else "zh-CN"}">' in answer.content.decode()


def grow(rows: Callable[[], Any], client: Client, page: str, count: DjangoAssertNumQueries) -> None:
    """The page takes as many queries with one row as with five."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    rows()
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    for _ in range(4):
        rows()
    with count(len(few.captured_queries)):
        client.get(page)


@pytest.mark.parametrize("page", ["/finance/", "/finance/deposits/", "/finance/accounts/", "/finance/entries/"])
def test_more_deposits_need_no_more_queries(
    first: Client, page: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def rows() -> None:
        deposit()
        give_escrow(organisation(str(uuid4())).id, uuid4(), 10)

    grow(rows, first, page, django_assert_num_queries)


@pytest.mark.parametrize("page", ["/finance/payouts/", "/finance/files/"])
def test_more_payouts_need_no_more_queries(
    first: Client, page: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def rows() -> None:
        ask_payout(verified_person(), 500)
        payouts.make_bank_file(actor_id=finance_person("制单").id, key=str(uuid4()))
        ask_payout(verified_person(), 700)

    grow(rows, first, page, django_assert_num_queries)


def test_more_campaigns_need_no_more_queries(first: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    grow(lambda: campaign_with_money(100), first, "/finance/reconcile/", django_assert_num_queries)


# --- deposits


def test_a_deposit_is_confirmed_after_the_check(first: Client) -> None:
    row = deposit()
    page = f"/finance/deposits/{row.id}/"
    assert row.reference in first.get("/finance/deposits/").content.decode()
    assert first.post(page + "confirm/", {"key": "k"}).status_code == 422
    assert queries.balance_fen("advertiser", row.owner_id) == 0
    for _ in range(2):
        assert first.post(page + "confirm/", {"key": "k", "seen": "on"}).status_code == 302
    assert queries.balance_fen("advertiser", row.owner_id) == 50_000
    assert "已到账" in first.get(page).content.decode()


def test_a_deposit_is_declined_with_a_reason(first: Client) -> None:
    row = deposit()
    page = f"/finance/deposits/{row.id}/"
    assert first.post(page + "decline/", {"key": "k"}).status_code == 422
    first.post(page + "decline/", {"key": "k", "note": "流水中没有"})
    shown = first.post(page + "confirm/", {"key": "k2", "seen": "on"}, follow=True).content.decode()
    assert "这笔充值已经处理过了" in shown
    assert "流水中没有" in shown


# --- the books


def test_the_overview_says_that_it_balances(first: Client) -> None:
    give_escrow(organisation().id, uuid4(), 12_345)
    text = first.get("/finance/").content.decode()
    assert "账是平的" in text
    assert "¥123.45" in text


def test_entries_are_filtered_by_kind_day_and_subject(first: Client) -> None:
    row = deposit()
    actions.confirm_deposit(actor_id=uuid4(), deposit_id=row.id, key="k")
    give_escrow(organisation().id, uuid4(), 777)
    assert "¥7.77" in first.get("/finance/entries/?kind=funding").content.decode()
    assert "¥500.00" not in first.get("/finance/entries/?kind=funding").content.decode()
    assert "¥500.00" in first.get(f"/finance/entries/?subject={row.reference}").content.decode()
    assert "¥7.77" not in first.get(f"/finance/entries/?subject={row.id}").content.decode()
    assert "没有符合条件" in first.get("/finance/entries/?subject=RSNOTHING").content.decode()
    assert "没有符合条件" in first.get("/finance/entries/?since=2099-01-01").content.decode()
    assert "没有符合条件" in first.get("/finance/entries/?until=2020-01-01").content.decode()
    assert first.get("/finance/entries/?since=nonsense&before=nonsense").status_code == 200


def test_an_entry_shows_its_postings(first: Client) -> None:
    owner = organisation("橙汁公司")
    give_escrow(owner.id, uuid4(), 777)
    entry = Entry.objects.get(kind="deposit")
    text = first.get(f"/finance/entries/{entry.id}/").content.decode()
    assert "橙汁公司" in text
    assert text.count("¥7.77") >= 4
    assert first.get(f"/finance/entries/{uuid4()}/").status_code == 404


def test_the_export_has_a_line_a_posting_and_escapes_formulas(first: Client) -> None:
    give_escrow(organisation("=HYPERLINK(1)").id, uuid4(), 777)
    body = b"".join(first.get("/finance/entries.csv?kind=deposit").streaming_content).decode()  # type: ignore[arg-type]
    lines = body.splitlines()
    assert lines[0].startswith("\ufeff时间,分录编号")
    assert len(lines) == 3
    assert ",'=HYPERLINK(1),7.77" in lines[1]
    assert lines[2].endswith("-7.77")


def test_accounts_are_found_by_name_and_id(first: Client) -> None:
    owner = organisation("橙汁公司")
    give_escrow(owner.id, uuid4(), 777)
    for text in ("橙汁", str(owner.id)):
        assert "橙汁公司" in first.get("/finance/accounts/", {"owner": text}).content.decode()
    assert "没有符合条件" in first.get("/finance/accounts/?owner=苹果").content.decode()
    assert "橙汁公司" not in first.get("/finance/accounts/?owner=橙汁&with_money=on").content.decode()


def test_an_account_has_a_statement_in_pages(first: Client) -> None:
    owner = organisation()
    for fen in range(1, 53):
        row = actions.request_deposit(actor_id=ADVERTISER_PERSON, owner_id=owner.id, amount_fen=fen, key=str(uuid7()))
        actions.confirm_deposit(actor_id=uuid4(), deposit_id=row.id, key="k")
    page = first.get(f"/finance/accounts/{queries.account_id('advertiser', owner.id)}/")
    assert len(page.context["lines"]) == 50
    older = first.get(page.request["PATH_INFO"], {"before": page.context["older"]})
    rest = older.context["lines"]
    assert [line.balance_fen for line in rest] == [3, 1]
    assert first.get(f"/finance/accounts/{uuid4()}/").status_code == 404


def test_the_trial_balance_is_zero_now_and_then(first: Client) -> None:
    give_escrow(organisation().id, uuid4(), 777)
    assert "借贷相等" in first.get("/finance/trial/").content.decode()
    today = clock.shanghai_day(clock.now())
    assert first.get(f"/finance/trial/?day={today}").context["trial"].credit_fen == 777
    assert first.get("/finance/trial/?day=2020-01-01").context["trial"].credit_fen == 0


def test_the_bank_statement_is_compared(first: Client) -> None:
    give_escrow(organisation().id, uuid4(), 777)
    assert "与银行对账单一致" in first.post("/finance/reconcile/", {"balance": "7.77"}).content.decode()
    assert "¥0.23" in first.post("/finance/reconcile/", {"balance": "¥8.00"}).content.decode()
    assert "最多两位小数" in first.post("/finance/reconcile/", {"balance": "x"}).content.decode()


def test_escrow_is_compared_with_every_budget(first: Client) -> None:
    campaign_with_money(900)
    assert "1 个活动全部对得上" in first.get("/finance/reconcile/").content.decode()
    Budget.objects.update(budget_fen=1000)
    assert "有 1 个活动对不上" in first.get("/finance/reconcile/").content.decode()
    assert first.get("/finance/reconcile/?page=2").status_code == 200


# --- payouts


def test_from_request_to_the_banks_answer(first: Client, second: Client) -> None:
    good, bad = ask_payout(verified_person(), 500), ask_payout(verified_person("李四"), 700)
    assert "制作付款文件：2 笔，共 ¥12.00" in first.get("/finance/payouts/").content.decode()
    made = first.post("/finance/files/make/", {"key": "k"})
    file = BankFile.objects.get()
    page = f"/finance/files/{file.id}/"
    assert made.headers["Location"] == page
    assert "请另一位财务复核放行" in first.get(page).content.decode()
    assert "制单人不能自己复核" in first.post(page + "release/", follow=True).content.decode()
    assert "还没有放行" in second.get(page + "download/", follow=True).content.decode()
    assert "已放行" in second.post(page + "release/", follow=True).content.decode()
    sent = first.get(page + "download/")
    assert sent.headers["Content-Disposition"].startswith('attachment; filename="payouts-')
    assert "王小明" in sent.content.decode()
    text = f"业务编号,结果,失败原因\n{good.id},成功,\n{bad.id},失败,户名不符\n{uuid4()},成功,\n"
    upload = SimpleUploadedFile("r.csv", text.encode("gb18030"))
    preview = first.post(page + "result/", {"file": upload})
    assert preview.context["counts"] == {"pay": 1, "fail": 1, "already": 0}
    assert "这个文件里没有这笔提现" in preview.content.decode()
    assert Payout.objects.get(id=good.id).status == "processing"
    for done in ("2", "0"):
        shown = first.post(page + "import/", {"text": preview.context["text"]}, follow=True).content.decode()
        assert f"已登记 {done} 笔银行结果" in shown
    assert [Payout.objects.get(id=p.id).status for p in (good, bad)] == ["paid", "failed"]
    assert "户名不符" in first.get("/finance/payouts/?status=failed").content.decode()
    assert queries.trial_balance().difference_fen == 0


def test_a_made_file_is_cancelled_with_a_reason(first: Client) -> None:
    ask_payout(verified_person(), 500)
    first.post("/finance/files/make/", {"key": "k"})
    page = f"/finance/files/{BankFile.objects.get().id}/"
    assert first.post(page + "cancel/").status_code == 422
    assert "已作废" in first.post(page + "cancel/", {"note": "重做"}, follow=True).content.decode()
    assert "制作付款文件：1 笔" in first.get("/finance/files/").content.decode()


def test_a_result_that_is_none_is_refused(first: Client, second: Client) -> None:
    ask_payout(verified_person(), 500)
    first.post("/finance/files/make/", {"key": "k"})
    page = f"/finance/files/{BankFile.objects.get().id}/"
    second.post(page + "release/")
    assert first.post(page + "result/", {}).status_code == 422
    assert first.post(page + "result/", {"file": SimpleUploadedFile("r.csv", b"\xff\xff\xff")}).status_code == 422
    nonsense = first.post(page + "result/", {"file": SimpleUploadedFile("r.csv", b"a,b\n")}, follow=True)
    assert "回单文件无法读取" in nonsense.content.decode()


def test_nothing_to_pay_is_said(first: Client) -> None:
    assert "没有待付款的提现申请" in first.post("/finance/files/make/", {"key": "k"}, follow=True).content.decode()


def test_the_full_check_says_every_check_in_words(first: Client) -> None:
    found = first.get("/finance/checks/").context["checks"]
    assert len(found) >= 23
    assert [check.name for check in found if not check.text or not check.ok] == []
