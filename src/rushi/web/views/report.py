"""The advertiser's report of a campaign: live figures, comments a page at a time, exports."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from rushi.campaigns.models import Campaign, Status
from rushi.db import limits
from rushi.kernel import clock
from rushi.kernel.errors import Invalid
from rushi.measurement import actions, queries
from rushi.web.actor import actor
from rushi.web.report_charts import charts
from rushi.web.views.console.desk import campaign_view, page

HTMX_STOP = 286


@require_safe
@campaign_view("viewer")
def report(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The whole page."""
    return page(request, "report", {**_figures(campaign), "page": queries.comments(campaign.pk)})


@require_safe
@campaign_view("viewer")
def report_live(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The figures alone, asked for every ten seconds until the campaign is closed (286: htmx stops asking)."""
    status = HTMX_STOP if campaign.status == Status.CLOSED else 200
    return render(request, "web/report/figures.html", _figures(campaign), status=status)


@require_safe
@campaign_view("viewer")
def report_comments(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The next page of comments."""
    found = queries.comments(campaign.pk, _uuid(request.GET.get("before", "")))
    return render(request, "web/report/comments.html", {"page": found, "campaign_id": campaign.pk})


@require_POST
@campaign_view("viewer")
def report_export(request: HttpRequest, campaign: Campaign, form: Literal["csv", "xlsx"]) -> HttpResponse:
    """Accepted submissions as a file."""
    with limits.patient():  # a million answers take longer than a page
        made = actions.export_submissions(actor_id=actor(request), campaign_id=campaign.pk, form=form)
    response = HttpResponse(made.body, content_type=made.content_type)
    response["Content-Disposition"] = f"attachment; filename=\"report.{form}\"; filename*=UTF-8''{quote(made.name)}"
    return response


def _figures(campaign: Campaign) -> dict[str, Any]:
    found = queries.report(campaign.pk, clock.now())
    return {"report": found, "campaign_id": campaign.pk, "charts": charts(found)}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(field="before") from None


urlpatterns = [
    path("console/campaigns/<uuid:campaign_id>/report/", report, name="report"),
    path("console/campaigns/<uuid:campaign_id>/report/live/", report_live, name="report_live"),
    path("console/campaigns/<uuid:campaign_id>/report/comments/", report_comments, name="report_comments"),
    path("console/campaigns/<uuid:campaign_id>/report/export.csv", report_export, {"form": "csv"}, name="report_csv"),
    path(
        "console/campaigns/<uuid:campaign_id>/report/export.xlsx", report_export, {"form": "xlsx"}, name="report_xlsx"
    ),
]
