"""Why a campaign cannot be changed, paid for, or run this way."""

from __future__ import annotations

from rushi.kernel.errors import Conflict, Invalid


class WrongState(Conflict):
    """The campaign is not in a state in which this can be done."""

    code = "campaign_wrong_state"
    message = "活动当前状态下不能这样做，请刷新后再看。"


class StepFault(Invalid):
    """A step of the wizard says something that cannot be; `field` names it when it is one field."""

    code = "campaign_step_fault"
    message = "这一步有内容需要修改：%(fault)s"


class QuestionFault(StepFault):
    """One question says something that cannot be."""

    code = "campaign_question_fault"
    message = "第 %(number)s 题：%(fault)s"


class Incomplete(Conflict):
    """The draft lacks something before it can be submitted."""

    code = "campaign_incomplete"
    message = "活动还不完整：%(fault)s"


class BelowFloor(Invalid):
    """The reward is below the hourly floor."""

    code = "below_hourly_floor"
    message = "低于最低时薪：按约 %(seconds)s 秒计，每份至少 %(least)s 元。"


class NotPublishable(Conflict):
    """The organisation may not publish."""

    code = "not_publishable"
    message = "机构资料尚未通过审核，暂不能发布活动。"


class ContentChanged(Conflict):
    """The content is not what was approved."""

    code = "content_changed"
    message = "内容与审核通过时不一致，请重新提交审核。"


class Overdue(Conflict):
    """The campaign's closing date has passed."""

    code = "campaign_overdue"
    message = "截止日期已过：注资前请改期；已注资的请结束活动，余款退回后重新发起。"


class PlacesOnlyGrow(Invalid):
    """Places may only grow after publication."""

    code = "places_only_grow"
    message = "名额只能增加，请填一个比现在更大的数。"


class NotLater(Invalid):
    """A deadline may only move away: people count on the time they were given."""

    code = "not_later"
    message = "新的截止时间要比现在的晚。"


class MaterialRefused(Invalid):
    """The uploaded file is not a clip we can take."""

    code = "material_refused"
    message = "不能使用这个文件：%(fault)s"
