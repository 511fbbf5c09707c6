"""Back-pressure: what is too much is told to come back, cheaply; health and the desks are always answered."""

from __future__ import annotations

import contextlib
import io
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.http import StreamingHttpResponse

from rushi.identity.models import StaffRole
from rushi.kernel import clock
from rushi.web.pressure import (
    KEPT_FREE,
    LONG_MAX,
    UPLOAD_BYTES_MAX,
    UPLOAD_BYTES_SHORT,
    WHOLE_BYTES_MAX,
    relieved,
)
from tests import watching


def ask(application: Any, path: str, method: str = "GET", **more: str) -> tuple[str, dict[str, str], bytes]:
    told: list[Any] = []
    environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "wsgi.input": io.BytesIO(), **more}
    body = application(environ, lambda status, headers, exc=None: told.extend((status, headers)))
    content = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return told[0], dict(told[1]), content


class Slow:
    """An application in which requests to /slow stay until they are let go."""

    def __init__(self) -> None:
        self.inside, self.go = threading.Semaphore(0), threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow":
            self.inside.release()
            assert self.go.wait(10)
        start_response("200 OK", [])
        return [b"fine"]


THREADS = KEPT_FREE + LONG_MAX


@contextlib.contextmanager
def full(application: Any, slow: Slow, places: int) -> Iterator[None]:
    """All places taken inside the block; afterwards everybody was served."""
    with ThreadPoolExecutor(places) as pool:
        held = [pool.submit(ask, application, "/slow") for _ in range(places)]
        for _ in held:
            assert slow.inside.acquire(timeout=10)
        yield
        slow.go.set()
        assert {task.result()[0] for task in held} == {"200 OK"}


def test_the_one_too_many_is_told_to_come_back_and_the_rest_is_served() -> None:
    slow = Slow()
    application = relieved(slow, THREADS + 3)
    with full(application, slow, 3):
        status, headers, body = ask(application, "/tasks/", HTTP_ACCEPT="application/json")
        assert status == "429 Too Many Requests"
        assert int(headers["Retry-After"]) >= 1
        assert json.loads(body)["code"] == "busy"
    assert ask(application, "/tasks/")[0] == "200 OK"


def test_health_and_scrapes_are_always_answered_and_what_only_begins_like_them_is_not() -> None:
    slow = Slow()
    application = relieved(slow, THREADS + 1)
    with full(application, slow, 1):
        assert ask(application, "/healthz")[0] == "200 OK"
        assert ask(application, "/metrics", REMOTE_ADDR="127.0.0.1")[0] == "200 OK"
        for path in ("/healthz/x", "/healthzzz", "/metrics/x", "/reviews", "/admin", "/finance"):
            assert ask(application, path)[0].startswith("429"), path
        assert ask(application, "/metrics", REMOTE_ADDR="203.0.113.9")[0].startswith("429"), "a stranger's scrape"


@pytest.mark.django_db
def test_desks_are_kept_free_for_the_operators_people_alone() -> None:
    reviewer, stranger = watching.participant().user, watching.participant().user
    StaffRole.objects.create(user=reviewer, role=StaffRole.Role.REVIEWER, given_at=clock.now())
    slow = Slow()
    application = relieved(slow, THREADS + 1)
    with full(application, slow, 1):
        known = f"sessionid={watching.session_of(stranger)}"
        for path in ("/admin/", "/review/", "/finance/"):
            assert ask(application, path)[0].startswith("429"), path
            assert ask(application, path, HTTP_COOKIE=known)[0].startswith("429"), path
        cookie = f"sessionid={watching.session_of(reviewer)}"
        assert ask(application, "/review/", HTTP_COOKIE=cookie)[0] == "200 OK"
        assert ask(application, "/tasks/", HTTP_COOKIE=cookie)[0].startswith("429"), "no desk"
        assert ask(application, "/review/none/such/", HTTP_COOKIE=cookie)[0].startswith("429"), "no such page"


def test_a_page_asks_again_by_itself_and_a_form_is_not_lost() -> None:
    slow = Slow()
    application = relieved(slow, THREADS + 1)
    with full(application, slow, 1):
        _, headers, page = ask(application, "/tasks/")
        _, _, after_post = ask(application, "/work/x/return/", method="POST")
        _, _, fragment = ask(application, "/tasks/", HTTP_HX_REQUEST="true")
    assert b'http-equiv="refresh"' in page
    assert "现在人很多" in page.decode()
    assert headers["Cache-Control"] == "no-store"
    assert b"refresh" not in after_post
    assert "返回上一页" in after_post.decode()
    assert b"<html" not in fragment


def test_a_request_that_fails_gives_its_place_back() -> None:
    def broken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise RuntimeError

    application = relieved(broken, THREADS + 1)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            ask(application, "/tasks/")


def streaming(length: int | None, closed: list[str]) -> Any:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        headers = {} if length is None else {"Content-Length": str(length)}
        start_response("206 Partial Content", list(headers.items()))
        if environ["PATH_INFO"] == "/page":
            return [b"fine"]
        response = StreamingHttpResponse(iter([b"a", b"b"]), headers=headers)
        response._resource_closers.append(lambda: closed.append("closed"))  # type: ignore[attr-defined]
        return response

    return application


@pytest.mark.django_db
def test_a_clip_gives_its_place_back_before_a_slow_phone_has_read_it() -> None:
    closed: list[str] = []
    application = relieved(streaming(2, closed), THREADS + 1)
    sending = [application({"PATH_INFO": "/media/x", "REQUEST_METHOD": "GET"}, lambda *_: None) for _ in range(50)]
    assert closed == ["closed"] * 50, "the files are read and closed"
    assert ask(application, "/page")[0].startswith("206")
    assert {b"".join(one) for one in sending} == {b"ab"}


@pytest.mark.django_db
@pytest.mark.parametrize("length", [None, WHOLE_BYTES_MAX + 1])
def test_long_streams_have_places_of_their_own_and_few(length: int | None) -> None:
    closed: list[str] = []
    application = relieved(streaming(length, closed), THREADS + 1)
    sending = [application({"PATH_INFO": "/long", "REQUEST_METHOD": "GET"}, lambda *_: None) for _ in range(LONG_MAX)]
    assert ask(application, "/long")[0].startswith("429")
    assert closed == ["closed"], "the refused one"
    assert ask(application, "/page")[0].startswith("206"), "nobody else waits for them"
    for one in sending:
        assert b"".join(one) == b"ab"
        one.close()  # type: ignore[attr-defined]
        one.close()  # type: ignore[attr-defined]
    assert ask(application, "/long")[0].startswith("206")


def test_large_uploads_hold_no_place_of_a_page() -> None:
    slow = Slow()
    application = relieved(slow, THREADS + 1)
    large = str(UPLOAD_BYTES_SHORT + 1)
    with ThreadPoolExecutor(LONG_MAX) as pool:
        held = [pool.submit(ask, application, "/slow", "POST", CONTENT_LENGTH=large) for _ in range(LONG_MAX)]
        for _ in held:
            assert slow.inside.acquire(timeout=10)
        assert ask(application, "/page")[0] == "200 OK"
        assert ask(application, "/up", "POST", CONTENT_LENGTH=large)[0].startswith("429")
        slow.go.set()
        assert {task.result()[0] for task in held} == {"200 OK"}


def test_what_is_too_large_or_of_unknown_length_is_refused_before_it_is_read() -> None:
    def never(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise AssertionError("read")

    application = relieved(never, THREADS + 1)
    status, headers, page = ask(application, "/up", "POST", CONTENT_LENGTH=str(UPLOAD_BYTES_MAX + 1))
    assert status.startswith("413")
    assert headers["Connection"] == "close"
    assert "200 MB" in page.decode()
    script = ask(application, "/up", "POST", CONTENT_LENGTH="999999999", HTTP_ACCEPT="application/json")
    assert json.loads(script[2])["code"] == "too_large"
    for odd in ({"HTTP_TRANSFER_ENCODING": "chunked"}, {"CONTENT_LENGTH": "-1"}, {"CONTENT_LENGTH": "x"}):
        assert ask(application, "/up", "POST", **odd)[0].startswith("411"), odd
