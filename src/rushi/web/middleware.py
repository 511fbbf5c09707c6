"""The web door's middleware: a line per request, the language, and errors as pages or fragments."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation

from rushi.kernel.errors import RushiError
from rushi.kernel.ids import uuid7
from rushi.web import metrics
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
            write = log.debug if request.path.startswith(settings.STATIC_URL) else log.info
            ms = round(seconds * 1000, 1)
            write("request", method=request.method, path=request.path, status=response.status_code, ms=ms)
        return response

    return middleware


def page_policy(get_response: Handler) -> Handler:
    """What a page may load and do: everything from here, no inline script, no device access."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response

    return middleware


def language(get_response: Handler) -> Handler:
    """Chinese unless the person chose otherwise: the cookie first, then what the account says."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) or getattr(request.user, "language", "")
        chosen = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = get_response(request)
        response.headers.setdefault("Content-Language", chosen)
        return response

    return middleware


def errors(get_response: Handler) -> Handler:
    """Maps RushiError to a page, to a fragment for htmx, to JSON for our scripts, in the user's language."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, RushiError):
            return None
        template = "web/error_fragment.html" if getattr(request, "htmx", False) else "web/error.html"
        message = tr(exception)
        if request.headers.get("Accept") == "application/json":
            answer = {**exception.params, "code": exception.code, "message": message}
            return JsonResponse(answer, status=exception.status)
        return render(request, template, {"message": message, "code": exception.code}, status=exception.status)

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware
