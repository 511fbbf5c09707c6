"""Who is in the demo market: invented people and organisations, made from a number, the same every time. Pure."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass

from rushi.identity.rules import INTERESTS, credit_check_character, identity_check_digit

PARTICIPANTS = 200
UNVERIFIED_EVERY = 8
PHONE_STAFF, PHONE_OWNERS, PHONE_AGENTS, PHONE_PARTICIPANTS = 0, 100, 200, 1000
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范"
    "方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹"
)
_GIVEN = tuple(
    """子涵 欣怡 浩然 宇轩 梓萱 思远 晓梅 建国 丽华 志强 文静 雅婷 俊杰 美玲 国庆 春燕 海涛 小雨 佳琪 明哲 秀英 桂兰 晨曦 若曦
    一鸣 天佑 雪莹 诗涵 嘉豪 凯文 红梅 玉兰 志远 淑芬 振华 立新 雨桐 沐阳 可馨 乐怡 宏伟 丹丹 婷婷 鹏飞 金凤 大伟""".split()
)
_NICKS = tuple(
    """早起的鸟 半糖去冰 山里的风 小满 阿木 橘子汽水 爱吃面的人 云上 胖虎 慢慢走 十一 晚风 柠檬不酸 老周 小鹿 夜跑选手 麦子 青团
    南方有雨 大白兔 冬瓜汤 木木 听海 一颗糖 豆包 小船 阳台种菜 阿曼 石头 三月 火锅底料 晴天 长安 海盐 西瓜皮 七七 不熬夜 小满哥
    竹子 元宵""".split()
)
_REGION_WEIGHTS = {
    "44": 14, "32": 9, "33": 9, "37": 8, "41": 8, "51": 8, "11": 7, "31": 7, "42": 6, "43": 6, "35": 4, "34": 5,
    "13": 5, "61": 4, "50": 4, "21": 3, "36": 3, "45": 3, "53": 2, "23": 2,
}  # fmt: skip
_COUNTIES = {"11": "110105", "31": "310115", "50": "500112"}


@dataclass(frozen=True, slots=True)
class Person:
    """One demo participant: what they say of themselves, and the identity that the sandbox will confirm."""

    index: int
    phone: str
    nickname: str
    name: str
    number: str
    region: str
    age_band: str
    gender: str
    interests: tuple[str, ...]
    is_verified: bool
    agent: int | None


@dataclass(frozen=True, slots=True)
class Advertiser:
    """One demo organisation, its owner's nickname, its trade, and how far its papers are."""

    key: str
    name: str
    owner: str
    trade: str
    papers: str = "approved"
    deposit_fen: int = 300_000


@dataclass(frozen=True, slots=True)
class Staff:
    """One of the platform's people and their roles."""

    key: str
    nickname: str
    roles: tuple[str, ...]


ADVERTISERS = (
    Advertiser("soda", "杭州桃汽饮料有限公司", "桃汽·林晓", "food"),
    Advertiser("laundry", "苏州净澜日化有限公司", "净澜·周敏", "home"),
    Advertiser("noodles", "西安老街餐饮管理有限公司", "老街·马师傅", "food"),
    Advertiser("lamp", "宁波拾光户外用品有限公司", "拾光·陈野", "retail"),
    Advertiser("earphones", "深圳静听电子有限公司", "静听·何工", "digital"),
    Advertiser("film", "上海长尾影视文化有限公司", "长尾·顾宁", "culture"),
    Advertiser("tea", "福州山中茶业有限公司", "山中·叶茗", "agriculture", papers="pending"),
    Advertiser("books", "成都巷口书店", "巷口·许诺", "culture", papers="draft"),
)
STAFF = (
    Staff("reviewer", "审核·苏青", ("reviewer",)),
    Staff("second", "审核·唐远", ("reviewer",)),
    Staff("finance", "财务·沈账", ("finance",)),
    Staff("cashier", "财务·方核", ("finance",)),
    Staff("operator", "运营·白露", ("operator",)),
)
AGENTS = ("晴川兼职社", "小满互助群", "南方校园大使")


def phone(offset: int) -> str:
    """A demo phone: a block of numbers that nobody of the demo shares."""
    return f"199{offset:08d}"


def person(index: int, today: dt.date) -> Person:
    """Participant `index`, whose age is right on `today`."""
    draw = random.Random(index * 104_729 + 11)
    region = draw.choices(list(_REGION_WEIGHTS), list(_REGION_WEIGHTS.values()))[0]
    gender = "f" if draw.random() < 0.56 else "m"
    born = today - dt.timedelta(days=round(365.25 * min(68.0, 18.3 + draw.expovariate(1 / 13))))
    interests = tuple(draw.sample(list(INTERESTS), draw.randint(2, 5)))
    return Person(
        index=index,
        phone=phone(PHONE_PARTICIPANTS + index),
        nickname=draw.choice(_NICKS) + ("" if draw.random() < 0.6 else str(draw.randint(2, 99))),
        name=draw.choice(_SURNAMES) + draw.choice(_GIVEN),
        number=identity_number(_COUNTIES.get(region, region + "0102"), born, index, gender),
        region=region,
        age_band=age_band((today - born).days / 365.25),
        gender=gender if draw.random() < 0.93 else "",
        interests=interests,
        is_verified=index % UNVERIFIED_EVERY != 3,
        agent=draw.choice((0, 0, 1, 1, 2)) if draw.random() < 0.55 else None,
    )


def identity_number(county: str, born: dt.date, serial: int, gender: str) -> str:
    """A well-formed GB 11643 number; its holder is invented. The last serial digit is odd for men."""
    sequence = (serial * 2 + (gender == "m")) % 900 + 100
    body = f"{county}{born:%Y%m%d}{sequence - sequence % 2 + (gender == 'm'):03d}"
    return body + identity_check_digit(body)


def age_band(years: float) -> str:
    """The age band of an age in years."""
    return next(band for band, below in zip(_BANDS, (25, 35, 45, 55, 200), strict=True) if years < below)


_BANDS = ("18-24", "25-34", "35-44", "45-54", "55+")


def credit_code(serial: int) -> str:
    """A well-formed GB 32100 code of an invented company."""
    body = f"91330100MA{serial:07d}"
    return body + credit_check_character(body)


def card_number(index: int) -> str:
    """A 19-digit UnionPay card number with a right Luhn digit; no such card exists."""
    body = f"622202{index:012d}"
    return body + next(str(digit) for digit in range(10) if _luhn(body + str(digit)))


def _luhn(digits: Sequence[str] | str) -> bool:
    doubled = [int(sign) * (1 + place % 2) for place, sign in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
