"""`bench measurement`: whether the report's intervals hold while one peeks."""

from __future__ import annotations

import argparse


def add(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `measurement`."""
    intervals = parts.add_parser("measurement", help="how often intervals ever miss while one peeks, and their width")
    intervals.add_argument("--paths", type=int, default=2000, help="simulated streams a share")
    intervals.add_argument("--answers", type=int, default=10_000, help="answers a stream")
    intervals.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Print every figure beside its limit; 1 when one is beyond it."""
    from rushi.measurement import peeking

    broken = 0
    for found in peeking.findings(asked.answers, asked.paths):
        broken += not found.ok
        print(f"{'ok ' if found.ok else 'BAD'}  {found.value:.4f} ≤ {found.limit}  {found.name}", flush=True)
    return 1 if broken else 0
