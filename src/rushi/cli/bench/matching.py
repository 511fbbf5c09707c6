"""`bench matching`: a day handed out by shadow prices against a clairvoyant and three plain orders; and a choice."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor

from rushi.cli import ready
from rushi.cli.bench import ground, printing

EARLIER_DAYS = 7
TARGETS = {"random": 0.97, "diurnal": 0.97, "late": 0.93}
ON_TIME_MIN = 0.99
CHOICE_MS_MAX = 5.0


def add(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `matching`."""
    one = parts.add_parser("matching", help="a day handed out by shadow prices against the clairvoyant linear program")
    one.add_argument("--seeds", type=int, default=5)
    one.add_argument("--arrivals", type=int, default=20_000)
    one.add_argument("--choice", action="store_true", help="instead: time a choice among 2,000 live campaigns")
    one.add_argument("--json", action="store_true", help="one JSON object")
    one.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Print every day; 1 when a target is missed."""
    return _choice(asked.json) if asked.choice else _days(asked)


def _days(asked: argparse.Namespace) -> int:
    from rushi.market.arrivals import ORDERS

    days = [(seed, order, asked.arrivals) for seed in range(1, asked.seeds + 1) for order in ORDERS]
    rows = []
    with ProcessPoolExecutor(min(len(days), os.cpu_count() or 1)) as pool:
        for row in pool.map(_day, days):
            rows.append(row)
            print(f"{len(rows)} of {len(days)} days", file=sys.stderr, flush=True)
            if not asked.json:
                _tell(row, is_first=len(rows) == 1)
    figures: dict[str, object] = {
        "arrivals": asked.arrivals,
        "worst": {order: min(float(str(row["ours"])) for row in rows if row["order"] == order) for order in ORDERS},
        "on_time_worst": min(float(str(row["on_time"])) for row in rows),
        "targets_met": all(_is_met(row) for row in rows),
        "seeds": rows,
    }
    shown = figures if asked.json else {name: value for name, value in figures.items() if name != "seeds"}
    printing.show("matching", shown, as_json=asked.json)
    return 0 if figures["targets_met"] else 1


def _day(asked: tuple[int, str, int]) -> dict[str, object]:
    return day(*asked)


def day(seed: int, order: str, arrivals: int) -> dict[str, object]:
    """One day: values as shares of what the clairvoyant gets without promises; see docs/adr/0013."""
    from rushi.market import arrivals as coming
    from rushi.market import handing, yardstick

    scene = coming.scene(seed, arrivals=arrivals)
    earlier = [coming.day(scene, seed, order, arrivals=arrivals, number=n) for n in range(1, EARLIER_DAYS + 1)]
    market = yardstick.quoted(scene, earlier)
    today = coming.day(market, seed, order, arrivals=arrivals)
    feasible, best = yardstick.feasible(market, today), yardstick.optimum(market, today)
    ours = handing.hand_out(market, today, handing.ours(market, earlier))
    plain = {
        name: handing.hand_out(market, today, policy(market, seed))
        for name, policy in (("random", handing.random), ("oldest", handing.oldest), ("highest", handing.highest))
    }
    return {
        "seed": seed,
        "order": order,
        "ours": round(ours.value / best, 4),
        **{name: round(one.value / best, 4) for name, one in plain.items()},
        "optimum": 1.0,
        "on_time": round(handing.on_time(ours, feasible), 4),
        "optimum_fen": round(best),
        "feasible": int(feasible.sum()),
        "promised": int((market.due_hour > 0).sum()),
        "asked": int((scene.due_hour > 0).sum()),
        **{f"{name}_on_time": round(handing.on_time(one, feasible), 4) for name, one in plain.items()},
        "left_without_task": ours.idle,
        "pay_by_quarter": handing.by_quarter(ours),
    }


def _tell(row: Mapping[str, object], *, is_first: bool) -> None:
    names = (
        "seed", "order", "ours", "random", "oldest", "highest", "on_time", "feasible", "left_without_task",
    )  # fmt: skip
    if is_first:
        print("  ".join(f"{name:>7}" for name in names), flush=True)
    print("  ".join(f"{row[name]!s:>{max(7, len(name))}}" for name in names), flush=True)


def _is_met(row: Mapping[str, object]) -> bool:
    ours, on_time = float(str(row["ours"])), float(str(row["on_time"]))
    above = all(ours > float(str(row[name])) for name in ("random", "oldest", "highest"))
    return ours >= TARGETS[str(row["order"])] and on_time >= ON_TIME_MIN and above


def _choice(as_json: bool) -> int:
    """Fill a market of 2,000 live campaigns, half of them with audiences, and time choosing, the hall, a refresh."""
    with ground.scratch("matching") as place:
        os.environ["RUSHI_DATABASE_URL"] = place.app_url
        ready.setup_django(quiet=True)
        from rushi.cli.bench import choosing

        figures = choosing.measure(place.owner_url)
        printing.show("a choice among 2,000 live campaigns", figures, as_json=as_json, url=place.app_url)
    return 0 if float(str(figures["choice_p99_ms"])) <= CHOICE_MS_MAX else 1
