"""The web door's middleware: a line per request, the language, and errors as pages or fragments."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import cast

import structlog
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from rushi.identity import sessions
from rushi.identity.models import User
from rushi.kernel.errors import RushiError
from rushi.kernel.ids import uuid7
from rushi.web import metrics
from rushi.web.errors import as_json
from rushi.web.templatetags.rushi import tr

Handler = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger("rushi.web")


def request_log(get_response: Handler) -> Handler:
    """One structured line a request: method, path, status, milliseconds. No query string: it may hold secrets."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=uuid7().hex):
            response = get_response(request)
            seconds = time.perf_counter() - began
            route = request.resolver_match.route if request.resolver_match else "(none)"
            metrics.observe(request.method or "", route, response.status_code, seconds)
            if response.status_code >= 400 or not _is_routine(request):
                ms = round(seconds * 1000, 1)
                log.info("request", method=request.method, path=request.path, status=response.status_code, ms=ms)
        return response

    return middleware


def _is_routine(request: HttpRequest) -> bool:
    """Whether a good answer is told by the metrics alone: static files, and the routes of `lean`."""
    return request.path.startswith(settings.STATIC_URL) or getattr(request, "is_lean", False)


def page_policy(get_response: Handler) -> Handler:
    """What a page may load and do: everything from here, no inline script, no device access; what may keep it.

    A page for somebody who is logged in is kept by nobody but their screen.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if is_page and settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def visitor(get_response: Handler) -> Handler:
    """On the lean way: who asks, by one statement, and only when somebody wants to know."""

    def middleware(request: HttpRequest) -> HttpResponse:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        request.user = cast("User", SimpleLazyObject(lambda: (key and sessions.user_of(key)) or AnonymousUser()))
        request.is_lean = True  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def language(get_response: Handler) -> Handler:
    """Chinese unless the person chose otherwise: the cookie first, then what the account says."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = chosen_language(request)
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = get_response(request)
        response.headers.setdefault("Content-Language", chosen)
        return response

    return middleware


def chosen_language(request: HttpRequest) -> str:
    """The language of a request: of its cookie, else of its user, else Chinese."""
    wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) or getattr(request.user, "language", "")
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def errors(get_response: Handler) -> Handler:
    """Maps RushiError to a page, to a fragment for htmx, to JSON for our scripts, in the user's language."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, RushiError):
            return None
        with translation.override(
            chosen_language(request)
        ):  # the lean way chose none yet: it says nothing but refusals
            return told(request, exception)

    def told(request: HttpRequest, exception: RushiError) -> HttpResponse:
        template = "web/error_fragment.html" if getattr(request, "htmx", False) else "web/error.html"
        if request.headers.get("Accept") == "application/json":
            return JsonResponse(as_json(exception), status=exception.status)
        return render(request, template, {"message": tr(exception), "code": exception.code}, status=exception.status)

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware
