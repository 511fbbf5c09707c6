"""Where people are logged in, as their requests tell it: written down at login, seen again every few minutes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from rushi.identity import actions
from rushi.identity.models import User

COOKIE = "device"
COOKIE_SECONDS = 400 * 24 * 3600  # the longest that browsers keep one
SEEN_EVERY_SECONDS = 300
REMEMBERED_MAX = 20_000
_seen: dict[str, float] = {}
Handler = Callable[[HttpRequest], HttpResponse]


def begin(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Write down a login that just happened, and give the browser the cookie it is known again by."""
    device = request.COOKIES.get(COOKIE) or secrets.token_urlsafe(24)
    key = request.session.session_key or ""
    actions.note_login(user_id=user.pk, session_key=key, agent=_agent(request), device=device)
    seen(key)
    response.set_cookie(
        COOKIE, device, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def middleware(get_response: Handler) -> Handler:
    """After an answer to somebody who is logged in: when they were last here. At most every five minutes."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_page = request.method == "GET" and response.status_code < 500
        if is_page and hasattr(request, "_cached_user") and isinstance(user := request.user, User):
            key = request.session.session_key
            if key and not is_remembered(key):
                seen(key)
                device = request.COOKIES.get(COOKIE, "")
                actions.see_login(user_id=user.pk, session_key=key, agent=_agent(request), device=device)
        return response

    return answer


def seen(session_key: str) -> None:
    """Remember in this process that a session was just written down."""
    if len(_seen) >= REMEMBERED_MAX:
        _seen.clear()
    _seen[session_key] = time.monotonic()


def is_remembered(session_key: str) -> bool:
    """Whether a session was written down by this process within the last minutes."""
    return time.monotonic() - _seen.get(session_key, float("-inf")) < SEEN_EVERY_SECONDS


def _agent(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")
