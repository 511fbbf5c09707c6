"""Matching as arithmetic: prices move the right way, orders are one order, promises come first, nobody starves."""

from __future__ import annotations

import numpy as np
import pytest

from rushi.cli.bench import matching as bench
from rushi.dispatch import matching, pricing
from rushi.market import arrivals, handing, yardstick


def rest(**changes: object) -> pricing.Rest:
    """One segment, two campaigns of equal value, ten people to come, due at the day's end."""
    values: dict[str, object] = {
        "segment": np.array([0, 0]), "campaign": np.array([0, 1]), "value": np.array([20.0, 20.0]),
        "most": np.array([np.inf, np.inf]), "places": np.array([10.0, 10.0]), "due": np.array([1, 1]),
        "promised": np.array([False, False]), "supply": np.array([[5.0, 10.0]]), **changes,
    }  # fmt: skip
    return pricing.Rest(**values)  # type: ignore[arg-type]


def test_a_price_rises_ahead_of_plan_and_falls_behind_it() -> None:
    none, step = np.zeros(3), np.ones(3)
    moved = matching.live_price(none, step, np.array([5.0, 3.0, 0.0]), np.array([3.0, 3.0, 3.0]))
    assert moved.tolist() == [2.0, 0.0, -3.0]
    small, large = matching.steps(np.array([20.0, 20.0]), np.array([4.0, 400.0]))
    assert small > large > 0


def test_places_are_free_where_people_are_plenty_and_dear_where_they_are_not() -> None:
    plenty = pricing.solve(rest(supply=np.array([[20.0, 40.0]])))
    assert plenty.price == pytest.approx([20, 20])
    short = pricing.solve(rest())
    assert short.price == pytest.approx([0, 0])


def test_a_promise_that_only_hurry_keeps_has_a_negative_price_and_comes_first() -> None:
    plan = pricing.solve(rest(promised=np.array([False, True]), due=np.array([1, 0]), value=np.array([30.0, 10.0])))
    assert plan.price[1] < 0 < plan.share[1]
    assert plan.share[1] > plan.share[0]
    assert plan.fine[0] == 0 < plan.fine[1]


def test_the_earlier_of_two_promises_that_cannot_both_be_kept_is_kept() -> None:
    both = rest(promised=np.array([True, True]), places=np.array([9.0, 9.0]))
    plan = pricing.solve(both)
    assert plan.share[0] == pytest.approx(0.9)
    assert plan.share[1] == pytest.approx(0.1)


def work(**changes: object) -> pricing.Work:
    """One segment of ten an hour, two campaigns; the first is promised."""
    values: dict[str, object] = {
        "segment": np.array([0, 0]), "campaign": np.array([0, 1]), "value": np.array([10.0, 30.0]),
        "part": np.ones(2), "places": np.array([4.0, 400.0]), "due_hours": np.array([12.0, np.inf]),
        "promised": np.array([True, False]), "worth": np.array([10.0, 30.0]), **changes,
    }  # fmt: skip
    return pricing.Work(**values)  # type: ignore[arg-type]


def priced(**changes: object) -> pricing.Prices:
    return pricing.prices(work(**changes), pricing.Visits(np.full((1, 24), 10.0), 0.0, np.ones(1), 24.0))


def test_a_promise_waits_while_time_is_plenty_and_comes_first_when_chance_may_break_it() -> None:
    def lead(due: float, places: float) -> float:
        found = priced(due_hours=np.array([due, np.inf]), places=np.array([places, 400.0]))
        return float((np.array([10.0, 30.0]) - found.price) @ np.array([1, -1]))

    assert lead(12.0, 4.0) <= 0  # 112 people to come for 4 places: no hurry
    assert lead(1.1, 4.0) > 0  # 8 by the margin, four on average spare: three standard deviations are six
    assert lead(12.0, 95.0) > 0
    assert lead(pricing.MARGIN_HOURS, 1.0) > 0  # within the margin, always
    assert priced(promised=np.array([False, False]), due_hours=np.array([0.1, np.inf])).price.min() >= 0


def test_a_promise_that_nobody_can_carry_any_more_takes_nothing_from_others() -> None:
    few = {"due_hours": np.array([1.1, np.inf])}  # eleven people until then
    assert priced(places=np.array([40.0, 400.0]), **few).price[0] < 0  # twenty with luck
    lost = priced(places=np.array([60.0, 400.0]), **few)
    assert lost.price.min() >= 0
    assert 10.0 - lost.price[0] < 30.0 - lost.price[1]
    assert (
        priced(places=np.array([2.0, 400.0]), due_hours=np.array([0.2, np.inf])).price[0] < 0
    )  # two people, two places


def test_promises_are_planned_to_a_margin_before_they_are_due() -> None:
    many = work(places=np.ones(6), due_hours=np.array([0.2, 1.0, 1.1, 5.0, 30.0, 3.0]), promised=np.arange(6) != 5)
    until, due = pricing.planned(many, 24.0)
    assert until.tolist() == pytest.approx([0.1, 0.75, 4.75, 24.0, 24.0])
    assert due.tolist() == [0, 1, 1, 2, 3, 4]


def test_nothing_to_solve_is_solved() -> None:
    empty = np.zeros(0, np.int64)
    plan = pricing.solve(rest(segment=empty, campaign=empty, value=np.zeros(0), most=np.zeros(0)))
    assert plan.price.tolist() == [0, 0]


def test_forecasts_learn_from_the_day() -> None:
    earlier = np.full((2, 24), 10.0)
    assert pricing.expected(earlier, 6.0, np.array([12.0, 24.0, 30.0])).tolist() == [[60, 180, 240], [60, 180, 240]]
    more, usual = pricing.scale(np.array([120, 60]), np.array([60.0, 60.0]))
    assert more > usual > 1
    first = pricing.first_day(np.array([120.0, 0.0]), 12)
    assert pricing.expected(first, 0.5, np.array([12.5, 24.5])).tolist() == [[120, 240], [0, 0]]


def test_equal_scores_stand_by_age_and_an_order_is_one_order() -> None:
    score = np.array([1.0, 2.0, 1.0, 1.00001])
    assert matching.order(score, np.zeros(4), np.arange(4)).tolist() == [1, 0, 2, 3]
    assert matching.order(score, np.array([0.0, 5, 0, -5]), np.arange(4)).tolist() == [3, 0, 2, 1]


def test_reasons_are_the_terms_that_lift() -> None:
    def parts(price: float, shares: bool, taken: int) -> matching.Terms:
        one = np.array([100])
        return matching.terms(
            matching.Offers(
                reward_fen=np.array([20]), expected_seconds=np.array([36]), places=one, taken=np.array([taken]),
                shares_interest=np.array([shares]), price=np.array([price]), step=np.zeros(1), planned=np.zeros(1),
                given=np.zeros(1),
            ),
            2000,
        )  # fmt: skip

    assert matching.reasons(parts(0, False, 90), 0) == []
    assert matching.reasons(parts(-50, True, 90), 0) == ["behind", "interest"]
    assert matching.reasons(parts(50, False, 0), 0) == ["new", "places"]
    assert parts(7, True, 50).value[0] == pytest.approx(20 + 6 + 1)
    assert parts(7, True, 50).price[0] == 7


def test_simulated_audiences_are_the_masks_audiences() -> None:
    market = arrivals.scene(5, arrivals=1_000)
    from rushi.dispatch import hall

    words = [
        [getattr(one, name) for one in market.audiences] for name in ("regions", "age_bands", "genders", "interests")
    ]
    own = [[(one.region,), (one.age_band,), (one.gender,), one.interests] for one in market.profiles]
    audiences = matching.Masks(*(matching.asked(one, at) for one, at in zip(words, hall._PLACES, strict=True)))
    people = matching.Masks(*(matching.bits([row[n] for row in own], hall._PLACES[n]) for n in range(4)))
    assert (matching.eligible(people, audiences) == market.eligible).all()
    assert market.eligible.sum(axis=1).max() <= arrivals.ELIGIBLE_MAX


@pytest.mark.parametrize("order", arrivals.ORDERS)
def test_a_small_day_beats_every_plain_order(order: str) -> None:
    row = bench.day(3, order, 2_000)
    assert float(str(row["ours"])) > max(float(str(row[name])) for name in ("random", "oldest", "highest"))
    assert float(str(row["ours"])) >= 0.9
    assert float(str(row["on_time"])) >= 0.8  # a tenth of the people: chance weighs three times as much
    assert float(str(row["on_time"])) > max(
        float(str(row[f"{name}_on_time"])) for name in ("random", "oldest", "highest")
    )


def test_a_day_is_the_same_day_again_and_nobody_leaves_while_something_is_open() -> None:
    scene = arrivals.scene(4, arrivals=1_000)
    earlier = [arrivals.day(scene, 4, "diurnal", arrivals=1_000, number=n) for n in (1, 2)]
    market = yardstick.quoted(scene, earlier)
    today = arrivals.day(market, 4, "diurnal", arrivals=1_000)
    one, two = (handing.hand_out(market, today, handing.ours(market, earlier)) for _ in range(2))
    assert (one.value, one.left.tolist()) == (two.value, two.left.tolist())
    assert one.idle + (market.places - one.left).sum() == 1_000
    assert sum(handing.by_quarter(one)) == pytest.approx(1, abs=0.001)
