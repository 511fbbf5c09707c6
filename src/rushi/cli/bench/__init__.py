"""`bench`: figures on this machine, never gating. One module a bench, each with `add(parts)`."""

from __future__ import annotations

import argparse
from types import ModuleType

from rushi.cli.bench import (
    calibrate,
    drop,
    failover,
    faults,
    growth,
    headline,
    http,
    matching,
    measurement,
    pages,
    report,
)

BENCHES: tuple[ModuleType, ...] = (
    pages,
    measurement,
    calibrate,
    headline,
    growth,
    report,
    http,
    drop,
    faults,
    failover,
    matching,
)


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `bench` with its parts."""
    bench = verbs.add_parser("bench", help="measure: `./rushi bench -h` lists the benches; results in bench/RESULTS.md")
    parts = bench.add_subparsers(metavar="PART", required=True)
    for module in BENCHES:
        module.add(parts)
