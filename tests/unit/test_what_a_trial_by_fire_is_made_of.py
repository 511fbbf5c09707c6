"""The instruments of a fault trial do what they say: a clock that steps, a cable that is cut, a deck of faults."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import http.server
import os
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rushi.cli.bench import cable, disk, havoc
from rushi.kernel import clock
from rushi.market.browsing import SiteDoor
from rushi.market.journal import Unanswered

BODY = b"x" * 100_000
SAY_HOW_FAR_OFF = """
import datetime as dt
from rushi.kernel import clock
print(round((clock.now() - dt.datetime.now(dt.UTC)).total_seconds()))
"""


@pytest.mark.parametrize(("profile", "seconds"), [("demo", -60), ("production", 0)])
def test_a_step_reaches_every_process_but_none_of_production(tmp_path: Path, profile: str, seconds: int) -> None:
    clock.step_all(tmp_path / "clock", 60_000)
    clock.step_all(tmp_path / "clock", -60_000)
    environment = os.environ | {"RUSHI_CLOCK_FILE": str(tmp_path / "clock"), "RUSHI_PROFILE": profile}
    environment["PYTHONPATH"] = str(Path(clock.__file__).parents[2])
    told = subprocess.run(
        [sys.executable, "-c", SAY_HOW_FAR_OFF], env=environment, capture_output=True, text=True, check=True
    )
    assert int(told.stdout) == seconds


def test_without_a_trial_the_clock_is_the_machines() -> None:
    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=5)


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # the other end is cut on purpose
            super().handle()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def ask(connection: http.client.HTTPConnection) -> bytes:
    connection.request("GET", "/")
    return connection.getresponse().read()


def read(port: int) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        return ask(connection)
    finally:
        connection.close()


@pytest.mark.loopback
def test_a_whole_cable_carries_everything_and_a_torn_one_half_an_answer(port: int) -> None:
    with cable.between(port, 0.0, random.Random(1)) as whole:
        assert read(whole.port) == BODY
        assert whole.cuts == 0
    with cable.between(port, 1.0, random.Random(1)) as torn:
        with pytest.raises(Unanswered):
            SiteDoor(f"http://127.0.0.1:{torn.port}").send("", "/")
        assert torn.cuts == 1


@pytest.mark.loopback
@pytest.mark.parametrize("kept", [0, 9, 20, 60, 94])
def test_half_a_header_is_no_answer(kept: int) -> None:
    answer = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /work/01a20f1b-0000-7000-8000-000000000000/\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def half() -> None:
            client, _ = server.accept()
            with client:
                client.recv(10_000)
                client.sendall(answer[:kept])

        thread = threading.Thread(target=half)
        thread.start()
        with pytest.raises(Unanswered):
            SiteDoor(f"http://127.0.0.1:{server.getsockname()[1]}").send("", "/")
        thread.join()


@pytest.mark.loopback
def test_open_connections_are_reset_when_the_cable_is_cut(port: int) -> None:
    with cable.between(port, 0.0, random.Random(1)) as whole:
        connection = http.client.HTTPConnection("127.0.0.1", whole.port, timeout=10)
        ask(connection)
        assert whole.cut() == 1
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(connection)
        connection.close()


def test_every_kind_of_fault_comes_up_before_any_comes_twice() -> None:
    trouble = havoc.Havoc(None, None, None, Path(), random.Random(3))  # type: ignore[arg-type]
    deck = trouble._kinds()
    first = [next(deck) for _ in range(10)]
    assert len(set(first)) == 10
    assert set(havoc.KILLS) == set(first[:6])


def test_a_kill_that_found_nobody_comes_again() -> None:
    trouble = havoc.Havoc(None, None, None, Path(), random.Random(3))  # type: ignore[arg-type]
    first = []
    for kind in trouble._kinds():
        first.append(kind)
        if kind != "sandbox" or first.count(kind) == 2:
            trouble.done[kind] += 1
        if len(first) == 11:
            break
    assert first.count("sandbox") == 2


def test_a_disk_that_cannot_be_filled_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with disk.own(tmp_path / "root", 64) as ours:
        assert ours.why_not == "only root may mount"
        assert ours.kind == "the common disk"
        assert ours.path.is_dir()
    assert not (tmp_path / "root").exists()


def test_every_free_byte_is_taken_and_given_back_where_nobody_may_mount(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the end of the disk: the ballast grows to it and no further."""
    program = """
import resource, signal, sys
from pathlib import Path
from rushi.cli.bench.disk import Disk
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000_000, 10_000_000))
ours = Disk(Path(sys.argv[1]), "a limit")
print(ours.fill(), sum(path.stat().st_size for path in ours.path.iterdir()))
ours.free()
print(len(list(ours.path.iterdir())))
"""
    environment = os.environ | {"PYTHONPATH": str(Path(clock.__file__).parents[2])}
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], env=environment, capture_output=True, text=True, check=True
    )
    taken, size, left = map(int, told.stdout.split())
    assert 10_000_000 - 4096 < taken <= 10_000_000
    assert size == taken
    assert left == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk of its own; filling is tested above")
def test_a_disk_of_its_own_can_be_filled_and_freed_and_is_gone_afterwards(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from rushi.cli.bench import disk
with disk.own(Path(sys.argv[1]), 64) as ours:
    if ours.why_not:
        print("not here:", ours.why_not)
        raise SystemExit
    ours.fill()
    try:
        (ours.path / "more").write_bytes(b"x" * 100_000)
    except OSError as error:
        print(error.errno)
    ours.free()
    (ours.path / "more").write_bytes(b"x" * 100_000)
print("freed")
"""
    environment = os.environ | {"PYTHONPATH": str(Path(clock.__file__).parents[2])}
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "root")],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    if told.stdout.startswith("not here:"):
        pytest.skip(f"{told.stdout.strip()}; filling is tested above")
    assert told.stdout == "28\nfreed\n"
    assert not (tmp_path / "root").exists()
