"""The wallet: what is on its way, what can be taken out, every line; cards; taking money out."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rushi.audit.queries import setting
from rushi.dispatch import queries as tasks
from rushi.identity.queries import access_participant
from rushi.kernel.errors import RushiError
from rushi.kernel.money import Money
from rushi.ledger import queries as ledger
from rushi.payouts import actions, queries
from rushi.payouts.models import Payout
from rushi.web.errors import refused
from rushi.web.forms import add_refusal
from rushi.web.forms.wallet import CardForm, WithdrawForm, shown_payout
from rushi.web.methods import page_with_form
from rushi.web.views.again import asked_for_payout

SOURCE = Payout.Source.PARTICIPANT
KINDS = ("participant_available", "participant_pending")
LINES_A_PAGE = 20


@login_required
@require_safe
@never_cache
def wallet(request: HttpRequest) -> HttpResponse:
    """Under review and held in grey, available in green, then every line, newest first."""
    person = access_participant(request.user)
    lines = ledger.statement(KINDS, person.pk, before=request.GET.get("before"), limit=LINES_A_PAGE)
    titles = tasks.titles(person.pk, [line.subject_id for line in lines])
    rows = [(line, titles.get(line.subject_id, "")) for line in lines]
    context: dict[str, Any] = {"rows": rows, "before": lines[-1].cursor if len(lines) == LINES_A_PAGE else ""}
    if request.headers.get("HX-Request"):
        return render(request, "web/wallet/lines.html", context)
    balances = ledger.balances([person.pk], KINDS)
    context |= {
        "available_fen": balances["participant_available", person.pk],
        "held_fen": balances["participant_pending", person.pk],
        "counts": tasks.my_counts(person.pk),
        "payouts": queries.payouts_of(person.pk, SOURCE)[:5],
        "person": person,
        "short_fen": max(0, setting("payout_fen_min") - balances["participant_available", person.pk]),
        "minimum_fen": setting("payout_fen_min"),
    }
    return render(request, "web/wallet/wallet.html", context)


@login_required
@page_with_form
@never_cache
def withdraw(request: HttpRequest) -> HttpResponse:
    """How much and whereto; then what is left after tax and fee, to be confirmed."""
    person = access_participant(request.user)
    payable = queries.payable(person.pk, SOURCE)
    if payable.balance_fen < payable.minimum_fen:
        return redirect("wallet")
    if not payable.has_real_name:
        messages.info(request, gettext("提现前请先完成实名认证。"))
        return redirect(f"{reverse('real_name')}?next={reverse('wallet_withdraw')}")
    cards = queries.bank_accounts(person.pk)
    if not cards:
        return redirect("wallet_card")
    limits = {"balance_fen": payable.balance_fen, "minimum_fen": payable.minimum_fen}
    first = {"account": str(cards[0].pk), "amount": Money(payable.balance_fen).yuan}
    form = WithdrawForm(request.POST or None, cards=cards, initial=first, **limits)
    context: dict[str, Any] = {"form": form, "payable": payable}
    if not form.is_valid():
        return render(request, "web/wallet/withdraw.html", context, status=422 if form.is_bound else 200)
    quote = queries.quote_payout(person.pk, form.cleaned_data["amount"])
    card = next(card for card in cards if card.pk == form.cleaned_data["account"])
    return render(request, "web/wallet/confirm.html", {**context, "quote": quote, "card": card, "key": uuid4().hex})


@login_required
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the payout exactly as it was shown; pressing twice asks once."""
    person = access_participant(request.user)
    try:
        shown = shown_payout(request.POST)
        if page := asked_for_payout(request, shown["amount_fen"]):
            return page
        payout = actions.request_payout(actor_id=person.pk, source=SOURCE, owner_id=person.pk, **shown)
    except ValueError:
        return redirect("wallet_withdraw")
    except RushiError as refusal:
        refused(request, refusal)
        return redirect("wallet_withdraw")
    return redirect("wallet_payout", payout.pk)


@login_required
@require_safe
@never_cache
def payout(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """One payout: what was asked, withheld and paid, and where it stands."""
    person = access_participant(request.user)
    return render(request, "web/wallet/payout.html", {"payout": queries.access_payout(person.pk, payout_id)})


@login_required
@page_with_form
@never_cache
def card(request: HttpRequest) -> HttpResponse:
    """Add a card, paid to the verified name; the cards one keeps."""
    person = access_participant(request.user)
    form = CardForm(request.POST or None)
    if form.is_valid():
        try:
            actions.add_bank_account(actor_id=person.pk, **form.cleaned_data)
            return redirect("wallet_withdraw")
        except RushiError as refusal:
            add_refusal(form, refusal)
    context: dict[str, Any] = {"form": form, "cards": queries.bank_accounts(person.pk), "person": person}
    return render(request, "web/wallet/card.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def remove_card(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """Forget a card; payouts under way still go there."""
    actions.remove_bank_account(actor_id=access_participant(request.user).pk, bank_account_id=card_id)
    messages.success(request, gettext("银行卡已删除。"))
    return redirect("wallet_card")


urlpatterns = [
    path("wallet/", wallet, name="wallet"),
    path("wallet/withdraw/", withdraw, name="wallet_withdraw"),
    path("wallet/withdraw/confirm/", confirm, name="wallet_confirm"),
    path("wallet/payouts/<uuid:payout_id>/", payout, name="wallet_payout"),
    path("wallet/cards/", card, name="wallet_card"),
    path("wallet/cards/<uuid:card_id>/remove/", remove_card, name="wallet_card_remove"),
]
