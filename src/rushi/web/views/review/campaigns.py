"""Campaigns before publication: what would be shown, what it pays, what the rules found; approve or reject."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from rushi.campaigns import links
from rushi.kernel.errors import RushiError
from rushi.kernel.ids import uuid7
from rushi.policy import actions, queries
from rushi.web.actor import actor
from rushi.web.errors import refused
from rushi.web.methods import page_with_form
from rushi.web.views.review.desk import case_page, decided, following, reviewer, waiting


@require_safe
@reviewer
def queue(request: HttpRequest) -> HttpResponse:
    """Campaigns waiting, oldest first."""
    return waiting(request, "campaign", queries.campaign_queue(actor(request)))


@page_with_form
@reviewer
def case(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """One campaign with all its evidence; a decision goes on to the next."""
    if request.method == "POST":
        try:
            return _decide(request, campaign_id)
        except RushiError as error:
            refused(request, error)
    found = queries.campaign_case(actor(request), campaign_id)
    clips = [(material, links.media_url(material, viewer_id=actor(request))) for material in found.materials]
    may_decide = found.campaign.status == "in_review" and not found.is_own and not found.has_agreed
    context = {"case": found, "clips": clips, "key": str(uuid7()), "may_decide": may_decide}
    context["reason"] = request.POST.get("reason", "")
    return case_page(request, "campaign", campaign_id, context, is_open=may_decide)


def _decide(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    onward = following(request, "campaign", campaign_id)
    reason, key = request.POST.get("reason", "").strip(), request.POST.get("key", "")
    if request.POST.get("decision") == "approve":
        seen = request.POST.get("digest", "")
        outcome = actions.approve(actor_id=actor(request), campaign_id=campaign_id, key=key, seen_digest=seen)
        agreed = gettext("已通过，广告主可以注资发布。")
        said = agreed if outcome == "approved" else gettext("已记录您的意见，还需要另一位审核员同意。")
    else:
        cited = request.POST.getlist("rules")
        actions.reject(actor_id=actor(request), campaign_id=campaign_id, reason=reason, rules_cited=cited, key=key)
        said = gettext("已退回，理由已发给广告主。")
    return decided(request, "campaign", campaign_id, said, onward)
