"""The report counts accepted answers only, keeps opinions back until ten, and costs a fixed number of queries."""

from __future__ import annotations

from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from rushi.kernel.errors import NotFound
from rushi.measurement import queries
from rushi.measurement.estimators import share
from tests.answered import NOON, Person, answered_campaign

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    people = [Person("like")] * 7 + [Person("neutral")] * 3 + [Person("dislike", recall="1")] * 2
    found = queries.report(answered_campaign(people), NOON)
    assert found.progress.accepted == 12
    assert (found.progress.seconds_median, found.progress.hourly_fen) == (40, 2700)
    assert found.opinions
    assert found.opinions.reaction
    assert found.opinions.recall
    assert [(p.key, p.count) for p in found.opinions.reaction.parts] == [("like", 7), ("neutral", 3), ("dislike", 2)]
    assert found.opinions.reaction.part("like").share == share(7, 12)
    assert found.opinions.recall == share(10, 12)


def test_nothing_about_opinions_before_ten_are_accepted() -> None:
    waiting = [Person("like", status="in_review")] * 8
    campaign = answered_campaign([Person("like", text="好看")] * 9 + waiting)
    found = queries.report(campaign, NOON)
    assert found.opinions is None
    assert (found.progress.accepted, found.progress.in_review, found.progress.missing) == (9, 8, 1)
    assert queries.comments(campaign).comments == ()


def test_only_accepted_work_counts() -> None:
    refused = [Person("dislike", text="不行", status="rejected", left_ms=1000)] * 5
    campaign = answered_campaign([Person("like")] * 10 + refused)
    found = queries.report(campaign, NOON)
    assert found.opinions
    assert found.opinions.reaction
    assert found.opinions.reaction.part("dislike").count == 0
    assert found.opinions.retention[0].n == 10
    assert found.progress.rejected == 5
    assert queries.comments(campaign).comments == ()


def test_retention_falls_where_people_left() -> None:
    people = [Person("like")] * 6 + [Person("neutral", left_ms=3_400)] * 3 + [Person("dislike", left_ms=0)]
    found = queries.report(answered_campaign(people), NOON)
    assert found.opinions
    curve = found.opinions.retention[0]
    watching = {point.second: round(point.watching.estimate * 10) for point in curve.points}
    assert (watching[0.0], watching[1.0], watching[3.0], watching[4.0], watching[12.4]) == (10, 9, 9, 6, 6)
    assert curve.finished == share(6, 10)
    assert curve.left_median_seconds is None


def test_segments_under_ten_are_merged() -> None:
    people = [Person("like", region="11")] * 12 + [Person("dislike", region="44")] * 10
    people += [Person("like", region="51")] * 6 + [Person("like", region="31")] * 5
    found = queries.report(answered_campaign(people), NOON)
    assert found.opinions
    rows = {row.value: row for row in found.opinions.segments[0].rows}
    assert (rows["11"].n, rows["44"].n, rows[""].n, rows[""].is_merged) == (12, 10, 11, True)
    assert rows["44"].share == share(0, 10)


def test_a_small_rest_is_not_revealed_by_subtraction() -> None:
    people = [Person("like", region="11")] * 12 + [Person("dislike", region="44")] * 10 + [Person("like", region="51")]
    found = queries.report(answered_campaign(people), NOON)
    assert found.opinions
    rows = [(row.value, row.n) for row in found.opinions.segments[0].rows]
    assert rows == [("11", 12), ("", 11)]


def test_compare_reports_the_difference_and_the_order() -> None:
    people = [Person("a", first="a")] * 50 + [Person("b", first="b")] * 5 + [Person("same", first="b")] * 5
    found = queries.report(answered_campaign(people, kind="compare"), NOON)
    assert found.opinions
    assert found.opinions.preference
    preference = found.opinions.preference
    assert preference.difference.estimate == pytest.approx(45 / 60)
    assert preference.difference.low > 0
    assert preference.order_effect
    assert preference.order_effect.estimate == pytest.approx(55 / 60)
    assert [curve.cut for curve in found.opinions.retention] == ["a", "b"]


def test_comments_come_newest_first_in_pages_without_phone_numbers() -> None:
    people = [Person("like", text=f"第 {i} 条，电话 138 0013 8000") for i in range(12)]
    campaign = answered_campaign(people)
    first = queries.comments(campaign, limit=5)
    assert [c.text for c in first.comments] == [f"第 {i} 条，电话 ＊＊＊" for i in (11, 10, 9, 8, 7)]
    assert first.comments[0].choice == "like"
    last = queries.comments(campaign, before=queries.comments(campaign, first.next_before, 5).next_before, limit=5)
    assert [c.text[:5] for c in last.comments] == ["第 1 条", "第 0 条"]
    assert last.next_before is None


@pytest.mark.parametrize("people", [10, 25])
def test_queries_do_not_grow_with_answers(people: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    campaign = answered_campaign([Person("like", text="好")] * people)
    with django_assert_num_queries(3):
        queries.report(campaign, NOON)


def test_no_such_campaign() -> None:
    with pytest.raises(NotFound):
        queries.report(uuid4(), NOON)
