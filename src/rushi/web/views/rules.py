"""The publication rules for everybody: what can be bought, what cannot, and which law says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language, gettext_noop
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from rushi.policy.rulebook import Rule, rulebook

CHAPTERS = (
    ("ENG", gettext_noop("点赞、关注、评论和数据")),
    ("STR", gettext_noop("报酬取决于什么、事情在哪里做")),
    ("ADV", gettext_noop("广告内容")),
    ("PAY", gettext_noop("收钱和付钱")),
    ("TRF", gettext_noop("引流")),
    ("ACC", gettext_noop("账号、卡和验证码")),
    ("PIP", gettext_noop("个人信息")),
    ("MIN", gettext_noop("未成年人")),
    ("CON", gettext_noop("舆论和内容来源")),
    ("ILL", gettext_noop("违法内容")),
)
SEVERITIES = {
    "block": ("bad", gettext_noop("不能发布")),
    "review": ("warn", gettext_noop("须人工审核")),
    "warn": ("info", gettext_noop("可以发布，须履行义务")),
}


@require_safe
@gzip_page  # sixty rules weigh 66 kB, a phone should fetch 10
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule in plain words, chapter by chapter, then what binds us ourselves."""
    book = rulebook()
    chapters = [(name, title, _shown(r for r in book.rules.values() if _belongs(r, name))) for name, title in CHAPTERS]
    ours = _shown(rule for rule in book.rules.values() if rule.is_operators)
    context = {"chapters": chapters, "ours": ours, "laws": book.laws.values(), "book": book}
    return render(request, "web/public/rules.html", context)


def _belongs(rule: Rule, chapter: str) -> bool:
    return rule.id.startswith(chapter) and not rule.is_operators


def _shown(chosen: Iterable[Rule]) -> list[dict[str, Any]]:
    english = get_language() == "en"
    return [
        {
            "rule": rule,
            "title": rule.title_en if english else rule.title_zh,
            "explain": rule.explain_en if english else rule.explain_zh,
            "chip": SEVERITIES[rule.severity],
        }
        for rule in chosen
    ]


urlpatterns = [path("rules/", rules, name="rules")]
