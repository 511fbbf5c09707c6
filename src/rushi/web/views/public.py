"""Pages for everybody: the front page, prices, terms, privacy, contact, the style guide, the language."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from rushi.audit import queries as audit
from rushi.dispatch import queries as dispatch
from rushi.identity import actions as identity
from rushi.identity.models import User
from rushi.market import queries as market
from rushi.measurement import queries as measurement

LANGUAGE_COOKIE_SECONDS = 365 * 24 * 3600


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """What this is, in ten seconds, with live totals."""
    return render(request, "web/public/front.html", _totals())


@require_safe
def totals(request: HttpRequest) -> HttpResponse:
    """The live totals alone, for the front page's refresh."""
    return render(request, "web/public/totals.html", _totals())


def _totals() -> dict[str, object]:
    return {"totals": measurement.market_totals(), "seeding": market.seeding_percent() if settings.IS_DEMO else None}


@require_safe
def task_order(request: HttpRequest) -> HttpResponse:
    """What decides the order of tasks, what never does, and how evenly work is spread."""
    return render(request, "web/public/order.html", {"fairness": dispatch.fairness()})


@require_safe
def prices(request: HttpRequest) -> HttpResponse:
    """The public price list: every rate in force today."""
    keys = ("hourly_floor_fen", "platform_fee_bps", "agent_commission_bps_max", "reserve_bps", "payout_fen_min")
    rates = {key: audit.setting(key) for key in (*keys, "payout_fee_fen", "appeal_days", "delivery_confirm_days")}
    return render(request, "web/public/prices.html", rates)


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The user agreement, in plain words."""
    return render(request, "web/public/terms.html", {"appeal_days": audit.setting("appeal_days")})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is collected, why, for how long, and how to get it back or erased."""
    return render(request, "web/public/privacy.html")


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Customer service, complaints and reports."""
    return render(request, "web/public/contact.html")


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """The design system: every token and component on one page."""
    return render(request, "web/style.html")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the chosen language for a year, and go back to where the person was."""
    chosen, back = request.POST.get("language", ""), request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    response = HttpResponseRedirect(back if safe else "/")
    if chosen in dict(settings.LANGUAGES):
        if isinstance(request.user, User):
            identity.set_language(actor_id=request.user.id, language=chosen)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=LANGUAGE_COOKIE_SECONDS, samesite="Lax", httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    return response


urlpatterns = [
    path("", front, name="front"),
    path("totals/", totals, name="totals"),
    path("order/", task_order, name="task_order"),
    path("prices/", prices, name="prices"),
    path("terms/", terms, name="terms"),
    path("privacy/", privacy, name="privacy"),
    path("contact/", contact, name="contact"),
    path("style/", style, name="style"),
    path("language/", language, name="language"),
]
