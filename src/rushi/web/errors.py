"""How pages of the web door say that something was not done."""

from __future__ import annotations

import sys

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext

from rushi.db.errors import is_away
from rushi.kernel.errors import RushiError
from rushi.web.templatetags.rushi import tr

RETRY_AFTER_S = 2
log = structlog.get_logger("rushi.web")


def refused(request: HttpRequest, error: RushiError) -> None:
    """Tell on the next page why something was not done."""
    messages.error(request, tr(error))


def as_json(error: RushiError) -> dict[str, object]:
    """What our scripts are told: the code, the sentence in the language of the moment, and its particulars."""
    return {**error.params, "code": error.code, "message": tr(error)}


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's last word, wherever it was raised: 503 with Retry-After while the database is away, else 500.

    Asks nothing of the database. Whoever repeats a form after a 503 repeats its key, so nothing happens twice.
    """
    if not is_away(sys.exc_info()[1]):
        return HttpResponse(render_to_string("500.html"), status=500)
    log.warning("database away", path=request.path, error=str(sys.exc_info()[1])[:200])
    message = gettext("系统正在恢复，请几秒后再试一次：已经完成的操作不会丢，再试也不会重复。")
    response: HttpResponse
    if request.headers.get("Accept") == "application/json":
        response = JsonResponse({"code": "away", "message": message}, status=503)
    elif "HX-Request" in request.headers:
        response = HttpResponse(render_to_string("web/error_fragment.html", {"message": message}), status=503)
    else:
        # A form is sent again by reloading; a link would only ask for its address.
        context = {"message": message, "can_follow": request.method in {"GET", "HEAD"}}
        response = HttpResponse(render_to_string("503.html", context), status=503)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response
