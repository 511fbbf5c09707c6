"""The web door's middleware: a line per request, the language, and errors as pages or fragments."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext

from rushi.kernel.errors import RushiError

Handler = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger("rushi.web")


def request_log(get_response: Handler) -> Handler:
    """One structured line a request: method, path, status, milliseconds. No query string: it may hold secrets."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        ms = round((time.perf_counter() - began) * 1000, 1)
        log.info("request", method=request.method, path=request.path, status=response.status_code, ms=ms)
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
    """Maps RushiError to a page, or to a fragment for htmx, in the user's language."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, RushiError):
            return None
        template = "web/error_fragment.html" if getattr(request, "htmx", False) else "web/error.html"
        message = gettext(exception.message) % exception.params
        return render(request, template, {"message": message, "code": exception.code}, status=exception.status)

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware
