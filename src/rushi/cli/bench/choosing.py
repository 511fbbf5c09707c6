"""A choice among 2,000 live campaigns, timed: what a person's hall costs and how long pricing takes."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from itertools import product
from uuid import UUID

import numpy as np
import psycopg
from django.db import connection

from rushi.dispatch import actions, queries
from rushi.dispatch.models import Visit
from rushi.identity.rules import REGIONS
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from rushi.market import headline, stocking
from rushi.market.arrivals import AGE_BANDS, GENDERS

CAMPAIGNS = 2_000
TASKS = 200_000
CHOICES = 1_000
EVERY_AUDIENCE = """
UPDATE campaigns_campaign SET
  regions = CASE WHEN n % 4 = 0 THEN ARRAY['44', '32', '33', '11', '51'] ELSE '{}' END,
  age_bands = CASE WHEN n % 4 = 1 THEN ARRAY['18-24', '25-34'] ELSE '{}' END,
  interests = CASE WHEN n % 8 = 2 THEN ARRAY['food', 'home', 'film'] ELSE '{}' END
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM campaigns_campaign) AS u
WHERE u.id = campaigns_campaign.id
"""


def measure(owner_url: str) -> dict[str, object]:
    """Fill the database and time CHOICES halls of as many people: the choice, a page with its cards, a refresh."""
    plan = headline.plan(TASKS, "reactions")
    stock = stocking.stock(owner_url, plan, clock.now() - dt.timedelta(minutes=1))
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(EVERY_AUDIENCE)
        owner.execute("VACUUM ANALYZE")
    _visits()
    began = time.perf_counter()
    priced = actions.refresh_prices()
    refresh = time.perf_counter() - began
    draw = random.Random(7)  # noqa: S311 - a sample, not a secret
    people = [UUID(one) for one in draw.sample(stock.people, min(CHOICES, len(stock.people)))]
    everybody = [_offers(person) for person in people[:50]]
    choices = _times(people, queries.choose)
    pages = _times(people, queries.hall)
    return {
        "campaigns": priced,
        "offers_median": int(np.median(everybody)),
        "offers_most": max(everybody),
        "choice_median_ms": round(float(np.median(choices)), 2),
        "choice_p99_ms": round(float(np.quantile(choices, 0.99)), 2),
        "hall_median_ms": round(float(np.median(pages)), 2),
        "hall_p99_ms": round(float(np.quantile(pages, 0.99)), 2),
        "refresh_seconds": round(refresh, 2),
    }


def _times(people: list[UUID], do: Callable[[UUID], object]) -> list[float]:
    """Milliseconds each, after twenty that warm up."""
    found = []
    for number, person in enumerate(people[:20] + people):
        began = time.perf_counter()
        do(person)
        if number >= 20:
            found.append((time.perf_counter() - began) * 1000)
    return found


def _offers(person: UUID) -> int:
    """How many campaigns are open to somebody, page by page."""
    found, after = 0, ""
    while True:
        page = queries.choose(person, after=after, limit=CAMPAIGNS)
        found, after = found + len(page.ids), page.after
        if not after:
            return found


def _visits() -> None:
    """Three earlier days of visits from every segment."""
    connection.ensure_connection()
    draw = random.Random(11)  # noqa: S311 - a sample, not a secret
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    segments = list(product(REGIONS, AGE_BANDS, GENDERS))
    Visit.objects.bulk_create(
        (
            Visit(
                id=uuid7(), hour=hour - dt.timedelta(hours=ago), region=region, age_band=age, gender=gender,
                visits=draw.randint(1, 12),
            )
            for ago in range(1, 73)
            for region, age, gender in segments
        ),
        batch_size=2_000,
    )  # fmt: skip
