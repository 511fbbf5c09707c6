"""A job whose worker was killed is taken up again; one whose worker lives, or whose successor waits, is not."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from rushi.db import jobs

pytestmark = pytest.mark.django_db(transaction=True)  # the job speaks over a connection of its own


@pytest.fixture(autouse=True)
def _no_jobs_yet(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_events")
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")


def a_job(*, worker: int | None, queueing_lock: str | None = None, status: str = "doing") -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id, queueing_lock, lock)"
            " VALUES ('default', 'campaigns.process_material', %s, %s, %s, %s) RETURNING id",
            [status, worker, queueing_lock, queueing_lock],
        )
        return int(cursor.fetchone()[0])


def a_worker(*, silent_for_seconds: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => %s)) RETURNING id",
            [silent_for_seconds],
        )
        return int(cursor.fetchone()[0])


def states() -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status::text FROM procrastinate_jobs")
        return dict(cursor.fetchall())


def retake(own_id: int = 0) -> None:
    context: Any = SimpleNamespace(app=app, job=SimpleNamespace(id=own_id))
    # Browser tests before may have left an event loop in this thread, which allows no second one here.
    coroutine = jobs.retake_lost.func(context, 0)
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, coroutine).result()


def test_jobs_of_the_dead_wait_again_and_those_of_the_living_go_on() -> None:
    dead, alive = a_worker(silent_for_seconds=45), a_worker(silent_for_seconds=5)
    lost, forgotten, running = a_job(worker=dead), a_job(worker=None), a_job(worker=alive)
    mine = a_job(worker=None)
    retake(own_id=mine)
    assert states() == {lost: "todo", forgotten: "todo", running: "doing", mine: "doing"}


def test_a_lost_sweep_whose_successor_waits_is_let_go() -> None:
    lost = a_job(worker=None, queueing_lock="sweep")
    waiting = a_job(worker=None, queueing_lock="sweep", status="todo")
    retake()
    assert lost not in states()
    assert states() == {waiting: "todo"}
