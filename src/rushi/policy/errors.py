"""Why a campaign is not let through the gate, or a case not decided this way."""

from __future__ import annotations

from rushi.kernel.errors import Conflict, Invalid, NotAllowed


class Refused(Conflict):
    """The rules block this content; the findings say which words and which law."""

    code = "refused_by_the_rules"
    message = "有 %(count)s 处内容不能发布，请按提示修改后再提交。"


class NotContestable(Conflict):
    """What blocks is structure or crime: no person can let it through."""

    code = "not_contestable"
    message = "这类问题不能申请人工复核，请修改内容。"


class ContestTooShort(Invalid):
    """The words against the finding say too little."""

    code = "contest_too_short"
    message = "请用 10 到 500 个字说明为什么这不是违规。"


class NotInReview(Conflict):
    """Somebody decided already, or the advertiser took it back."""

    code = "not_in_review"
    message = "该活动已不在审核中，请看下一件。"


class OwnOrganisation(NotAllowed):
    """The reviewer acts for the organisation."""

    code = "own_organisation"
    message = "您是这家机构的成员，请由其他审核员处理。"


class SecondReviewerNeeded(NotAllowed):
    """This reviewer has already agreed; a blocked campaign needs another one."""

    code = "second_reviewer_needed"
    message = "您已同意过。规则认为不能发布的内容，须由另一名审核员再次同意。"


class ReasonNeeded(Invalid):
    """A rejection says what is wrong and how to mend it."""

    code = "rejection_reason_needed"
    message = "请用 10 到 500 个字写明哪里不行、怎么改。"


class UnknownRule(Invalid):
    """A rule was cited that does not exist."""

    code = "unknown_rule"
    message = "没有规则 %(rule)s。"
