"""One worker of the headline day: its own shard of campaigns, every verb in batches, as arrivals come.

A round claims what has just arrived, starts what was claimed the round before, hands in what was started before
that, and sends what has gathered to the reviewer, the returns and the expiry sweep. So at any moment all verbs are
under way, in both workers.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import time
from collections import Counter
from collections.abc import Callable, MutableSequence
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier
from typing import TypeAlias, TypeVar

import numpy as np
import psycopg

from rushi.db import retry
from rushi.market import packing
from rushi.market import verbs_in_bulk as verbs
from rushi.market.headline import WILL_BE_REJECTED, WILL_EXPIRE, WILL_RETURN, Ints
from rushi.market.packing import Ids

# Rounds done by each worker, shared between them.
Rounds: TypeAlias = MutableSequence[int]
T = TypeVar("T")

ROUND_SECONDS = 60  # of the simulated day, a round of either worker
NOBODY_WAITS = 2**40
ROUNDS_AHEAD_MAX = 5  # the slower worker's work must not run out of its lease meanwhile
REPLAYED = 0.02
LEASE_SECONDS = 1_800
REJECT_ROUNDS, RETURN_ROUNDS, EXPIRY_ROUNDS = 8, 4, 8
WORDS_ONE_IN = 5
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


@dataclass(frozen=True, slots=True)
class Placed:
    """Assignments on their way: their ids and arrivals (places in the shift's arrays)."""

    ids: Ids
    arrivals: Ints

    def __len__(self) -> int:
        return len(self.ids)

    def chosen(self, places: Ints) -> Placed:
        """Some of them."""
        return Placed(self.ids[places], self.arrivals[places])


_NO_IDS = packing.ids_of(())
_NOBODY = Placed(_NO_IDS, np.array([], np.int64))


@dataclass(slots=True)
class Held:
    """Assignments by stage, and what was done last under each verb that is said twice."""

    claimed: Placed = _NOBODY
    started: Placed = _NOBODY
    in_review: list[Ids] = field(default_factory=list)
    to_return: list[Ids] = field(default_factory=list)
    last_claimed: Placed = _NOBODY
    last_rejected: Ids = field(default_factory=lambda: _NO_IDS)
    last_returned: Ids = field(default_factory=lambda: _NO_IDS)
    last_handed_in: verbs.Works | None = None


class Worker:
    """The state of a worker between rounds."""

    def __init__(self, shift: Shift, rounds: Rounds) -> None:
        self.shift, self.rounds = shift, rounds
        self.connection = verbs.connect(shift.url)
        self.log, self.held, self.random = Log(), Held(), np.random.default_rng([shift.seed, shift.number])
        self.people, self.campaigns = packing.ids_of(shift.people), packing.ids_of(shift.campaigns)
        self.sayings = verbs.Sayings(shift.questions)
        self.come, self.put_off = 0, np.array([], np.int64)
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
                self.connection = verbs.connect(self.shift.url)
                return
            except psycopg.OperationalError:
                if time.perf_counter() > deadline:
                    raise
                time.sleep(0.2)

    def acknowledge(self, verb: str, ids: Ids) -> None:
        """Write down what was acknowledged, before anything is built on it."""
        if self.journal is not None and len(ids):
            os.write(self.journal, f"{verb} {' '.join(packing.words_of(ids))}\n".encode())
            os.fdatasync(self.journal)

    def replayed(self, verb: str, earlier: int, fresh: int) -> Ints:
        """Places among `earlier` things done before, of a few to be said again with the fresh ones."""
        again = min(earlier, int(fresh * REPLAYED + self.random.random()))
        self.log.counts[f"replays_{verb}"] += again
        return self.random.choice(earlier, again, replace=False)


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
    arrivals = _arriving(worker)
    claimed = _claim(worker, arrivals, at) if len(arrivals) else _NOBODY
    started = _start(worker, at)
    _hand_in(worker, at)
    worker.held.claimed, worker.held.started = claimed, started
    is_over = not (len(arrivals) or len(claimed) or len(started))
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


def _arriving(worker: Worker) -> Ints:
    """The next batch of arrivals. Nobody does two things at once: who comes twice waits for the next batch."""
    person, batch, wanted = worker.shift.person, worker.shift.batch, worker.shift.batch
    while True:
        near = np.concatenate([worker.put_off, np.arange(worker.come, min(worker.come + wanted, len(person)))])
        firsts = np.sort(np.unique(person[near], return_index=True)[1])[:batch]
        if len(firsts) == batch or worker.come + wanted >= len(person):
            break
        wanted *= 2
    worker.put_off, worker.come = np.delete(near, firsts), min(worker.come + wanted, len(person))
    return near[firsts]


def _claim(worker: Worker, arrivals: Ints, at: dt.datetime) -> Placed:
    held, size = worker.held, len(arrivals)
    fresh = Placed(packing.new_ids(at, size), arrivals)
    again = held.last_claimed.chosen(worker.replayed("claim", len(held.last_claimed), size))
    ids, asked = np.concatenate([fresh.ids, again.ids]), np.concatenate([arrivals, again.arrivals])
    people, campaigns = worker.people[worker.shift.person[asked]], worker.campaigns[worker.shift.campaign[asked]]
    odd = worker.call("claim", lambda: verbs.claim(worker.connection, ids, people, campaigns, at))
    is_claimed = np.ones(size, bool)
    for place, (outcome, existing) in odd.items():
        # An answer that got lost on the way is asked for again: what was claimed then is held already, under this id.
        is_held = existing == packing.words_of(ids[place : place + 1])[0]
        if place < size:
            is_claimed[place] = is_held
            worker.log.counts[f"claim_{outcome}"] += not is_held
        else:
            worker.log.wrong["claim"] += outcome != "already" or not is_held
    worker.log.wrong["claim"] += sum(place not in odd for place in range(size, len(ids)))
    claimed = fresh.chosen(np.flatnonzero(is_claimed))
    worker.log.counts["claim_claimed"] += len(claimed)
    worker.acknowledge("claim", claimed.ids)
    if len(claimed):
        held.last_claimed = claimed.chosen(np.arange(len(claimed))[-200:])
    return claimed


def _start(worker: Worker, at: dt.datetime) -> Placed:
    """Start what was claimed a round ago; the ones to hand in. Half of those who will leave never start."""
    claimed = worker.held.claimed
    fates = worker.shift.fate[claimed.arrivals]
    worker.held.to_return.append(claimed.ids[fates == WILL_RETURN])
    stays = ~np.isin(fates, (WILL_RETURN, WILL_EXPIRE))
    ready = claimed.chosen(np.flatnonzero(stays | (worker.random.random(len(claimed)) < 0.5)))
    if len(ready):
        again = worker.random.choice(len(ready), round(len(ready) * REPLAYED), replace=False)
        asked = ready.chosen(np.concatenate([np.arange(len(ready)), again]))
        people = worker.people[worker.shift.person[asked.arrivals]]
        started = worker.call("start", lambda: verbs.start(worker.connection, asked.ids, people, at))
        worker.log.counts["replays_start"] += len(again)
        worker.log.wrong["start"] += started != len(asked)
        worker.acknowledge("start", ready.ids)
    return claimed.chosen(np.flatnonzero(stays))


def _hand_in(worker: Worker, at: dt.datetime) -> None:
    size = len(worker.held.started)
    if not size:
        return
    fresh = _works(worker, worker.held.started)
    earlier = worker.held.last_handed_in or fresh.chosen(np.array([], np.int64))
    asked = fresh.followed_by(earlier.chosen(worker.replayed("hand_in", len(earlier), size)))
    said = worker.sayings.of(asked)
    odd = worker.call("hand_in", lambda: verbs.hand_in(worker.connection, asked, said, at))
    expected = dict.fromkeys(np.flatnonzero(~fresh.holds).tolist(), "in_review")
    expected |= dict.fromkeys(range(size, len(asked)), "already")
    if worker.was_lost:
        odd = {place: one for place, one in odd.items() if place >= size or one != "already" or place in expected}
        odd |= {place: expected[place] for place, one in odd.items() if place < size and one == "already"}
    worker.acknowledge("accept", fresh.ids[[place for place in range(size) if place not in odd]])
    worker.log.counts["settled"] += len(asked) - len(odd)
    worker.log.wrong["hand_in"] += len(odd.items() ^ expected.items())
    worker.held.in_review.append(fresh.ids[~fresh.holds])
    worker.held.last_handed_in = fresh.chosen(np.arange(size)[-200:])


def _works(worker: Worker, placed: Placed) -> verbs.Works:
    size, campaigns = len(placed), worker.shift.campaign[placed.arrivals]
    return verbs.Works(
        ids=placed.ids,
        people=worker.people[worker.shift.person[placed.arrivals]],
        campaigns=worker.campaigns[campaigns],
        campaign_numbers=campaigns,
        opinions=worker.random.integers(0, len(verbs.OPINIONS), size),
        has_words=worker.random.integers(0, WORDS_ONE_IN, size) == 0,
        holds=worker.shift.fate[placed.arrivals] != WILL_BE_REJECTED,
    )


def _gathered(worker: Worker, number: int, at: dt.datetime, *, everything: bool) -> None:
    """Rejections and returns are rare: they gather for some rounds (returns for less than a lease)."""
    held = worker.held
    if everything or number % REJECT_ROUNDS == 0:
        held.last_rejected = _moved(worker, "reject", verbs.reject, held.in_review, held.last_rejected, at)
    if everything or number % RETURN_ROUNDS == 0:
        held.last_returned = _moved(worker, "return", verbs.give_back, held.to_return, held.last_returned, at)


def _moved(
    worker: Worker,
    verb: str,
    act: Callable[[verbs.Connection, Ids, dt.datetime], int],
    waiting: list[Ids],
    last: Ids,
    at: dt.datetime,
) -> Ids:
    """Reject or return what waits, and some of the `last` batch once more; what is then the last batch."""
    ids = np.concatenate([_NO_IDS, *waiting])
    if not len(ids):
        return last
    waiting.clear()
    asked = np.concatenate([ids, last[worker.replayed(verb, len(last), len(ids))]])
    moved = worker.call(verb, lambda: act(worker.connection, asked, at))
    _count_moved(worker, verb, ids, moved)
    return ids[-200:]


def _count_moved(worker: Worker, verb: str, ids: Ids, moved: int) -> None:
    moved = len(ids) if worker.was_lost else moved
    worker.acknowledge(verb, ids)
    worker.log.counts[f"{verb}ed"] += moved
    worker.log.wrong[verb] += moved != len(ids)


def _expire(worker: Worker, at: dt.datetime) -> int:
    ended = worker.call("expire", lambda: verbs.expire(worker.connection, worker.shift.batch, at))
    worker.log.counts["expired"] += ended
    return ended
