"""Back-pressure: what is too much is told to come back, cheaply; health and the desks are always answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.http import StreamingHttpResponse

from rushi.web.pressure import relieved


def ask(application: Any, path: str, method: str = "GET", accept: str = "*/*") -> tuple[str, dict[str, str], bytes]:
    told: list[Any] = []
    environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_ACCEPT": accept}
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


def test_the_one_too_many_is_told_to_come_back_and_the_rest_is_served() -> None:
    slow = Slow()
    application = relieved(slow, 3)
    with ThreadPoolExecutor(3) as pool:
        held = [pool.submit(ask, application, "/slow") for _ in range(3)]
        for _ in held:
            assert slow.inside.acquire(timeout=10)
        status, headers, body = ask(application, "/tasks/", accept="application/json")
        assert status == "429 Too Many Requests"
        assert int(headers["Retry-After"]) >= 1
        assert json.loads(body)["code"] == "busy"
        for path in ("/healthz", "/metrics", "/review/", "/finance/", "/admin/login/"):
            assert ask(application, path)[0] == "200 OK", path
        slow.go.set()
        assert {task.result()[0] for task in held} == {"200 OK"}
    assert ask(application, "/tasks/")[0] == "200 OK"


def test_a_page_asks_again_by_itself_and_a_form_is_not_lost() -> None:
    application = relieved(Slow(), 0)
    _, headers, page = ask(application, "/tasks/")
    assert b'http-equiv="refresh"' in page
    assert "现在人很多" in page.decode()
    assert headers["Cache-Control"] == "no-store"
    _, _, after_post = ask(application, "/work/x/return/", method="POST")
    assert b"refresh" not in after_post
    assert "返回上一页" in after_post.decode()


def test_a_request_that_fails_gives_its_place_back() -> None:
    def broken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise RuntimeError

    application = relieved(broken, 1)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            ask(application, "/tasks/")


@pytest.mark.django_db
def test_a_clip_holds_its_place_until_it_is_sent() -> None:
    def clip(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        start_response("206 Partial Content", [])
        return StreamingHttpResponse(iter([b"a", b"b"]))

    application = relieved(clip, 1)
    sending = application({"PATH_INFO": "/media/x", "REQUEST_METHOD": "GET"}, lambda *_: None)
    assert ask(application, "/media/x")[0].startswith("429")
    assert b"".join(sending) == b"ab"
    sending.close()  # type: ignore[attr-defined]
    sending.close()  # type: ignore[attr-defined]
    assert ask(application, "/media/x")[0].startswith("206")
