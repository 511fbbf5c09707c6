"""The gate's decisions: the labelled briefs, our own tricky ones, negation, questions, structure, obfuscation."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushi.policy.rules import ScreenInput, Structure, decide, marked, screen

DATA = Path(__file__).resolve().parent.parent / "data"
FIELDS = ("title", "brief", "reward_rule")


def briefs(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


LABELLED = briefs("briefs.jsonl")
TRICKY = briefs("tricky_briefs.jsonl")
BLOCKED = [brief for brief in LABELLED if brief["expected"] == "block"]


def decision(brief: dict[str, Any]) -> str:
    return screen(ScreenInput({name: brief[name] for name in FIELDS})).decision


def one(text: str) -> str:
    return screen(ScreenInput({"brief": text})).decision


@pytest.mark.parametrize("brief", LABELLED, ids=lambda brief: brief["id"])
def test_labelled_briefs_are_decided_as_labelled(brief: dict[str, Any]) -> None:
    assert decision(brief) == brief["expected"]


def test_labelled_briefs_show_every_expected_rule() -> None:
    expected: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for brief in LABELLED:
        rules = {f.rule for f in screen(ScreenInput({name: brief[name] for name in FIELDS})).findings}
        expected.update(brief["rules"])
        found.update(rule for rule in brief["rules"] if rule in rules)
    assert found == expected


@pytest.mark.parametrize("brief", TRICKY, ids=lambda brief: brief["id"])
def test_our_own_tricky_briefs_are_decided_right(brief: dict[str, Any]) -> None:
    assert decision(brief) == brief["expected"]


@pytest.mark.parametrize(
    "text",
    [
        "请勿在任何平台点赞。",
        "不需要点赞，关注，转发。",
        "点赞与否不影响报酬。",
        "报酬与点赞、评论数无关。",
        "禁止任何形式的点赞、关注。",
        "本活动严禁小号参与。",
        "我们不收押金，不需要垫付。",
        "您平时为什么会给视频点赞？",
        "看到“好评返现”的卡片时，您怎么想？",
        "谨防刷单诈骗。",
        "未标明广告的作品不予通过。",
    ],
)
def test_what_is_denied_or_only_asked_about_is_forgiven(text: str) -> None:
    assert one(text) == "allow"


@pytest.mark.parametrize(
    "text",
    [
        "不要忘了点赞。",
        "不点赞不结算。",
        "没有小号勿扰。",
        "不用下载，点赞，关注。",
        "不需要下载 点赞即可。",
        "不得不点赞。",
        "不会养号也可以做，小号越多越好。",
        "您平时会点赞。点赞后截图上传。",
        "聊聊天，给作品点赞，凭截图结算。",
    ],
)
def test_a_demand_dressed_as_denial_or_question_is_blocked(text: str) -> None:
    assert one(text) == "block"


@pytest.mark.parametrize("text", ["不用下载app点赞赚钱", "您愿意为3元点赞吗？", "请检查是否点赞。"])
def test_what_only_a_person_can_tell_goes_to_a_person(text: str) -> None:
    assert one(text) == "review"


def test_forgiven_matches_are_kept_for_the_reviewer() -> None:
    (forgiven,) = screen(ScreenInput({"brief": "请勿点赞。"})).forgiven
    assert (forgiven.rule, forgiven.why, forgiven.matched) == ("ENG-01", "negation", "点赞")


def test_a_finding_shows_rule_law_article_words_and_place() -> None:
    finding = screen(ScreenInput({"title": "看片", "brief": "请给它 d i a n 赞"})).findings[0]
    assert (finding.rule, finding.law, finding.article) == ("ENG-01", "NAUC-91", "9(5)")
    assert (finding.field, finding.severity) == ("brief", "block")
    assert "请给它 d i a n 赞"[finding.start : finding.end] == finding.matched
    assert finding.explain_zh
    assert finding.explain_en


def test_every_named_field_is_screened() -> None:
    for name in ("questions.0", "options.3", "material_names.0", "organisation_name"):
        assert screen(ScreenInput({"title": "看片反馈", name: "点赞领红包"})).decision == "block"


@pytest.mark.parametrize(
    ("structure", "rule"),
    [
        (Structure(payout_depends_on=("answers", "likes")), "STR-01"),
        (Structure(action_surface=("rushi_player", "someone else's public post")), "STR-02"),
        (Structure(equal_pay_positive_negative=False), "STR-03"),
        (Structure(public_post=True), "STR-04"),
        (Structure(public_post=True, label="推荐"), "STR-04"),
    ],
)
def test_structure_alone_can_block(structure: Structure, rule: str) -> None:
    decided = screen(ScreenInput({"title": "看片反馈"}, structure))
    assert decided.decision == "block"
    assert {finding.rule for finding in decided.findings} == {rule}


def test_sound_structure_is_allowed() -> None:
    structure = Structure(("answers", "time"), ("rushi_player",), True, True, "广告")
    assert screen(ScreenInput({"title": "看片反馈"}, structure)).decision == "allow"


def test_the_worst_severity_decides_and_a_warning_allows() -> None:
    assert decide(["warn", "review", "block"]) == "block"
    assert decide(["warn", "review"]) == "review"
    assert decide(["warn"]) == "allow"
    assert decide([]) == "allow"


def test_marked_text_is_the_text_with_the_worst_finding_shown() -> None:
    text = "看完请点赞，再转发到朋友圈"
    segments = marked(text, screen(ScreenInput({"brief": text})).findings, "brief")
    assert "".join(segment.text for segment in segments) == text
    assert [(s.text, s.rule) for s in segments if s.rule] == [("点赞", "ENG-01"), ("再转发到朋友圈", "ENG-03")]
    assert marked("", [], "brief") == []


ORDINARY = """
新款跑鞋两版广告对比|十五秒饮料短片记忆测试|手机壳包装三选一|亲子露营路线反馈|洗地机降噪效果看片反馈|国潮茶饮封面偏好
空气净化器说明书可读性|二手书平台找书日记|城市宣传片听懂度|健身操片段理解度|短剧预告试看|小号收纳箱外观选择
手机跑分视频看片反馈|老字号酱油广告词测试|猫砂除味短片反馈|儿童牙刷包装家长访谈|反诈短片记忆测试|扫地机器人避障片段
电动牙刷开箱视频节奏反馈|火锅店宣传片两版对比|线下门店动线问卷|银行app界面文案清晰度|春节返乡短片喜好|乡村民宿视频看片反馈
高考志愿科普短片听懂度|护手霜质感对比|防晒衣上身短片|地方方言配音测试|职场穿搭短片喜好|博物馆文创开箱反馈
旅游攻略视频字幕大小评测|咖啡馆环境音测试|厨房收纳技巧短片|新能源车试驾短片反馈|宠物医院宣传片理解度|免税店导购短片
""".replace("\n", "|")


@pytest.mark.parametrize("title", [title for title in ORDINARY.split("|") if title])
def test_ordinary_titles_are_never_blocked(title: str) -> None:
    assert screen(ScreenInput({"title": title})).decision == "allow"


SEPARATORS = [" ", ".", "*", "-", "_", "/", "|", "~", "·", "•", "\u3000", "\u200b", "\u200d", "\u2060", "\ufeff"]


@st.composite
def obfuscated(draw: st.DrawFn) -> dict[str, Any]:
    """A blocked brief with separators and invisible characters put between Chinese characters, some full width."""
    brief = dict(draw(st.sampled_from(BLOCKED)))
    separator = draw(st.sampled_from(SEPARATORS))
    every = draw(st.integers(1, 3))
    wide = draw(st.booleans())
    for name in FIELDS:
        out = []
        for index, char in enumerate(brief[name]):
            following = brief[name][index + 1 : index + 2]
            out.append(chr(ord(char) + 0xFEE0) if wide and "!" <= char <= "~" else char)
            if index % every == 0 and both_cjk(char, following):
                out.append(separator)
        brief[name] = "".join(out)
    return brief


def both_cjk(left: str, right: str) -> bool:
    return all("\u3400" <= c <= "\u9fff" for c in (left, right or "x"))


@settings(max_examples=150, deadline=None)
@given(obfuscated())
def test_obfuscation_does_not_open_the_gate(brief: dict[str, Any]) -> None:
    assert decision(brief) == "block"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_gets_a_decision_with_findings_inside_it(text: str) -> None:
    decided = screen(ScreenInput({"brief": text}))
    assert decided.decision in {"allow", "review", "block"}
    assert all(text[f.start : f.end] == f.matched for f in decided.findings if not f.rule.startswith("STR"))


def test_decomposed_and_composed_text_are_read_alike() -> None:
    text = "请给作品点赞"
    assert one(unicodedata.normalize("NFD", text)) == one(text) == "block"


def test_a_hostile_long_text_takes_no_longer_than_its_length_deserves() -> None:
    assert one("每天天天天邀请人人人人再再" * 150) in {"allow", "block", "review"}
