"""What pages cost: a walk through the site as one person, page by page, with weight, queries and server time."""

from __future__ import annotations

import gzip
import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve

from rushi.identity.models import Agent, Membership, Participant, StaffRole, User

PAGES_MAX = 80
_LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')
_ASSET = re.compile(
    r'<(?:script\b[^>]*\bsrc|link\b[^>]*\brel="stylesheet"[^>]*\bhref|img\b[^>]*\bsrc)="(/static/[^"]+)"'
)
_HASHED = re.compile(r"\.[0-9a-f]{12}(?=\.\w+$)")
_SKIPPED = ("/static/", "/media/", "/logout/", "/admin/")


@dataclass(frozen=True, slots=True)
class Page:
    """One page as one person: `milliseconds` on a warm second request, assets compressed as they are served."""

    role: str
    route: str
    path: str
    status: int
    milliseconds: float
    queries: int
    html_bytes: int
    asset_bytes: int


def people() -> dict[str, User | None]:
    """One person of each role that somebody has, and a visitor."""
    found: dict[str, User | None] = {"visitor": None}
    participant = Participant.objects.order_by("pk").first()
    member = Membership.objects.order_by("pk").first()
    agent = Agent.objects.order_by("pk").first()
    for role, row in (("participant", participant), ("advertiser", member), ("agent", agent)):
        if row is not None:
            found[role] = row.user
    for staff in StaffRole.objects.order_by("-pk"):
        found[staff.role] = staff.user
    return found


def walk(role: str, user: User | None) -> Iterator[Page]:
    """Follow links from the person's first page; of every route the first address met stands for all."""
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0].lstrip("."), "accept-encoding": "gzip"})
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    waiting, seen = deque(["/"] if user is None else ["/home/", "/tasks/", "/wallet/", "/my/", "/me/"]), set[str]()
    while waiting and len(seen) < PAGES_MAX:
        path = waiting.popleft()
        route = _route(path)
        if route is None or route in seen or path.startswith(_SKIPPED):
            continue
        seen.add(route)
        page, text, onward = _weigh(client, role, route, path)
        yield page
        waiting += [link.replace("&amp;", "&") for link in _LINK.findall(text)]
        waiting += [onward] if onward else []


def _route(path: str) -> str | None:
    try:
        return "/" + resolve(path.split("?", maxsplit=1)[0]).route
    except Resolver404:
        return None


def _weigh(client: Client, role: str, route: str, path: str) -> tuple[Page, str, str]:
    client.get(path)  # once for the caches: templates, prepared statements
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    milliseconds = (time.perf_counter() - began) * 1000
    content = answer.getvalue()
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    plain = gzip.decompress(content) if answer.headers.get("Content-Encoding") == "gzip" else content
    text = plain.decode(errors="replace") if is_page else ""
    assets = sum(_transferred(asset) for asset in set(_ASSET.findall(text)))
    page = Page(role, route, path, answer.status_code, milliseconds, len(captured), len(content), assets)
    return page, text, answer.headers.get("Location", "")


@cache
def _transferred(url: str) -> int:
    """Bytes of a static file on the wire: WhiteNoise serves text compressed."""
    name = _HASHED.sub("", url.removeprefix(settings.STATIC_URL))
    found = finders.find(name)
    if not isinstance(found, str):
        return 0
    raw = Path(found).read_bytes()
    return min(len(raw), len(gzip.compress(raw)))
