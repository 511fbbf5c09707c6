"""What is said to a request before Django sees it: come back in a moment (429), or this is too much at once (413).

Made once, asks nothing, loads nothing: a page of its own colours, in Chinese with a line of English, JSON for our
scripts and a fragment for htmx.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

RETRY_AFTER_SECONDS = 2
API, PROBLEM_KIND = "/api/", "application/problem+json"
_STYLE = (
    "body{margin:0;font:16px/1.6 system-ui,-apple-system,'PingFang SC','Noto Sans CJK SC',sans-serif;"
    "background:#f6f7f9;color:#1a2330}main{max-width:26rem;margin:12vh auto 0;padding:1.5rem}"
    "section{background:#fff;border:1px solid #dde2e8;border-radius:12px;padding:1.5rem}"
    "h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:.5rem 0}small{color:#5a6675;font-size:.875rem}"
    "@media(prefers-color-scheme:dark){body{background:#12161c;color:#e6eaf0}"
    "section{background:#1b212a;border-color:#323b47}small{color:#a3afbd}}"
)
_STYLE_HASH = "'sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode() + "'"
_POLICY = f"default-src 'none'; img-src data:; style-src {_STYLE_HASH}; base-uri 'none'; frame-ancestors 'none'"


def for_now(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """429 with Retry-After: JSON for our scripts, a fragment for htmx, else a page that asks again by itself."""
    more = [("Retry-After", str(RETRY_AFTER_SECONDS))]
    if environ["PATH_INFO"].startswith(API):
        return _send(start_response, "429 Too Many Requests", PROBLEM, more, kind=PROBLEM_KIND)
    if environ.get("HTTP_ACCEPT") == "application/json":
        return _send(start_response, "429 Too Many Requests", SCRIPT, more, kind="application/json")
    if environ.get("HTTP_HX_REQUEST"):
        return _send(start_response, "429 Too Many Requests", FRAGMENT, more)
    body = PAGE if environ["REQUEST_METHOD"] in {"GET", "HEAD"} else PAGE_AFTER_POST
    return _send(start_response, "429 Too Many Requests", body, more)


def by_size(environ: dict[str, Any], start_response: Callable[..., Any], *, is_unknown: bool) -> Iterable[bytes]:
    """413 before a byte of it is read (411 when it does not say how long it is); the connection ends."""
    status = "411 Length Required" if is_unknown else "413 Content Too Large"
    more = [("Connection", "close")]
    if environ["PATH_INFO"].startswith(API):
        problem = PROBLEM_NO_LENGTH if is_unknown else PROBLEM_TOO_LARGE
        return _send(start_response, status, problem, more, kind=PROBLEM_KIND)
    if environ.get("HTTP_ACCEPT") == "application/json":
        return _send(start_response, status, SCRIPT_TOO_LARGE, more, kind="application/json")
    return _send(start_response, status, PAGE_TOO_LARGE, more)


def _send(
    start_response: Callable[..., Any],
    status: str,
    body: bytes,
    more: list[tuple[str, str]],
    kind: str = "text/html; charset=utf-8",
) -> Iterable[bytes]:
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", _POLICY),
        ("Permissions-Policy", settings.PERMISSIONS_POLICY),
        ("Referrer-Policy", settings.SECURE_REFERRER_POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", settings.X_FRAME_OPTIONS),
        *more,
    ]
    start_response(status, headers)
    return [body]


def _problem(status: int, code: str, title: str, detail: str) -> bytes:
    """An RFC 9457 document, as every other error of the API."""
    body = {"type": f"urn:rushi:problem:{code}", "title": title, "status": status, "code": code, "detail": detail}
    return json.dumps({**body, "request_id": ""}, ensure_ascii=False).encode()


def _page(title: str, chinese: str, english: str, head: str = "") -> bytes:
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">{head}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><link rel="icon" href="data:,"><style>{_STYLE}</style></head>'
        f"<body><main><section><h1>{title}</h1><p>{chinese}</p>"
        f'<p lang="en"><small>{english}</small></p></section></main></body></html>'
    ).encode()


_BUSY, _TOO_LARGE = "现在人很多", "文件太大"  # messages: keep
_MESSAGE = "现在人很多，请稍等几秒，会自动再试。"  # messages: keep
SCRIPT = json.dumps({"code": "busy", "message": _MESSAGE}, ensure_ascii=False).encode()
FRAGMENT = (
    '<p class="notice warn" role="status">现在人很多，这一步还没有进行，请几秒后再点一次。'  # messages: keep
    ' <small lang="en">Very busy: nothing was done yet, try again in a few seconds.</small></p>'
).encode()
PAGE = _page(
    _BUSY,
    f"请稍等，本页会在 {RETRY_AFTER_SECONDS + 1} 秒后自动再试，不用手动刷新。您的数据没有丢失。",  # messages: keep
    f"Very busy. This page tries again by itself in {RETRY_AFTER_SECONDS + 1} seconds. Nothing of yours is lost.",
    head=f'<meta http-equiv="refresh" content="{RETRY_AFTER_SECONDS + 1}">',
)
PAGE_AFTER_POST = _page(
    _BUSY,
    f"刚才的操作没有进行，填写的内容还在：请返回上一页，{RETRY_AFTER_SECONDS} 秒后再试一次。",  # messages: keep
    "Very busy. Nothing was done, and what you filled in is still there: go back and try again in a few seconds.",
)
_SIZE = "一次最多上传 200 MB，这次的内容没有接收。请返回上一页，压缩视频后再传。"  # messages: keep
PAGE_TOO_LARGE = _page(
    _TOO_LARGE, _SIZE, "Too large: at most 200 MB at once, and its length must be known. Nothing was received."
)
SCRIPT_TOO_LARGE = json.dumps({"code": "too_large", "message": _SIZE}, ensure_ascii=False).encode()
PROBLEM = _problem(429, "busy", "Too Many Requests", _MESSAGE)
PROBLEM_TOO_LARGE = _problem(413, "too_large", "Content Too Large", _SIZE)
PROBLEM_NO_LENGTH = _problem(411, "length_required", "Length Required", _SIZE)
