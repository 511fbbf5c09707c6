"""The rules as data: they compile, cite laws that exist, and speak two languages."""

from __future__ import annotations

import re

import pytest

from rushi.policy import negation, rulebook
from rushi.policy.models import Screening


def test_it_loads_with_every_rule_citing_an_article_that_exists() -> None:
    book = rulebook.rulebook()
    assert len(book.rules) >= 54
    for rule in book.rules.values():
        assert rule.basis
        assert all(basis.law.title and basis.article.text for basis in rule.basis)
        assert rule.explain_zh
        assert rule.explain_en
        assert rule.title_zh
        assert rule.title_en


def test_english_is_english_and_chinese_is_chinese() -> None:
    cjk = re.compile("[\u3400-\u9fff]")
    for rule in rulebook.rulebook().rules.values():
        assert cjk.search(rule.explain_zh)
        assert not cjk.search(rule.explain_en.replace("广告", ""))


def test_every_rule_has_patterns_or_is_a_structural_check_or_a_duty_of_the_operator() -> None:
    without = {rule.id for rule in rulebook.rulebook().rules.values() if not rule.patterns}
    assert without == {"STR-01", "STR-03", "STR-04", "PAY-06", "PAY-07", "OPR-01", "OPR-02", "OPR-03"}


def test_laws_say_how_and_when_they_were_checked() -> None:
    book = rulebook.rulebook()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", book.laws_checked_on)
    for law in book.laws.values():
        assert law.verified in {"text", "excerpt", "memory"}
        assert law.in_force
        assert all(article.verified in {"text", "excerpt", "memory"} for article in law.articles.values())


def test_shorthand_stays_inside_clause_or_sentence() -> None:
    assert re.search(rulebook.expand("好{..3}评"), "好的差评")
    assert not re.search(rulebook.expand("好{..3}评"), "好，评")
    assert re.search(rulebook.expand("好{,,3}评"), "好，评")
    assert not re.search(rulebook.expand("好{,,3}评"), "好。评")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"patterns": ["("]}, "unterminated"),
        ({"patterns": ["点?"]}, "matches nothing"),
        ({"basis": ["NAUC-91 999"]}, "not in laws.yaml"),
        ({"basis": ["NOPE 1"]}, "not in laws.yaml"),
        ({"severity": "stern"}, "severity"),
        ({"parties": ["neighbour"]}, "parties"),
    ],
)
def test_a_broken_rule_is_refused_by_name(change: dict[str, object], complaint: str) -> None:
    laws, _ = rulebook._laws(rulebook._read("laws.yaml"))
    entry = rulebook._read("rules.yaml")["rules"][0] | change
    with pytest.raises(ValueError, match=complaint) as caught:
        rulebook._rule(entry, laws)
    assert str(caught.value).startswith("ENG-01")


def test_guards_compile_and_carry_the_names_the_code_asks_for() -> None:
    used = {
        "negation", "negation_adjacent", "weak", "turn", "concession", "filler", "denied_after", "penalty", "can_still",
        "enquiry", "scene", "demand", "proof", "pronounless", "about", "unrelated",
    }  # fmt: skip
    assert set(negation.guards()) == used


def test_version_is_dated_and_bound_to_what_decides() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d\.\d+\+[0-9a-f]{8}", rulebook.rulebook().version)
    assert len(rulebook.rulebook().version) <= Screening._meta.get_field("rules_version").max_length
