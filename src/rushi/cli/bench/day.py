"""Runs the headline day in a database: stock it, two workers, then the figures of the calls."""

from __future__ import annotations

import contextlib
import datetime as dt
import multiprocessing
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

import numpy as np
import psycopg

from rushi.cli.bench.ground import Ground
from rushi.kernel import clock as kernel_clock
from rushi.market import headline, working

if TYPE_CHECKING:
    from rushi.market.stocking import Stock

WORKERS = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """A day's figures. A task is an assignment that was handed in and decided: paid, or rejected by a reviewer."""

    tasks: int
    seconds: float
    wal_bytes: int
    counts: Mapping[str, int]
    wrong: Mapping[str, int]
    milliseconds: Mapping[str, Sequence[float]]

    @property
    def tasks_per_s(self) -> float:
        """Tasks a second, from the first claim to the last decision."""
        return self.tasks / self.seconds

    def p99_ms(self, *verbs: str) -> float:
        """The 99th percentile of the calls of these verbs (all when none is named), in ms."""
        chosen = [ms for verb, many in self.milliseconds.items() if verb in verbs or not verbs for ms in many]
        return float(np.quantile(chosen, 0.99))


def play(
    ground: Ground,
    plan: headline.Plan,
    stock: Stock,
    batch: int,
    *,
    seed: int = 1,
    journals: Path | None = None,
    at: dt.datetime | None = None,
) -> Outcome:
    """One day (today's unless `at` says when it begins): every arrival, from both workers. `batch`: how many a call.

    With `journals`, each worker keeps one in this directory of what was acknowledged (see `working.Shift`).
    """
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
        _ask(ground.owner_url, "CHECKPOINT")  # a given server's role may not: then it starts as is
    before = _lsn(ground.owner_url)
    shifts = [
        working.Shift(
            url=ground.app_url, number=number, workers=WORKERS, seed=seed, batch=batch, begins=at or begins(),
            people=stock.people, campaigns=stock.campaigns, questions=stock.questions, person=plan.person[mine],
            campaign=plan.campaign[mine], fate=plan.fate[mine],
            journal=str(journals / f"worker-{number}") if journals else "",
        )
        for number, mine in enumerate(headline.dealt(plan, WORKERS, seed))
    ]  # fmt: skip
    logs, rest = _work(shifts)
    wal_bytes = _lsn(ground.owner_url) - before
    counts: Counter[str] = sum((log.counts for log in (*logs, rest)), Counter())
    wrong: Counter[str] = sum((log.wrong for log in logs), Counter())
    return Outcome(
        tasks=counts["settled"] + counts["rejected"],
        seconds=max(log.ended for log in logs) - min(log.began for log in logs),
        wal_bytes=wal_bytes,
        counts=counts,
        wrong=+wrong,
        milliseconds={
            verb: [1000 * one for log in logs for one in log.seconds.get(verb, ())] for verb in logs[0].seconds
        },
    )


def begins(now: dt.datetime | None = None) -> dt.datetime:
    """Five past midnight of today in Shanghai."""
    day = kernel_clock.shanghai_day(now or kernel_clock.now())
    return kernel_clock.shanghai_midnight(day) + dt.timedelta(minutes=5)


def _work(shifts: Sequence[working.Shift]) -> tuple[list[working.Log], working.Log]:
    context = multiprocessing.get_context("spawn")
    shared = (context.Array("q", len(shifts), lock=False), context.Barrier(len(shifts)))
    with ProcessPoolExecutor(len(shifts), context, initializer=_share, initargs=shared) as pool:
        logs = list(pool.map(_shift, shifts))
    return logs, working.expire_rest(shifts[0])


_shared: dict[str, Any] = {}


def _share(rounds: working.Rounds, together: Barrier) -> None:
    _shared.update(rounds=rounds, together=together)


def _shift(shift: working.Shift) -> working.Log:
    return working.work(shift, _shared["rounds"], _shared["together"])


def _lsn(url: str) -> int:
    return int(_ask(url, "SELECT (pg_current_wal_lsn() - '0/0')::bigint")[0])


def _ask(url: str, statement: LiteralString) -> Sequence[Any]:
    # A connection of its own each time: the server may be another one since.
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return (cursor.fetchone() or ()) if cursor.description else ()
