"""kill −9 of the worker, then of PostgreSQL, in the middle of settling: nothing is lost, nothing is paid twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rushi.db import launcher

pytestmark = pytest.mark.crash
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    yield closed / "data"
    launcher.stop(closed / "data")


def start(verb: str, home: Path) -> subprocess.Popen[str]:
    search = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.crash.settling", verb, str(home)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": search, "RUSHI_DATA_DIR": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )


def finished(verb: str, home: Path) -> str:
    process = start(verb, home)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return said.strip()


def kill_in_the_middle(home: Path, victim: str) -> None:
    """Let some batches pass, then kill without warning."""
    worker = start("work", home)
    assert worker.stdout is not None
    for _ in range(5):
        assert worker.stdout.readline() == ".\n"
    time.sleep(0.02)
    if victim == "database":
        os.kill(int((home / "pg" / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
    else:
        worker.kill()
    worker.communicate(timeout=300)
    assert worker.returncode != 0


def test_nothing_is_lost_and_nothing_is_paid_twice(home: Path) -> None:
    handed_in = int(finished("prepare", home))
    for victim in ("worker", "worker", "database", "worker"):
        kill_in_the_middle(home, victim)
        assert json.loads(finished("check", home))["broken"] == []
    finished("work", home)
    assert json.loads(finished("check", home)) == {
        "broken": [],
        "accepted": handed_in,
        "settlements": handed_in,
        "postings": 3 * handed_in,
    }
