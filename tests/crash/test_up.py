"""`./rushi up`: answers, restarts what dies, and leaves nothing running, also after kill −9."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from rushi.db import launcher

pytestmark = pytest.mark.crash
SOURCE = str(Path(launcher.__file__).resolve().parents[2])
SECONDS_MAX = STOPPED_MAX = 240  # only a hung site takes this long, on however busy a machine


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One data directory for the module: the first `up` makes the tables, the others find them."""
    directory = tmp_path_factory.mktemp("up") / "data"
    yield directory
    launcher.stop(directory)


@pytest.fixture
def port() -> int:
    """A free port whose successor is free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            number = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", number + 1))
            except OSError:
                continue
            return number


@pytest.fixture
def up(data: Path, port: int, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `up --empty` on the port and waits until it answers."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*more: str, before: Sequence[str] = ("-m", "rushi.cli"), wait: bool = True) -> subprocess.Popen[bytes]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("RUSHI_", "PROMETHEUS_"))}
        environment |= {"RUSHI_DATA_DIR": str(data), "PYTHONPATH": SOURCE}
        command = [sys.executable, *before, "up", "--port", str(port), "--empty", *more]
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        started.append(process)
        if wait:
            answers = eventually(lambda: get(port, "/healthz") == 200 or process.poll() is not None)
            assert answers, (tmp_path / "log").read_text()
            assert process.poll() is None, (tmp_path / "log").read_text()
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(STOPPED_MAX)


def get(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def eventually(holds: Callable[[], object], seconds: float = SECONDS_MAX) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def family(pid: int) -> dict[int, str]:
    """The live descendants of a process, with their command lines."""
    parents, commands = {}, {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = entry.joinpath("stat").read_text().rpartition(")")[2].split()[:2]
            commands[int(entry.name)] = entry.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if state != "Z":
            parents[int(entry.name)] = int(parent)
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {child: commands[child] for child in found - {pid}}


def workers(pid: int) -> list[int]:
    return [child for child, command in family(pid).items() if command.rstrip().endswith("cli worker")]


def alive(pids: dict[int, str]) -> list[str]:
    def lives(pid: int, command: str) -> bool:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            return stat != "Z" and Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode() == command
        except OSError:
            return False

    return [command for pid, command in pids.items() if lives(pid, command)]


Up = Callable[..., "subprocess.Popen[bytes]"]


def test_it_answers_and_a_signal_stops_everything(up: Up, port: int, data: Path) -> None:
    process = up()
    assert get(port, "/") == 200
    assert eventually(lambda: workers(process.pid))
    children = family(process.pid)
    assert any("granian" in command for command in children.values())
    process.send_signal(signal.SIGINT)
    assert process.wait(STOPPED_MAX) == 0
    assert alive(children) == []
    assert not launcher.is_running(data)
    assert get(port, "/healthz") is None


def test_a_child_that_dies_is_restarted(up: Up, port: int) -> None:
    process = up()
    assert eventually(lambda: workers(process.pid))  # it starts once the site has answered
    worker = workers(process.pid)[0]
    os.kill(worker, signal.SIGKILL)
    web = next(pid for pid, command in family(process.pid).items() if f"--port {port} " in command)
    os.kill(web, signal.SIGKILL)

    def back() -> bool:
        return bool(set(workers(process.pid)) - {worker}) and get(port, "/healthz") == 200

    assert eventually(back)


def test_workers_of_a_server_that_was_killed_end_with_it(up: Up, port: int) -> None:
    process = up()
    sandbox = f"--port {port + 1} "
    assert eventually(lambda: get(port + 1, "/sms") == 200)
    masters = {pid: command for pid, command in family(process.pid).items() if parent(pid) == process.pid}
    servers = [pid for pid, command in masters.items() if f"--port {port} " in command or sandbox in command]
    assert len(servers) == 2
    before = {child: command for server in servers for child, command in family(server).items()}
    assert len(before) >= 3
    for server in servers:
        os.kill(server, signal.SIGKILL)
    assert eventually(lambda: not alive(before)), alive(before)


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_kill_9_leaves_no_orphans_and_the_next_up_stops_the_database_it_found(up: Up, port: int, data: Path) -> None:
    process = up()
    assert eventually(lambda: workers(process.pid))
    children = family(process.pid)
    process.kill()
    process.wait()
    assert eventually(lambda: not alive(children)), alive(children)
    assert launcher.is_running(data)
    again = up()
    again.terminate()
    assert again.wait(STOPPED_MAX) == 0
    assert not launcher.is_running(data)


def test_a_database_that_ran_before_keeps_running(up: Up, port: int, data: Path) -> None:
    launcher.ensure(data)
    process = up()
    process.terminate()
    assert process.wait(STOPPED_MAX) == 0
    assert launcher.is_running(data)
    launcher.stop(data)


def test_a_database_that_is_killed_comes_back_and_the_site_with_it(up: Up, port: int, data: Path) -> None:
    process = up()
    pid_file = data / "pg" / "postmaster.pid"
    pid = int(pid_file.read_text().split("\n")[0])
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: pid_file.exists() and int(pid_file.read_text().split("\n")[0]) != pid)
    assert eventually(lambda: get(port, "/healthz") == 200)
    assert eventually(lambda: get(port, "/") == 200)
    process.terminate()
    process.wait(STOPPED_MAX)


FORK_SWALLOWS_A_SIGNAL = """
import os, pathlib, runpy, signal, sys

def swallow():
    if flag.exists():
        flag.unlink()
        os.kill(os.getpid(), signal.SIGTERM)  # what the handler raises in here is printed and lost

flag = pathlib.Path(sys.argv.pop(1))
os.register_at_fork(before=swallow)
runpy.run_module("rushi.cli", run_name="__main__")
"""


def test_a_signal_that_arrives_within_a_fork_stops_everything_too(up: Up, tmp_path: Path) -> None:
    flag = tmp_path / "swallow"
    process = up(before=["-c", FORK_SWALLOWS_A_SIGNAL, str(flag)])
    assert eventually(lambda: workers(process.pid))
    children = family(process.pid)
    flag.touch()
    os.kill(workers(process.pid)[0], signal.SIGKILL)  # to start it again, the supervisor forks
    assert process.wait(90) == 0
    assert "Exception ignored" in (tmp_path / "log").read_text()
    assert alive(children) == []


def test_a_port_in_use_is_said_so(up: Up, port: int, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process = up(wait=False)
        assert process.wait(STOPPED_MAX) == 1
    assert f"port {port} on 127.0.0.1 is not free" in (tmp_path / "log").read_text()


def test_production_refuses_demo_secrets_before_it_starts_anything(data: Path, port: int) -> None:
    environment = os.environ | {"RUSHI_PROFILE": "production", "RUSHI_DATA_DIR": str(data), "PYTHONPATH": SOURCE}
    command = [sys.executable, "-m", "rushi.cli", "up", "--port", str(port)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=STOPPED_MAX, check=False)
    assert done.returncode == 1
    assert "refusing to start in production" in done.stderr
    assert "RUSHI_SECRET_KEY" in done.stderr


def test_doctor_prints_its_checks_as_json(data: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RUSHI_")}
    environment |= {"RUSHI_DATA_DIR": str(data), "PYTHONPATH": SOURCE}
    command = [sys.executable, "-m", "rushi.cli"]
    subprocess.run([*command, "migrate", "--if-needed"], env=environment, check=True, capture_output=True)
    done = subprocess.run([*command, "doctor", "--json"], env=environment, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["ok"] is True
    assert {check["name"].split(".")[0] for check in told["checks"]} >= {"audit", "ledger", "dispatch", "campaigns"}
    launcher.stop(data)


def test_stopping_under_load_loses_nothing_that_was_acknowledged(
    data: Path, port: int, up: Callable[..., subprocess.Popen[bytes]]
) -> None:
    """SIGTERM while people write: each gets an answer or a closed door, and what was answered is in the database."""
    process = up()
    kept: list[str] = []
    broken: list[int] = []
    stop = threading.Event()

    def visitor() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=STOPPED_MAX)
        while not stop.is_set():
            try:
                line.request("GET", "/login/?next=/tasks/", headers={"Host": "localhost"})  # begins a session: a write
                answer = line.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                return  # the door was closed: nothing was acknowledged
            if answer.status >= 500 and answer.status != 503:
                broken.append(answer.status)
            cookies = [v for k, v in answer.getheaders() if k.lower() == "set-cookie" and v.startswith("sessionid=")]
            kept.extend(cookie.split(";")[0].removeprefix("sessionid=") for cookie in cookies)

    people = [threading.Thread(target=visitor, daemon=True) for _ in range(4)]
    for person in people:
        person.start()
    assert eventually(lambda: len(kept) > 20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOPPED_MAX) == 0
    stop.set()
    for person in people:
        person.join(STOPPED_MAX)
    assert broken == []
    cluster = launcher.ensure(data)
    with psycopg.connect(cluster.url()) as connection:
        row = connection.execute("SELECT count(*) FROM django_session WHERE session_key = ANY (%s)", [kept]).fetchone()
    assert row == (len(set(kept)),)
