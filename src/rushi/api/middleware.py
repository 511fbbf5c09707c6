"""What every answer of the API carries, and errors that no operation made, as problems too."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from rushi.api.keys import say_limits
from rushi.api.problems import plain_problem, request_id
from rushi.audit.actions import speaker

PREFIX = "/api/v1/"
Handler = Callable[[HttpRequest], HttpResponse]


def api(get_response: Handler) -> Handler:
    """Language by Accept-Language, request id, rate limits, problem documents for 404, 405, 500 and 503."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return get_response(request)
        nobody = speaker.set("")
        try:
            with translation.override(translation.get_language_from_request(request)):
                response = _as_problem(get_response(request))
        finally:
            speaker.reset(nobody)
        response["X-Request-Id"] = request_id()
        response.headers.setdefault("Cache-Control", "no-store")
        response["Vary"] = "Authorization, Accept-Language"
        say_limits(request, response)
        return response

    return middleware


def _as_problem(response: HttpResponse) -> HttpResponse:
    if response.status_code < 400 or response.get("Content-Type", "").startswith("application/"):
        return response
    made = plain_problem(response.status_code)
    for name in ("Allow", "Retry-After"):
        if name in response:
            made[name] = response[name]
    return made
