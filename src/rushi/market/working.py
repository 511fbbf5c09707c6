"""One worker of the headline day: its own shard of campaigns, every verb in batches, as arrivals come.

A round claims what has just arrived, starts what was claimed the round before, hands in what was started before
that, and sends what has gathered to the reviewer, the returns and the expiry sweep. So at any moment all verbs are
under way, in both workers.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier
from typing import Any, TypeAlias, TypeVar

import psycopg

from rushi.db import retry
from rushi.market import verbs_in_bulk as verbs
from rushi.market.headline import WILL_BE_REJECTED, WILL_EXPIRE, WILL_RETURN, Ints

# Numbers of a person and a campaign, and the fate.
Arrival: TypeAlias = tuple[int, int, int]
# An assignment's id and its arrival.
Placed: TypeAlias = tuple[str, int, int, int]
# Rounds done by each worker, shared between them.
Rounds: TypeAlias = MutableSequence[int]
T = TypeVar("T")

ROUND_SECONDS = 60  # of the simulated day, a round of either worker
LEAVING = frozenset({WILL_RETURN, WILL_EXPIRE})
NOBODY_WAITS = 2**40
ROUNDS_AHEAD_MAX = 5  # the slower worker's work must not run out of its lease meanwhile
REPLAYED = 0.02
LEASE_SECONDS = 1_800
REJECT_ROUNDS, RETURN_ROUNDS, EXPIRY_ROUNDS = 8, 4, 8
_OPINIONS = ("like", "neutral", "dislike")
_TEXTS = ("", "", "", "", "节奏很好，结尾的产品镜头有点短。")
OUTAGE_SECONDS_MAX = 90


@dataclass(frozen=True, slots=True)
class Shift:
    """What one worker is given: arrivals of its shard in order, ids by number, and how it works.

    `journal`, when given, is the file in which acknowledged work is written down, on disk before anything follows.
    """

    url: str
    number: int
    workers: int
    seed: int
    batch: int
    begins: dt.datetime
    people: tuple[str, ...]
    campaigns: tuple[str, ...]
    questions: tuple[tuple[str, str, str], ...]
    person: Ints
    campaign: Ints
    fate: Ints
    journal: str = ""


@dataclass(slots=True)
class Log:
    """What one worker did: counts of outcomes, answers that were wrong, and seconds of every call by verb."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    began: float = 0.0
    ended: float = 0.0


@dataclass(slots=True)
class Held:
    """Assignments on their way, by stage."""

    claimed: list[Placed] = field(default_factory=list)
    started: list[Placed] = field(default_factory=list)
    in_review: list[str] = field(default_factory=list)
    to_return: list[str] = field(default_factory=list)


class Worker:
    """The state of a worker between rounds."""

    def __init__(self, shift: Shift, rounds: Rounds) -> None:
        self.shift, self.rounds = shift, rounds
        self.connection = psycopg.connect(shift.url, autocommit=True, prepare_threshold=0)
        self.log, self.held, self.random = Log(), Held(), random.Random(shift.seed * 1_000 + shift.number)
        self.done: dict[str, list[Any]] = {}
        self.waiting = iter(zip(shift.person.tolist(), shift.campaign.tolist(), shift.fate.tolist(), strict=True))
        self.later: list[Arrival] = []
        self.was_lost = False
        self.journal = os.open(shift.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if shift.journal else None

    def tick(self) -> dt.datetime:
        """The next moment of the simulated day: no two rounds of any workers share one, and nobody runs ahead."""
        rounds, me = self.rounds, self.shift.number
        rounds[me] += 1
        while rounds[me] > min(rounds) + ROUNDS_AHEAD_MAX:
            time.sleep(0.001)
        return self.shift.begins + dt.timedelta(seconds=ROUND_SECONDS * (rounds[me] * self.shift.workers + me))

    def call(self, verb: str, run: Callable[[], T]) -> T:
        """One call, timed from the first try to the answer; tried again when the database asks for it or went away.

        `was_lost` says afterwards whether an answer was lost on the way: then the work may have been done before.
        """
        began, self.was_lost = time.perf_counter(), False
        for attempt in itertools.count():
            try:
                answer = run()
                break
            except psycopg.OperationalError as error:
                if error.sqlstate not in retry.RETRYABLE:
                    self.was_lost = True
                    self._reconnect(began + OUTAGE_SECONDS_MAX)
                elif attempt < retry.TRIES:
                    retry.pause(attempt)
                else:
                    raise
            self.log.counts["retries"] += 1
        self.log.seconds.setdefault(verb, []).append(time.perf_counter() - began)
        return answer

    def _reconnect(self, deadline: float) -> None:
        self.connection.close()
        while True:
            try:
                self.connection = psycopg.connect(self.shift.url, autocommit=True, prepare_threshold=0)
                return
            except psycopg.OperationalError:
                if time.perf_counter() > deadline:
                    raise
                time.sleep(0.2)

    def acknowledge(self, verb: str, ids: Sequence[str]) -> None:
        """Write down what was acknowledged, before anything is built on it."""
        if self.journal is not None and ids:
            os.write(self.journal, f"{verb} {' '.join(ids)}\n".encode())
            os.fdatasync(self.journal)

    def replayed(self, verb: str, fresh: list[T]) -> list[T]:
        """A few things this worker did before under this verb, to be said again with the fresh ones."""
        earlier = self.done.setdefault(verb, [])
        again = self.random.sample(earlier, min(len(earlier), int(len(fresh) * REPLAYED + self.random.random())))
        self.done[verb] = fresh[-200:] or earlier
        self.log.counts[f"replays_{verb}"] += len(again)
        return again


def work(shift: Shift, rounds: Rounds, together: Barrier) -> Log:
    """Work through the shift: all arrivals, then whatever is still under way. All workers begin together."""
    worker = Worker(shift, rounds)
    try:
        together.wait(timeout=60)
        worker.log.began = time.perf_counter()
        for number in itertools.count():
            if _round(worker, number):
                break
        worker.log.ended = time.perf_counter()
        rounds[shift.number] = NOBODY_WAITS
    finally:
        worker.connection.close()
    return worker.log


def _round(worker: Worker, number: int) -> bool:
    """One round; True when nothing is left to do."""
    at = worker.tick()
    arrivals = list(_arriving(worker))
    claimed = _claim(worker, arrivals, at) if arrivals else []
    started = _start(worker, at)
    _hand_in(worker, at)
    worker.held.claimed, worker.held.started = claimed, started
    is_over = not (arrivals or claimed or started)
    _gathered(worker, number, at, everything=is_over)
    if worker.shift.number == 0 and number % EXPIRY_ROUNDS == 0:
        _expire(worker, at)
    return is_over


def expire_rest(shift: Shift) -> Log:
    """After the last round, on the day after: every lease has run out, and ends."""
    over = shift.begins + dt.timedelta(days=1)
    worker = Worker(shift, [0])
    with worker.connection:
        while _expire(worker, over):
            pass
    return worker.log


def _arriving(worker: Worker) -> Iterator[Arrival]:
    """The next batch of arrivals. Nobody does two things at once: who comes twice waits for the next batch."""
    seen: set[int] = set()
    put_off, worker.later = worker.later, []
    for one in itertools.chain(put_off, worker.waiting):
        if one[0] in seen:
            worker.later.append(one)
            continue
        seen.add(one[0])
        yield one
        if len(seen) == worker.shift.batch:
            return


def _claim(worker: Worker, arrivals: list[Arrival], at: dt.datetime) -> list[Placed]:
    shift = worker.shift
    ids = verbs.ids(at, len(arrivals))
    fresh = [(id_, *one) for id_, one in zip(ids, arrivals, strict=True)]
    again = worker.replayed("claim", fresh)
    asked = fresh + again
    answers = worker.call("claim", lambda: verbs.claim(
        worker.connection, [one[0] for one in asked], [shift.people[one[1]] for one in asked],
        [shift.campaigns[one[2]] for one in asked], at,
    ))  # fmt: skip
    # An answer that got lost on the way is asked for again: what was claimed then is held already, under this id.
    outcomes = [
        "claimed" if existing == one[0] else outcome for one, (outcome, existing) in zip(fresh, answers, strict=False)
    ]
    worker.log.counts.update(f"claim_{outcome}" for outcome in outcomes)
    claimed = [one for one, outcome in zip(fresh, outcomes, strict=True) if outcome == "claimed"]
    worker.acknowledge("claim", [one[0] for one in claimed])
    held = {one[0] for one in claimed}
    worker.done["claim"] = [one for one in worker.done["claim"] if one[0] in held]
    for one, (outcome, existing) in zip(again, answers[len(fresh) :], strict=True):
        worker.log.wrong["claim"] += outcome != "already" or existing != one[0]
    return claimed


def _start(worker: Worker, at: dt.datetime) -> list[Placed]:
    """Start what was claimed a round ago; the ones to hand in. Half of those who will leave never start."""
    claimed = worker.held.claimed
    worker.held.to_return += [one[0] for one in claimed if one[3] == WILL_RETURN]
    ready = [one for one in claimed if one[3] not in LEAVING or one[0][-1] in "01234567"]
    if ready:
        asked = ready + [ready[n] for n in worker.random.sample(range(len(ready)), round(len(ready) * REPLAYED))]
        ids, people = [one[0] for one in asked], [worker.shift.people[one[1]] for one in asked]
        started = worker.call("start", lambda: verbs.start(worker.connection, ids, people, at))
        worker.log.counts["replays_start"] += len(asked) - len(ready)
        worker.log.wrong["start"] += started != len(asked)
        worker.acknowledge("start", ids)
    return [one for one in claimed if one[3] not in LEAVING]


def _hand_in(worker: Worker, at: dt.datetime) -> None:
    if not worker.held.started:
        return
    fresh = [
        verbs.Work(one[0], worker.shift.people[one[1]], worker.shift.campaigns[one[2]], worker.shift.questions[one[2]],
                   worker.random.choice(_OPINIONS), worker.random.choice(_TEXTS), one[3] != WILL_BE_REJECTED)
        for one in worker.held.started
    ]  # fmt: skip
    asked = fresh + worker.replayed("hand_in", fresh)
    outcomes = worker.call("hand_in", lambda: verbs.hand_in(worker.connection, asked, at))
    expected = ["accepted" if one.holds else "in_review" for one in fresh] + ["already"] * (len(asked) - len(fresh))
    if worker.was_lost:
        outcomes = [other if one == "already" else one for one, other in zip(outcomes, expected, strict=True)]
    worker.acknowledge(
        "accept", [one.id for one, outcome in zip(fresh, outcomes, strict=False) if outcome == "accepted"]
    )
    worker.log.counts["settled"] += outcomes.count("accepted")
    worker.log.wrong["hand_in"] += sum(one != other for one, other in zip(outcomes, expected, strict=True))
    worker.held.in_review += [one.id for one in fresh if not one.holds]


def _gathered(worker: Worker, number: int, at: dt.datetime, *, everything: bool) -> None:
    """Rejections and returns are rare: they gather for some rounds (returns for less than a lease)."""
    if worker.held.in_review and (everything or number % REJECT_ROUNDS == 0):
        ids, worker.held.in_review = worker.held.in_review, []
        asked = ids + worker.replayed("reject", ids)
        moved = worker.call("reject", lambda: verbs.reject(worker.connection, asked, at))
        moved = len(ids) if worker.was_lost else moved
        worker.acknowledge("reject", ids)
        worker.log.counts["rejected"] += moved
        worker.log.wrong["reject"] += moved != len(ids)
    if worker.held.to_return and (everything or number % RETURN_ROUNDS == 0):
        ids, worker.held.to_return = worker.held.to_return, []
        again = ids + worker.replayed("return", ids)
        given = worker.call("return", lambda: verbs.give_back(worker.connection, again, at))
        given = len(ids) if worker.was_lost else given
        worker.acknowledge("return", ids)
        worker.log.counts["returned"] += given
        worker.log.wrong["return"] += given != len(ids)


def _expire(worker: Worker, at: dt.datetime) -> int:
    ended = worker.call("expire", lambda: verbs.expire(worker.connection, worker.shift.batch, at))
    worker.log.counts["expired"] += ended
    return ended
