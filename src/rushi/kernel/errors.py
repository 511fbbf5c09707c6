"""The root of every error that a person or a client may see. Doors map these; bugs stay bugs."""

from __future__ import annotations


class RushiError(Exception):
    """Something the caller can understand and act on.

    `code` is stable for clients, `status` is the HTTP status, `message` is a Chinese sentence that goes
    through translation with `params` filled in by the door (`%(name)s` style).
    """

    code = "error"
    status = 400
    message = "操作没有完成。"

    def __init__(self, **params: object) -> None:
        super().__init__(self.code, params)
        self.params = params


class NotFound(RushiError):
    """The thing does not exist, or this user may not know that it does."""

    code = "not_found"
    status = 404
    message = "没有找到，或您无权查看。"


class NotAllowed(RushiError):
    """The user is known and may not do this."""

    code = "not_allowed"
    status = 403
    message = "您没有权限进行这项操作。"


class Conflict(RushiError):
    """The thing is not in a state in which this can be done."""

    code = "conflict"
    status = 409
    message = "当前状态下不能进行这项操作，请刷新后再试。"


class Invalid(RushiError):
    """The input cannot be accepted; `field` names it, `message` says what to do."""

    code = "invalid"
    status = 422
    message = "输入有误，请检查后重新提交。"
