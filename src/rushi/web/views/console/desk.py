"""What the console's pages share: for whom one acts, the side rail, the list of campaigns."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from rushi.campaigns import links, queries
from rushi.campaigns.models import Campaign, Kind, Material, Status
from rushi.dispatch import queries as dispatch
from rushi.identity import queries as identity
from rushi.identity.models import AgeBand, Gender
from rushi.identity.rules import INTERESTS, REGIONS
from rushi.kernel import clock
from rushi.ledger import queries as ledger
from rushi.ledger.models import AccountKind

P = ParamSpec("P")
EDITABLE = {Status.DRAFT, Status.REJECTED, Status.APPROVED}
FILTERS = {
    "": None,
    "draft": (Status.DRAFT, Status.IN_REVIEW, Status.REJECTED, Status.APPROVED, Status.FUNDED),
    "running": (Status.LIVE, Status.PAUSED),
    "ended": (Status.CLOSING, Status.CLOSED),
}


def current(request: HttpRequest) -> identity.OrganisationDoor | None:
    """The organisation one acts for: the chosen one, else the first; None when there is none."""
    return _chosen(request, identity.doors(request.user))


def _chosen(request: HttpRequest, doors: identity.Doors) -> identity.OrganisationDoor | None:
    mine, chosen = doors.organisations, request.session.get("organisation")
    return next((door for door in mine if str(door.id) == chosen), mine[0] if mine else None)


def act_for(request: HttpRequest, organisation_id: UUID) -> None:
    """Act for this organisation from now on, so that the balance shown is the one that pays."""
    if request.session.get("organisation") != str(organisation_id):
        request.session["organisation"] = str(organisation_id)


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page of the console with what its side rail needs."""
    doors = identity.doors(request.user)
    acting = _chosen(request, doors)
    balance_fen = ledger.balance_fen(AccountKind.ADVERTISER, acting.id) if acting else 0
    shared = {"doors": doors, "acting": acting, "balance_fen": balance_fen}
    return render(request, f"web/console/{template}.html", {**shared, **context}, status=status)


def campaign_view(
    role: str,
) -> Callable[[Callable[Concatenate[HttpRequest, Campaign, P], HttpResponse]], Callable[..., HttpResponse]]:
    """A view of one campaign, for members with at least `role`."""

    def decorate(view: Callable[Concatenate[HttpRequest, Campaign, P], HttpResponse]) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def opened(request: HttpRequest, campaign_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            campaign = queries.access_campaign(request.user, campaign_id, role)
            act_for(request, campaign.organisation_id)
            return view(request, campaign, *args, **kwargs)

        return opened

    return decorate


def clip_box(campaign: Campaign, found: Material | None, cut: str, viewer_id: UUID) -> dict[str, Any]:
    """One cut for a template: the material, and the viewer's own addresses of clip and poster once it is ready."""
    box = {"cut": cut, "material": found, "url": "", "poster": "", "is_only": campaign.kind != Kind.COMPARE}
    if found is not None and found.status == Material.Status.READY:
        box["url"] = links.media_url(found, viewer_id=viewer_id)
        box["poster"] = links.media_url(found, viewer_id=viewer_id, kind="poster")
    return box


def clips(campaign: Campaign, viewer_id: UUID) -> list[dict[str, Any]]:
    """The clips of a campaign that can be played, in order."""
    rows = campaign.materials.filter(status=Material.Status.READY).order_by("cut")
    return [clip_box(campaign, row, row.cut, viewer_id) for row in rows]


def audience_words(campaign: Campaign) -> str:
    """For whom a campaign is, in one line."""
    ages, genders = dict(AgeBand.choices), dict(Gender.choices)
    names = [str(REGIONS.get(code, code)) for code in campaign.regions]
    names += [str(ages[band]) for band in campaign.age_bands if band in ages]
    names += [str(genders[value]) for value in campaign.genders if value in genders]
    names += [str(INTERESTS.get(name, name)) for name in campaign.interests]
    return "、".join(gettext(name) for name in names) or gettext("所有人")


@require_safe
@login_required
def campaigns(request: HttpRequest) -> HttpResponse:
    """The organisation's campaigns, newest first, by state."""
    acting = current(request)
    if acting is None:
        return page(request, "no_organisation", {})
    shown = request.GET.get("show", "")
    found = queries.campaigns_of(acting.id, FILTERS.get(shown), page=request.GET.get("page", "1"))
    paces = dispatch.paces([row.pk for row in found], clock.now())
    rows = [(row, paces.get(row.pk)) for row in found]
    return page(request, "campaigns", {"found": found, "rows": rows, "show": shown})


@require_POST
@login_required
def use_organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """Act for another of one's organisations."""
    identity.access_organisation(request.user, organisation_id)
    act_for(request, organisation_id)
    return redirect("console")
