"""`bench calibrate`: the figures of the demo people, recomputed from the log outside the repository."""

from __future__ import annotations

import argparse
import json
import os
import time
from importlib.resources import files
from pathlib import Path

from rushi.cli.errors import CommandFailed


def add(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `calibrate`."""
    figures = parts.add_parser("calibrate", help="recompute market/calibration.json from RUSHI_SHARED")
    figures.set_defaults(run=run)


def run(asked: argparse.Namespace) -> None:
    """Read the log outside the repository and write the figures that ship."""
    from rushi.market import calibration

    log = Path(os.environ.get("RUSHI_SHARED", "../shared")) / calibration.LOG
    if not log.exists():
        raise CommandFailed(f"{log} is not there: set RUSHI_SHARED")
    began = time.perf_counter()
    figures = calibration.compute(calibration.read(log))
    target = Path(str(files("rushi.market"))) / "calibration.json"
    target.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{target}: {figures['provenance']['plays']} plays in {time.perf_counter() - began:.1f} s")
