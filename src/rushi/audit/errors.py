"""What can go wrong with keys and settings."""

from __future__ import annotations

from rushi.kernel.errors import Conflict, Invalid


class KeyReused(Conflict):
    """The same idempotency key came with a different payload: the caller must make a new key."""

    code = "key_reused"
    message = "这次提交与之前的内容不同，请刷新页面后重试。"


class KeyMissing(Invalid):
    """An action that a person may retry came without an idempotency key."""

    code = "key_missing"
    message = "缺少提交标识，请刷新页面后重试。"


class UnknownSetting(Invalid):
    """No setting has this name."""

    code = "unknown_setting"
    message = "没有名为 %(key)s 的设置。"


class SettingOutOfRange(Invalid):
    """The value is not one that this setting may take."""

    code = "setting_out_of_range"
    message = "设置 %(key)s 的值须为 %(allowed)s。"
