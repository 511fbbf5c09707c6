"""What is written down for the members of the cluster: Patroni's files, etcd's command lines, passwords, URLs."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

NODES = (1, 2, 3)
HOST = "127.0.0.1"
BIN_DIRS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
DATABASE, OWNER, APP = "rushi", "rushi_owner", "rushi_app"
# Patroni wants loop_wait + 2 x retry_timeout <= ttl. A dead primary's lease ends ttl after it was last renewed, that is
# between ttl - loop_wait and ttl after its death; Patroni 3.2 and newer raise a ttl below 20 to 20.
TTL_SECONDS, LOOP_SECONDS, RETRY_SECONDS = 15, 3, 5


def patroni(asked: argparse.Namespace, node: int, known: dict[str, str]) -> dict[str, Any]:
    """The file of a node's Patroni; `known` are the passwords."""
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
                "primary_start_timeout": 0,  # a PostgreSQL that died is not waited for while a standby has everything
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
                "superuser": {"username": "postgres", "password": known["superuser"]},
                "replication": {"username": "replicator", "password": known["replication"]},
            },
        },
    }


def etcd_command(asked: argparse.Namespace, node: int) -> list[str]:
    """The command line of a node's etcd."""
    client, peer = (f"http://{HOST}:{asked.port + base + node}" for base in (20, 30))
    members = ",".join(f"etcd{one}=http://{HOST}:{asked.port + 30 + one}" for one in NODES)
    return [
        *["etcd", "--name", f"etcd{node}", "--data-dir", str(asked.dir / f"etcd{node}"), "--log-level", "error"],
        *["--listen-client-urls", client, "--advertise-client-urls", client],
        *["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
        *["--initial-cluster", members, "--initial-cluster-token", "rushi", "--initial-cluster-state", "new"],
    ]


def url(asked: argparse.Namespace, role: str, database: str = DATABASE) -> str:
    """The URL with which libpq finds the primary wherever it is."""
    password = passwords(asked)["superuser" if role == "postgres" else role]
    hosts = ",".join(HOST for _ in NODES)
    ports = ",".join(str(asked.port + node) for node in NODES)
    found = f"host={hosts}&port={ports}&target_session_attrs=read-write&connect_timeout=3"
    return f"postgresql://{role}:{password}@/{database}?{found}"


def passwords(asked: argparse.Namespace) -> dict[str, str]:
    """The passwords by role; `superuser` is PostgreSQL's own."""
    found: dict[str, str] = json.loads((asked.dir / "passwords.json").read_text())
    return found
