"""A real site for a bench: `./rushi up` on a data directory of its own, and the processes it is made of."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rushi.cli.bench.ground import ROOT
from rushi.cli.errors import CommandFailed
from rushi.db import launcher

_UP_SECONDS_MAX = 600
_DOWN_SECONDS_MAX = 180
_LEFT_SECONDS_MAX = 180  # who is told to stop while it imports the site stops when it has


@dataclass(frozen=True, slots=True)
class Site:
    """A running site: its data, port, log, and the supervisor's process id."""

    data: Path
    port: int
    log: Path
    pid: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def is_well(self) -> bool:
        """Whether /healthz says so now."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def postmaster(self) -> int | None:
        """The database server's process, None while there is none (or somebody else has its number by now)."""
        try:
            pid = int((self.data / "pg" / "postmaster.pid").read_text().split("\n")[0])
            return pid if Path(f"/proc/{pid}/comm").read_text() == "postgres\n" else None
        except (OSError, ValueError):
            return None


@contextlib.contextmanager
def running(data: Path, log: Path, more: Mapping[str, str]) -> Iterator[Site]:
    """A site without a demo market on free ports, stopped afterwards. `more` is added to its environment.

    Raises CommandFailed when it does not come up, or does not go down in order.
    """
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RUSHI_", "PROMETHEUS_"))}
    environment |= {"RUSHI_DATA_DIR": str(data), "PYTHONPATH": str(ROOT / "src"), **more}
    command = [sys.executable, "-m", "rushi.cli", "up", "--port", str(port), "--empty"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    site = Site(data, port, log, process.pid)
    try:
        _wait_until_up(site, process)
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(_DOWN_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        launcher.stop(data)
    if code != 0:
        raise CommandFailed(f"the site did not stop in order ({code}): {log.read_text()[-2000:]}")
    deadline = time.monotonic() + _LEFT_SECONDS_MAX
    while left := [one.command for one in family(1) if re.search(f"--port ({port}|{port + 1}) ", one.command)]:
        if time.monotonic() > deadline:
            raise CommandFailed(f"the site left processes behind: {left}")
        time.sleep(0.1)


def _wait_until_up(site: Site, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _UP_SECONDS_MAX
    while not site.is_well():
        if process.poll() is not None or time.monotonic() > deadline:
            raise CommandFailed(f"the site did not come up: {site.log.read_text()[-2000:]}")
        time.sleep(0.1)


def free_port() -> int:
    """A free port of this machine whose successor is free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            number = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", number + 1))
            except OSError:
                continue
            return number


@dataclass(frozen=True, slots=True)
class Process:
    """A live process: its parent, and its command line."""

    pid: int
    parent: int
    command: str


def family(pid: int) -> list[Process]:
    """The live descendants of a process."""
    everybody: dict[int, Process] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = entry.joinpath("stat").read_text().rpartition(")")[2].split()[:2]
            command = entry.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if state != "Z":
            everybody[int(entry.name)] = Process(int(entry.name), int(parent), command)
    found = {pid}
    while more := {one.pid for one in everybody.values() if one.parent in found} - found:
        found |= more
    return [everybody[one] for one in sorted(found - {pid})]
