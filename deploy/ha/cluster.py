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

import processes
import written
from written import APP, BIN_DIRS, DATABASE, HOST, NODES, OWNER

READY_SECONDS_MAX = 90


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
        _run(asked, f"etcd{node}", written.etcd_command(asked, node))
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
    victims = [*_of_ours(asked, f"patroni{node}"), *processes.working_in(asked.dir / f"pg{node}")]
    for pid in victims:
        processes.send(pid, signal.SIGKILL)
    print(f"killed {leader['name']} ({len(victims)} processes)")
    return 0


def revive(asked: argparse.Namespace) -> int:
    """Start dead members again."""
    return start(asked)


def url(asked: argparse.Namespace) -> int:
    """Print the URL that finds the primary wherever it is."""
    print(written.url(asked, OWNER if asked.role == "owner" else APP))
    return 0


def stop(asked: argparse.Namespace) -> int:
    """Stop Patroni (which stops PostgreSQL), then etcd."""
    for name in ("patroni", "etcd"):
        pids = [pid for node in NODES for pid in _of_ours(asked, f"{name}{node}")]
        for pid in pids:
            processes.send(pid, signal.SIGTERM)
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.1)
    for node in NODES:  # an orphan whose Patroni was killed
        for pid in processes.working_in(asked.dir / f"pg{node}"):
            processes.send(pid, signal.SIGQUIT)
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
        (asked.dir / f"patroni{node}.yml").write_text(json.dumps(written.patroni(asked, node, passwords), indent=1))
    (asked.dir / "port").write_text(str(asked.port))
    for path in (asked.dir, *asked.dir.iterdir()):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if _user():
            shutil.chown(path, _user(), _user())


def _run(asked: argparse.Namespace, name: str, command: list[str]) -> None:
    """Start a member in a session of its own, as the server's user, unless it runs."""
    if _of_ours(asked, name):
        return
    if name.startswith("patroni"):  # a postmaster whose Patroni was killed would only be in its way
        for pid in processes.working_in(asked.dir / name.replace("patroni", "pg")):
            processes.send(pid, signal.SIGKILL)
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
    passwords = written.passwords(asked)
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
    target = written.url(asked, "postgres", "postgres")
    done = subprocess.run(["psql", target, "-XAtqc", statement], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"cluster: {done.stderr.strip()}")
    return done.stdout.strip()


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
    return processes.with_argument(mark)


if __name__ == "__main__":
    sys.exit(main())
