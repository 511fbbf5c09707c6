"""The finance desk: overview, deposits, accounts, entries, trial balance, reconciliation."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import include, path
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from rushi.ledger import actions, queries
from rushi.ledger.models import Deposit, Entry
from rushi.payouts import actions as payouts
from rushi.payouts import checks as money
from rushi.payouts import desk
from rushi.web.actor import actor
from rushi.web.finance_door import Slice, finance_only, page_number, refused_to, sliced
from rushi.web.forms import finance as forms
from rushi.web.methods import page_with_form
from rushi.web.views.again import asked_again

PAGE = 50


@require_safe
@finance_only
def overview(request: HttpRequest) -> HttpResponse:
    """Bank, liabilities, fees, today's flow, and whether it balances."""
    return render(request, "web/finance/overview.html", {"overview": desk.overview(clock.now())})


@require_safe
@finance_only
def checks(request: HttpRequest) -> HttpResponse:
    """Every invariant about money, run now."""
    found = money.checks()
    return render(request, "web/finance/checks.html", {"checks": found, "all_ok": all(c.ok for c in found)})


# --- deposits


@require_safe
@finance_only
def deposits(request: HttpRequest) -> HttpResponse:
    """Deposits by status; the queue first."""
    status = request.GET.get("status", Deposit.Status.AWAITING)
    status = status if status in Deposit.Status.values else ""
    page: Slice[Deposit] = sliced(request, queries.deposits(status), PAGE)
    labels = desk.owner_labels(row.owner_id for row in page.rows)
    rows = [(row, labels.get(row.owner_id, "")) for row in page.rows]
    return render(
        request,
        "web/finance/deposits.html",
        {"rows": rows, "page": page, "status": status, "statuses": Deposit.Status.choices},
    )


@require_safe
@finance_only
def deposit(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """One deposit: the facts, and the step that confirms or declines it."""
    return _deposit_page(request, deposit_id, forms.ConfirmDepositForm(), forms.ReasonForm())


def _deposit_page(
    request: HttpRequest, deposit_id: UUID, confirm: forms.ConfirmDepositForm, decline: forms.ReasonForm
) -> HttpResponse:
    row = queries.access_deposit(deposit_id)
    context = {
        "deposit": row,
        "owner": desk.owner_labels([row.owner_id]).get(row.owner_id, ""),
        "people": desk.owner_labels([row.requested_by, *([row.decided_by] if row.decided_by else [])]),
        "balance_fen": queries.balance_fen("advertiser", row.owner_id),
        "account_id": queries.account_id("advertiser", row.owner_id),
        "confirm": confirm,
        "decline": decline,
        "key": uuid7(),
        "history": desk.history(row.id),
    }
    return render(request, "web/finance/deposit.html", context, status=422 if confirm.errors or decline.errors else 200)


@require_POST
@finance_only
@refused_to("finance_deposit")
def confirm_deposit(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """The money is in the bank: post it."""
    form = forms.ConfirmDepositForm(request.POST)
    if not form.is_valid():
        return _deposit_page(request, deposit_id, form, forms.ReasonForm())
    if page := asked_again(request, gettext("确认到账")):
        return page
    payouts.confirm_deposit(
        actor_id=actor(request),
        deposit_id=deposit_id,
        key=request.POST.get("key", ""),
        note=form.cleaned_data["note"],
    )
    messages.success(request, gettext("已确认到账，款项已记入广告主余额。"))
    return redirect("finance_deposits")


@require_POST
@finance_only
@refused_to("finance_deposit")
def decline_deposit(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """The money is not there: say so."""
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        return _deposit_page(request, deposit_id, forms.ConfirmDepositForm(), form)
    actions.decline_deposit(
        actor_id=actor(request),
        deposit_id=deposit_id,
        note=form.cleaned_data["note"],
        key=request.POST.get("key", ""),
    )
    messages.success(request, gettext("已退回这笔充值申请，没有记账。"))
    return redirect("finance_deposits")


# --- the books


@require_safe
@finance_only
def accounts(request: HttpRequest) -> HttpResponse:
    """All accounts, by kind and owner."""
    form = forms.AccountFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = desk.find_accounts(
        wanted.get("kind", ""), wanted.get("owner", "").strip(), with_money=wanted.get("with_money", False)
    )
    page = sliced(request, found, PAGE)
    query = "".join(f"&{quote(name)}={quote(str(value))}" for name, value in request.GET.items() if name != "page")
    context = {"form": form, "rows": desk.account_rows(page.rows), "page": page, "page_query": query}
    return render(request, "web/finance/accounts.html", context)


@require_safe
@finance_only
def account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """One account and its statement."""
    row = queries.access_account(account_id)
    lines = queries.statement(row.kind, row.owner_id, request.GET.get("before"), PAGE + 1)
    context = {
        "account": row,
        "owner": desk.owner_labels([row.owner_id]).get(row.owner_id, ""),
        "lines": lines[:PAGE],
        "older": lines[PAGE - 1].cursor if len(lines) > PAGE else "",
    }
    return render(request, "web/finance/account.html", context)


@require_safe
@finance_only
def entries(request: HttpRequest) -> HttpResponse:
    """All entries, newest first."""
    form = forms.EntryFilter(request.GET)
    chosen = _chosen(form)
    found = [] if chosen is None else queries.entry_page(*chosen, request.GET.get("before"), PAGE + 1)
    context = {
        "form": form,
        "rows": desk.entry_rows(found[:PAGE]),
        "older": f"{found[PAGE - 1].at.isoformat()}~{found[PAGE - 1].id}" if len(found) > PAGE else "",
        "filters": {name: value for name, value in request.GET.items() if value and name != "before"},
    }
    return render(request, "web/finance/entries.html", context)


def _chosen(form: forms.EntryFilter) -> tuple[str, UUID | None, dt.datetime | None, dt.datetime | None] | None:
    """Kind, subject, since and until of the filter; None when its subject is nothing that could be found."""
    wanted = form.cleaned_data if form.is_valid() else {}
    subject = desk.subject_of(wanted["subject"]) if wanted.get("subject") else None
    if wanted.get("subject") and subject is None:
        return None
    since = wanted.get("since")
    start = clock.shanghai_midnight(since) if since else None
    return wanted.get("kind", ""), subject, start, forms.midnight_after(wanted.get("until"))


@require_safe
@finance_only
def entries_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered entries as a CSV, a line a posting."""
    chosen = _chosen(forms.EntryFilter(request.GET))
    pieces = desk.export_entries(Entry.objects.none() if chosen is None else queries.entries(*chosen))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    day = clock.shanghai_day(clock.now())
    response["Content-Disposition"] = f'attachment; filename="entries-{day:%Y%m%d}.csv"'
    return response


@require_safe
@finance_only
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry with its postings."""
    row = queries.access_entry(entry_id)
    (rows,) = desk.entry_rows([row])
    by = desk.owner_labels([row.actor_id]).get(row.actor_id, "") if row.actor_id else ""
    return render(request, "web/finance/entry.html", {"row": rows, "entry": row, "actor": by})


@require_safe
@finance_only
def trial(request: HttpRequest) -> HttpResponse:
    """The trial balance, now or at the end of a day."""
    form = forms.DayForm(request.GET)
    day = form.cleaned_data["day"] if form.is_valid() else None
    balance = queries.trial_balance(forms.midnight_after(day))
    return render(request, "web/finance/trial.html", {"form": form, "trial": balance, "day": day, "now": clock.now()})


@page_with_form
@finance_only
def reconcile(request: HttpRequest) -> HttpResponse:
    """Escrow against budgets, and the bank statement's figure against the books."""
    form = forms.StatementForm(request.POST or None)
    bank_fen = -queries.balance_fen("bank")
    number = page_number(request)
    rows = desk.escrow_rows((number - 1) * PAGE, PAGE + 1)
    context = {
        "form": form,
        "bank_fen": bank_fen,
        "difference_fen": form.cleaned_data["balance"] - bank_fen if form.is_valid() else None,
        "totals": desk.escrow_totals(),
        "rows": rows[:PAGE],
        "page": Slice(rows[:PAGE], number, len(rows) > PAGE),
    }
    return render(request, "web/finance/reconcile.html", context)


urlpatterns = [
    path("finance/", overview, name="finance"),
    path("finance/checks/", checks, name="finance_checks"),
    path("finance/deposits/", deposits, name="finance_deposits"),
    path("finance/deposits/<uuid:deposit_id>/", deposit, name="finance_deposit"),
    path("finance/deposits/<uuid:deposit_id>/confirm/", confirm_deposit, name="finance_deposit_confirm"),
    path("finance/deposits/<uuid:deposit_id>/decline/", decline_deposit, name="finance_deposit_decline"),
    path("finance/accounts/", accounts, name="finance_accounts"),
    path("finance/accounts/<uuid:account_id>/", account, name="finance_account"),
    path("finance/entries/", entries, name="finance_entries"),
    path("finance/entries.csv", entries_csv, name="finance_entries_csv"),
    path("finance/entries/<uuid:entry_id>/", entry, name="finance_entry"),
    path("finance/trial/", trial, name="finance_trial"),
    path("finance/reconcile/", reconcile, name="finance_reconcile"),
    path("", include("rushi.web.views.finance_payouts")),
]
