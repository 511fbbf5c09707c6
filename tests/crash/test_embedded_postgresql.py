"""The embedded server: made once however many race, found again after kill −9, at home in closed and odd places."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rushi.db import launcher
from rushi.db.launcher import LauncherError

pytestmark = pytest.mark.crash

IMPORTS = "import sys; from pathlib import Path; from rushi.db import launcher; home = Path(sys.argv[1]); "
ENSURE = IMPORTS + "print(launcher.ensure(home, durable=False).url())"
STOP = IMPORTS + "assert launcher.stop(home)"
SOURCE = str(Path(launcher.__file__).resolve().parents[2])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A closed directory for one cluster, whose server is stopped afterwards."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    yield closed / "data"
    for pid_file in tmp_path.rglob("postmaster.pid"):
        launcher.stop(pid_file.parent.parent)


def answers(cluster: launcher.Cluster) -> int:
    with psycopg.connect(cluster.url()) as connection:
        return int(connection.execute("SELECT 40 + 2").fetchone()[0])  # type: ignore[index]


def postmaster(home: Path) -> int:
    return int((home / "pg" / "postmaster.pid").read_text().split("\n")[0])


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_it_starts_answers_and_stops(home: Path) -> None:
    cluster = launcher.ensure(home, durable=False)
    assert answers(cluster) == 42
    assert launcher.is_running(home)
    pid = postmaster(home)
    assert launcher.stop(home)
    assert ended(pid)
    assert not launcher.is_running(home)
    assert launcher.stop(home) is False


def test_nobody_else_may_reach_it(home: Path) -> None:
    cluster = launcher.ensure(home, durable=False)
    assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700
    assert cluster.data.stat().st_mode & 0o777 == 0o700
    with psycopg.connect(cluster.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_warm_ensure_is_quick(home: Path) -> None:
    launcher.ensure(home, durable=False)
    took = []
    for _ in range(5):  # one of them is not interrupted, however busy the machine
        began = time.monotonic()
        launcher.ensure(home, durable=False)
        took.append(time.monotonic() - began)
    assert min(took) < 0.5


def test_twenty_processes_racing_a_cold_start_get_one_server(home: Path) -> None:
    command = [sys.executable, "-c", ENSURE, str(home)]
    environment = os.environ | {"PYTHONPATH": SOURCE}
    racers = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(20)]
    urls = {racer.communicate(timeout=600)[0] for racer in racers}
    assert [racer.returncode for racer in racers] == [0] * 20
    assert len(urls) == 1
    assert answers(launcher.ensure(home)) == 42
    ours = [pid for pid in launcher._processes_in(home / "pg") if pid == postmaster(home)]
    assert ours == [postmaster(home)]


def test_it_comes_back_after_kill_9_with_what_was_committed(home: Path) -> None:
    cluster = launcher.ensure(home)
    with psycopg.connect(cluster.url(launcher.OWNER), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
        pid = postmaster(home)
        os.kill(pid, signal.SIGKILL)
        again = launcher.ensure(home)
    assert postmaster(home) != pid
    with psycopg.connect(again.url(launcher.OWNER)) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (7,)


def test_a_stranger_with_the_old_process_number_is_not_taken_for_the_server(home: Path) -> None:
    cluster = launcher.ensure(home, durable=False)
    launcher.stop(home)
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n")
    assert launcher.stop(home) is False
    assert answers(launcher.ensure(home)) == 42


def test_a_zombie_is_not_taken_for_the_server(home: Path) -> None:
    cluster = launcher.ensure(home, durable=False)
    launcher.stop(home)
    zombie = subprocess.Popen(["true"])
    while Path(f"/proc/{zombie.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)
    (cluster.data / "postmaster.pid").write_text(f"{zombie.pid}\n{cluster.data}\n")
    assert answers(launcher.ensure(home)) == 42
    zombie.wait()


def test_a_server_whose_socket_was_swept_away_is_started_anew(home: Path) -> None:
    cluster = launcher.ensure(home, durable=False)
    pid = postmaster(home)
    for entry in cluster.socket_dir.iterdir():
        entry.unlink()
    assert answers(launcher.ensure(home)) == 42
    assert ended(pid)


def test_half_a_cluster_is_made_again(home: Path) -> None:
    (home / "pg.new").mkdir(parents=True)
    (home / "pg.new" / "PG_VERSION").write_text("18\n")
    assert answers(launcher.ensure(home, durable=False)) == 42


@pytest.mark.parametrize("name", ["with a space", 'it\'s, "quoted" for $HOME', "如实", "long-" + "x" * 120])
def test_odd_and_long_paths(home: Path, name: str) -> None:
    cluster = launcher.ensure(home / name, durable=False)
    assert answers(cluster) == 42
    assert launcher.stop(home / name)
    if cluster.socket_dir.parent == Path("/tmp"):
        cluster.socket_dir.rmdir()


def test_a_short_socket_directory_that_is_not_ours_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = home / ("long-" + "x" * 120)
    squatted = launcher._socket_dir(root.resolve())
    squatted.symlink_to("/tmp")
    try:
        with pytest.raises(LauncherError, match="somebody else"):
            launcher.ensure(root, durable=False)
    finally:
        squatted.unlink()


def test_binaries_can_be_chosen_and_must_fit_the_data(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    launcher.ensure(home, durable=False)
    launcher.stop(home)
    monkeypatch.setenv("RUSHI_PG_BIN", str(launcher.find_bin()))
    assert answers(launcher.ensure(home)) == 42
    launcher.stop(home)
    (home / "pg" / "PG_VERSION").write_text("9\n")
    with pytest.raises(LauncherError, match="made by PostgreSQL 9"):
        launcher.ensure(home)
    (home / "pg" / "PG_VERSION").write_text("18\n")
    monkeypatch.setenv("RUSHI_PG_BIN", str(tmp_path / "nothing"))
    with pytest.raises(LauncherError, match="no PostgreSQL found"):
        launcher.ensure(home)


def test_a_place_that_cannot_be_written_is_said_so() -> None:
    with pytest.raises(LauncherError, match="cannot be written"):
        launcher.ensure(Path("/proc/rushi"))


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become somebody else; as somebody else every test is this one"
)
def test_it_works_for_a_user_who_is_not_root(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = Path("/tmp") / f"rushi-nobody-{os.getpid()}"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c"]
    environment = os.environ | {"PYTHONPATH": SOURCE}
    try:
        done = subprocess.run(
            [*as_nobody, ENSURE, str(home)], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert (home / "pg").stat().st_uid == 65534
        done = subprocess.run(
            [*as_nobody, STOP, str(home)], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    finally:
        launcher.stop(home)
        shutil.rmtree(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="the ways of root")
def test_root_without_user_namespaces_becomes_nobody_and_changes_between_both(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher.ensure(home, durable=False)
    launcher.stop(home)
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_override")
    with monkeypatch.context() as patched:
        patched.setattr(launcher, "_unprivileged", lambda: (*nobody, "--ambient-caps=+dac_override"))
        assert answers(launcher.ensure(home)) == 42
        assert Path(f"/proc/{postmaster(home)}").stat().st_uid == 65534
        assert launcher.stop(home)
        assert answers(launcher.ensure(home / "fresh", durable=False)) == 42
        assert launcher.stop(home / "fresh")
    assert answers(launcher.ensure(home)) == 42
