"""What a browser says it is, in a few words that a person recognises. Pure; the header may be a lie."""

from __future__ import annotations

import re
from typing import Final

_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS|OpenHarmony", "鸿蒙手机"),
    ("Android", "安卓手机"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "Mac 电脑"),
    ("CrOS", "Chromebook"),
    ("Linux|X11", "Linux 电脑"),
)
_BROWSERS: Final = (
    ("MicroMessenger", "微信"),
    ("AlipayClient", "支付宝"),
    ("Kwai|Kuaishou", "快手"),
    ("aweme", "抖音"),
    ("MiuiBrowser", "小米浏览器"),
    ("HuaweiBrowser", "华为浏览器"),
    ("VivoBrowser", "vivo 浏览器"),
    ("HeyTapBrowser", "OPPO 浏览器"),
    ("MQQBrowser|QQBrowser", "QQ 浏览器"),
    ("UCBrowser|UCWEB", "UC 浏览器"),
    ("Edg(?:e|A|iOS)?/", "Edge"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS|Chromium", "Chrome"),
    ("Safari", "Safari"),
)
AGENT_LENGTH_MAX: Final = 400


def words(agent: str) -> tuple[str, str]:
    """System and browser of a User-Agent header, as Chinese message ids; what is not known is empty.

    The first that matches: browsers name their ancestors, so the particular come before the general.
    """
    text = agent[:AGENT_LENGTH_MAX]
    return _first(_SYSTEMS, text), _first(_BROWSERS, text)


def _first(known: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for pattern, name in known if re.search(pattern, text)), "")
