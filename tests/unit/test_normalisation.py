"""Obfuscated text is read as what it says, and every character still knows where it came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushi.policy.normalisation import normalise


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("点 赞", "点赞"),
        ("点\u200b赞", "点赞"),
        ("点.赞*关-注", "点赞关注"),
        ("點讚", "点赞"),
        ("Ｄｉａｎ　ｚａｎ", "点赞"),
        ("d i a n z a n", "点赞"),
        ("dian赞", "点赞"),
        ("点👍", "点赞"),
        ("请.点。赞。关。注", "请点赞关注"),
        ("dz+gz", "点赞关注"),
        ("关住一下", "关注一下"),
        ("关①下", "关一下"),
        ("扌喿作", "操作"),
        ("女子评", "好评"),
        ("⭐⭐⭐⭐⭐好评", "五星好评"),
        ("➕V", "加微信"),
        ("先垫fu", "先垫付"),
        ("转發", "转发"),
        ("双鸡屏幕", "双击屏幕"),
        ("平论", "评论"),
        ("0.3元，1,000个", "0.3元，1,000个"),
        ("OK,好!", "ok，好！"),
    ],
)
def test_it_is_read_as(written: str, read: str) -> None:
    assert normalise(written).text == read


@pytest.mark.parametrize(
    "ordinary", ["把门关住后离开", "起点站和终点站", "这一点暂不考虑", "机关主任", "水平论文", "书店付款", "威信很高"]
)
def test_ordinary_words_stay_what_they_are(ordinary: str) -> None:
    assert normalise(ordinary).text == ordinary


def test_spans_lead_back_to_the_original() -> None:
    original = "请 给它d·i·a·n z-a-n，谢谢"
    normal = normalise(original)
    at = normal.text.index("点赞")
    start, end = normal.span(at, at + 2)
    assert original[start:end] == "d·i·a·n z-a-n"


def test_a_space_is_remembered_as_a_gap() -> None:
    normal = normalise("不用下载 点赞即可")
    assert normal.text.index("点") in normal.gaps


@given(st.text(max_size=200))
def test_any_text_keeps_its_map(text: str) -> None:
    normal = normalise(text)
    assert len(normal.text) == len(normal.starts) == len(normal.ends)
    assert all(0 <= s < e <= len(text) for s, e in zip(normal.starts, normal.ends, strict=True))
    assert list(normal.starts) == sorted(normal.starts)
