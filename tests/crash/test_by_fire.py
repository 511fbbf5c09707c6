"""A minute by fire: people at work on a real site while it is killed, cut, filled and stepped. No promise is broken.

Nothing here judges speed: how much is done in the minute, and how long an outage lasts, is the machine's affair. The
pauses between faults are in seconds of the clock, kills come first, so every kind of kill fits into the minute.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rushi.db import launcher

pytestmark = pytest.mark.crash
SOURCE = str(Path(launcher.__file__).resolve().parents[2])


def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RUSHI_", "PROMETHEUS_"))}
    environment |= {"RUSHI_DATA_DIR": str(tmp_path), "PYTHONPATH": SOURCE}
    command = [sys.executable, "-m", "rushi.cli", "bench", "faults", "--minutes", "1", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1_800, check=False)
    assert done.stdout, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    broken = {name: told[name] for name in ("missing", "doubled", "invariants_failed", "unresolved")}
    assert broken == dict.fromkeys(broken, 0), done.stderr[-4000:]
    assert told["server_errors"] == []
    assert told["doctor_ok"] is True
    assert done.returncode == 0
    assert min(told["kills_by_kind"].values()) >= 1, told["events"]
    assert told["acknowledged"] > 0
