"""`bench report`: what the advertiser's live report of a giant campaign costs the server, and what keeping it costs."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import sys
import time
from uuid import UUID

from rushi.cli import ready
from rushi.cli.bench import ground, printing
from rushi.kernel import clock

CHUNK, SMALL, SMALL_BATCHES, LOOKS = 50_000, 1_000, 50, 9


def add(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `report`."""
    one = parts.add_parser("report", help="the live report of a campaign with a million responses, in server time")
    one.add_argument("--responses", type=int, default=1_000_000)
    one.add_argument("--url", help="a server given by URL instead of the embedded one")
    one.add_argument("--json", action="store_true", help="one JSON object")
    one.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Fill a campaign, fold its tallies, open its report; 1 when the report differs from a recount."""
    with ground.scratch("report", asked.url) as place:
        os.environ["RUSHI_DATABASE_URL"] = place.app_url
        ready.setup_django(quiet=True)
        figures = measured(asked.responses)
        printing.show("report", figures, as_json=asked.json, url=place.app_url)
    return 1 if figures["unlike_a_recount"] else 0


def measured(responses: int) -> dict[str, object]:
    """The bench's figures: server time of the pages, with and without a full tail to fold; what keeping it costs."""
    from rushi.market import answering

    since = clock.now() - dt.timedelta(hours=20)
    made, reader = answering.campaign(responses + SMALL, since)
    told_us, fold_us = _filled(made, responses, since)
    whole_ms = _page_ms(made.pk, reader, looks=LOOKS)
    ids = answering.answer(made, responses, SMALL - 1, responses, since + dt.timedelta(hours=1))
    answering.decide(made, ids)
    with_tail_ms = _page_ms(made.pk, reader, looks=LOOKS)
    _say("every report's counters against a recount of all responses")
    return {
        "responses": responses,
        "report_ms": whole_ms["report"],
        "live_ms": whole_ms["report_live"],
        "comments_ms": whole_ms["report_comments"],
        "report_ms_with_a_full_tail": with_tail_ms["report"],
        "tell_us_per_response": round(told_us, 2),
        "fold_us_per_response": round(fold_us, 2),
        "unlike_a_recount": answering.unlike_a_recount(),
    }


def _filled(made: object, responses: int, since: dt.datetime) -> tuple[float, float]:
    """Fill the campaign and fold as the worker does: µs a response that telling reports and folding cost.

    Telling is the median over batches of a thousand, folding the mean over everything.
    """
    from rushi.campaigns.models import Campaign
    from rushi.evidence import actions as evidence
    from rushi.market import answering

    assert isinstance(made, Campaign)
    told: list[float] = []
    first, folding_s = 0, 0.0
    while first < responses:
        count = min(SMALL if len(told) < SMALL_BATCHES else CHUNK, responses - first)
        seconds = answering.decide(made, answering.answer(made, first, count, responses, since))
        if len(told) < SMALL_BATCHES:
            told.append(seconds / count * 1e6)
        first += count
        began = time.perf_counter()
        evidence.fold_tallies()
        folding_s += time.perf_counter() - began
        if count == CHUNK or first == responses:
            _say(f"{first:,} of {responses:,} responses")
    return statistics.median(told), folding_s / responses * 1e6


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def _page_ms(campaign_id: object, reader: object, looks: int) -> dict[str, float]:
    """The median milliseconds of each of the report's pages in this process, database and rendering together."""
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from rushi.identity.models import User

    assert isinstance(reader, User)
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0].lstrip(".")})
    client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")
    found = {}
    for name, query in (("report", ""), ("report_live", ""), ("report_comments", f"?before={UUID(int=2**128 - 1)}")):
        took = []
        for _ in range(looks + (looks > 1)):  # the first look warms templates and plans
            began = time.perf_counter()
            answer = client.get(reverse(name, args=[campaign_id]) + query)
            took.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, (name, answer.status_code)
        found[name] = round(statistics.median(took[-looks:]), 1)
    return found
