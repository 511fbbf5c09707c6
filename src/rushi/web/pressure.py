"""Back-pressure: a process takes on as many requests as it has threads for, less the ones kept free, and says 429.

Before Django, so that a refusal costs next to nothing. Health, metrics and the desks of the operator's people are
never refused: the threads that are kept free answer them while everything else is full.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.http import StreamingHttpResponse

from rushi.web import metrics

KEPT_FREE = 2
RETRY_AFTER_SECONDS = 2
ALWAYS = ("/healthz", "/metrics", "/admin/", "/review/", "/finance/")
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def relieved(application: Application, at_once_max: int) -> Application:
    """The application behind a semaphore of `at_once_max` requests; whoever finds none free is told to come back."""
    free = threading.Semaphore(at_once_max)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(ALWAYS):
            return _whole(application(environ, start_response), None)
        if not free.acquire(blocking=False):
            return refuse(environ, start_response)
        try:
            response = application(environ, start_response)
        except BaseException:
            free.release()
            raise
        return _whole(response, free)

    return answer


def _whole(response: Any, free: threading.Semaphore | None) -> Iterable[bytes]:
    """The answer in one piece and the place given back; a stream gives it back at its end."""
    if isinstance(response, StreamingHttpResponse):
        return _Stream(response, free)
    try:
        body = b"".join(response)
    finally:
        if hasattr(response, "close"):
            response.close()
        if free is not None:
            free.release()
    return [body]


class _Stream:
    """A streamed answer that gives its place back when it is closed, however it ends."""

    def __init__(self, response: StreamingHttpResponse, free: threading.Semaphore | None) -> None:
        self._response, self._free = response, free

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._response)

    def close(self) -> None:
        """End the response; a second time does nothing."""
        free, self._free = self._free, None
        try:
            self._response.close()
        finally:
            if free is not None:
                free.release()


def refuse(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """429 with Retry-After: JSON for our scripts, else a page that asks again by itself."""
    metrics.observe_refused()
    is_script = environ.get("HTTP_ACCEPT") == "application/json"
    body = SCRIPT if is_script else PAGE if environ["REQUEST_METHOD"] in {"GET", "HEAD"} else PAGE_AFTER_POST
    kind = "application/json" if is_script else "text/html; charset=utf-8"
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(RETRY_AFTER_SECONDS)),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response("429 Too Many Requests", headers)
    return [body]


_MESSAGE = "现在人很多，请稍等几秒，会自动再试。"  # messages: keep
SCRIPT = json.dumps({"code": "busy", "message": _MESSAGE}, ensure_ascii=False).encode()


def _page(head: str, chinese: str, english: str) -> bytes:
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">{head}'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>请稍等</title>'  # messages: keep
        '<link rel="icon" href="data:,"><style></style></head>'
        f'<body><main><h1>现在人很多 · Very busy</h1><p lang="zh-CN">{chinese}</p>'  # messages: keep
        f'<p lang="en">{english}</p></main></body></html>'
    ).encode()


PAGE = _page(
    f'<meta http-equiv="refresh" content="{RETRY_AFTER_SECONDS + 1}">',
    "请稍等几秒，本页会自动再试。您的数据没有丢失。",  # messages: keep
    "Please wait a few seconds; this page tries again by itself. Nothing of yours is lost.",
)
PAGE_AFTER_POST = _page(
    "",
    "刚才的操作没有进行，填写的内容还在：请返回上一页，过几秒再试一次。",  # messages: keep
    "Nothing was done, and what you filled in is still there: go back and try again in a few seconds.",
)
