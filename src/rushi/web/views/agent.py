"""The agent's portal: invitation, recruits in aggregate, commission."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast
from uuid import uuid4

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rushi.audit import queries as audit
from rushi.dispatch import queries as dispatch
from rushi.identity import queries
from rushi.identity.models import Agent, User
from rushi.kernel import clock
from rushi.kernel.errors import RushiError
from rushi.ledger import queries as ledger
from rushi.ledger.models import AccountKind
from rushi.payouts import queries as payouts
from rushi.payouts.actions import request_payout
from rushi.payouts.models import Payout
from rushi.web.forms import posted
from rushi.web.forms.wallet import WithdrawForm, shown_payout
from rushi.web.methods import page_with_form
from rushi.web.templatetags.rushi import tr
from rushi.web.views.again import asked_for_payout

SOURCE = Payout.Source.AGENT
STATEMENT_LINES = 50


def _agent(request: HttpRequest) -> Agent:
    return queries.access_agent(cast(User, request.user))


def _link(agent: Agent) -> str:
    return settings.PUBLIC_URL + reverse("invitation", args=[agent.code])


@never_cache
@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """How my recruits are doing, all together, and what came of it."""
    agent, now = _agent(request), clock.now()
    context = {
        "agent": agent,
        "recruits": queries.recruits(agent.id, now),
        "week": dispatch.recruits_work(agent.id, now - dt.timedelta(days=7)),
        "month": dispatch.recruits_work(agent.id, now - dt.timedelta(days=30)),
        "balance_fen": ledger.balance_fen(AccountKind.AGENT_AVAILABLE, agent.id),
        "earned_fen": ledger.earned_fen(AccountKind.AGENT_AVAILABLE, agent.id),
        "bps_max": audit.setting("agent_commission_bps_max"),
        "link": _link(agent),
    }
    return render(request, "web/agent/overview.html", context)


@login_required
@require_safe
def invite(request: HttpRequest) -> HttpResponse:
    """The invitation link, its QR code, and a poster to show."""
    agent = _agent(request)
    context = {"agent": agent, "link": _link(agent), "floor_fen": audit.setting("hourly_floor_fen")}
    return render(request, "web/agent/invite.html", context)


@login_required
@require_safe
def qr(request: HttpRequest) -> HttpResponse:
    """The QR code of my invitation link, as SVG."""
    code = segno.make(_link(_agent(request)), error="m")
    image = code.svg_inline(scale=8, border=2, dark="#1a211e", light="#ffffff")
    image = image.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return HttpResponse(image, content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"})


@never_cache
@login_required
@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    """Every movement of my commission, newest first."""
    agent = _agent(request)
    lines = ledger.statement(
        AccountKind.AGENT_AVAILABLE, agent.id, before=request.GET.get("before"), limit=STATEMENT_LINES
    )
    context = {"agent": agent, "lines": lines, "more": len(lines) == STATEMENT_LINES}
    return render(request, "web/agent/statement.html", context)


@never_cache
@login_required
@page_with_form
def withdraw(request: HttpRequest) -> HttpResponse:
    """How much and whereto; then what is left after tax and fee, to be confirmed."""
    agent = _agent(request)
    payable, cards = payouts.payable(agent.user_id, SOURCE), payouts.bank_accounts(agent.user_id)
    limits = {"balance_fen": payable.balance_fen, "minimum_fen": payable.minimum_fen}
    initial = {"account": str(cards[0].pk)} if cards else {}
    form = WithdrawForm(posted(request), cards=cards, initial=initial, **limits)
    context: dict[str, Any] = {"agent": agent, "form": form, "payable": payable, "cards": cards}
    if form.is_valid():
        context["quote"] = payouts.quote_payout(agent.user_id, form.cleaned_data["amount"])
        context["card"] = next(card for card in cards if card.pk == form.cleaned_data["account"])
        context["key"] = uuid4().hex
    context["payouts"] = payouts.payouts_of(agent.user_id, SOURCE)[:20]
    return render(request, "web/agent/withdraw.html", context)


@login_required
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the payout exactly as it was shown; pressing twice asks once."""
    agent = _agent(request)
    try:
        shown = shown_payout(request.POST)
        if page := asked_for_payout(request, shown["amount_fen"]):
            return page
        request_payout(actor_id=agent.user_id, source=SOURCE, owner_id=agent.id, **shown)
        messages.success(request, gettext("提现已申请，银行处理后到账。"))
    except ValueError:
        messages.error(request, gettext("请重新填写提现金额。"))
    except RushiError as refusal:
        messages.error(request, tr(refusal))
    return redirect("agent_withdraw")


urlpatterns = [
    path("agent/", overview, name="agent"),
    path("agent/invite/", invite, name="agent_invite"),
    path("agent/qr.svg", qr, name="agent_qr"),
    path("agent/statement/", statement, name="agent_statement"),
    path("agent/withdraw/", withdraw, name="agent_withdraw"),
    path("agent/withdraw/confirm/", confirm, name="agent_confirm"),
]
