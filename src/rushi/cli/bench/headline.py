"""`bench headline-day`: a million tasks through the engine, every invariant, the books added again, and yardsticks."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

import numpy as np

from rushi.cli import ready
from rushi.cli.bench import day, ground, printing, readdition, yardsticks
from rushi.market import headline

BATCH = 2_500


def add(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `headline-day`."""
    one = parts.add_parser("headline-day", help="a million tasks, claim to settlement, against three yardsticks")
    one.add_argument("--tasks", type=int, default=1_000_000)
    one.add_argument("--mix", choices=tuple(headline.MIXES), default="reactions")
    one.add_argument("--batch", type=int, default=BATCH, help="how many a call (default %(default)s)")
    one.add_argument("--yardstick-seconds", type=int, default=15, help="of each yardstick; 0 leaves them out")
    one.add_argument("--url", help="a server given by URL instead of the embedded one")
    one.add_argument("--json", action="store_true", help="one JSON object")
    one.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Play the day and print its figures; 1 when an invariant fails, a fen is off, or an answer was wrong."""
    with ground.scratch("headline", asked.url) as place:
        os.environ["RUSHI_DATABASE_URL"] = place.app_url
        ready.setup_django(quiet=True)
        from rushi.market import stocking

        plan = headline.plan(asked.tasks, asked.mix)
        stock = stocking.stock(place.owner_url, plan, day.begins())
        stocking.tidy(place.owner_url)
        played = day.play(place, plan, stock, asked.batch)
        figures = told(plan, played) | checked(place) | yardsticks.compare(place, played, asked.yardstick_seconds)
        printing.show(f"headline day, {asked.mix}", figures, as_json=asked.json, url=place.app_url)
    is_sound = not (figures["invariants_failed"] or figures["fen_difference"] or played.wrong)
    return 0 if is_sound else 1


def told(plan: headline.Plan, played: day.Outcome) -> dict[str, object]:
    """The day's own figures."""
    counts, arrivals = played.counts, len(plan.person)
    ended = {name: counts[name] for name in ("settled", "rejected", "returned", "expired")}
    refused = {
        name[6:]: n for name, n in sorted(counts.items()) if name.startswith("claim_") and name != "claim_claimed"
    }
    return {
        "tasks": played.tasks,
        "seconds": round(played.seconds, 3),
        "tasks_per_s": round(played.tasks_per_s, 1),
        "call_p99_ms": round(played.p99_ms(), 1),
        "wal_bytes_per_task": round(played.wal_bytes / played.tasks, 1),
        "people": plan.people,
        "campaigns": len(plan.places),
        "arrivals": arrivals,
        "ended": ended,
        "refused": refused,
        "replays": {name[8:]: n for name, n in sorted(counts.items()) if name.startswith("replays_")},
        "wrong_answers": dict(played.wrong),
        "retries": counts["retries"],
        "calls": {
            verb: {
                "n": len(many),
                "median_ms": round(float(np.median(many)), 1),
                "p99_ms": round(played.p99_ms(verb), 1),
            }
            for verb, many in played.milliseconds.items()
        },
        "kind_shares": _shares(plan),
        "rewards_yuan_per_task": round(float(plan.rewards_fen[plan.campaign].mean()) / 100, 4),
    }


def _shares(plan: headline.Plan) -> Mapping[str, float]:
    of_arrivals = np.array(plan.kinds)[plan.campaign]
    return {kind: round(float((of_arrivals == kind).mean()), 4) for kind in sorted(set(plan.kinds))}


def checked(place: ground.Ground) -> dict[str, object]:
    """Every invariant of every room, and the books added again outside SQL."""
    from rushi.db import invariants

    failed = [check.name for check in invariants.run() if not check.ok]
    again = readdition.add_again(place.owner_url)
    return {
        "invariants_failed": len(failed),
        "fen_difference": again.difference_fen,
        "invariants_broken": failed,
        "readdition": dict(again.compared),
        "readdition_off": dict(again.off_fen),
    }
