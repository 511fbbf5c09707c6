"""For machines that watch the site: is it well, and in what figures."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from rushi.db import schema
from rushi.web import metrics

_LOOPBACK = {"127.0.0.1", "::1"}


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and carries today's tables, else 503; says which it is."""
    try:
        migrated = schema.is_current_here()
    except Error:  # InterfaceError too: a connection that was cut is no connection
        return JsonResponse({"ok": False, "database": False, "migrated": None}, status=503)
    return JsonResponse({"ok": migrated, "database": True, "migrated": migrated}, status=200 if migrated else 503)


@require_safe
def metrics_text(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for the holder of RUSHI_METRICS_TOKEN; without a token only for this machine."""
    if not may_scrape(request):
        raise Http404
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def may_scrape(request: HttpRequest) -> bool:
    """Whether this is the holder of the token or, when there is none, somebody on this very machine."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    # A proxy on this machine speaks for strangers.
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in _LOOPBACK and not forwarded


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics_text, name="metrics"),
]
