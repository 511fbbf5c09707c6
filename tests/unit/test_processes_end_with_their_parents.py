"""Who was begun by somebody that is gone by now does not go on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from rushi.kernel import processes

PROGRAM = """
import multiprocessing, os, sys, time
from pathlib import Path
from rushi.kernel import processes

def child(parent, said):
    while sys.argv[2] == "gone" and os.getppid() == parent:
        time.sleep(0.01)
    Path(said + ".begun").write_text(str(os.getpid()))
    processes.die_with_parent()
    Path(said).write_text("went on")

one = multiprocessing.get_context("fork").Process(target=child, args=(os.getpid(), sys.argv[1]))
one.start()
if sys.argv[2] == "gone":
    os._exit(0)
one.join()
"""


def begun(said: Path, parent: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(processes.__file__).parents[2])}
    subprocess.run([sys.executable, "-c", PROGRAM, str(said), parent], env=environment, check=True, timeout=60)


def test_a_child_whose_parent_lives_goes_on(tmp_path: Path) -> None:
    begun(tmp_path / "said", "here")
    assert (tmp_path / "said").read_text() == "went on"


def test_a_child_whose_parent_ended_while_it_started_ends(tmp_path: Path) -> None:
    begun(tmp_path / "said", "gone")
    mark = tmp_path / "said.begun"
    deadline = time.monotonic() + 30
    while not mark.exists() or not mark.read_text() or Path("/proc", mark.read_text()).exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not (tmp_path / "said").exists()


def test_a_child_that_cannot_stop_is_killed_after_its_parent(tmp_path: Path) -> None:
    program = """
import multiprocessing, os, signal, sys, time
from pathlib import Path
from rushi.kernel import processes

def child(said):
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    processes.end_with_parent(0.1)
    Path(said).write_text(str(os.getpid()))
    while True:
        time.sleep(0.1)

multiprocessing.get_context("fork").Process(target=child, args=(sys.argv[1],)).start()
while not Path(sys.argv[1]).exists() or not Path(sys.argv[1]).read_text():
    time.sleep(0.01)
os._exit(0)
"""
    environment = os.environ | {"PYTHONPATH": str(Path(processes.__file__).parents[2])}
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "said")], env=environment, check=True, timeout=60)
    pid = (tmp_path / "said").read_text()
    deadline = time.monotonic() + 60
    while Path("/proc", pid).exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
