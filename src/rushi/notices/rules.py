"""Pure decisions about webhooks: events, the Standard Webhooks signature, when to try again, whom we may call.

Scheme: Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md):
`webhook-id`, `webhook-timestamp` (seconds), `webhook-signature: v1,<base64 HMAC-SHA256 of id.timestamp.body>`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

EVENTS: Final = MappingProxyType(
    {
        "campaign.submitted": "活动已提交审核",
        "campaign.withdrawn": "活动已撤回审核",
        "campaign.approved": "活动审核通过",
        "campaign.rejected": "活动审核未通过",
        "campaign.funded": "活动已注资",
        "campaign.published": "活动已发布",
        "campaign.paused": "活动已暂停",
        "campaign.resumed": "活动已恢复",
        "campaign.grown": "活动已加名额",
        "campaign.closing": "活动开始收尾",
        "campaign.closed": "活动已结束",
        "campaign.progress": "已通过份数达到里程碑",
        "delivery.awaiting": "交付待确认",
        "delivery.decided": "交付已有结论",
        "report.ready": "报告可以看了（满 10 份）",
        "deposit.confirmed": "充值已到账",
    }
)
"""What an endpoint can listen to, and what it means."""

TEST_EVENT: Final = "webhook.test"
RETRY_SECONDS: Final = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""How long to wait after each failed attempt; together 3 days 3 hours. After the last, the message is given up."""
AGGREGATE_MIN: Final = 10
"""Totals of verdicts leave in steps of at least so many people (promise 1)."""
ENDPOINTS_MAX: Final = 10
KEPT_DAYS: Final = 90
SECRET_BYTES: Final = 32
OLD_SECRET_HOURS: Final = 24
ADDRESS_CHARS_MAX: Final = 500
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def body_of(type_: str, timestamp: str, data: Mapping[str, Any]) -> bytes:
    """The bytes that are signed and sent: `type`, `timestamp` (when it happened, RFC 3339), `data`."""
    payload = {"type": type_, "timestamp": timestamp, "data": data}
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def shown_secret(secret: bytes) -> str:
    """A secret as its owner copies it: `whsec_` and base64."""
    return "whsec_" + base64.b64encode(secret).decode()


def signature(secrets: Sequence[bytes], message_id: str, seconds: int, body: bytes) -> str:
    """The `webhook-signature` header: one `v1,…` for each secret in force, space separated."""
    content = f"{message_id}.{seconds}.".encode() + body
    made = (hmac.new(secret, content, hashlib.sha256).digest() for secret in secrets)
    return " ".join("v1," + base64.b64encode(mac).decode() for mac in made)


def wait_seconds(attempts: int, jitter: float) -> int | None:
    """How long after the `attempts`-th failed attempt to try again; None: never. `jitter` in 0…1 spreads by ±10 %.

    0 attempts: somebody asked for it again while it was on its way; that counts as the first.
    """
    if attempts > len(RETRY_SECONDS):
        return None
    return round(RETRY_SECONDS[max(attempts, 1) - 1] * (0.9 + 0.2 * jitter))


def milestone(places: int, accepted: int, told: int) -> int | None:
    """The next milestone that `accepted` has passed, as a count that may be told; None when there is none.

    Quarters of the places, at least `AGGREGATE_MIN` people apart from each other and from `told`.
    """
    step = max(AGGREGATE_MIN, -(-places // 4))
    passed = accepted // step * step
    return passed if passed >= told + AGGREGATE_MIN else None


def address_fault(address: str, *, may_loop_back: bool) -> str | None:
    """Why an address cannot be an endpoint, as a Chinese message id; None when it can. Names are resolved later."""
    if len(address) > ADDRESS_CHARS_MAX or any(ord(sign) <= 32 or ord(sign) > 126 for sign in address):
        return "地址太长或含有空格等字符。"
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return "地址无法读取。"
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        return "地址要有主机名，不能含有用户名、密码或 # 片段。"
    loops = may_loop_back and (host == "localhost" or _is_loopback(host))
    if parts.scheme != "https" and not (parts.scheme == "http" and loops):
        return "地址要以 https:// 开头。"
    if _is_address(host) and not may_call(host, may_loop_back=may_loop_back):
        return "不能是内网或保留地址。"
    return None


def may_call(address: str, *, may_loop_back: bool) -> bool:
    """Whether we may connect to this IP address: public ones only, and loopback where the demo allows it."""
    found = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return may_call(str(found.ipv4_mapped), may_loop_back=may_loop_back)
        if found.sixtofour is not None or found.teredo is not None or found in _NAT64:
            return False  # they carry an IPv4 address that could be anything
    if found.is_loopback:
        return may_loop_back
    return found.is_global and not found.is_multicast


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return _is_address(host) and ipaddress.ip_address(host).is_loopback
