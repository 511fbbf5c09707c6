"""How every bench speaks: a table for people or one JSON object, always with machine, commit and server."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psycopg

from rushi.cli.bench.ground import ROOT


def setting(url: str | None = None) -> dict[str, str]:
    """Where figures were taken: machine, commit (with `+` when files were changed), and PostgreSQL of `url`."""
    found = {"machine": _machine(), "commit": _commit()}
    if url:
        with psycopg.connect(url) as connection:
            found["postgresql"] = str(connection.info.parameter_status("server_version"))
    return found


def show(title: str, figures: Mapping[str, object], *, as_json: bool, url: str | None = None) -> None:
    """Print the figures: one JSON object on one line, or a table of names and values."""
    told = {**figures, **setting(url)}
    if as_json:
        print(json.dumps(told, ensure_ascii=False), flush=True)
        return
    print(f"\n{title}")
    width = max(map(len, told))
    for name, value in told.items():
        print(f"  {name:<{width}}  {_plain(value)}", flush=True)


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory_kb = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return f"{len(os.sched_getaffinity(0))} cores, {model}, {memory_kb / 2**20:.0f} GiB, {platform.system()}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if git("status", "--porcelain", "-uno") else "")
