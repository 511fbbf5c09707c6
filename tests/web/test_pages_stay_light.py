"""No page that a participant or a visitor can reach weighs more than 60 kB on the wire, clip aside."""

from __future__ import annotations

import pytest

from rushi.cli import weighing
from tests import factories

pytestmark = pytest.mark.django_db
BYTES_MAX = 60_000


def heavy(pages: list[weighing.Page]) -> list[str]:
    return [f"{p.path}: {p.html_bytes} + {p.asset_bytes}" for p in pages if p.html_bytes + p.asset_bytes > BYTES_MAX]


def test_pages_of_visitors() -> None:
    pages = list(weighing.walk("visitor", None))
    assert {"/", "/login/", "/prices/", "/rules/"} <= {page.path for page in pages}
    assert heavy(pages) == []


def test_pages_of_participants() -> None:
    person = factories.participant()
    factories.claim(factories.live_campaign(), person)
    for _ in range(12):
        factories.live_campaign()
    pages = list(weighing.walk("participant", person.user))
    routes = {page.route for page in pages}
    assert {"/tasks/", "/tasks/<uuid:campaign_id>/", "/my/", "/wallet/", "/me/"} <= routes
    assert any(route.startswith("/work/") for route in routes)
    assert [page for page in pages if page.status >= 500] == []
    assert heavy(pages) == []
