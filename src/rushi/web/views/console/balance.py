"""The advertiser's money: balance, top-ups by bank transfer, the statement."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from rushi.audit import queries as audit
from rushi.identity import queries as identity
from rushi.kernel.errors import RushiError
from rushi.kernel.ids import uuid7
from rushi.ledger import actions, queries
from rushi.ledger.models import AccountKind, Deposit
from rushi.payouts import actions as payouts
from rushi.web.actor import actor
from rushi.web.errors import refused
from rushi.web.forms.console import DepositForm
from rushi.web.methods import page_with_form
from rushi.web.views.console.desk import current, page

LINES = 30


@dataclass(frozen=True, slots=True)
class DepositAccount:
    """The operator's bank account that top-ups go to."""

    name: str
    bank: str
    number: str


def deposit_account() -> DepositAccount | None:
    """The account in force (setting `deposit_account`); None while the operator has named none."""
    text = audit.setting("deposit_account")
    return DepositAccount(*text.split("\n")) if text else None


@require_safe
@login_required
def balance(request: HttpRequest) -> HttpResponse:
    """Balance, open and past top-ups, and every movement."""
    acting = current(request)
    if acting is None:
        return redirect("console")
    lines = queries.statement(AccountKind.ADVERTISER, acting.id, before=request.GET.get("before"), limit=LINES + 1)
    deposits = queries.deposits(owner_id=acting.id)[:20]
    context = {"lines": lines[:LINES], "more": len(lines) > LINES, "deposits": deposits}
    awaiting = any(row.status == Deposit.Status.AWAITING for row in deposits)
    return page(request, "balance", context | {"awaiting": awaiting, "account": deposit_account()})


@page_with_form
@login_required
def deposit(request: HttpRequest) -> HttpResponse:
    """Ask for a top-up; the page then shows the transfer's reference."""
    acting = current(request)
    if acting is None:
        return redirect("console")
    identity.access_organisation(request.user, acting.id, "editor")
    first = {"yuan": request.GET.get("yuan", ""), "key": str(uuid7())}
    form = DepositForm(request.POST) if request.method == "POST" else DepositForm(initial=first)
    if request.method == "POST" and form.is_valid():
        amount, key = form.cleaned_data["yuan"], form.cleaned_data["key"]
        try:
            actions.request_deposit(actor_id=actor(request), owner_id=acting.id, amount_fen=amount.fen, key=key)
        except RushiError as error:
            refused(request, error)
        else:
            messages.success(request, gettext("已登记。请按下面的附言转账，财务确认后到账。"))
            return redirect("balance")
    return page(request, "deposit", {"form": form, "account": deposit_account()})


@require_POST
@login_required
def arrive(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """In the demo only: the transfer arrives at once."""
    acting = current(request)
    if acting is None:
        return redirect("console")
    identity.access_organisation(request.user, acting.id, "editor")
    try:
        payouts.top_up_in_demo(deposit_id=deposit_id, owner_id=acting.id)
    except RushiError as error:
        refused(request, error)
    else:
        messages.success(request, gettext("演示：款项已到账。"))
    return redirect("balance")
