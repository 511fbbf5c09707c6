"""Organisations' papers: approve or reject with a reason."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from rushi.identity import actions, queries
from rushi.kernel.errors import RushiError
from rushi.web.actor import actor
from rushi.web.errors import refused
from rushi.web.methods import page_with_form
from rushi.web.views.review.desk import case_page, decided, following, reviewer, waiting

PICTURES = (".png", ".jpg", ".jpeg", ".webp")


@require_safe
@reviewer
def queue(request: HttpRequest) -> HttpResponse:
    """Organisations waiting, oldest first."""
    return waiting(request, "organisation", queries.organisation_queue())


@page_with_form
@reviewer
def case(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """One organisation with its papers; a decision goes on to the next."""
    reason = request.POST.get("reason", "").strip()
    if request.method == "POST":
        onward = following(request, "organisation", organisation_id)
        approve = request.POST.get("decision") == "approve"
        try:
            actions.decide_organisation(
                actor_id=actor(request), organisation_id=organisation_id, approve=approve, reason=reason
            )
        except RushiError as error:
            refused(request, error)
        else:
            said = gettext("机构已认证。") if approve else gettext("已退回，理由已发给机构。")
            return decided(request, "organisation", organisation_id, said, onward)
    case = queries.organisation_case(organisation_id)
    is_open = case.organisation.status == "pending"
    picture = (case.organisation.licence.name or "").lower().endswith(PICTURES)
    context = {"case": case, "reason": reason, "licence_is_picture": picture}
    return case_page(request, "organisation", organisation_id, context, is_open=is_open)
