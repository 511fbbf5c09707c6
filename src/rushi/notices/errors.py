"""What can go wrong with webhooks."""

from __future__ import annotations

from rushi.kernel.errors import Conflict, Invalid


class BadAddress(Invalid):
    """The address is not one we may send to."""

    code = "bad_webhook_address"
    message = "不能使用这个地址：%(fault)s"


class UnknownEvent(Invalid):
    """No event has this name, or none was chosen."""

    code = "unknown_event"
    message = "请至少选择一种事件，且只能选列表里的。"


class TooManyEndpoints(Conflict):
    """An organisation holds as many endpoints as it may."""

    code = "too_many_endpoints"
    message = "Webhook 地址数量已达上限，请先删除不用的。"
