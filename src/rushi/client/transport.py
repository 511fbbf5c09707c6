"""One call over HTTP: the key, an Idempotency-Key a write, patience where it helps, problems as exceptions."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

import httpx

T = TypeVar("T")
PATIENT = {429, 503}
TRIES = 4
WAIT_SECONDS_MAX = 60.0


class Problem(Exception):
    """What the API refused. Decide by `code`; `detail` is for people."""

    def __init__(self, response: httpx.Response) -> None:
        body: dict[str, Any] = {}
        if "json" in response.headers.get("Content-Type", ""):
            body = response.json()
        self.status = response.status_code
        self.code = str(body.get("code", ""))
        self.detail = str(body.get("detail", response.reason_phrase))
        self.field = body.get("field")
        self.errors: list[dict[str, Any]] = list(body.get("errors", []))
        self.request_id = str(body.get("request_id", response.headers.get("X-Request-Id", "")))
        super().__init__(f"{self.status} {self.code}: {self.detail}")


class Transport:
    """Speaks HTTP for `Rushi`. A write that was not answered is repeated under its key, so it happens once."""

    def __init__(
        self,
        key: str,
        *,
        base_url: str,
        language: str = "zh-hans",
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": language, "User-Agent": "rushi-python/1"}
        address = base_url.rstrip("/") + "/api/v1"
        self._http = httpx.Client(base_url=address, headers=headers, timeout=timeout_seconds, transport=transport)
        self._sleep = sleep

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def read(self, shape: type[T], path: str, **query: Any) -> T:
        """GET, as JSON of this shape. Raises Problem, httpx.TransportError."""
        return cast(T, self._ask("GET", path, params=_given(query)).json())

    def read_bytes(self, path: str, **query: Any) -> bytes:
        """GET, as it comes."""
        return self._ask("GET", path, params=_given(query)).content

    def pages(self, shape: type[T], path: str, **query: Any) -> Iterator[T]:
        """Every item of a list, page after page."""
        cursor: str | None = ""
        while cursor is not None:
            page: dict[str, Any] = self.read(dict, path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]

    def write(
        self,
        shape: type[T],
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        **more: Any,
    ) -> T:
        """A write, once: `key` (made here when not given) names it across repetitions. Raises Problem."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        given = {} if body is None else {"json": body}
        return cast(T, self._ask(method, path, headers=headers, **given, **more).json())

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        for left in reversed(range(TRIES)):
            try:
                response = self._http.request(method, path, **more)
            except httpx.TransportError:
                if not left:
                    raise
                self._sleep(float(TRIES - left))
                continue
            if response.status_code in PATIENT and left:
                self._sleep(min(float(response.headers.get("Retry-After", "1")), WAIT_SECONDS_MAX))
                continue
            if response.is_error:
                raise Problem(response)
            return response
        raise AssertionError("unreachable")


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}
