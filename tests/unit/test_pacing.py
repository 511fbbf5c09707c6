"""A forecast says when, with a range that holds; and says nothing when too little was seen."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushi.dispatch.pacing import DAY, SEEN_MIN, Seen, Supply, day_quote, forecast, quoted_due

NOW = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)


def test_it_works() -> None:
    found = forecast(Seen(places=200, delivered=100, window_delivered=100, window_seconds=DAY), NOW, None)
    assert found.state == "paced"
    assert found.at == NOW + dt.timedelta(days=1)
    assert found.earliest
    assert found.latest
    assert NOW < found.earliest < found.at < found.latest < NOW + dt.timedelta(days=2)


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (Seen(10, 10, 10, 600), "done"),
        (Seen(10, 11, 11, 600), "done"),
        (Seen(100, 4, 4, 3600), "unknown"),
        (Seen(100, 0, 0, 3600), "unknown"),
        (Seen(100, 0, 0, 7 * 3600), "stalled"),
        (Seen(100, 50, 0, 12 * 3600), "stalled"),
        (Seen(100, 50, 5, 0), "unknown"),
    ],
)
def test_nothing_is_made_up(seen: Seen, state: str) -> None:
    found = forecast(seen, NOW, None)
    assert found.state == state
    assert (found.at, found.earliest, found.latest, found.by_deadline) == (None, None, None, None)


def test_a_deadline_that_comes_first_is_said_in_places() -> None:
    seen = Seen(places=200, delivered=100, window_delivered=100, window_seconds=DAY)
    assert forecast(seen, NOW, NOW + dt.timedelta(hours=12)).by_deadline == 150
    assert forecast(seen, NOW, NOW - dt.timedelta(hours=1)).by_deadline == 100
    assert forecast(seen, NOW, NOW + dt.timedelta(days=3)).by_deadline is None


@given(st.integers(1, 10**6), st.integers(SEEN_MIN, 10**5), st.floats(1, 30 * DAY))
def test_the_range_holds_the_estimate_and_never_ends_before_now(rest: int, seen: int, seconds: float) -> None:
    found = forecast(Seen(rest + seen, seen, seen, seconds), NOW, None)
    assert found.at
    assert found.earliest
    assert found.latest
    assert NOW <= found.earliest <= found.at <= found.latest


@pytest.mark.parametrize(("hours", "per_hour", "rest"), [(24, 1, 40), (18, 4, 30), (24, 20, 500)])
def test_nine_ranges_in_ten_hold_at_a_steady_pace(hours: int, per_hour: float, rest: int) -> None:
    draw, held, runs = random.Random(7), 0, 600
    for _ in range(runs):
        k, at = 0, draw.expovariate(per_hour)
        while at < hours:
            k, at = k + 1, at + draw.expovariate(per_hour)
        found = forecast(Seen(k + rest, k, k, hours * 3600.0), NOW, None)
        took = NOW + dt.timedelta(hours=sum(draw.expovariate(per_hour) for _ in range(rest)))
        held += found.earliest is not None and found.latest is not None and found.earliest <= took <= found.latest
    assert held / runs >= 0.88


def test_a_quote_falls_due_over_its_day() -> None:
    assert [quoted_due(100, 500, hours * 3600) for hours in (0, 6, 24, 100)] == [0, 25, 100, 100]
    assert quoted_due(100, 60, 24 * 3600) == 60
    assert quoted_due(None, 60, 24 * 3600) is None


WEEK = tuple((people, people * 4) for people in (120, 100, 140, 130, 110, 125, 115))


def test_a_quote_is_a_range_from_supply() -> None:
    found = day_quote(Supply(people=400, days=WEEK, asked=600, asked_paying=100), places=300)
    assert (found.state, found.is_short) == ("partly", False)
    assert (found.active_low, found.active_high, found.places_each) == (100, 140, 4.0)
    assert (found.low, found.high) == (90, 140)
    assert (found.days_low, found.days_high) == (3, 4)


def test_a_few_places_in_a_large_audience_are_all_had() -> None:
    found = day_quote(Supply(people=400, days=WEEK, asked=0, asked_paying=0), places=50)
    assert (found.state, found.low, found.high) == ("enough", 50, 50)


def test_others_who_ask_take_their_part_and_pay_decides_the_high_end() -> None:
    crowded = day_quote(Supply(people=400, days=WEEK, asked=4000, asked_paying=4000), places=50)
    paid_well = day_quote(Supply(people=400, days=WEEK, asked=4000, asked_paying=0), places=50)
    assert crowded.low == paid_well.low < 10
    assert crowded.high < 10
    assert paid_well.high == 50
    assert paid_well.state == "range"


def test_nobody_promises_what_an_audience_cannot_carry() -> None:
    short = day_quote(Supply(people=60, days=((50, 90),) * 7, asked=0, asked_paying=0), places=500)
    assert (short.state, short.is_short, short.high) == ("partly", True, 50)
    assert short.days_low is None
    for days in ((), ((3, 9),) * 7):
        quiet = day_quote(Supply(people=60, days=days, asked=0, asked_paying=0), places=50)
        assert (quiet.state, quiet.low, quiet.high) == ("unknown", 0, 0)


def test_a_deadline_before_the_day_is_over_leaves_a_part_of_its_people() -> None:
    supply = Supply(people=400, days=WEEK, asked=0, asked_paying=0)
    whole, six, none = (day_quote(supply, 300, hours * 3600) for hours in (24, 6, -1))
    assert (whole.is_cut, six.is_cut, six.hours_whole) == (False, True, 6)
    assert (six.low, six.high) == (15, 35)  # a quarter of 100–140 people, less chance and losses at the low end
    assert (six.days_low, six.days_high) == (None, None)
    assert (none.state, none.low, none.high, none.hours) == ("partly", 0, 0, 0)


@given(
    st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 50)), min_size=1, max_size=7),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(1, 10**6),
)
def test_a_quote_stays_within_people_and_places(
    days: list[tuple[int, int]], asked: int, paying: int, places: int
) -> None:
    most = max(people for people, _each in days)
    seen = tuple((people, people * each) for people, each in days)
    found = day_quote(Supply(most + 100, seen, max(asked, paying), paying), places)
    assert 0 <= found.low <= found.high <= min(places, most)
