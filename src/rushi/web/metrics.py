"""What a scraper reads: requests and their times per route, the depth of the job queue, the market in figures."""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.db.models import Count, Sum
from procrastinate.contrib.django.models import ProcrastinateJob
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric

from rushi.campaigns.models import Budget, Campaign, Status
from rushi.dispatch.models import Pace
from rushi.identity.models import Participant

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_REQUESTS = Counter("rushi_http_requests", "Requests answered", ["method", "route", "status"])
_SECONDS = Histogram("rushi_http_request_seconds", "Seconds a request took", ["route"], buckets=_BUCKETS)
_REFUSED = Counter("rushi_http_refused", "Requests refused with 429 because the process was full")
_WAITING = ("todo", "doing", "failed")


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request; `route` is the pattern, never the path, so that labels stay few."""
    _REQUESTS.labels(method, route, str(status)).inc()
    _SECONDS.labels(route).observe(seconds)


def observe_refused() -> None:
    """Count one request that was told to come back."""
    _REFUSED.inc()


def exposition() -> bytes:
    """All metrics in Prometheus' text format, of every process when they share PROMETHEUS_MULTIPROC_DIR."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_REQUESTS)
        registry.register(_SECONDS)
        registry.register(_REFUSED)
    registry.register(_Market())
    return generate_latest(registry)


class _Market:
    """Gauges read from the database when asked; sums of counters that campaigns keep, never a count of assignments."""

    def collect(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("rushi_jobs", "Background jobs by status", labels=["status"])
        counted = ProcrastinateJob.objects.filter(status__in=_WAITING).values_list("status").annotate(Count("id"))
        for status, count in {**dict.fromkeys(_WAITING, 0), **dict(counted)}.items():
            jobs.add_metric([status], count)
        yield jobs
        campaigns = GaugeMetricFamily("rushi_campaigns", "Campaigns by status", labels=["status"])
        for status, count in Campaign.objects.order_by().values_list("status").annotate(Count("id")):
            campaigns.add_metric([status], count)
        yield campaigns
        lagging = GaugeMetricFamily("rushi_campaigns_lagging", "Live campaigns that lag, by reason", labels=["alarm"])
        behind = dict(Pace.objects.filter(campaign__status=Status.LIVE).values_list("alarm").annotate(Count("pk")))
        for alarm in Pace.Alarm.values:
            lagging.add_metric([alarm], behind.get(alarm, 0))
        yield lagging
        sums = Budget.objects.aggregate(taken=Sum("taken"), accepted=Sum("accepted"))
        yield GaugeMetricFamily("rushi_places_taken", "Places taken, all campaigns", value=sums["taken"] or 0)
        yield GaugeMetricFamily("rushi_submissions_accepted", "Accepted submissions", value=sums["accepted"] or 0)
        yield GaugeMetricFamily("rushi_participants", "Participants", value=Participant.objects.count())
