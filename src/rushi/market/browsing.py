"""The door of the site: a journal's acts as the requests of a browser, with a session a person."""

from __future__ import annotations

import http.client
import io
import json
import re
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from rushi.kernel.money import Money
from rushi.market.journal import Act, Answer, Unanswered

TIMEOUT_S = 20.0
_TOKEN = "f" * 32  # Django compares the form's token with the cookie's: both are ours
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NET_FEN = re.compile(r'name="net_fen" value="(\d+)"')
_DEPOSIT = re.compile(rf"/finance/deposits/({_ID})/")
_SILENT = {429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the site sent back."""

    status: int
    location: str
    body: str

    @property
    def last_id(self) -> str:
        """The last id in the address one is sent to."""
        return str(re.findall(_ID, self.location)[-1])


class _Lines(io.BufferedReader):
    """Half a line is a cut connection; http.client takes half a header for a whole one."""

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(-1 if size is None else size)
        if not line.endswith(b"\n"):
            raise http.client.IncompleteRead(line)
        return line


class _WholeResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None):
        super().__init__(sock, debuglevel, method, url)
        self.fp = _Lines(sock.makefile("rb", buffering=0))


class SiteDoor:
    """A site at `base_url` (http, this machine, demo profile); shared by threads, each has its own connection."""

    def __init__(self, base_url: str) -> None:
        where = urlsplit(base_url)
        self.host, self.port = where.hostname or "127.0.0.1", where.port or 80
        self.sessions: dict[str, str] = {}
        self.local = threading.local()

    def do(self, act: Act) -> Answer:
        """Send the verb's form; no answer, 429 and 5xx are Unanswered."""
        return _VERBS[act.verb](self, act)

    def ask(self, what: str, actor: str, about: Mapping[str, Any]) -> Any:
        """Read a page: the net of a withdrawal (None when the form refuses), or deposits that wait."""
        if what == "net_fen":
            form = {"amount": Money(about["amount_fen"]).yuan, "account": about["card"]}
            found = _NET_FEN.search(self.send(actor, "/wallet/withdraw/", form).body)
            return int(found.group(1)) if found else None
        return list(dict.fromkeys(_DEPOSIT.findall(self.send(actor, "/finance/deposits/").body)))

    def send(self, actor: str, path: str, form: Mapping[str, Any] | None = None, body: str = "") -> Reply:
        """One request in somebody's session, entered when there is none. Raises Unanswered."""
        if actor and actor not in self.sessions:
            self._enter(actor)
        reply = self._send(path, form, body, self.sessions.get(actor, ""))
        if reply.status == 302 and reply.location.startswith("/login/"):
            self.sessions.pop(actor, None)
            raise Unanswered("session lost", actor, is_fault_of_ours=True)
        return reply

    def _enter(self, actor: str) -> None:
        reply = self._send("/login/demo/", {"user": actor}, "", "")
        if reply.status != 302 or not self.local.cookie:
            raise Unanswered("login", f"{reply.status} {reply.body[:200]}")
        self.sessions[actor] = self.local.cookie

    def _send(self, path: str, form: Mapping[str, Any] | None, body: str, session: str) -> Reply:
        headers = {"Cookie": f"csrftoken={_TOKEN}; sessionid={session}", "Accept": "application/json"}
        if body:
            headers["Content-Type"] = "application/json"
        elif form is not None:
            body = urlencode({**form, "csrfmiddlewaretoken": _TOKEN})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection = self._connection()
            connection.request("POST" if body else "GET", path, body or None, headers)
            got = connection.getresponse()
            text = got.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            self._hang_up()
            raise Unanswered(type(error).__name__, f"{path} {error}") from error
        self.local.cookie = _cookie(got)
        if got.status in _SILENT:
            raise Unanswered(str(got.status), f"{path} {text[:200]}", is_fault_of_ours=got.status == 500)
        return Reply(got.status, got.headers.get("Location", "") or _next(text), text)

    def _connection(self) -> http.client.HTTPConnection:
        if getattr(self.local, "connection", None) is None:
            self.local.connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)
            self.local.connection.response_class = _WholeResponse
        held: http.client.HTTPConnection = self.local.connection
        return held

    def _hang_up(self) -> None:
        if getattr(self.local, "connection", None) is not None:
            self.local.connection.close()
            self.local.connection = None


def _next(text: str) -> str:
    """Where the JSON answer of our scripts sends one; empty when it does not."""
    return str(json.loads(text).get("next", "")) if text.startswith("{") else ""


def _cookie(got: http.client.HTTPResponse) -> str:
    for value in got.headers.get_all("Set-Cookie") or ():
        if found := re.match(r"sessionid=([a-z0-9]+)", value):
            return found.group(1)
    return ""


def _told(reply: Reply) -> Answer:
    """The JSON of an action: done, or refused with its code."""
    told = json.loads(reply.body)
    if reply.status == 200:
        facts = {"may_hand_in": told["may_hand_in"]} if "may_hand_in" in told else {}
        return Answer(is_done=True, facts=facts, token=told.get("token", ""))
    return Answer(is_done=False, code=str(told.get("code", reply.status)))


def _sent_to(reply: Reply, pattern: str, fact: str = "") -> Answer:
    """Done when the answer sends one to `pattern`; anything else is the site's way of refusing."""
    if reply.status in {200, 302} and re.fullmatch(pattern, reply.location):
        return Answer(is_done=True, facts={fact: reply.last_id} if fact else {})
    try:
        code = json.loads(reply.body)["code"]
    except (ValueError, KeyError, TypeError):
        code = f"{reply.status} {reply.location}"
    return Answer(is_done=False, code=str(code))


def _claim(door: SiteDoor, act: Act) -> Answer:
    path = f"/tasks/{act.about['campaign']}/claim/"
    return _sent_to(door.send(act.actor, path, {"key": act.key}), f"/work/{_ID}/", "assignment")


def _start(door: SiteDoor, act: Act) -> Answer:
    return _told(door.send(act.actor, f"/work/{act.about['assignment']}/start/", {}))


def _beat(door: SiteDoor, act: Act) -> Answer:
    report = {"cut": "a", "position_ms": act.about["position_ms"], "seq": act.about["seq"], "rate": 1}
    message: dict[str, Any] = {"token": act.token, "reports": [{**report, "visible": True, "focused": True}]}
    if act.verb == "look":
        message["leave"] = "a"
    return _told(door.send("", "/work/beat/", body=json.dumps(message)))


def _submit(door: SiteDoor, act: Act) -> Answer:
    answers = {f"q-{question}": value for question, value in act.about["answers"].items()}
    return _told(door.send(act.actor, f"/work/{act.about['assignment']}/submit/", {"token": act.token, **answers}))


def _give_back(door: SiteDoor, act: Act) -> Answer:
    return _sent_to(door.send(act.actor, f"/work/{act.about['assignment']}/return/", {}), "/tasks/")


def _withdraw(door: SiteDoor, act: Act) -> Answer:
    form = {
        "key": act.key,
        "account": act.about["card"],
        "amount_fen": act.about["amount_fen"],
        "net_fen": act.about["net_fen"],
    }
    return _sent_to(door.send(act.actor, "/wallet/withdraw/confirm/", form), f"/wallet/payouts/{_ID}/", "payout")


def _judge(door: SiteDoor, act: Act) -> Answer:
    form = {"decision": "approve" if act.verb == "accept" else "reject"}
    form |= {"code": act.about.get("code", ""), "reason": act.about.get("reason", "")}
    return _sent_to(door.send(act.actor, f"/review/submissions/{act.about['assignment']}/", form), "/review/.*")


def _appeal(door: SiteDoor, act: Act) -> Answer:
    path = f"/my/{act.about['assignment']}/appeal/"
    return _sent_to(door.send(act.actor, path, {"text": act.about["text"]}), f"/work/{_ID}/")


def _decide(door: SiteDoor, act: Act) -> Answer:
    form = {"decision": "approve" if act.about["overturn"] else "reject", "reason": act.about["note"]}
    return _sent_to(door.send(act.actor, f"/review/appeals/{act.about['assignment']}/", form), "/review/.*")


def _deposit(door: SiteDoor, act: Act) -> Answer:
    form = {"yuan": Money(act.about["amount_fen"]).yuan, "key": act.key}
    return _sent_to(door.send(act.actor, "/console/balance/deposit/", form), "/console/balance/")


def _confirm(door: SiteDoor, act: Act) -> Answer:
    path = f"/finance/deposits/{act.about['deposit']}/confirm/"
    return _sent_to(door.send(act.actor, path, {"seen": "on", "key": act.key}), "/finance/deposits/")


def _campaign(page: str, **form: str) -> Callable[[SiteDoor, Act], Answer]:
    def done(door: SiteDoor, act: Act) -> Answer:
        sent = {**form, "key": act.key, "places": act.about.get("places", "")}
        path = f"/console/campaigns/{act.about['campaign']}/"
        return _sent_to(door.send(act.actor, f"{path}{page}/", sent), path)

    return done


def _file(door: SiteDoor, act: Act) -> Answer:
    reply = door.send(act.actor, "/finance/files/make/", {"key": act.key})
    return _sent_to(reply, f"/finance/files/{_ID}/", "file")


def _release(door: SiteDoor, act: Act) -> Answer:
    path = f"/finance/files/{act.about['file']}/"
    return _sent_to(door.send(act.actor, f"{path}release/", {}), path)


_VERBS: Mapping[str, Callable[[SiteDoor, Act], Answer]] = {
    "claim": _claim,
    "start": _start,
    "look": _beat,
    "beat": _beat,
    "submit": _submit,
    "give_back": _give_back,
    "withdraw": _withdraw,
    "accept": _judge,
    "reject": _judge,
    "appeal": _appeal,
    "decide": _decide,
    "deposit": _deposit,
    "confirm": _confirm,
    "fund": _campaign("fund"),
    "publish": _campaign("do", do="publish"),
    "grow": _campaign("grow"),
    "close": _campaign("close"),
    "file": _file,
    "release": _release,
}
