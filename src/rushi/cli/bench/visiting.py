"""What people of a bench do over HTTP: claim, start, watch, hand in; and a journal of what they were promised."""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import connection

from rushi.cli.bench.wire import Answer, Request, Visit
from rushi.db import invariants
from rushi.evidence import attention
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from rushi.market import packing, verbs_in_bulk
from rushi.market.crowd import REWARD_FEN, RIGHT, Open, Visitor

READING_MS = 6_000
"""Longer than the crowd's two questions take to read: nobody is too fast."""


@dataclass(frozen=True, slots=True)
class Held:
    """A task that was watched to its end, ready to be handed in from `ready_at` (Unix seconds) on."""

    visitor: Visitor
    task: Open
    assignment: str
    token: str
    ready_at: float


@dataclass(slots=True)
class Promised:
    """What was acknowledged: claims as (person, campaign, assignment), and assignments handed in."""

    claims: list[tuple[UUID, UUID, str]] = field(default_factory=list)
    submits: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)


class Browser:
    """Makes the requests that a phone's browser would: the session's cookie, CSRF in cookie and header, origin."""

    def __init__(self, host: str, port: int) -> None:
        self.host = f"{host}:{port}"

    def post(self, route: str, path: str, visitor: Visitor | None, body: bytes, kind: str) -> Request:
        """A POST; without `visitor` no cookie goes along, as the player's reports do."""
        lines = [*self._common(f"POST {path} HTTP/1.1"), "Accept: application/json", f"Origin: http://{self.host}"]
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        if visitor:
            csrf = visitor.session[::-1]
            lines += [f"Cookie: sessionid={visitor.session}; csrftoken={csrf}", f"X-CSRFToken: {csrf}"]
        return Request(route, "\r\n".join([*lines, "", ""]).encode() + body)

    def form(self, route: str, path: str, visitor: Visitor, values: dict[str, str]) -> Request:
        """A form."""
        return self.post(route, path, visitor, urlencode(values).encode(), "application/x-www-form-urlencoded")

    def piece(self, path: str, first: int, last: int) -> Request:
        """A range of a clip."""
        lines = [*self._common(f"GET {path} HTTP/1.1"), f"Range: bytes={first}-{last}", "Accept: */*"]
        return Request("clip", "\r\n".join([*lines, "", ""]).encode())

    def _common(self, first: str) -> list[str]:
        agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36"
        return [first, f"Host: {self.host}", f"User-Agent: {agent}", "Accept-Language: zh-CN", "Accept-Encoding: gzip"]


class Crowd:
    """The visits of one run and their journal."""

    def __init__(self, browser: Browser) -> None:
        self.browser, self.promised = browser, Promised()
        self.held: list[Held] = []

    def claim(
        self, visitor: Visitor, task: Open, route: str = "claim"
    ) -> Generator[Request | float, Answer, tuple[str, Answer]]:
        """Ask for a place once; returns the assignment's id ("" when it was not to be had) and the answer."""
        key = secrets.token_hex(16)
        answer: Answer = yield self.browser.form(route, f"/tasks/{task.id}/claim/", visitor, {"key": key})
        self._refused(route, answer)
        if answer.status != 200:
            return "", answer
        assignment: str = answer.json()["next"].split("/")[2]
        self.promised.claims.append((visitor.id, task.id, assignment))
        return assignment, answer

    def _refused(self, route: str, answer: Answer) -> None:
        if answer.status != 200:
            code = (answer.json() or {}).get("code", "")
            self.promised.refusals[f"{route} {answer.status} {code}".strip()] += 1

    def prepare(self, visitor: Visitor, task: Open) -> Visit:
        """Claim, start and report over HTTP; then the clip's clock is wound on, and the task is held."""
        assignment, _ = yield from self.claim(visitor, task, "prepare")
        if not assignment:
            return
        begun: Answer = yield self.browser.form("start", f"/work/{assignment}/start/", visitor, {})
        token = _token(begun)
        for seq, more in enumerate(({"leave": "a"}, {}), start=1):
            report = {"cut": "a", "position_ms": 0, "seq": seq, "rate": 1, "visible": True, "focused": True}
            body = json.dumps({"token": token, "reports": [report], **more}).encode()
            beat: Answer = yield self.browser.post("heartbeat", "/work/beat/", None, body, "application/json")
            token = _token(beat)
        if token:
            watched, until = wound_on(token, task.clip_ms)
            self.held.append(Held(visitor, task, assignment, watched, until))

    def stock(self, wanted: Sequence[tuple[Visitor, Open]], seconds_ago: int) -> None:
        """Hold further tasks, claimed and started by the engine's own calls for many: what is to be handed in later."""
        now = clock.now() - dt.timedelta(seconds=seconds_ago)
        with verbs_in_bulk.connect(os.environ["RUSHI_DATABASE_URL"]) as raw:
            held = self._claimed(raw, wanted, now)
            people = packing.ids_of(str(who.id) for who, _, _ in held)
            started = verbs_in_bulk.start(raw, packing.ids_of(one for _, _, one in held), people, now)
        assert started == len(held), f"{started} of {len(held)} started"
        for visitor, task, assignment in held:
            began = attention.start(UUID(assignment), UUID(verbs_in_bulk.NONCE), [("a", task.clip_ms)], _ms(now))
            watched, until = wound_on(attention.seal(began, settings.ATTENTION_KEY), task.clip_ms)
            self.held.append(Held(visitor, task, assignment, watched, until))

    def _claimed(
        self, raw: verbs_in_bulk.Connection, wanted: Sequence[tuple[Visitor, Open]], now: dt.datetime
    ) -> list[tuple[Visitor, Open, str]]:
        ids = [str(uuid7(_ms(now))) for _ in wanted]
        people, campaigns = (str(who.id) for who, _ in wanted), (str(task.id) for _, task in wanted)
        odd = verbs_in_bulk.claim(raw, packing.ids_of(ids), packing.ids_of(people), packing.ids_of(campaigns), now)
        assert not odd, Counter(outcome for outcome, _ in odd.values())
        self.promised.claims += [(who.id, task.id, one) for (who, task), one in zip(wanted, ids, strict=True)]
        return [(who, task, one) for (who, task), one in zip(wanted, ids, strict=True)]

    def submit(self, held: Held) -> Visit:
        """Hand in once; a task that was refused stays held."""
        values = {f"q-{held.task.opinion}": "like", f"q-{held.task.recall}": str(RIGHT), "token": held.token}
        answer: Answer = yield self.browser.form("submit", f"/work/{held.assignment}/submit/", held.visitor, values)
        self._refused("submit", answer)
        if answer.status == 200:
            self.promised.submits.append(held.assignment)
        else:
            self.held.append(held)


def _ms(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)


def _token(answer: Answer) -> str:
    return str(answer.json()["token"]) if answer.status == 200 else ""


def wound_on(token: str, clip_ms: int) -> tuple[str, float]:
    """The token after the whole clip was watched at the speed of life, and from when it may be handed in.

    Sealed with this machine's key: the server knows no way round watching.
    """
    state = attention.unseal(token, settings.ATTENTION_KEY)
    seen = attention.Report("a", clip_ms, state.seq + 1)
    state = attention.advance(state, [seen], state.last_ms + clip_ms)
    assert state.is_complete
    return attention.seal(state, settings.ATTENTION_KEY), (state.last_ms + READING_MS) / 1000


def wait_until_ready(held: list[Held]) -> None:
    """Sleep until the youngest of these tasks may be handed in without being too fast."""
    time.sleep(max(0.0, max((one.ready_at for one in held), default=0.0) - clock.now().timestamp()))


def checked(promised: Promised) -> dict[str, int]:
    """What the database says about what was promised: every figure but the first two must be 0."""
    claims = [UUID(assignment) for _, _, assignment in promised.claims]
    submits = [UUID(assignment) for assignment in promised.submits]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, participant_id, campaign_id, status FROM dispatch_assignment WHERE id = ANY (%s)",
            [[*claims, *submits]],
        )
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute("SELECT coalesce(sum(balance_fen), 0) FROM ledger_account WHERE kind = 'participant_available'")
        paid_fen = int(cursor.fetchone()[0])
        cursor.execute("SELECT count(*) FROM dispatch_assignment WHERE status = 'accepted'")
        accepted = int(cursor.fetchone()[0])
    broken = [check for check in invariants.run() if not check.ok]
    for check in broken:
        print(f"broken: {check.name} {check.rows}", file=sys.stderr)
    return {
        "claims_acknowledged": len(claims),
        "submits_acknowledged": len(submits),
        "claims_lost": sum(rows.get(UUID(a), (None,))[:2] != (p, c) for p, c, a in promised.claims),
        "claims_doubled": len(claims) - len(set(claims)),
        "submits_unpaid": sum(rows.get(a, ("", "", ""))[2] != "accepted" for a in submits),
        "submits_doubled": len(submits) - len(set(submits)),
        "fen_difference": paid_fen - REWARD_FEN * accepted,
        "paid_unasked": accepted - len(set(submits)),
        "invariants_failed": len(broken),
    }
