"""A very light HTTP client: keep-alive sockets in one epoll loop, driven by generators. Linux; it shares the cores.

A visitor is a generator: it yields `Request` and gets its `Answer`, or yields seconds to wait. What a visitor waits
counts from the moment it asked, also while all connections are busy, so a slow server cannot hide (no coordinated
omission).
"""

from __future__ import annotations

import gzip
import heapq
import itertools
import json
import select
import socket
import time
from collections import Counter, defaultdict, deque
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready to be sent; `route` names it in the figures."""

    route: str
    wire: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status 0 when the connection broke. `seconds` since the visitor asked."""

    status: int
    head: bytes
    body: bytes
    seconds: float

    def json(self) -> Any:
        """The body's JSON value; None when it is none."""
        body = gzip.decompress(self.body) if self.body[:2] == b"\x1f\x8b" else self.body
        return json.loads(body) if body[:1] in {b"{", b"["} else None

    @property
    def retry_after(self) -> float:
        """What the server asks to wait, in seconds; 1 when it does not say."""
        for line in self.head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"retry-after":
                return float(value)
        return 1.0


Visit = Generator["Request | float", Any, None]


@dataclass(slots=True)
class Figures:
    """Seconds of good answers by route, statuses by route, bytes that came."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    came_bytes: int = 0

    def note(self, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self.statuses[route][status] += 1
        if 200 <= status < 400:
            self.seconds[route].append(seconds)


def quantile_ms(seconds: list[float], share: float) -> float:
    """The quantile of these times in milliseconds; 0 when there are none."""
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2) if ordered else 0.0


@dataclass(slots=True)
class _Line:
    """One connection and what is on it."""

    socket: socket.socket
    visit: Visit | None = None
    route: str = ""
    asked_at: float = 0.0
    head: bytes = b""
    data: bytearray = field(default_factory=bytearray)
    left: int = -1
    body: list[bytes] = field(default_factory=list)


class Loop:
    """Runs visits over at most `lines_max` connections to one server until all of them ended."""

    def __init__(self, host: str, port: int, lines_max: int) -> None:
        self.address, self.lines_max = (host, port), lines_max
        self.figures = Figures()
        self._epoll = select.epoll()
        self._lines: dict[int, _Line] = {}
        self._idle: list[_Line] = []
        self._waiting: deque[tuple[Visit, Request, float]] = deque()
        self._due: list[tuple[float, int, Visit]] = []
        self._order = itertools.count()
        self._running = 0

    def begin(self, visit: Visit, at: float | None = None) -> None:
        """Let a visit begin, now or at a moment of `time.perf_counter`."""
        self._running += 1
        heapq.heappush(self._due, (at or 0.0, next(self._order), visit))

    def run(self) -> None:
        """Until the last visit ended."""
        while self._running:
            now = time.perf_counter()
            while self._due and self._due[0][0] <= now:
                at, _, visit = heapq.heappop(self._due)
                self._step(visit, None, at or now)
                now = time.perf_counter()
            pause = min(0.5, self._due[0][0] - now) if self._due else 0.5
            for fd, _ in self._epoll.poll(max(0.0, pause)):
                self._read(self._lines[fd])

    def close(self) -> None:
        """Close all connections."""
        for line in self._lines.values():
            line.socket.close()
        self._epoll.close()

    def _step(self, visit: Visit, answer: Answer | None, at: float) -> None:
        try:
            wanted = visit.send(answer)
        except StopIteration:
            self._running -= 1
            return
        if isinstance(wanted, float):
            heapq.heappush(self._due, (time.perf_counter() + wanted, next(self._order), visit))
        else:
            self._ask(visit, wanted, at)

    def _ask(self, visit: Visit, request: Request, at: float) -> None:
        if self._idle:
            self._send(self._idle.pop(), visit, request, at)
        elif len(self._lines) < self.lines_max:
            self._send(self._connect(), visit, request, at)
        else:
            self._waiting.append((visit, request, at))

    def _connect(self) -> _Line:
        fresh = socket.create_connection(self.address, timeout=10)
        fresh.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = _Line(fresh)
        self._lines[fresh.fileno()] = line
        self._epoll.register(fresh.fileno(), select.EPOLLIN)
        return line

    def _send(self, line: _Line, visit: Visit, request: Request, at: float) -> None:
        line.visit, line.route, line.asked_at = visit, request.route, at
        line.head, line.left = b"", -1
        line.data.clear()
        line.body.clear()
        try:
            line.socket.sendall(request.wire)
        except OSError:
            self._broken(line)

    def _read(self, line: _Line) -> None:
        try:
            came = line.socket.recv(262_144)
        except OSError:
            came = b""
        if not came:
            return self._broken(line)
        self.figures.came_bytes += len(came)
        if line.left < 0:
            line.data += came
            end = line.data.find(_END)
            if end < 0:
                return None
            line.head = bytes(line.data[:end])
            came = bytes(line.data[end + 4 :])
            line.left = _length(line.head)
        line.body.append(came)
        line.left -= len(came)
        if line.left <= 0:
            self._answered(line, int(line.head[9:12]))
        return None

    def _answered(self, line: _Line, status: int) -> None:
        now = time.perf_counter()
        visit, seconds = line.visit, now - line.asked_at
        answer = Answer(status, line.head, b"".join(line.body), seconds)
        self.figures.note(line.route, status, seconds)
        line.visit = None
        if self._waiting:
            self._send(line, *self._waiting.popleft())
        else:
            self._idle.append(line)
        if visit is not None:
            self._step(visit, answer, now)

    def _broken(self, line: _Line) -> None:
        now = time.perf_counter()
        self._epoll.unregister(line.socket.fileno())
        del self._lines[line.socket.fileno()]
        line.socket.close()
        if line in self._idle:
            self._idle.remove(line)
        visit, line.visit = line.visit, None
        if visit is not None:
            self.figures.note(line.route, 0, now - line.asked_at)
            self._step(visit, Answer(0, b"", b"", now - line.asked_at), now)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    if head[9:12] in {b"204", b"304"}:
        return 0
    raise ValueError(f"no length in {head!r}")
