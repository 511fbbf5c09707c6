"""What the headline day is measured against, on the same server right after it: pgbench, a naive design, a queue."""

from __future__ import annotations

import contextlib
import multiprocessing
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import psycopg
from psycopg import sql

from rushi.cli.bench import day, naive, queue
from rushi.cli.bench.ground import Ground
from rushi.cli.errors import CommandFailed

CLIENTS = 8
PGBENCH_SCALE = 50


def compare(ground: Ground, played: day.Outcome, seconds: int) -> dict[str, object]:
    """The three yardsticks, `seconds` each, and how many times faster the day was; empty when `seconds` is 0."""
    if not seconds:
        return {}
    tps = pgbench_tps(ground, seconds)
    naive_tasks = naive_tasks_per_s(ground, seconds)
    jobs = queue_jobs_per_s(ground, seconds)
    return {
        "pgbench_tps": round(tps, 1),
        "naive_tasks_per_s": round(naive_tasks, 1),
        "queue_jobs_per_s": round(jobs, 1),
        "ratio_pgbench": round(played.tasks_per_s / tps, 2),
        "ratio_naive": round(played.tasks_per_s / naive_tasks, 2),
        "ratio_queue": round(played.tasks_per_s / jobs, 2),
    }


def pgbench_tps(ground: Ground, seconds: int) -> float:
    """pgbench's own TPC-B-like script, 8 clients on 2 threads, at scale 50 (no branch is contended)."""
    with _database(ground, "yardstick_pgbench") as url:
        program = str(ground.programs / "pgbench")
        _run(program, "-i", "-q", "-s", str(PGBENCH_SCALE), url)
        _checkpoint(ground)
        said = _run(program, "-c", str(CLIENTS), "-j", "2", "-T", str(seconds), "-n", url)
    found = re.search(r"tps = ([\d.]+)", said)
    if found is None:
        raise CommandFailed(f"pgbench did not say how fast it was: {said[-300:]}")
    return float(found[1])


def naive_tasks_per_s(ground: Ground, seconds: int) -> float:
    """The naive design (see `naive.py`), 8 clients in processes of their own."""
    with _database(ground, "yardstick_naive") as url:
        naive.make(url)
        _checkpoint(ground)
        context = multiprocessing.get_context("spawn")
        barrier = context.Barrier(CLIENTS)
        with ProcessPoolExecutor(CLIENTS, context, initializer=naive.share, initargs=(barrier,)) as pool:
            done = list(pool.map(naive.client, *zip(*[(url, n, seconds) for n in range(CLIENTS)], strict=True)))
    return sum(done) / seconds


def queue_jobs_per_s(ground: Ground, seconds: int) -> float:
    """procrastinate's jobs that do nothing (see `queue.py`), deferred before the clock starts."""
    with _database(ground, "yardstick_queue") as url:
        queue.make(url, jobs=seconds * queue.JOBS_A_SECOND_MAX)
        _checkpoint(ground)
        return queue.jobs_per_s(url, seconds)


@contextlib.contextmanager
def _database(ground: Ground, name: str) -> Iterator[str]:
    identifier = sql.Identifier(name)
    with psycopg.connect(ground.owner_url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        server.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        try:
            yield ground.beside(name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


def _checkpoint(ground: Ground) -> None:
    with psycopg.connect(ground.owner_url, autocommit=True) as server:
        server.execute("CHECKPOINT")


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CommandFailed(f"{command[0]} failed: {done.stderr[-300:]}")
    return done.stdout
