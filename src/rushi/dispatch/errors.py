"""Why a place cannot be had, started, handed in or given back."""

from __future__ import annotations

from rushi.kernel.errors import Conflict, NotAllowed


class Full(Conflict):
    """Every place is taken (one may reopen)."""

    code = "full"
    message = "名额已被领完，有人放弃后会重新开放，请稍后再看。"


class Capped(Conflict):
    """The day's claims are used up."""

    code = "capped"
    message = "今天已领取 50 个任务，请明天再来。放弃的任务不计入。"


class Ineligible(NotAllowed):
    """The campaign asks for other people, or the person belongs to its advertiser."""

    code = "ineligible"
    message = "这个活动面向其他人群，您暂时不能参加。"


class AlreadyTaken(Conflict):
    """The person has been in this campaign: once, for ever."""

    code = "already_taken"
    message = "您已参加过这个活动，每个活动每人只能参加一次。"


class NeedsRealName(NotAllowed):
    """The limit of what can be earned before the real name is reached."""

    code = "needs_real_name"
    message = "未实名最多可累计 10 元报酬，完成实名认证后即可继续领取。"


class Closed(Conflict):
    """The campaign is not open."""

    code = "campaign_closed"
    message = "这个活动已暂停或结束。"


class Suspended(NotAllowed):
    """The person's standing does not allow work."""

    code = "suspended"
    message = "您的账号已暂停领取任务，原因见“我的”页面，可联系客服。"


class LeaseOver(Conflict):
    """The time to work on it is over, or it was given back or handed in before."""

    code = "lease_over"
    message = "任务已超时、已放弃或已提交，不能继续。"
