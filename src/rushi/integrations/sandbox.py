"""The sandbox of outside services: SMS and real names in Aliyun's protocol, signatures checked, nothing leaves.

A WSGI app for one process on loopback. `/dysms/` and `/cloudauth/` (and `/`, where Aliyun's SDK posts) answer
the two services, `/sms` shows what was "sent", `/config` makes the services fail on purpose.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import secrets
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from rushi.integrations import aliyun
from rushi.integrations import sandbox_pages as pages
from rushi.kernel import clock, environment, processes

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
SMS_KEPT = 200
CLOCK_SKEW_SECONDS = 15 * 60
_BODY_BYTES_MAX = 64 * 1024
_SIGNED = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}


@dataclass(frozen=True, slots=True)
class Sms:
    """One message that a real service would have sent."""

    at: str
    phone: str
    sign_name: str
    template: str
    code: str


@dataclass(slots=True)
class State:
    """What the sandbox remembers, in memory: messages, nonces, and the faults to inject."""

    sent: deque[Sms] = field(default_factory=lambda: deque(maxlen=SMS_KEPT))
    nonces: deque[str] = field(default_factory=lambda: deque(maxlen=10_000))
    faults: dict[str, str] = field(default_factory=lambda: {"sms": "none", "realname": "none"})
    timeout_seconds: float = aliyun.TIMEOUT_SECONDS + 3
    lock: threading.Lock = field(default_factory=threading.Lock)


class Rejected(Exception):
    """The gateway's refusal: HTTP status, code and message as Aliyun words them."""

    def __init__(self, status: str, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def build(*, key_id: str, key_secret: str, state: State | None = None) -> Callable[..., Iterable[bytes]]:
    """The WSGI application with this access key."""
    memory = state or State()

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        status, kind, body, extra = _respond(environ, memory, key_id, key_secret)
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"), *extra]
        start_response(status, headers)
        return [body]

    return application


_Reply = tuple[str, str, bytes, list[tuple[str, str]]]


def _respond(environ: Environ, state: State, key_id: str, key_secret: str) -> _Reply:
    if environ.get("HTTP_X_ACS_ACTION"):
        return _gateway(environ, state, key_id, key_secret)
    path, method = environ.get("PATH_INFO") or "/", environ["REQUEST_METHOD"]
    query = parse_qs(environ.get("QUERY_STRING", ""))
    words = pages.words_for(environ.get("HTTP_COOKIE", ""))
    phone = "".join(query.get("phone", [""])).strip().removeprefix("+86")
    match method, path.rstrip("/"):
        case "GET", "":
            reply = "302 Found", "text/plain", b"", [("Location", "/sms")]
        case "GET", "/sms":
            reply = _html(pages.page(words, pages.inbox(words, _messages(state, phone), phone), refreshed=True))
        case "GET", "/sms.json":
            reply = _json([{"at": sms.at, "phone": sms.phone, "code": sms.code} for sms in _messages(state, phone)])
        case "GET", "/config":
            reply = _html(pages.page(words, pages.config_form(words, state.faults)))
        case "POST", "/config":
            reply = _configure(environ, state)
        case _:
            reply = "404 Not Found", "text/plain; charset=utf-8", words["not_found"].encode(), []
    return reply


def _html(text: str) -> _Reply:
    return "200 OK", "text/html; charset=utf-8", text.encode(), []


def _json(value: object, status: str = "200 OK") -> _Reply:
    return status, "application/json;charset=utf-8", json.dumps(value, ensure_ascii=False).encode(), []


# --- the gateway ---------------------------------------------------------------------------------------------


def _gateway(environ: Environ, state: State, key_id: str, key_secret: str) -> _Reply:
    request_id = str(uuid.uuid4()).upper()
    try:
        body = environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), _BODY_BYTES_MAX))
        _check_signature(environ, body, state, key_id, key_secret)
        answer = _dispatch(environ, body, state, request_id)
        status = "200 OK"
    except Rejected as refusal:
        status = refusal.status
        answer = {
            "RequestId": request_id,
            "HostId": environ.get("HTTP_HOST", ""),
            "Code": refusal.code,
            "Message": refusal.message,
            "Recommend": f"https://api.aliyun.com/troubleshoot?q={refusal.code}",
        }
    return _json(answer, status)


def _check_signature(environ: Environ, body: bytes, state: State, key_id: str, key_secret: str) -> None:
    credential, names, signature = _authorization(environ.get("HTTP_AUTHORIZATION", ""))
    if not hmac.compare_digest(credential.encode(), key_id.encode()):
        raise Rejected("404 Not Found", "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    headers = {name: _header(environ, name) for name in names}
    if not set(names) >= _SIGNED or headers["x-acs-content-sha256"] != hashlib.sha256(body).hexdigest():
        raise Rejected("400 Bad Request", "InvalidParameter.Signature", "Headers or payload are not covered.")
    query = aliyun.canonical_query(dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)))
    path = environ.get("SCRIPT_NAME", "") + (environ.get("PATH_INFO") or "/")
    request = {"method": environ["REQUEST_METHOD"], "path": path, "query": query, "headers": headers}
    if not hmac.compare_digest(aliyun.sign(key_secret, **request), signature):
        raise Rejected(
            "400 Bad Request",
            "SignatureDoesNotMatch",
            "Specified signature is not matched with our calculation. server string to sign is:"
            + aliyun.string_to_sign(**request),
        )
    _check_fresh(headers, state)


def _check_fresh(headers: dict[str, str], state: State) -> None:
    try:
        signed_at = dt.datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        raise Rejected("400 Bad Request", "InvalidTimeStamp.Format", "Specified time stamp is malformed.") from None
    age = abs((clock.now() - signed_at).total_seconds())
    if age > CLOCK_SKEW_SECONDS:
        raise Rejected("400 Bad Request", "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
    with state.lock:
        if headers["x-acs-signature-nonce"] in state.nonces:
            raise Rejected("400 Bad Request", "SignatureNonceUsed", "Specified signature nonce was used already.")
        state.nonces.append(headers["x-acs-signature-nonce"])


def _authorization(text: str) -> tuple[str, list[str], str]:
    algorithm, _, rest = text.partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if algorithm != aliyun.ALGORITHM or not {"Credential", "SignedHeaders", "Signature"} <= set(fields):
        raise Rejected("400 Bad Request", "MissingAuthorization", "Authorization is missing or malformed.")
    return fields["Credential"], fields["SignedHeaders"].split(";"), fields["Signature"]


def _header(environ: Environ, name: str) -> str:
    key = name.upper().replace("-", "_")
    return str(environ.get(key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}", ""))


def _dispatch(environ: Environ, body: bytes, state: State, request_id: str) -> dict[str, Any]:
    parameters = dict(parse_qsl(environ.get("QUERY_STRING", ""))) | dict(parse_qsl(body.decode("utf-8", "replace")))
    match environ.get("HTTP_X_ACS_ACTION"), environ.get("HTTP_X_ACS_VERSION"):
        case "SendSms", "2017-05-25":
            _injected(state, "sms")
            return _send_sms(parameters, state, request_id)
        case "Id2MetaVerify", "2019-03-07":
            _injected(state, "realname")
            return _verify(parameters, state, request_id)
    raise Rejected("404 Not Found", "InvalidAction.NotFound", "Specified api is not found, please check your url.")


def _injected(state: State, service: str) -> None:
    match state.faults[service]:
        case "timeout":
            time.sleep(state.timeout_seconds)
        case "throttle":
            raise Rejected("429 Too Many Requests", "Throttling.User", "Request was denied due to user flow control.")
        case "error":
            raise Rejected("500 Internal Server Error", "InternalError", "The request processing has failed.")


def _send_sms(parameters: dict[str, str], state: State, request_id: str) -> dict[str, Any]:
    phone = parameters.get("PhoneNumbers", "").removeprefix("+86")
    if len(phone) != 11 or not phone.isdigit():
        return {"RequestId": request_id, "Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "非法手机号"}
    try:
        code = str(json.loads(parameters.get("TemplateParam", ""))["code"])
    except (ValueError, KeyError, TypeError):
        return {"RequestId": request_id, "Code": "isv.TEMPLATE_MISSING_PARAMETERS", "Message": "模板缺少变量"}
    at = clock.now().astimezone(clock.SHANGHAI).strftime("%H:%M:%S")
    message = Sms(at, phone, parameters.get("SignName", ""), parameters.get("TemplateCode", ""), code)
    with state.lock:
        state.sent.appendleft(message)
    return {"RequestId": request_id, "Code": "OK", "Message": "OK", "BizId": f"{secrets.randbelow(10**18)}^0"}


def _verify(parameters: dict[str, str], state: State, request_id: str) -> dict[str, Any]:
    """Everybody matches, except names that hold 不符 or 查无, and whatever /config says."""
    name, number = parameters.get("UserName", ""), parameters.get("IdentifyNum", "")
    if not name or not number:
        return {"RequestId": request_id, "Code": "400", "Message": "参数不能为空"}
    if parameters.get("ParamType") != "normal" or len(number) != 18 or any(sign.isdigit() for sign in name):
        return {"RequestId": request_id, "Code": "401", "Message": "参数非法"}
    fault = state.faults["realname"]
    if fault == "no_record" or "查无" in name:
        result = "3"
    elif fault == "mismatch" or "不符" in name:
        result = "2"
    else:
        result = "1"
    return {"RequestId": request_id, "Code": "200", "Message": "success", "ResultObject": {"BizCode": result}}


# --- what people see ----------------------------------------------------------------------------------------


def _messages(state: State, phone: str) -> list[Sms]:
    with state.lock:
        return [sms for sms in state.sent if phone in sms.phone]


def _configure(environ: Environ, state: State) -> _Reply:
    origin = environ.get("HTTP_ORIGIN")
    if origin and origin.partition("://")[2] != environ.get("HTTP_HOST"):
        return (
            "403 Forbidden",
            "text/plain; charset=utf-8",
            pages.words_for(environ.get("HTTP_COOKIE", ""))["only_here"].encode(),
            [],
        )
    body = environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), _BODY_BYTES_MAX))
    wanted = dict(parse_qsl(body.decode("utf-8", "replace")))
    for service in state.faults:
        if wanted.get(service) in pages.FAULTS:
            state.faults[service] = wanted[service]
    return "303 See Other", "text/plain", b"", [("Location", "/config")]


def _from_environment() -> Callable[..., Iterable[bytes]]:
    if environment.get("RUSHI_PROFILE") == "production":
        raise environment.Misconfigured("rushi: the sandbox does not run in production")
    if os.environ.get("RUSHI_SUPERVISED"):
        processes.end_with_parent()  # a granian worker does not outlive a granian that was killed
    return build(key_id=environment.get("RUSHI_ALIYUN_KEY_ID"), key_secret=environment.get("RUSHI_ALIYUN_KEY_SECRET"))


application = _from_environment()
