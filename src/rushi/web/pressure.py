"""Back-pressure: a process takes on as many requests as it has threads for, less the ones kept free, and says 429.

Before Django, so that a refusal costs next to nothing. While all places are taken, the threads that are kept free still
answer health, metrics and the desks of the operator's people, and nobody else. What takes long because of the other
side's line (a large upload, a file too long to be handed to the server in one piece) is counted apart: it holds a
thread, and would else hold a place for minutes. A clip or a static file holds its place only until it is read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import Error, connection
from django.http import StreamingHttpResponse
from django.urls import Resolver404, resolve

from rushi.campaigns.rules import CLIP_BYTES_MAX
from rushi.identity import sessions
from rushi.identity.models import StaffRole
from rushi.identity.queries import is_staff
from rushi.web import metrics, turned_away
from rushi.web.views.probes import may_scrape

KEPT_FREE, LONG_MAX = 2, 2
WHOLE_BYTES_MAX = 8 * 1024 * 1024
"""A file up to here is handed over in one piece; granian sends it without a thread of ours."""
UPLOAD_BYTES_SHORT = 1024 * 1024
UPLOAD_BYTES_MAX = CLIP_BYTES_MAX + 1024 * 1024  # a clip and the rest of its form
_DESKS = {"admin", "review", "finance"}
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def relieved(application: Application, threads: int) -> Application:
    """The application behind `threads` less those kept free and the long ones; whoever finds no place comes back."""
    places = threading.Semaphore(max(1, threads - KEPT_FREE - LONG_MAX))
    long_ones, desks = threading.Semaphore(LONG_MAX), threading.Semaphore(KEPT_FREE - 1)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        bytes_coming = _bytes_coming(environ)
        if bytes_coming is None or bytes_coming > UPLOAD_BYTES_MAX:
            return turned_away.by_size(environ, start_response, is_unknown=bytes_coming is None)
        place: threading.Semaphore | None = long_ones if bytes_coming > UPLOAD_BYTES_SHORT else places
        if place is not None and not place.acquire(blocking=False):
            if _is_probe(environ):
                place = None
            elif place is places and _is_for_desk(environ) and desks.acquire(blocking=False):
                place = desks
            else:
                return busy(environ, start_response)
        return _served(application, environ, start_response, place, long_ones)

    return answer


def busy(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """429, counted."""
    metrics.observe_refused()
    return turned_away.for_now(environ, start_response)


def _served(
    application: Application,
    environ: dict[str, Any],
    start_response: Callable[..., Any],
    place: threading.Semaphore | None,
    long_ones: threading.Semaphore,
) -> Iterable[bytes]:
    """The answer in one piece, its place given back before it is sent; what is too long for that is a long one."""
    started: list[tuple[Any, ...]] = []
    stream: _Stream | None = None
    response: Any = None
    try:
        response = application(environ, lambda *told: started.append(told))
        if not _is_long(response):
            body = b"".join(response)
        elif long_ones.acquire(blocking=False):
            stream = _Stream(response, long_ones)
        else:
            return busy(environ, start_response)
    finally:
        if stream is None and hasattr(response, "close"):
            response.close()
        if place is not None:
            place.release()
    start_response(*started[-1])
    return [body] if stream is None else stream


def _is_long(response: Any) -> bool:
    if not isinstance(response, StreamingHttpResponse):
        return False
    length = response.headers.get("Content-Length", "")
    return not length.isdigit() or int(length) > WHOLE_BYTES_MAX


def _bytes_coming(environ: dict[str, Any]) -> int | None:
    """How long the request's body is; None when it does not say (Django would read nothing of it)."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length:
        return int(length) if length.isascii() and length.isdigit() else None
    return None if environ.get("HTTP_TRANSFER_ENCODING") else 0


def _is_probe(environ: dict[str, Any]) -> bool:
    """Whether this is a look at health, or a scrape by who may scrape."""
    path = environ["PATH_INFO"]
    return path == "/healthz" or (path == "/metrics" and may_scrape(WSGIRequest(environ)))


def _is_for_desk(environ: dict[str, Any]) -> bool:
    """Whether somebody of the operator's, with a session that runs, wants a page of a desk. Asked only when full."""
    path = environ["PATH_INFO"]
    if path.split("/")[1] not in _DESKS:
        return False
    try:
        resolve(path)
        key = WSGIRequest(environ).COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        user = sessions.user_of(key) if key else None
        return user is not None and is_staff(user.pk, *StaffRole.Role.values)
    except (Resolver404, Error):
        return False
    finally:
        if connection.connection is not None and not connection.in_atomic_block:
            connection.close()


class _Stream:
    """A long answer: it gives its place among the long ones back when it is closed, however it ends."""

    def __init__(self, response: StreamingHttpResponse, place: threading.Semaphore) -> None:
        self._response, self._place = response, place
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._response)

    def close(self) -> None:
        """End the response; a second time does nothing."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._response.close()
        finally:
            self._place.release()
