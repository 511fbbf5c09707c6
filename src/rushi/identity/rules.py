"""Pure decisions about people and papers: phones, identity numbers (GB 11643), credit codes (GB 32100), lists."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rushi.identity.errors import BadCreditCode, BadIdentityNumber, BadName, BadPhone, NotAdult

TERMS_VERSION: Final = "2026-11-01"
ADULT_AGE: Final = 18
VERIFICATION_ATTEMPTS_PER_DAY: Final = 5
DIGEST_KEPT_DAYS: Final = 5 * 365  # 反洗钱法 and 网络交易: records of the identified stay five years

REGIONS: Final = MappingProxyType(
    {
        "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林",
        "23": "黑龙江", "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西",
        "37": "山东", "41": "河南", "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南",
        "50": "重庆", "51": "四川", "52": "贵州", "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃",
        "63": "青海", "64": "宁夏", "65": "新疆", "71": "台湾", "81": "香港", "82": "澳门",
    }
)  # fmt: skip
"""Province codes of GB/T 2260 (two digits) and their short names."""

INTERESTS: Final = MappingProxyType(
    {
        "food": "美食", "beauty": "美妆护肤", "fashion": "穿搭", "home": "家居", "parenting": "母婴亲子",
        "digital": "数码", "games": "游戏", "film": "影视综艺", "music": "音乐", "sports": "运动健身",
        "travel": "旅行", "cars": "汽车", "pets": "宠物", "reading": "读书", "finance": "理财", "rural": "三农",
    }
)  # fmt: skip
"""The closed list of interests a participant can tick and an audience can ask for."""

TRADES: Final = MappingProxyType(
    {
        "retail": "零售百货", "food": "食品餐饮", "beauty": "美妆个护", "fashion": "服饰鞋包", "home": "家居家电",
        "digital": "数码电子", "games": "游戏", "culture": "文化影视", "travel": "旅游出行", "cars": "汽车",
        "education": "教育培训", "medical": "医疗健康", "health_food": "保健食品", "finance": "金融服务",
        "agriculture": "农产品", "technology": "软件与互联网", "other": "其他",
    }
)  # fmt: skip
"""Trades an advertiser can be in."""

LICENCE_KINDS: Final = MappingProxyType(
    {
        "food": "食品经营许可证",
        "health_food": "保健食品广告审查批准文件",
        "medical": "医疗机构执业许可证或医疗广告审查证明",
        "education": "办学许可证",
        "finance": "金融业务许可证",
        "games": "网络游戏出版批准（版号）",
    }
)
"""Permits by kind. A trade that appears here needs the permit of the same name, unexpired."""

ORGANISATION_SCOPES: Final = MappingProxyType(
    {
        "organisation:read": "查看机构资料与成员",
        "organisation:write": "提交机构资料、管理成员",
        "campaigns:read": "查看活动",
        "campaigns:write": "新建和编辑活动、提交审核",
        "campaigns:run": "注资、发布、暂停、加名额、结束、确认交付",
        "money:read": "查看余额与明细",
        "money:write": "登记充值",
        "reports:read": "查看报告与评论",
        "reports:export": "导出已通过的提交",
        "webhooks:read": "查看 Webhook 与发送记录",
        "webhooks:write": "管理 Webhook、重发",
    }
)
"""What a key of an organisation may be allowed, and what that means."""

AGENT_SCOPES: Final = MappingProxyType(
    {"recruits:read": "查看被邀请人的汇总", "commission:read": "查看服务费余额与明细"}
)
"""What a key of an agent may be allowed."""

API_SCOPES: Final = MappingProxyType({**ORGANISATION_SCOPES, **AGENT_SCOPES})
API_KEYS_MAX: Final = 20
RATE_WINDOW_SECONDS: Final = 60

ID_NUMBER_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_NUMBER_CHECKS: Final = "10X98765432"
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_ID_REGIONS: Final = MappingProxyType({**{code: code for code in REGIONS}, "83": "71"})  # 83: 台湾居民居住证
_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE = re.compile(f"[1-9ANY][{_CREDIT_ALPHABET}][0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}")
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]{1,30}(?:[·•][\u3400-\u9fff\U00020000-\U0003134f]{1,30})*")


def normal_phone(text: str) -> str:
    """E.164 (`+8613800000000`) of a mainland mobile number written with or without +86, spaces and dashes.

    Raises BadPhone.
    """
    digits = re.sub(r"[\s\-()]", "", text.translate(_FULL_WIDTH))
    for prefix in ("+86", "0086"):
        digits = digits.removeprefix(prefix)
    if len(digits) == 13:
        digits = digits.removeprefix("86")
    if not _PHONE.fullmatch(digits):
        raise BadPhone(field="phone")
    return "+86" + digits


def masked_phone(phone: str | None) -> str:
    """`138****0000`: enough to recognise one's own number, too little to call it."""
    if not phone:
        return ""
    digits = phone.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}"


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A well-formed GB 11643 number and what it says; gender is `f` or `m`, region a key of REGIONS."""

    number: str
    region: str
    born_on: dt.date
    gender: str

    def __repr__(self) -> str:
        return "IdentityNumber(…)"


def parse_identity_number(text: str, today: dt.date) -> IdentityNumber:
    """Check an 18-character identity number of somebody who is 18 or older on `today` (a Shanghai day).

    Region, calendar date and check digit must hold; 15-digit numbers are refused.
    Raises BadIdentityNumber or NotAdult.
    """
    number = text.translate(_FULL_WIDTH).strip().upper()
    if not _ID_NUMBER.fullmatch(number) or identity_check_digit(number[:17]) != number[17]:
        raise BadIdentityNumber(field="number")
    region = _ID_REGIONS.get(number[:2])
    born_on = _calendar_date(number[6:14])
    if region is None or born_on is None or not dt.date(1900, 1, 1) <= born_on <= today or number[14:17] == "000":
        raise BadIdentityNumber(field="number")
    if age_on(born_on, today) < ADULT_AGE:
        raise NotAdult(field="number")
    return IdentityNumber(number, region, born_on, "m" if int(number[16]) % 2 else "f")


def identity_check_digit(body: str) -> str:
    """The 18th character for 17 digits (GB 11643, ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(ID_NUMBER_WEIGHTS, body, strict=True))
    return _ID_NUMBER_CHECKS[total % 11]


def _calendar_date(digits: str) -> dt.date | None:
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def age_on(born_on: dt.date, day: dt.date) -> int:
    """Full years on `day`; somebody born on 29 February has the birthday on 1 March in other years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def age_band(born_on: dt.date, day: dt.date) -> str:
    """The band of `AgeBand` for an adult."""
    age = age_on(born_on, day)
    for limit, band in ((25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54")):
        if age < limit:
            return band
    return "55+"


def normal_name(text: str) -> str:
    """A name as on the card: Chinese characters, with · between the parts of longer names. Raises BadName."""
    name = re.sub(r"\s", "", text).replace("•", "·").replace("・", "·").replace(".", "·")
    if len(name) < 2 or not _NAME.fullmatch(name):
        raise BadName(field="name")
    return name


def check_credit_code(text: str) -> str:
    """The normal form of a unified social credit code whose check character holds (GB 32100-2015).

    Raises BadCreditCode.
    """
    code = re.sub(r"\s", "", text.translate(_FULL_WIDTH)).upper()
    if not _CREDIT_CODE.fullmatch(code) or credit_check_character(code[:17]) != code[17]:
        raise BadCreditCode(field="credit_code")
    return code


def credit_check_character(body: str) -> str:
    """The 18th character for the first 17 (GB 32100 §4.5: weights 3^i mod 31)."""
    total = sum(_CREDIT_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return _CREDIT_ALPHABET[-total % 31]


def needed_licence(trade: str) -> str | None:
    """The kind of permit (key of LICENCE_KINDS) that a trade needs, or None."""
    return trade if trade in LICENCE_KINDS else None


def commission_ends(recruited_on: dt.date) -> dt.date:
    """The day from which a recruit's work earns the agent nothing: twelve months after joining."""
    year = recruited_on.year + 1
    try:
        return recruited_on.replace(year=year)
    except ValueError:  # 29 February
        return dt.date(year, 3, 1)


_FULL_WIDTH: Final = {0xFF10 + n: str(n) for n in range(10)} | {0xFF38: "X", 0xFF58: "x", 0x3000: " "}
