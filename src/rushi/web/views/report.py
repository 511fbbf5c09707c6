"""The advertiser's report of a campaign: live figures, comments a page at a time, exports."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from rushi.identity.models import User
from rushi.kernel import clock
from rushi.kernel.errors import Invalid
from rushi.measurement import actions, queries
from rushi.web.report_charts import charts

HTMX_STOP = 286


@login_required
@require_GET
def report(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """The whole page."""
    context = _context(request, campaign_id)
    context["page"] = queries.comments(campaign_id)
    return render(request, "web/report/report.html", context)


@login_required
@require_GET
def report_live(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """The figures alone, asked for every ten seconds until the campaign is closed (286: htmx stops asking)."""
    context = _context(request, campaign_id)
    is_final = context["report"].progress.status == "closed"
    return render(request, "web/report/figures.html", context, status=HTMX_STOP if is_final else 200)


@login_required
@require_GET
def report_comments(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """The next page of comments."""
    queries.access_report(request.user, campaign_id)
    page = queries.comments(campaign_id, _uuid(request.GET.get("before", "")))
    return render(request, "web/report/comments.html", {"page": page, "campaign_id": campaign_id})


@login_required
@require_POST
def report_export(request: HttpRequest, campaign_id: UUID, form: Literal["csv", "xlsx"]) -> HttpResponse:
    """Accepted submissions as a file."""
    assert isinstance(request.user, User)
    queries.access_report(request.user, campaign_id)
    made = actions.export_submissions(actor_id=request.user.pk, campaign_id=campaign_id, form=form)
    response = HttpResponse(made.body, content_type=made.content_type)
    response["Content-Disposition"] = f"attachment; filename=\"report.{form}\"; filename*=UTF-8''{quote(made.name)}"
    return response


def _context(request: HttpRequest, campaign_id: UUID) -> dict[str, Any]:
    queries.access_report(request.user, campaign_id)
    found = queries.report(campaign_id, clock.now())
    return {"report": found, "campaign_id": campaign_id, "charts": charts(found)}


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
