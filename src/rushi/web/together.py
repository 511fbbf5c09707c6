"""Claims and hand-ins of the same moment answered together: who asks, and what they ask for, one call each for all.

Only what is beyond doubt is answered here: a script's form with a good origin and token, from a session that runs. All
else, and whatever is odd, is left as it came for the lean way, which knows every case and says no properly.
"""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils import translation

from rushi.db.errors import is_away
from rushi.db.gathering import Gathering
from rushi.dispatch import actions as dispatch
from rushi.identity import sessions
from rushi.identity.models import User
from rushi.identity.queries import is_participant
from rushi.kernel.errors import RushiError
from rushi.verdicts import actions as verdicts
from rushi.web import metrics
from rushi.web.errors import as_json, server_error
from rushi.web.forms.work import parse_answers
from rushi.web.middleware import chosen_language, page_policy

BODY_BYTES_MAX = 65_536
_FORM = "application/x-www-form-urlencoded"
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PATH = re.compile(rf"/(?:tasks/(?P<campaign>{_ID})/claim|work/(?P<assignment>{_ID})/submit)/")
CLAIM, SUBMIT = "tasks/<uuid:campaign_id>/claim/", "work/<uuid:assignment_id>/submit/"


class _Csrf(CsrfViewMiddleware):
    """Django's own check, which says no without a page."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(status=403)


def _plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(content_type="application/json")


_csrf, _security = _Csrf(_plain), SecurityMiddleware(_plain)
_dressing: Any = SecurityMiddleware(page_policy(XFrameOptionsMiddleware(_plain)))  # type: ignore[arg-type]
_headers: dict[bool, list[tuple[str, str]]] = {}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: the session's key, the campaign or assignment, and the form."""

    session: str
    id: UUID
    form: QueryDict


@dataclass(frozen=True, slots=True)
class Told:
    """What became of it: who asked (None: look closer), the assignment, or why not."""

    user: User | None
    assignment_id: UUID | None = None
    refusal: RushiError | None = None


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes] | None:
    """The answer to a claim or a hand-in; None when the lean way has to look at it (the request is as it came)."""
    match = _PATH.fullmatch(environ["PATH_INFO"])
    if match is None or environ["REQUEST_METHOD"] != "POST" or not _is_small_form(environ):
        return None
    began = time.perf_counter()
    request = WSGIRequest(environ)
    try:
        told = _told(request, match)
        if told.user is None:
            _put_back(request)
            return None
        request.user = told.user
        status, body = _said(request, told)
    except Exception as error:
        if not is_away(error):
            _put_back(request)
            return None
        away = server_error(request)
        start_response("503 Service Unavailable", [*_dress(request), ("Retry-After", away["Retry-After"])])
        return [away.content]
    finally:
        if connection.connection is not None and not connection.in_atomic_block:
            connection.close()
    start_response(f"{status.value} {status.phrase}", [*_dress(request), ("Content-Length", str(len(body)))])
    metrics.observe("POST", CLAIM if match["campaign"] else SUBMIT, status, time.perf_counter() - began)
    return [body]


def _is_small_form(environ: dict[str, Any]) -> bool:
    length = environ.get("CONTENT_LENGTH") or ""
    is_small = length.isascii() and length.isdigit() and int(length) <= BODY_BYTES_MAX
    return is_small and environ.get("CONTENT_TYPE", "").startswith(_FORM)


def _told(request: WSGIRequest, match: re.Match[str]) -> Told:
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if not session or _security.process_request(request) or _csrf.process_view(request, _plain, (), {}):
        return Told(None)
    if match["campaign"]:
        return _claims(Ask(session, UUID(match["campaign"]), request.POST))
    return _submits(Ask(session, UUID(match["assignment"]), request.POST))


def _said(request: HttpRequest, told: Told) -> tuple[HTTPStatus, bytes]:
    if told.refusal is None:
        return HTTPStatus.OK, f'{{"next": "/work/{told.assignment_id}/"}}'.encode()
    with translation.override(chosen_language(request)):
        body = json.dumps(as_json(told.refusal), cls=DjangoJSONEncoder).encode()
    return HTTPStatus(told.refusal.status), body


def _put_back(request: WSGIRequest) -> None:
    """Put the body back that was read: whoever comes next reads it again."""
    if hasattr(request, "_body"):
        request.environ["wsgi.input"] = io.BytesIO(request.body)


def _dress(request: HttpRequest) -> list[tuple[str, str]]:
    """The headers that the lean way's middleware would add."""
    is_secure = request.is_secure()
    if is_secure not in _headers:
        _headers[is_secure] = [item for item in _dressing(request).items() if item[0] != "Content-Length"]
    return _headers[is_secure]


def _people(asks: Sequence[Ask]) -> list[User | None]:
    """The participants who ask; None for everybody who needs a closer look."""
    return [
        user if user is not None and is_participant(user) else None
        for user in sessions.users_of([ask.session for ask in asks])
    ]


def _claim_all(asks: Sequence[Ask]) -> list[Told]:
    people = _people(asks)
    wishes = [
        dispatch.Wish(person.pk, ask.id, ask.form.get("key", "")[:64])
        for person, ask in zip(people, asks, strict=True)
        if person is not None
    ]
    took = iter(zip(wishes, dispatch.take_all(wishes) if wishes else [], strict=True))
    return [Told(None) if person is None else _taken(person, *next(took)) for person in people]


def _taken(person: User, wish: dispatch.Wish, came: tuple[str, UUID]) -> Told:
    try:
        return Told(person, dispatch.taken_by(wish, *came))
    except RushiError as refusal:
        return Told(person, refusal=refusal)


def _submit_all(asks: Sequence[Ask]) -> list[Told]:
    people = _people(asks)
    handings = [
        verdicts.Handing(person.pk, ask.id, ask.form.get("token", ""), parse_answers(ask.form))
        for person, ask in zip(people, asks, strict=True)
        if person is not None
    ]
    outcomes = iter(verdicts.hand_in_all(handings) if handings else [])
    return [
        Told(None) if person is None else _handed_in(person, ask.id, next(outcomes))
        for person, ask in zip(people, asks, strict=True)
    ]


def _handed_in(person: User, assignment_id: UUID, outcome: str | RushiError) -> Told:
    return Told(person, refusal=outcome) if isinstance(outcome, RushiError) else Told(person, assignment_id)


_claims, _submits = Gathering(_claim_all), Gathering(_submit_all)
