"""What a campaign may become, how long its work takes, what half-written questions keep."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushi.campaigns import rules
from rushi.campaigns.rules import CampaignContent, QuestionDraft

STATES = {"draft", "in_review", "rejected", "approved", "funded", "live", "paused", "closing", "closed"}
CONTENT = CampaignContent(
    campaign_id=UUID(int=1),
    organisation_name="某公司",
    kind="reaction",
    title="标题",
    brief="说明",
    questions=(QuestionDraft("recall", "什么味道？", ("白桃", "青柠"), 0),),
    material_names=("a.mp4",),
    material_sha256=("0" * 64,),
    reward_fen=20,
)


def reachable(start: str) -> set[str]:
    found, edge = {start}, {start}
    while edge:
        edge = {to for froms, to in rules.TRANSITIONS.values() if froms & edge} - found
        found |= edge
    return found


def test_every_state_is_reached_from_a_draft_and_leads_to_the_end() -> None:
    assert reachable("draft") == STATES
    assert all("closed" in reachable(state) for state in STATES)
    assert reachable("closed") == {"closed"}


def test_nothing_is_published_without_review_and_money() -> None:
    ways = {to: froms for froms, to in (rules.TRANSITIONS[verb] for verb in ("publish", "fund", "approve"))}
    assert ways == {"live": {"funded"}, "funded": {"approved"}, "approved": {"in_review"}}


def test_money_never_goes_back_to_a_draft() -> None:
    assert not {"draft", "in_review", "approved"} & reachable("funded")


@pytest.mark.parametrize(
    ("clips", "kinds", "seconds"),
    [
        ([12_400], ["reaction", "recall", "text"], 13 + 3 + 8 + 20),
        ([15_000, 15_001], ["preference", "recall"], 31 + 5 + 8),
        ([], ["single"], 6),
    ],
)
def test_expected_seconds_are_clips_in_real_time_and_answers(clips: list[int], kinds: list[str], seconds: int) -> None:
    assert rules.expected_seconds(clips, kinds) == seconds


def test_prices_of_the_brief() -> None:
    assert rules.suggested_reward_fen(18, 2000) == 10  # 0.1 yuan buys 18 s
    assert rules.suggested_reward_fen(54, 2000) == 30  # 0.3 yuan buys 54 s
    cost = rules.quote(20, 1000, rules.Rates(2000, 1500, 1500))
    assert (cost.fee_fen, cost.commission_fen_max, cost.unit_fen, cost.total_fen) == (4, 3, 27, 31_050)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "另一个"},
        {"brief": "另一个"},
        {"reward_fen": 21},
        {"material_sha256": ("1" * 64,)},
        {"material_names": ("b.mp4",)},
        {"organisation_name": "另一家"},
        {"questions": (QuestionDraft("recall", "什么味道？", ("白桃", "青柠"), 1),)},
        {"questions": (QuestionDraft("recall", "什么味道？", ("青柠", "白桃"), 0),)},
        {"questions": ()},
    ],
)
def test_any_change_of_what_people_see_changes_the_digest(change: dict[str, object]) -> None:
    assert rules.content_digest(CONTENT) == rules.content_digest(replace(CONTENT))
    assert rules.content_digest(replace(CONTENT, **change)) != rules.content_digest(CONTENT)  # type: ignore[arg-type]


def test_opening_questions_are_of_their_kind_and_want_filling_in() -> None:
    for kind in ("reaction", "compare"):
        faults = rules.question_faults(kind, rules.opening_questions(kind))
        assert "题目没有写。" in faults
        assert not any("只能有一道" in fault for fault in faults)


drafts = st.builds(
    QuestionDraft,
    kind=st.sampled_from(["reaction", "preference", "recall", "single", "text", "vote"]),
    text=st.text(max_size=300),
    options=st.lists(st.text(max_size=90), max_size=9).map(tuple),
    right_option=st.none() | st.integers(0, 9),
)


@given(kind=st.sampled_from(["reaction", "compare"]), questions=st.lists(drafts, max_size=30))
def test_half_written_questions_fit_the_table_and_invent_no_answer(kind: str, questions: list[QuestionDraft]) -> None:
    kept = rules.keepable_questions(kind, questions)
    assert len(kept) <= rules.QUESTIONS_MAX
    for question in kept:
        assert len(question.text) <= 200
        assert len(question.options) <= 6
        assert all(len(option) <= 60 for option in question.options)
        right = rules.stored_right_option(question)
        assert (right is None) == (question.kind != "recall")
        if right is not None and question.right_option is None:
            assert "记忆题要点选一个正确答案。" in rules.question_faults(kind, [replace(question, right_option=right)])
