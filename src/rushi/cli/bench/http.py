"""`bench http`: tasks a second through a real site, by real sessions; client, web and database on this machine.

Start and heartbeats go over HTTP too, in a window of their own before; the measured window interleaves claims (of
new tasks) and submits (of prepared ones). A task is one claim and one submit, judged and paid.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rushi.cli.bench import printing, site
from rushi.cli.bench.wire import Figures, Loop, Visit, quantile_ms

if TYPE_CHECKING:
    from rushi.cli.bench.visiting import Crowd
    from rushi.market.crowd import Open, Visitor

CLIP_MS = 3_000
PEOPLE, CAMPAIGNS, AGENTS = 6_000, 45, 50
LINES = 28  # of 2 x 20 places: also when they fall unevenly on the two processes
RATE_MAX = 700  # tasks a second that are prepared for; the window ends early if it was more
PREPARED_OVER_HTTP = 400  # tasks whose claims, starts and heartbeats go over HTTP; the rest is claimed in bulk
BULK = 500
OVERLOAD_S, BEFORE_S, AFTER_S = 6.0, 3.0, 8.0
LATE_MS = 100.0


def add(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `http`."""
    verb = parts.add_parser("http", help="tasks/s through the site: claim, start, heartbeats, submit by real sessions")
    verb.add_argument("--seconds", type=float, default=20.0, help="length of the measured window")
    verb.add_argument("--url", help="a running site of this environment (its database, its keys); else one is started")
    verb.add_argument("--lines", type=int, default=LINES, help="connections at a time in the measured window")
    verb.add_argument("--overload", action="store_true", help="then three times the load, and the time to recover")
    verb.add_argument("--json", action="store_true", help="one JSON object")
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Measure, check the database behind it, print; 1 when something promised is missing or doubled."""
    with site.running("http", asked.url) as where:
        from rushi.cli.bench.visiting import READING_MS, Browser, Crowd, checked, wait_until_ready
        from rushi.db import launcher
        from rushi.market import crowd as made

        people = made.people(PEOPLE, AGENTS)
        tasks = made.campaigns([PEOPLE] * CAMPAIGNS, CLIP_MS)
        crowd = Crowd(Browser(where.host, where.port))
        pairs = ((person, task) for task in tasks for person in people)
        figures = _prepare(where, crowd, pairs)
        wanted = int(asked.seconds * RATE_MAX) + (int(RATE_MAX * OVERLOAD_S) if asked.overload else 0)
        a_task = (CLIP_MS + READING_MS) // 1000 + 1  # nobody watches two at once: that would go to a reviewer
        for before in reversed(range(0, wanted, BULK)):
            crowd.stock(list(itertools.islice(pairs, BULK)), seconds_ago=(before // PEOPLE + 1) * a_task)
        wait_until_ready(crowd.held)
        figures |= _measure(where, crowd, pairs, asked.seconds, asked.lines)
        if asked.overload:
            wait_until_ready(crowd.held)
            figures |= overload(where, crowd, pairs, float(str(figures["tasks_per_s"])))
        found = checked(crowd.promised)
        url = launcher.Cluster(where.data_dir / "pg", where.data_dir / "run").url() if where.pid else None
        printing.show("http: claim and submit through the site", figures | found, as_json=asked.json, url=url)
        return int(any(value for name, value in found.items() if "acknowledged" not in name))


Pairs = Iterator[tuple["Visitor", "Open"]]


def _prepare(where: site.Site, crowd: Crowd, pairs: Pairs) -> dict[str, object]:
    """Claims, starts and heartbeats of a few hundred tasks over HTTP, for the figures of these routes."""
    loop = Loop(where.host, where.port, LINES)
    todo = itertools.islice(pairs, PREPARED_OVER_HTTP)

    def people() -> Visit:
        for visitor, task in todo:
            yield from crowd.prepare(visitor, task)

    for _ in range(LINES // 4):
        loop.begin(people())
    began = time.perf_counter()
    loop.run()
    loop.close()
    seconds = time.perf_counter() - began
    told: dict[str, object] = {"prepared": len(crowd.held), "prepared_per_s": round(len(crowd.held) / seconds, 1)}
    return told | _by_route(loop.figures)


def _measure(where: site.Site, crowd: Crowd, pairs: Pairs, seconds: float, lines: int) -> dict[str, object]:
    loop = Loop(where.host, where.port, lines)
    held = crowd.held
    claims, submits = len(crowd.promised.claims), len(crowd.promised.submits)
    began = time.perf_counter()
    until = began + seconds

    def people() -> Visit:
        while held and time.perf_counter() < until:
            visitor, task = next(pairs)
            yield from crowd.claim(visitor, task)
            if held:
                yield from crowd.submit(held.pop(0))

    for _ in range(lines):
        loop.begin(people())
    before = where.cpu_seconds()
    loop.run()
    loop.close()
    took = time.perf_counter() - began
    after = where.cpu_seconds()
    claimed, handed_in = len(crowd.promised.claims) - claims, len(crowd.promised.submits) - submits
    tasks = min(claimed, handed_in)
    routes = _by_route(loop.figures)
    return {
        "seconds": round(took, 2),
        "tasks": tasks,
        "tasks_per_s": round(tasks / took, 1),
        "claim_p50_ms": routes["routes claim"]["p50_ms"],
        "claim_p99_ms": routes["routes claim"]["p99_ms"],
        "submit_p50_ms": routes["routes submit"]["p50_ms"],
        "submit_p99_ms": routes["routes submit"]["p99_ms"],
        "errors_5xx": sum(n for seen in loop.figures.statuses.values() for s, n in seen.items() if s >= 500 or s == 0),
        "refusals": dict(crowd.promised.refusals),
        "cpu_cores": {name: round((after[name] - before[name]) / took, 2) for name in after},
        "cpu_ms_per_task": {name: round((after[name] - before[name]) * 1000 / max(1, tasks), 2) for name in after},
        "cpu_ms_per_task_in_all": round(sum(after[name] - before[name] for name in after) * 1000 / max(1, tasks), 2),
        "bounded_by": _bound(sum(after[name] - before[name] for name in after) / took) if where.pid else "not known",
        **routes,
    }


def _bound(cores_used: float) -> str:
    """What the throughput was bounded by: our own use of the processors, or that they were not to be had."""
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    if cores_used >= 0.9 * cores:
        return f"processor: {cores_used:.2f} of {cores} cores"
    return f"waiting: {cores_used:.2f} of {cores} cores, load {load:.1f} (above {cores} and ours: others' work)"


def _by_route(figures: Figures) -> dict[str, dict[str, object]]:
    return {
        f"routes {route}": {
            "count": len(seconds),
            "p50_ms": quantile_ms(seconds, 0.5),
            "p99_ms": quantile_ms(seconds, 0.99),
            "statuses": {str(status): n for status, n in figures.statuses[route].items()},
        }
        for route, seconds in figures.seconds.items()
    }


def overload(where: site.Site, crowd: Crowd, pairs: Pairs, tasks_per_s: float) -> dict[str, object]:
    """0.7 of the sustained load, three times it, 0.7 again; arrivals come whether or not the site keeps up."""
    loop = Loop(where.host, where.port, 600)
    calm = tasks_per_s * 0.7
    start = time.perf_counter() + 0.1
    phases = (("before", BEFORE_S, calm), ("overload", OVERLOAD_S, tasks_per_s * 3), ("after", AFTER_S, calm))
    seen: list[tuple[float, float, bool]] = []  # asked at, seconds, whether a good answer

    def one(at: float, phase: str) -> Visit:
        visitor, task = next(pairs)
        assignment, answer = yield from crowd.claim(visitor, task, f"claim {phase}")
        seen.append((at, answer.seconds, bool(assignment)))
        if crowd.held:
            yield from crowd.submit(crowd.held.pop(0))

    at = start
    for phase, seconds, rate in phases:
        for number in range(int(seconds * rate)):
            loop.begin(one(at + number / rate, phase), at + number / rate)
        at += seconds
    loop.run()
    loop.close()
    calm_from = start + BEFORE_S + OVERLOAD_S
    late = [at for at, took, good in seen if at >= calm_from and (took * 1000 > LATE_MS or not good)]
    statuses = {route: {str(s): n for s, n in counted.items()} for route, counted in loop.figures.statuses.items()}
    return {
        "overload_tasks_per_s": round(tasks_per_s * 3, 1),
        "overload_statuses": statuses,
        "overload_claim_p99_ms": quantile_ms(loop.figures.seconds["claim overload"], 0.99),
        "after_claim_p99_ms": quantile_ms(loop.figures.seconds["claim after"], 0.99),
        "recovery_seconds": round(max(late) - calm_from, 2) if late else 0.0,
        "overload_5xx": sum(n for c in loop.figures.statuses.values() for s, n in c.items() if s >= 500 or s == 0),
    }
