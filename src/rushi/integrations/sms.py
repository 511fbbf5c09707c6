"""Codes by SMS through Aliyun Dysms (2017-05-25, SendSms); the sandbox speaks the same."""

from __future__ import annotations

import json

from django.conf import settings

from rushi.integrations import aliyun
from rushi.integrations.errors import ServiceError, ServiceRefused, ServiceThrottled

VERSION = "2017-05-25"
_THROTTLED = {"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isv.SMS_LIMIT_CONTROL"}


def send_code(phone: str, code: str) -> str:
    """Send a login code to a mainland phone (E.164 or 11 digits); returns the service's BizId.

    Raises ServiceTimeout, ServiceThrottled, ServiceRefused or ServiceError.
    """
    endpoint = aliyun.Endpoint(settings.SMS_URL, settings.ALIYUN_KEY_ID, settings.ALIYUN_KEY_SECRET)
    answer = aliyun.call(
        endpoint,
        action="SendSms",
        version=VERSION,
        parameters={
            "PhoneNumbers": phone.removeprefix("+86"),
            "SignName": settings.SMS_SIGN_NAME,
            "TemplateCode": settings.SMS_TEMPLATE_CODE,
            "TemplateParam": json.dumps({"code": code}),
        },
    )
    result, request_id = str(answer.get("Code", "")), str(answer.get("RequestId", ""))
    if result == "OK":
        return str(answer.get("BizId", ""))
    if result in _THROTTLED:
        raise ServiceThrottled(result, request_id)
    raise (ServiceRefused if result.startswith("isv.") else ServiceError)(result, request_id)
