"""How the API says that something was not done: RFC 9457 `application/problem+json` with a stable `code`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja.errors import HttpError, ValidationError

from rushi.db.errors import is_away
from rushi.kernel.errors import RushiError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
MESSAGES: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "请求无法读取。"),
    401: ("key_needed", "请在 Authorization 头里带上 API 密钥。"),
    404: ("not_found", "没有找到，或您无权查看。"),
    405: ("method_not_allowed", "这个地址不支持这种方法。"),
    413: ("too_large", "请求内容太大。"),
    422: ("malformed", "请求内容不符合要求，见 errors。"),
    500: ("server_error", "服务器出错了，我们已记录。请稍后用同一个 Idempotency-Key 再试。"),
    503: ("away", "系统正在恢复，请几秒后用同一个 Idempotency-Key 再试。"),
}
log = structlog.get_logger("rushi.api")


def problem(
    status: int, code: str, detail: str, *, errors: Sequence[Mapping[str, Any]] = (), field: object = None
) -> HttpResponse:
    """A problem document. `code` is for programs and never changes; `detail` is for people, in their language."""
    body: dict[str, Any] = {
        "type": f"urn:rushi:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id(),
    }
    if field:
        body["field"] = str(field)
    if errors:
        body["errors"] = list(errors)
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def plain_problem(status: int) -> HttpResponse:
    """The problem of a status that needs no more words."""
    code, detail = MESSAGES.get(status, MESSAGES[400])
    return problem(status, code, gettext(detail))


def request_id() -> str:
    """The id under which this request stands in our log."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def refused(request: HttpRequest, error: RushiError) -> HttpResponse:
    """What a room refused."""
    said = {name: gettext(word) if isinstance(word, str) and word else word for name, word in error.params.items()}
    response = problem(error.status, error.code, gettext(error.message) % said, field=error.params.get("field"))
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        response["Retry-After"] = str(error.params.get("seconds", 60))
    if error.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A payload that does not fit the document: each fault with where it is."""
    code, detail = MESSAGES[422]
    errors = [{"where": _where(fault["loc"]), "what": str(fault["msg"])} for fault in error.errors]
    return problem(422, code, gettext(detail), errors=errors)


def _where(place: Sequence[object]) -> list[str]:
    """Where a fault is; the name of the parameter that holds the body says nothing to anybody."""
    kept = (place[0], *place[2:]) if place[0] == "body" and len(place) > 1 else place
    return [str(part) for part in kept]


def broken_off(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses: a body that is no JSON, a missing key."""
    return plain_problem(error.status_code)


def away(request: HttpRequest, error: Error) -> HttpResponse:
    """503 while the database cannot be asked; anything else is a bug and goes on."""
    if not is_away(error):
        raise error
    log.warning("database away", path=request.path, error=str(error)[:200])
    return plain_problem(503)
