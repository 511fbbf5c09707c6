"""Judging is pure, sees facts only, and lets through whoever did what was asked."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

import rushi.dispatch
import rushi.verdicts
from rushi.verdicts import rules
from rushi.verdicts.models import RejectionCode
from rushi.verdicts.rules import Accept, Facts, Review

GOOD = Facts(
    coverage_bps=9_500,
    hidden_ms=0,
    refused_ms=1_000,
    overlap_ms=1_000,
    answer_ms=2_000,
    answer_ms_min=2_000,
    recall_asked=1,
    recall_right=1,
)


def test_facts_that_hold_are_accepted() -> None:
    assert rules.judge(GOOD) == Accept()


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({"coverage_bps": 9_499}, ("not_watched",)),
        ({"refused_ms": 1_001}, ("sped_up",)),
        ({"coverage_bps": 9_499, "hidden_ms": 1}, ("not_watched", "hidden")),
        ({"overlap_ms": 1_001}, ("overlap",)),
        ({"recall_right": 0}, ("recall",)),
        ({"answer_ms": 1_999}, ("too_fast",)),
    ],
)
def test_facts_that_do_not_hold_are_for_a_person(change: dict[str, int], reasons: tuple[str, ...]) -> None:
    assert rules.judge(dataclasses.replace(GOOD, **change)) == Review(reasons)


def test_who_came_back_and_watched_it_all_did_what_was_asked() -> None:
    assert rules.judge(dataclasses.replace(GOOD, hidden_ms=60_000)) == Accept()


def test_every_code_can_be_shown_and_no_other() -> None:
    worst = Facts(0, 1, 9_999, 9_999, 0, 1, 1, 0)
    assert set(rules.shown_by(worst)) == set(RejectionCode.values)


def test_recall_forgives_one_in_three() -> None:
    assert [rules.recall_right_min(asked) for asked in range(7)] == [0, 1, 2, 2, 3, 4, 4]


def test_the_least_time_grows_with_what_there_is_to_read() -> None:
    assert rules.answer_ms_min([]) == 0
    assert rules.answer_ms_min(["是什么味道？"]) == 300 + 6 * 50
    assert rules.answer_ms_min(["Which taste?"]) == 300 + 12 * 14


def test_fees_go_back_by_the_faulty_share_rounded_up() -> None:
    assert rules.fee_refund_fen(100, 0, 30) == 0
    assert rules.fee_refund_fen(100, 1, 30) == 4
    assert rules.fee_refund_fen(100, 30, 30) == 100


@pytest.mark.parametrize("room", [rushi.dispatch, rushi.verdicts])
def test_neither_offers_nor_verdicts_can_read_an_answer(room: object) -> None:
    """Promise 1, by reading the source: no name of the answers' table or model occurs in these rooms."""
    folder = Path(str(room.__file__)).parent  # type: ignore[attr-defined]
    sources = [path for path in folder.rglob("*") if path.suffix in {".py", ".sql"}]
    assert len(sources) > 10
    for path in sources:
        text = path.read_text("utf-8")
        assert not re.search(
            r"evidence_answers|\bAnswers\.objects|import .*\bAnswers\b|^\s*Answers,$|\.answers\b"
            r"|evidence_draft|\bDraft\b|free_?look|FreeLook",
            text,
            re.MULTILINE,
        ), path
