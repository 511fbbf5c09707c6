"""Concurrent callers gathered into one call: everybody gets their own answer, and fails only for themselves."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from rushi.db.gathering import BATCH_MAX, Gathering


class Batches:
    """Doubles numbers; the first batch waits until `opened`, so that the others gather behind it."""

    def __init__(self, wrong: frozenset[int] = frozenset()) -> None:
        self.seen: list[list[int]] = []
        self.opened, self.entered = threading.Event(), threading.Event()
        self.wrong = wrong

    def run(self, items: Sequence[int]) -> list[int]:
        self.seen.append(list(items))
        self.entered.set()
        assert self.opened.wait(10)
        if self.wrong & set(items):
            raise ValueError(sorted(self.wrong & set(items)))
        return [2 * item for item in items]


def crowd(batches: Batches, count: int) -> list[object]:
    gathering = Gathering(batches.run)

    def one(number: int) -> object:
        try:
            return gathering(number)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(count) as pool:
        first = pool.submit(one, 0)
        assert batches.entered.wait(10)
        others = [pool.submit(one, number) for number in range(1, count)]
        while len(gathering._waiting) < count - 1:
            pass
        batches.opened.set()
        return [task.result(10) for task in (first, *others)]


def test_whoever_is_alone_runs_at_once() -> None:
    batches = Batches()
    batches.opened.set()
    assert Gathering(batches.run)(3) == 6
    assert batches.seen == [[3]]


def test_callers_that_came_meanwhile_share_the_next_call() -> None:
    batches = Batches()
    assert crowd(batches, 20) == [2 * number for number in range(20)]
    assert [len(batch) for batch in batches.seen] == [1, 19]


def test_a_batch_has_a_limit() -> None:
    batches = Batches()
    crowd(batches, BATCH_MAX + 11)
    assert [len(batch) for batch in batches.seen] == [1, BATCH_MAX, 10]


def test_one_callers_failure_is_nobody_elses() -> None:
    batches = Batches(wrong=frozenset({7}))
    answers = crowd(batches, 12)
    assert answers[7] == "[7]"
    assert [answer for number, answer in enumerate(answers) if number != 7] == [2 * n for n in range(12) if n != 7]


def test_after_a_failure_the_next_caller_is_served() -> None:
    batches = Batches(wrong=frozenset({7}))
    batches.opened.set()
    gathering = Gathering(batches.run)
    with pytest.raises(ValueError, match="7"):
        gathering(7)
    assert gathering(8) == 16
