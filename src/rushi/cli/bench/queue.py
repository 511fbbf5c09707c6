"""The queue yardstick: the real procrastinate (as `./rushi worker` runs it), with jobs that do nothing."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier
from typing import Any

import procrastinate
import psycopg

# The best of 1, 4, 8, 16, 32 jobs at once in one or two processes on two cores.
WORKERS = 2
CONCURRENCY = 8
JOBS_A_SECOND_MAX = 1_200


def make(url: str, jobs: int) -> None:
    """Procrastinate's own tables with `jobs` jobs that wait."""

    async def fill() -> None:
        app = _app(url)
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            for first in range(0, jobs, 1_000):
                many: list[dict[str, Any]] = [{"n": n} for n in range(first, first + 1_000)]
                await app.tasks["nothing"].batch_defer_async(*many)

    asyncio.run(fill())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def jobs_per_s(url: str, seconds: int) -> float:
    """Jobs fetched, run and marked as done a second, over `seconds`."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(WORKERS)
    with ProcessPoolExecutor(WORKERS, context, initializer=_share, initargs=(barrier,)) as pool:
        took = list(pool.map(_worker, [url] * WORKERS, [seconds] * WORKERS))
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'").fetchone()
    assert row is not None
    return float(row[0]) / max(took)


_shared: dict[str, Barrier] = {}


def _share(barrier: Barrier) -> None:
    _shared["together"] = barrier


def _worker(url: str, seconds: int) -> float:
    logging.disable(logging.CRITICAL)

    async def run() -> float:
        app = _app(url)
        async with app.open_async():
            _shared["together"].wait(timeout=60)
            began = time.perf_counter()
            worker = asyncio.create_task(
                app.run_worker_async(concurrency=CONCURRENCY, wait=False, install_signal_handlers=False)
            )
            await asyncio.wait([worker], timeout=seconds)
            took = time.perf_counter() - began
            await _stop(worker)
        return took

    return asyncio.run(run())


async def _stop(worker: asyncio.Task[Any]) -> None:
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


def _app(url: str) -> procrastinate.App:
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=url, min_size=2, max_size=CONCURRENCY + 2)
    )

    @app.task(name="nothing")
    async def nothing(n: int) -> None:
        """Do nothing."""

    return app
