"""The API as one thing: its routers, its errors, its OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

from django.db import Error
from django.utils.translation import gettext
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation

from rushi.api import problems
from rushi.api.views import agent, campaigns, organisation, people, running, webhooks
from rushi.kernel.errors import RushiError
from rushi.notices.rules import EVENTS

DESCRIPTION = """\
Everything the advertiser's console does, and an agent's aggregates. Participants have no API: nobody can rent out
an account that only a person can use.

Send `Authorization: Bearer <key>`. Every write needs an `Idempotency-Key`. Errors are `application/problem+json`
with a stable `code`. Lists have cursors. Money is in fen, time in UTC (RFC 3339). `Accept-Language: en` for English.
"""
PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` never changes; `detail` is for people.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "field": {"type": "string", "description": "The field that is wrong, when it is one."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "where": {"type": "array", "items": {"type": "string"}},
                    "what": {"type": "string"},
                },
                "required": ["where", "what"],
            },
        },
    },
    "required": ["type", "title", "status", "code", "detail", "request_id"],
}
READ_ERRORS = {
    400: "The request cannot be read",
    401: "No key, or one that is not good",
    403: "The key lacks the scope, or its maker the role",
    404: "Not there, or not yours to know",
    405: "No such method here",
    409: "Not in a state in which this can be done",
    422: "The content does not fit",
    429: "This minute's requests are used up; see Retry-After",
    503: "The database is away for a moment; see Retry-After",
}
WRITE_ERRORS = {411: "How long it is was not said", 413: "Too large"}
HEADERS = {
    "X-Request-Id": {"description": "Under which the request stands in our log", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": '`"key";q=<requests>;w=<seconds>`', "schema": {"type": "string"}},
    "RateLimit": {"description": '`"key";r=<left>;t=<seconds until they are back>`', "schema": {"type": "string"}},
}
RETRY = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}
REPLAYED = {
    "Idempotency-Replayed": {
        "description": "`true`: the first answer of this key again",
        "schema": {"type": "string", "enum": ["true", "false"]},
    }
}


class RushiAPI(NinjaAPI):
    """Ninja's API whose document declares our problems, headers and limits on every operation."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        """The document, in the language of the request."""
        document = super().get_openapi_schema(**kwargs)
        document["components"]["schemas"]["Problem"] = PROBLEM
        for methods in document["paths"].values():
            for method, operation in methods.items():
                _declare(method, operation)
        document["webhooks"] = {event: _told(event, words) for event, words in EVENTS.items()}
        return document


def _told(event: str, words: str) -> dict[str, Any]:
    """One event as OpenAPI 3.1 describes what we send."""
    body = {
        "type": "object",
        "properties": {
            "type": {"const": event},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"type": "object", "properties": {"organisation_id": {"type": "string", "format": "uuid"}}},
        },
        "required": ["type", "timestamp", "data"],
    }
    return {
        "post": {
            "summary": gettext(words),
            "parameters": [
                {"in": "header", "name": name, "required": True, "schema": {"type": "string"}}
                for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
            ],
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {"2XX": {"description": "Taken; anything else is tried again"}},
        }
    }


def _sent(operation: dict[str, Any]) -> set[str]:
    """The names of the parameters that an operation takes."""
    return {parameter["name"] for parameter in operation.get("parameters", ())}


def _declare(method: str, operation: dict[str, Any]) -> None:
    """The errors, headers and summary of one operation."""
    operation["summary"] = gettext(operation["summary"])
    operation["description"] = f"{operation.get('description', '')}\n\nScope: `{operation['x-scope']}`".strip()
    for response in operation["responses"].values():
        response["headers"] = HEADERS | (REPLAYED if "Idempotency-Key" in _sent(operation) else {})
    errors = READ_ERRORS | (WRITE_ERRORS if method != "get" else {})
    for status, words in errors.items():
        operation["responses"][status] = {
            "description": words,
            "headers": HEADERS | (RETRY if status in {429, 503} else {}),
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    if operation["operationId"] == "export_submissions":
        operation["responses"][200]["content"] = {
            media: {"schema": {"type": "string", "contentMediaType": media}}
            for media in ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        }


api = RushiAPI(title="Rushi API", version="1", description=DESCRIPTION, docs_url="/docs", urls_namespace="api")
api.add_router("", organisation.router)
api.add_router("", people.router)
api.add_router("", campaigns.router)
api.add_router("", running.router)
api.add_router("", agent.router)
api.add_router("", webhooks.router)
HANDLERS: dict[type[Exception], Any] = {
    RushiError: problems.refused,
    ValidationError: problems.malformed,
    HttpError: problems.broken_off,
    Error: problems.away,
}
for error, handler in HANDLERS.items():
    api.add_exception_handler(error, handler)
