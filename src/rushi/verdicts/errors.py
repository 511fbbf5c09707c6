"""Why work cannot be judged, appealed or examined this way."""

from __future__ import annotations

from rushi.kernel.errors import Conflict, Invalid, NotAllowed


class AlreadyJudged(Conflict):
    """Another verdict has been given, or there is nothing to judge yet."""

    code = "already_judged"
    message = "该提交已有审核结果或尚未提交，请刷新后再看。"


class OwnInterest(NotAllowed):
    """The reviewer belongs to the advertiser, judges their own work, or earns commission on it."""

    code = "own_interest"
    message = "与本次审核有利害关系，请由其他审核员处理。"


class SecondReviewerNeeded(NotAllowed):
    """An appeal or a re-examination is for somebody else than who decided first."""

    code = "second_reviewer_needed"
    message = "须由另一名审核员复核，不能由作出原结果的人处理。"


class ReasonTooShort(Invalid):
    """The reason says too little."""

    code = "reason_too_short"
    message = "请写明理由，至少 %(least)s 个字。"


class TextTooLong(Invalid):
    """More than can be kept."""

    code = "text_too_long"
    message = "内容过长，最多 500 个字。"


class FactNotShown(Invalid):
    """The evidence does not bear out the code that was cited."""

    code = "fact_not_shown"
    message = "证据不支持该理由，只能依据记录中显示的事实。"


class AppealNotPossible(Conflict):
    """Not rejected, or the window is over."""

    code = "appeal_not_possible"
    message = "该任务未被拒绝，或已超过申诉期限。"


class AppealDecided(Conflict):
    """The appeal is decided, or there is none."""

    code = "appeal_decided"
    message = "该申诉已有结果，请刷新后再看。"


class DeliveryDecided(Conflict):
    """The delivery is not awaiting the advertiser's word (any more)."""

    code = "delivery_decided"
    message = "该活动的交付不在待确认状态，请刷新后再看。"


class ItemExamined(Conflict):
    """Somebody examined this item before, with another finding."""

    code = "item_examined"
    message = "该条目已复查，请刷新后再看。"
