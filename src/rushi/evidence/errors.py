"""What can go wrong when work is watched and handed in. The sentences tell honest people what to do."""

from __future__ import annotations

from rushi.kernel.errors import Conflict, Invalid


class TokenInvalid(Invalid):
    """The attention token is not ours, or belongs to another assignment."""

    code = "watch_invalid"
    message = "观看记录无法识别，请刷新页面后继续。"


class WatchRestarted(Conflict):
    """The watch was started again elsewhere: this token is void."""

    code = "watch_restarted"
    message = "这个任务已在另一个页面打开，请回到那个页面继续，或刷新本页。"


class WatchExpired(Conflict):
    """The token lay unused for too long."""

    code = "watch_expired"
    message = "页面停留太久了，请刷新后继续。"


class NotWatched(Conflict):
    """Too little of the clip was watched to hand anything in."""

    code = "not_watched"
    message = "视频还没有看完，请按原速看完后再提交，切到后台的时间不计入。"


class AnswersIncomplete(Invalid):
    """A required question has no answer, or an answer is not one of the options."""

    code = "answers_incomplete"
    message = "还有题目没有答完，请补充后再提交。"
