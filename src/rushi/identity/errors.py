"""What can go wrong with people, organisations, names and agents."""

from __future__ import annotations

from rushi.kernel.errors import Conflict, Invalid, NotAllowed, RushiError


class BadPhone(Invalid):
    """Not a mobile number of the Chinese mainland."""

    code = "bad_phone"
    message = "请输入 11 位中国大陆手机号。"


class NotAdult(Invalid):
    """Under 18 on the present day in Shanghai, or the declaration is missing."""

    code = "not_adult"
    message = "仅限年满 18 周岁的人使用。"


class ConsentMissing(Invalid):
    """The thing needs a consent that was not given."""

    code = "consent_missing"
    message = "请先阅读并勾选同意。"


class BadIdentityNumber(Invalid):
    """Not a well-formed GB 11643 number."""

    code = "bad_identity_number"
    message = "身份证号有误，请核对 18 位号码。"


class BadName(Invalid):
    """Not a name as it stands on an identity card."""

    code = "bad_name"
    message = "请填写身份证上的姓名。"


class NameMismatch(Invalid):
    """The provider says that name and number do not belong together, or that it has no such record."""

    code = "name_mismatch"
    message = "姓名与身份证号不一致，请核对后重试。"


class TooManyAttempts(RushiError):
    """The day's attempts at something are used up."""

    code = "too_many_attempts"
    status = 429
    message = "今天的尝试次数已用完，请明天再试。"


class AlreadyRegistered(Conflict):
    """One person, one account. Said only after the name matched the number."""

    code = "already_registered"
    message = "此身份已在另一个账号完成实名。一人只能有一个账号，如有疑问请联系客服。"


class AlreadyVerified(Conflict):
    """The account has its real name already."""

    code = "already_verified"
    message = "您已完成实名认证。"


class Banned(NotAllowed):
    """The person was excluded; a new account does not change that."""

    code = "banned"
    message = "此身份已被限制使用本平台，如有疑问请联系客服。"


class ProviderUnavailable(RushiError):
    """The real-name or SMS service did not answer; nothing was decided."""

    code = "provider_unavailable"
    status = 503
    message = "服务暂时繁忙，请稍后再试。"


class MoneyOwed(Conflict):
    """The account still holds money, so it cannot be erased."""

    code = "money_owed"
    message = "账户中还有未提现的余额或未完成的提现，请先提现后再注销。"


class WorkOpen(Conflict):
    """The account has work that is not done or not decided, so it cannot be erased."""

    code = "work_open"
    message = "还有未完成或待审核的任务，请先完成或放弃，等结果出来后再注销。"


class BadCreditCode(Invalid):
    """Not a GB 32100 code."""

    code = "bad_credit_code"
    message = "统一社会信用代码有误，请核对 18 位代码。"


class CreditCodeTaken(Conflict):
    """Another organisation holds this code."""

    code = "credit_code_taken"
    message = "该统一社会信用代码已被其他机构登记，请联系客服。"


class BadPicture(Invalid):
    """Not a PNG, JPEG or PDF, or too big."""

    code = "bad_picture"
    message = "请上传 10 MB 以内的 PNG、JPG 或 PDF 文件。"


class PapersMissing(Invalid):
    """A paper that the check needs is missing."""

    code = "papers_missing"
    message = "资料不完整：%(missing)s。"


class LicenceExpired(Invalid):
    """A trade licence that has run out."""

    code = "licence_expired"
    message = "许可证已过期，请上传有效的许可证。"


class LastOwner(Conflict):
    """An organisation keeps at least one owner."""

    code = "last_owner"
    message = "机构至少要保留一名负责人。"


class ReasonMissing(Invalid):
    """A decision against somebody needs a reason."""

    code = "reason_missing"
    message = "请填写原因。"


class UnknownInvite(RushiError):
    """No active agent has this code."""

    code = "unknown_invite"
    status = 404
    message = "邀请链接无效或已停用。"


class NotVerified(NotAllowed):
    """Needs the real name first."""

    code = "not_verified"
    message = "请先完成实名认证。"


class BadApiKey(RushiError):
    """No such key, a revoked one, or one whose maker may no longer act."""

    code = "bad_api_key"
    status = 401
    message = "API 密钥无效或已撤销。"


class ScopeMissing(NotAllowed):
    """The key is good but was not given this scope."""

    code = "scope_missing"
    message = "这个密钥没有 %(scope)s 权限。"


class RateLimited(RushiError):
    """The key has used up this minute's requests."""

    code = "rate_limited"
    status = 429
    message = "请求过于频繁，请 %(seconds)s 秒后再试。"


class TooManyKeys(Conflict):
    """An organisation or agent holds as many keys as it may."""

    code = "too_many_keys"
    message = "密钥数量已达上限，请先撤销不用的。"


class TooOften(RushiError):
    """Something that is limited was tried too often; later it goes again."""

    code = "too_often"
    status = 429
    message = "操作太频繁，请稍后再试。"


class WrongFactor(Invalid):
    """A second factor's code or signature that does not hold, or was used before."""

    code = "wrong_factor"
    message = "验证没有通过，请核对后再试。"


class TooManyFactors(Conflict):
    """Nobody needs more factors than this."""

    code = "too_many_factors"
    message = "最多可以添加 10 种验证方式，请先删除不用的。"


class PasskeyTaken(Conflict):
    """This passkey is registered already."""

    code = "passkey_taken"
    message = "这个通行密钥已经登记过了。"


class LastFactor(Conflict):
    """Whoever sits at a desk keeps at least one factor."""

    code = "last_factor"
    message = "平台人员至少要保留一种验证方式：请先添加新的，再删除这个。"


class SecondFactorMissing(NotAllowed):
    """A desk opens only to sessions that proved a second factor."""

    code = "second_factor_missing"
    message = "请先完成第二步验证，再打开工作台。"
