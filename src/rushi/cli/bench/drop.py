"""`bench drop`: 10,000 places open at once before 2,000 waiting people, while clips are being watched.

Everybody asks for a place of every campaign, one after the other; who is told to come back does so after the time
that the server names. Meanwhile others fetch clips by Range, piece by piece, over connections of their own.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from rushi.cli.bench import printing, site
from rushi.cli.bench.wire import Loop, Visit, quantile_ms

if TYPE_CHECKING:
    from rushi.cli.bench.visiting import Crowd
    from rushi.market.crowd import Open, Visitor

PEOPLE, CAMPAIGNS, PLACES = 2_000, 8, 1_250  # people want 16,000 places of 10,000
VIEWERS, VIEWER_PAUSE_S, PIECE_BYTES = 20, 0.5, 262_144
LINES = PEOPLE + VIEWERS  # everybody has a connection of their own
SECONDS_MAX = 120.0


def add(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `drop`."""
    verb = parts.add_parser("drop", help="10,000 places open at once before 2,000 waiting people, clips being served")
    verb.add_argument("--url", help="a running site of this environment (its database, its keys); else one is started")
    verb.add_argument("--json", action="store_true", help="one JSON object")
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Open, let people claim until nothing is left, check the database, print; 1 when something is wrong."""
    with site.running("drop", asked.url) as where:
        from rushi.campaigns.models import Budget
        from rushi.cli.bench.visiting import Browser, Crowd, checked
        from rushi.market import crowd as made

        people = made.people(PEOPLE, 20)
        tasks = made.campaigns([PLACES] * CAMPAIGNS, 12_400)
        ids = [task.id for task in tasks]
        Budget.objects.filter(pk__in=ids).update(is_open=False)
        crowd = Crowd(Browser(where.host, where.port))
        _claims(where, crowd, people, tasks[:1])  # everybody is there already, and hears that it is closed
        crowd.promised.refusals.clear()
        Budget.objects.filter(pk__in=ids).update(is_open=True)
        figures = _claims(where, crowd, people, tasks)
        found = checked(crowd.promised)
        sold = list(Budget.objects.filter(pk__in=ids).values_list("taken", flat=True))
        found |= {"oversold": sum(max(0, taken - PLACES) for taken in sold), "unsold": sum(PLACES - n for n in sold)}
        printing.show("drop: 10,000 places at once", figures | found, as_json=asked.json)
        return int(any(value for name, value in found.items() if "acknowledged" not in name))


def _claims(where: site.Site, crowd: Crowd, people: list[Visitor], tasks: list[Open]) -> dict[str, Any]:
    """All people at once, each through all tasks; figures of what they and the viewers of clips saw."""
    loop = Loop(where.host, where.port, LINES)
    began = time.perf_counter()
    until = began + SECONDS_MAX
    waiting = [len(people)]
    gone_at = [began]

    def person(number: int, visitor: Visitor) -> Visit:
        for turn in range(len(tasks)):
            task = tasks[(number + turn) % len(tasks)]
            while time.perf_counter() < until:
                assignment, answer = yield from crowd.claim(visitor, task)
                if assignment:
                    gone_at[0] = time.perf_counter()
                if answer.status not in {0, 429, 503}:
                    break
                yield answer.retry_after * (1 + number % 100 / 200)
        waiting[0] -= 1

    def viewer(visitor: Visitor, task: Open) -> Visit:
        first, path = 0, task.clip_path(visitor.id)
        while waiting[0]:
            answer = yield crowd.browser.piece(path, first, first + PIECE_BYTES - 1)
            first = first + len(answer.body) if answer.status == 206 else 0
            yield VIEWER_PAUSE_S

    for number, visitor in enumerate(people):
        loop.begin(person(number, visitor))
    for visitor in people[:VIEWERS]:
        loop.begin(viewer(visitor, tasks[0]))
    before = where.cpu_seconds()
    loop.run()
    took, after = time.perf_counter() - began, where.cpu_seconds()
    loop.close()
    seen = loop.figures
    errors = sum(
        n for counted in seen.statuses.values() for status, n in counted.items() if status >= 500 or not status
    )
    return {
        "people": len(people),
        "places": PLACES * CAMPAIGNS,
        "gone_seconds": round(gone_at[0] - began, 2),
        "seconds": round(took, 2),
        "claim_p50_ms": quantile_ms(seen.seconds["claim"], 0.5),
        "claim_p99_ms": quantile_ms(seen.seconds["claim"], 0.99),
        "clip_p99_ms": quantile_ms(seen.seconds["clip"], 0.99),
        "clip_megabytes": round(seen.came_bytes / 1e6, 1),
        "errors": errors,
        "statuses": {route: {str(s): n for s, n in counted.items()} for route, counted in seen.statuses.items()},
        "refusals": dict(crowd.promised.refusals),
        "cpu_cores": {name: round((after[name] - before[name]) / took, 2) for name in after},
    }
