"""Aliyun's RPC protocol: one POST, signed with ACS3-HMAC-SHA256 (V3 request structure and signature).

Source: https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
Parameters go into the query string, where Aliyun's own SDK puts them. They can hold phones and numbers, so
nothing here logs, and httpx's request line is silenced.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from rushi.integrations.errors import ServiceError, ServiceRefused, ServiceThrottled, ServiceTimeout
from rushi.kernel import clock

ALGORITHM = "ACS3-HMAC-SHA256"
TIMEOUT_SECONDS = 5.0
logging.getLogger("httpx").setLevel(logging.WARNING)  # its INFO line holds the whole URL


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service answers and with which key it is asked."""

    url: str
    key_id: str
    key_secret: str = field(repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS


def call(endpoint: Endpoint, *, action: str, version: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Ask `action` of a service and return its JSON object.

    Raises ServiceTimeout, ServiceThrottled, ServiceRefused or ServiceError.
    """
    query = canonical_query(parameters)
    url = endpoint.url.rstrip("/") + "/"
    headers = signed_headers(endpoint, action=action, version=version, url=url, query=query)
    try:
        with httpx.Client(timeout=endpoint.timeout_seconds, trust_env=False, verify=_tls()) as client:
            response = client.post(f"{url}?{query}", headers=headers)
    except httpx.TransportError as error:
        # `from None`: the transport's error holds the request, and the request holds the number.
        raise ServiceTimeout(type(error).__name__) from None
    return _answer(response)


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the certificate authorities costs more than a call."""
    return httpx.create_ssl_context(trust_env=False)


def signed_headers(endpoint: Endpoint, *, action: str, version: str, url: str, query: str) -> dict[str, str]:
    """The headers of a POST without a body, with its Authorization."""
    parts = urlsplit(url)
    headers = {
        "host": parts.netloc,
        "x-acs-action": action,
        "x-acs-version": version,
        "x-acs-date": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": secrets.token_hex(16),
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    }
    signature = sign(endpoint.key_secret, method="POST", path=parts.path, query=query, headers=headers)
    names = ";".join(sorted(headers))
    authorization = f"{ALGORITHM} Credential={endpoint.key_id},SignedHeaders={names},Signature={signature}"
    return {**headers, "authorization": authorization, "accept": "application/json"}


def sign(secret: str, *, method: str, path: str, query: str, headers: Mapping[str, str]) -> str:
    """The hexadecimal signature; `headers` (lower-case names) are exactly the signed ones."""
    return hmac.new(secret.encode(), string_to_sign(method, path, query, headers).encode(), hashlib.sha256).hexdigest()


def string_to_sign(method: str, path: str, query: str, headers: Mapping[str, str]) -> str:
    """`ACS3-HMAC-SHA256` and the hash of the canonical request."""
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    payload = headers["x-acs-content-sha256"]
    canonical = "\n".join([method, path or "/", query, lines, ";".join(names), payload])
    return f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Names sorted, everything but unreserved characters percent-encoded."""
    return "&".join(f"{_encode(name)}={_encode(parameters[name])}" for name in sorted(parameters))


def _encode(text: str) -> str:
    return quote(text, safe="~")


def _answer(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        body = None
    if not isinstance(body, dict):
        raise ServiceError(f"HTTP {response.status_code}")
    if response.status_code < 400:
        return body
    code, request_id = str(body.get("Code", response.status_code)), str(body.get("RequestId", ""))
    if code.startswith("Throttling") or response.status_code in {429, 503}:
        raise ServiceThrottled(code, request_id)
    raise (ServiceRefused if response.status_code < 500 else ServiceError)(code, request_id)
