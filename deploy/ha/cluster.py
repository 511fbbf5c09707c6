#!/usr/bin/env python3
"""Three PostgreSQL nodes under Patroni, and three etcd, on loopback: Debian's packages, one directory, no root server.

    apt-get install postgresql patroni etcd-server
    deploy/ha/cluster.py start [--dir DIR]     make it (first time) and wait for a primary with a synchronous standby
    deploy/ha/cluster.py status                who leads, who follows, who is synchronous
    deploy/ha/cluster.py kill-primary          kill -9 the primary's PostgreSQL and its Patroni, as when a machine dies
    deploy/ha/cluster.py revive                start whatever is dead again; it rejoins as a standby (pg_rewind)
    deploy/ha/cluster.py url [owner]           the URL for RUSHI_DATABASE_URL (RUSHI_OWNER_DATABASE_URL)
    deploy/ha/cluster.py stop [--remove]       stop everything

A commit is acknowledged only when a standby has it on disk too (synchronous_mode_strict). The client finds the primary
itself (libpq: several hosts, target_session_attrs=read-write), so no proxy stands in between. Between machines the same
files serve with the machines' addresses, TLS and a watchdog: see README.md beside this script.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

NODES = (1, 2, 3)
HOST = "127.0.0.1"
BIN_DIRS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
DATABASE, OWNER, APP = "rushi", "rushi_owner", "rushi_app"
READY_SECONDS_MAX = 90
# Patroni wants ttl >= 20 and loop_wait + 2 x retry_timeout <= ttl: a dead primary is replaced within ttl and a moment.
TTL_SECONDS, LOOP_SECONDS, RETRY_SECONDS = 20, 5, 5


def main() -> int:
    """Run the verb that was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("verb", choices=sorted(VERBS))
    parser.add_argument("role", nargs="?", default="app", choices=["app", "owner"], help="for url")
    parser.add_argument("--dir", type=Path, default=Path(os.environ.get("RUSHI_HA_DIR", "/tmp/rushi-ha")))
    parser.add_argument("--port", type=int, default=15430, help="nodes listen on port+1..3, Patroni +11.., etcd +21..")
    parser.add_argument("--remove", action="store_true", help="with stop: delete the directory too")
    asked = parser.parse_args()
    asked.dir = asked.dir.resolve()
    kept = asked.dir / "port"
    if kept.exists():
        asked.port = int(kept.read_text())
    return VERBS[asked.verb](asked) or 0


def start(asked: argparse.Namespace) -> int:
    """Start what does not run; on first use make the cluster, its roles and its database."""
    missing = [name for name in ("etcd", "patroni") if shutil.which(name) is None]
    if missing or not BIN_DIRS:
        raise SystemExit("cluster: apt-get install postgresql patroni etcd-server")
    _prepare(asked)
    for node in NODES:
        _run(asked, f"etcd{node}", _etcd_command(asked, node))
    for node in NODES:
        _run(asked, f"patroni{node}", ["patroni", str(asked.dir / f"patroni{node}.yml")])
    _wait(asked, "a primary with a synchronous standby", lambda: _leader(asked) and _synchronous(asked))
    _make_database(asked)
    _wait(asked, "three nodes", lambda: len(_members(asked)) == len(NODES))
    return status(asked)


def status(asked: argparse.Namespace) -> int:
    """Print one line a node."""
    for member in _members(asked):
        place = f"{member['host']}:{member['port']}"
        print(
            f"{member['name']}  {place}  {member['role']:<13} {member['state']:<10} timeline {member.get('timeline')}"
        )
    return 0 if _leader(asked) else 1


def kill_primary(asked: argparse.Namespace) -> int:
    """Kill -9 the primary's Patroni and every process of its PostgreSQL at once. Prints which node it was."""
    _wait(asked, "primary", lambda: _leader(asked))
    leader = _leader(asked)
    if leader is None:
        raise SystemExit("cluster: nobody leads any more")
    node = int(leader["name"].removeprefix("node"))
    victims = [*_of_ours(asked, f"patroni{node}"), *_processes_in(asked.dir / f"pg{node}")]
    for pid in victims:
        _signal(pid, signal.SIGKILL)
    print(f"killed {leader['name']} ({len(victims)} processes)")
    return 0


def revive(asked: argparse.Namespace) -> int:
    """Start dead members again."""
    return start(asked)


def url(asked: argparse.Namespace) -> int:
    """Print the URL that finds the primary wherever it is."""
    print(_url(asked, OWNER if asked.role == "owner" else APP))
    return 0


def stop(asked: argparse.Namespace) -> int:
    """Stop Patroni (which stops PostgreSQL), then etcd."""
    for name in ("patroni", "etcd"):
        pids = [pid for node in NODES for pid in _of_ours(asked, f"{name}{node}")]
        for pid in pids:
            _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.1)
    for node in NODES:  # an orphan whose Patroni was killed
        for pid in _processes_in(asked.dir / f"pg{node}"):
            _signal(pid, signal.SIGQUIT)
    if asked.remove:
        time.sleep(1)
        shutil.rmtree(asked.dir, ignore_errors=True)
    return 0


VERBS = {
    "start": start,
    "status": status,
    "kill-primary": kill_primary,
    "revive": revive,
    "url": url,
    "stop": stop,
}


def _prepare(asked: argparse.Namespace) -> None:
    """Directories, passwords and the files of Patroni, once; everything belongs to the server's user."""
    if (asked.dir / "port").exists():
        return
    asked.dir.mkdir(parents=True, mode=0o700, exist_ok=True)
    passwords = {name: secrets.token_urlsafe(18) for name in ("superuser", "replication", OWNER, APP)}
    (asked.dir / "passwords.json").write_text(json.dumps(passwords))
    for node in NODES:
        (asked.dir / f"patroni{node}.yml").write_text(json.dumps(_patroni(asked, node, passwords), indent=1))
    (asked.dir / "port").write_text(str(asked.port))
    for path in (asked.dir, *asked.dir.iterdir()):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if _user():
            shutil.chown(path, _user(), _user())


def _patroni(asked: argparse.Namespace, node: int, passwords: dict[str, str]) -> dict[str, Any]:
    rest = f"{HOST}:{asked.port + 10 + node}"
    return {  # JSON is YAML
        "scope": "rushi",
        "name": f"node{node}",
        "restapi": {"listen": rest, "connect_address": rest},
        "etcd3": {"hosts": [f"{HOST}:{asked.port + 20 + one}" for one in NODES]},
        "bootstrap": {
            "dcs": {
                "ttl": TTL_SECONDS,
                "loop_wait": LOOP_SECONDS,
                "retry_timeout": RETRY_SECONDS,
                "maximum_lag_on_failover": 1_048_576,
                "synchronous_mode": True,
                "synchronous_mode_strict": True,
                "postgresql": {
                    "use_pg_rewind": True,
                    "use_slots": True,
                    "parameters": {
                        "max_connections": 120,
                        "shared_buffers": "256MB",
                        "max_wal_size": "2GB",
                        "jit": "off",
                        "timezone": "UTC",
                        "synchronous_commit": "on",
                        "wal_compression": "lz4",
                        "max_parallel_workers_per_gather": 0,
                    },
                },
            },
            "initdb": ["data-checksums", {"encoding": "UTF8"}, {"locale": "C.UTF-8"}],
        },
        "postgresql": {
            "listen": f"{HOST}:{asked.port + node}",
            "connect_address": f"{HOST}:{asked.port + node}",
            "data_dir": str(asked.dir / f"pg{node}"),
            "bin_dir": str(BIN_DIRS[-1]),
            "pgpass": str(asked.dir / f"pgpass{node}"),
            "parameters": {"unix_socket_directories": ""},
            "pg_hba": [f"host all all {HOST}/32 scram-sha-256", f"host replication all {HOST}/32 scram-sha-256"],
            "authentication": {
                "superuser": {"username": "postgres", "password": passwords["superuser"]},
                "replication": {"username": "replicator", "password": passwords["replication"]},
            },
        },
    }


def _etcd_command(asked: argparse.Namespace, node: int) -> list[str]:
    client, peer = (f"http://{HOST}:{asked.port + base + node}" for base in (20, 30))
    members = ",".join(f"etcd{one}=http://{HOST}:{asked.port + 30 + one}" for one in NODES)
    return [
        *["etcd", "--name", f"etcd{node}", "--data-dir", str(asked.dir / f"etcd{node}"), "--log-level", "error"],
        *["--listen-client-urls", client, "--advertise-client-urls", client],
        *["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
        *["--initial-cluster", members, "--initial-cluster-token", "rushi", "--initial-cluster-state", "new"],
    ]


def _run(asked: argparse.Namespace, name: str, command: list[str]) -> None:
    """Start a member in a session of its own, as the server's user, unless it runs."""
    if _of_ours(asked, name):
        return
    if name.startswith("patroni"):  # a postmaster whose Patroni was killed would only be in its way
        for pid in _processes_in(asked.dir / name.replace("patroni", "pg")):
            _signal(pid, signal.SIGKILL)
    user = _user()
    prefix = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--inh-caps=-all"] if user else []
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(asked.dir), "LC_ALL": "C.UTF-8", "ETCD_UNSUPPORTED_ARCH": ""}
    with (asked.dir / f"{name}.log").open("ab") as log:
        subprocess.Popen(
            [*prefix, *command], env=clean, cwd=asked.dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise SystemExit("cluster: the user postgres is missing: apt-get install postgresql") from None


def _make_database(asked: argparse.Namespace) -> None:
    """The owner, the application's role and the database, when they are not there yet."""
    passwords = _passwords(asked)
    for name in (OWNER, APP):
        rights = "CREATEDB" if name == OWNER else ""  # for benches: a database of their own
        made = f"CREATE ROLE {name} LOGIN {rights} PASSWORD '{passwords[name]}'"
        if not _psql(asked, f"SELECT 1 FROM pg_roles WHERE rolname = '{name}'"):
            _psql(asked, made)
            if name == OWNER:  # what a bench needs besides
                _psql(asked, f"GRANT pg_checkpoint, pg_signal_backend TO {OWNER}")
    if not _psql(asked, f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
        _psql(asked, f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def _psql(asked: argparse.Namespace, statement: str) -> str:
    target = _url(asked, "postgres", "postgres")
    done = subprocess.run(["psql", target, "-XAtqc", statement], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"cluster: {done.stderr.strip()}")
    return done.stdout.strip()


def _url(asked: argparse.Namespace, role: str, database: str = DATABASE) -> str:
    password = _passwords(asked)["superuser" if role == "postgres" else role]
    hosts = ",".join(HOST for _ in NODES)
    ports = ",".join(str(asked.port + node) for node in NODES)
    found = f"host={hosts}&port={ports}&target_session_attrs=read-write&connect_timeout=3"
    return f"postgresql://{role}:{password}@/{database}?{found}"


def _passwords(asked: argparse.Namespace) -> dict[str, str]:
    found: dict[str, str] = json.loads((asked.dir / "passwords.json").read_text())
    return found


def _members(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """What any living Patroni says of the cluster; empty while none answers."""
    for node in NODES:
        try:
            connection = http.client.HTTPConnection(HOST, asked.port + 10 + node, timeout=2)
            connection.request("GET", "/cluster")
            members: list[dict[str, Any]] = json.loads(connection.getresponse().read()).get("members", [])
        except (OSError, ValueError, http.client.HTTPException):
            continue
        return members
    return []


def _leader(asked: argparse.Namespace) -> dict[str, Any] | None:
    leaders = [one for one in _members(asked) if one["role"] == "leader" and one["state"] == "running"]
    return leaders[0] if leaders else None


def _synchronous(asked: argparse.Namespace) -> bool:
    return any(one["role"] == "sync_standby" for one in _members(asked))


def _wait(asked: argparse.Namespace, what: str, is_there: Any) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not is_there():
        if time.monotonic() > deadline:
            raise SystemExit(f"cluster: no {what} after {READY_SECONDS_MAX} s; see the logs in {asked.dir}")
        time.sleep(0.5)


def _of_ours(asked: argparse.Namespace, name: str) -> list[int]:
    mark = f"{asked.dir}/{name}" + (".yml" if name.startswith("patroni") else "")
    return _processes_of(mark)


def _processes_of(mark: str) -> list[int]:
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


def _processes_in(data: Path) -> list[int]:
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


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


if __name__ == "__main__":
    sys.exit(main())
