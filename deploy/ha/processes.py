"""Processes of this machine, found by what they were started with or by where they work."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path


def with_argument(mark: str) -> list[int]:
    """Processes whose command line has an argument that ends in `mark` (not this script)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if any(word.endswith(mark) for word in words):
                found.append(int(entry.name))
    return found


def working_in(data: Path) -> list[int]:
    """Every process of the PostgreSQL that works in `data`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if Path(os.readlink(entry / "cwd")) == data:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may be gone by now."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
