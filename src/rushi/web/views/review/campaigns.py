"""Campaigns before publication: what would be shown, what it pays, what the rules found; approve or reject."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from rushi.campaigns import links
from rushi.kernel.errors import RushiError
from rushi.kernel.ids import uuid7
from rushi.policy import actions, queries
from rushi.web.actor import actor
from rushi.web.errors import refused
from rushi.web.views.review.desk import decided, page, reviewer


@require_GET
@reviewer
def queue(request: HttpRequest) -> HttpResponse:
    """Campaigns waiting, oldest first."""
    return page(request, "campaigns", {"waiting": queries.campaign_queue()})


@require_http_methods(["GET", "POST"])
@reviewer
def case(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """One campaign with all its evidence; a decision goes on to the next."""
    if request.method == "POST":
        try:
            return _decide(request, campaign_id)
        except RushiError as error:
            refused(request, error)
    found = queries.campaign_case(actor(request), campaign_id)
    reader = actions.open_case(actor_id=actor(request), kind="campaign", subject_id=campaign_id)
    clips = [(material, links.media_url(material, viewer_id=actor(request))) for material in found.materials]
    reason = request.POST.get("reason", "")
    context = {
        "case": found,
        "clips": clips,
        "reason": reason,
        "key": str(uuid7()),
        "read_by_another": reader != actor(request),
    }
    return page(request, "campaign", context)


def _decide(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
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
    actions.leave_case(actor_id=actor(request), kind="campaign", subject_id=campaign_id)
    waiting = (row.pk for row in queries.campaign_queue(2) if row.pk != campaign_id)
    return decided(request, said, waiting, "review_campaign", "review_campaigns")
