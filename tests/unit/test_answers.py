"""What a well-formed answer is, and the orders that belong to an assignment."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from rushi.evidence import rules
from rushi.evidence.errors import AnswersIncomplete
from rushi.evidence.rules import Asked

REACTION = Asked(UUID(int=1), "reaction", (), None, True)
RECALL = Asked(UUID(int=2), "recall", ("红", "绿", "蓝"), 1, True)
TEXT = Asked(UUID(int=3), "text", (), None, False)
PREFERENCE = Asked(UUID(int=4), "preference", (), None, True)


def raw(**values: str) -> dict[str, str]:
    names = {"reaction": REACTION, "recall": RECALL, "text": TEXT, "preference": PREFERENCE}
    return {str(names[name].id): value for name, value in values.items()}


@pytest.mark.parametrize("reaction", rules.REACTIONS)
def test_every_reaction_is_as_good_as_another(reaction: str) -> None:
    given = rules.read_answers([REACTION, RECALL, TEXT], raw(reaction=reaction, recall="1"))
    assert [one.choice for one in given] == [reaction, "1"]
    assert rules.recall_right([REACTION, RECALL], given) == (1, 1)


def test_text_is_kept_and_trimmed() -> None:
    assert rules.read_answers([TEXT], raw(text="  音乐很好 "))[0].text == "音乐很好"


def test_what_no_text_column_can_hold_is_left_out() -> None:
    assert rules.read_answers([TEXT], raw(text="音乐\0很好"))[0].text == "音乐很好"
    assert rules.kept_draft([TEXT, RECALL], raw(text="好\0", recall="\0")) == raw(text="好")


@pytest.mark.parametrize("bad", [{"recall": "3"}, {"recall": ""}, {}, {"recall": "x"}])
def test_a_missing_or_foreign_choice_is_named(bad: dict[str, str]) -> None:
    with pytest.raises(AnswersIncomplete) as caught:
        rules.read_answers([REACTION, RECALL], raw(reaction="like", **bad))
    assert caught.value.params["missing"] == [str(RECALL.id)]


def test_a_text_that_is_too_short_or_too_long_is_named_even_when_voluntary() -> None:
    for text in ("嗯", "长" * 1001):
        with pytest.raises(AnswersIncomplete):
            rules.read_answers([TEXT], raw(text=text))


def test_a_wrong_recall_is_counted_not_refused() -> None:
    given = rules.read_answers([RECALL], raw(recall="0"))
    assert rules.recall_right([RECALL], given) == (1, 0)


def test_preferences() -> None:
    assert rules.choices(PREFERENCE) == ("a", "same", "b")


def test_a_draft_keeps_what_belongs_here() -> None:
    assert rules.kept_draft([TEXT], {**raw(text="好", recall="1"), "evil": "x"}) == raw(text="好")


def test_the_order_of_cuts_is_fair_and_stays() -> None:
    orders = [tuple(rules.shown_order(uuid4(), ["a", "b"])) for _ in range(400)]
    assert 140 < orders.count(("a", "b")) < 260
    one = uuid4()
    assert rules.shown_order(one, ["a", "b"]) == rules.shown_order(one, ["b", "a"])
    assert rules.shown_order(one, ["a"]) == ["a"]


def test_the_order_of_options_is_a_permutation() -> None:
    assert sorted(rules.option_order(uuid4(), RECALL.id, 7)) == list(range(7))
