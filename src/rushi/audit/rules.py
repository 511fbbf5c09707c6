"""The market's settings: defaults, ranges and meanings. A row in audit_setting overrides from its date on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SettingRule:
    """One setting: its default, the values it may take (a range, a closed list or a pattern), what it means."""

    default: int | str
    minimum: int = 0
    maximum: int = 0
    choices: tuple[str, ...] = ()
    pattern: str = ""
    shape: str = ""
    meaning: str = ""

    def admits(self, value: object) -> bool:
        """Whether `value` is one this setting may take."""
        if self.choices:
            return value in self.choices
        if self.pattern:
            return isinstance(value, str) and re.fullmatch(self.pattern, value) is not None
        return type(value) is int and self.minimum <= value <= self.maximum

    @property
    def allowed(self) -> str:
        """The admitted values in words."""
        return self.shape or " / ".join(self.choices) or f"{self.minimum}–{self.maximum}"

    @property
    def is_text(self) -> bool:
        """Whether the value is text; otherwise it is a whole number."""
        return bool(self.choices or self.pattern)


SETTINGS: Mapping[str, SettingRule] = {
    "hourly_floor_fen": SettingRule(2000, 1, 100_000, meaning="每小时报酬下限（分）"),
    "platform_fee_bps": SettingRule(2000, 0, 5000, meaning="平台服务费占报酬的万分比，至少 1 分"),
    "agent_commission_bps_max": SettingRule(1500, 0, 5000, meaning="代理佣金上限占报酬的万分比，向上取整到分"),
    "reserve_bps": SettingRule(1500, 0, 5000, meaning="活动预备金占预算的万分比"),
    "evidence_margin_days": SettingRule(14, 1, 365, meaning="申诉期之后，原始观看记录与草稿再保留的天数"),
    "appeal_days": SettingRule(7, 1, 60, meaning="申诉期（天）"),
    "delivery_confirm_days": SettingRule(7, 1, 60, meaning="广告主确认交付的期限（天），逾期视为确认"),
    "auto_accept_days": SettingRule(3, 1, 30, meaning="自动通过的期限（天）"),
    "payout_fen_min": SettingRule(100, 1, 1_000_000, meaning="单笔提现下限（分）"),
    "ask_again_fen": SettingRule(20_000, 0, 10_000_000, meaning="提现达到这个数（分）要再确认一次本人"),
    "payout_fee_fen": SettingRule(0, 0, 10_000, meaning="单笔提现手续费（分）"),
    "unverified_earned_fen_max": SettingRule(1000, 0, 100_000, meaning="未实名可累计的报酬（分）"),
    "api_requests_a_minute": SettingRule(600, 10, 100_000, meaning="每个 API 密钥每分钟的请求上限"),
    "withholding_method": SettingRule(
        "cumulative", choices=("cumulative", "labour"), meaning="个税预扣方法：累计预扣法或劳务报酬一般预扣法"
    ),
    "deposit_account": SettingRule(
        "",
        pattern=r"([^\n]{2,60}\n[^\n]{2,60}\n\d{8,30})?",
        shape="三行：户名、开户行、账号（8–30 位数字）；留空表示暂不收款",
        meaning="收充值款的对公账户，广告主充值时看到",
    ),
}


def fingerprint(payload: Mapping[str, object]) -> str:
    """The digest of an action's payload, independent of the order of its keys (SHA-256, hex)."""
    canonical = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
