"""A real `./rushi up` for a bench over HTTP, on a data directory of its own, and who uses the processor meanwhile."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rushi.cli import ready
from rushi.cli.bench.ground import ROOT
from rushi.cli.errors import CommandFailed
from rushi.db import launcher

_READY_SECONDS_MAX = 120
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Site:
    """Where the site answers, and the processes behind it (`pid` None when somebody else started it)."""

    host: str
    port: int
    pid: int | None
    data_dir: Path

    def cpu_seconds(self) -> dict[str, float]:
        """Processor seconds so far of client (this process), web, database and the rest of `up`."""
        used = {"client": time.process_time(), "web": 0.0, "database": 0.0, "rest": 0.0}
        for pid in _tree(self.pid) if self.pid else []:
            used["web" if b"rushi.config.wsgi" in _command(pid) else "rest"] += _seconds(pid)
        with contextlib.suppress(OSError, ValueError):
            postmaster = int((self.data_dir / "pg" / "postmaster.pid").read_text().split("\n")[0])
            used["database"] = _seconds(postmaster, ended_children=True) + sum(
                _seconds(pid) for pid in _tree(postmaster) if pid != postmaster
            )
        return used


@contextlib.contextmanager
def running(name: str, url: str | None = None) -> Iterator[Site]:
    """A site on a fresh, empty market, stopped and removed afterwards; or the one at `url`, which must use the
    database and the keys of the present environment. Django is set up on its database. Raises CommandFailed.
    """
    if url:
        host, _, given = url.removeprefix("http://").rstrip("/").partition(":")
        ready.use_database()
        ready.setup_django(quiet=True)
        yield Site(host, int(given or 80), None, launcher.default_data_dir())
        return
    root = launcher.default_data_dir() / "bench" / name
    launcher.stop(root)
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True, mode=0o700)
    port = _free_pair()
    with (root / "up.log").open("wb") as log:
        process = _up(root, port, log.fileno())
        try:
            _await(process, port, root)
            cluster = launcher.ensure(root)
            os.environ |= {"RUSHI_DATA_DIR": str(root), "RUSHI_DATABASE_URL": cluster.url()}
            os.environ["RUSHI_OWNER_DATABASE_URL"] = cluster.url(launcher.OWNER)
            ready.setup_django(quiet=True)
            yield Site("127.0.0.1", port, process.pid, root)
        finally:
            _end(process)
            launcher.stop(root)
            if "RUSHI_BENCH_KEEP" not in os.environ:
                shutil.rmtree(root, ignore_errors=True)


def _up(root: Path, port: int, log: int) -> subprocess.Popen[bytes]:
    taken = {"RUSHI_DATABASE_URL", "RUSHI_OWNER_DATABASE_URL", "RUSHI_PUBLIC_URL", "RUSHI_SANDBOX_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in taken}
    environment |= {"RUSHI_DATA_DIR": str(root), "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "rushi.cli", "up", "--empty", "--port", str(port)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _await(process: subprocess.Popen[bytes], port: int, root: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200 and b"Ctrl-C" in (root / "up.log").read_bytes():
                return
        time.sleep(0.2)
    raise CommandFailed(f"the bench's site did not start: {(root / 'up.log').read_text()[-800:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_pair() -> int:
    for _ in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            with contextlib.suppress(OSError):
                second.bind(("127.0.0.1", port + 1))
                return int(port)
    raise CommandFailed("no two free ports beside each other")


def _tree(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _seconds(pid: int, *, ended_children: bool = False) -> float:
    try:
        fields = _stat(pid)
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if ended_children else 13])) / _TICKS
