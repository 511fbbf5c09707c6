"""Whether a name and an identity number belong together: Aliyun Cloudauth Id2MetaVerify (2019-03-07)."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from rushi.integrations import aliyun
from rushi.integrations.errors import ServiceError, ServiceRefused, ServiceThrottled

VERSION = "2019-03-07"
PROVIDER = "aliyun"
_REFUSED = {"400", "401", "410", "411", "412"}


@dataclass(frozen=True, slots=True)
class Match:
    """Name and number belong together; `reference` is the provider's request id."""

    reference: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """They do not."""

    reference: str


@dataclass(frozen=True, slots=True)
class NoRecord:
    """The source of record knows no such person."""

    reference: str


def verify(name: str, number: str) -> Match | Mismatch | NoRecord:
    """Ask the source of record. Raises ServiceTimeout, ServiceThrottled, ServiceRefused or ServiceError."""
    endpoint = aliyun.Endpoint(settings.REALNAME_URL, settings.ALIYUN_KEY_ID, settings.ALIYUN_KEY_SECRET)
    answer = aliyun.call(
        endpoint,
        action="Id2MetaVerify",
        version=VERSION,
        parameters={"ParamType": "normal", "IdentifyNum": number, "UserName": name},
    )
    code, reference = str(answer.get("Code", "")), str(answer.get("RequestId", ""))
    if code == "403":
        raise ServiceThrottled(code, reference)
    if code != "200":
        raise (ServiceRefused if code in _REFUSED else ServiceError)(code, reference)
    result = answer.get("ResultObject") or {}
    match str(result.get("BizCode", "")):
        case "1":
            return Match(reference)
        case "2":
            return Mismatch(reference)
        case "3":
            return NoRecord(reference)
    raise ServiceError("BizCode", reference)
