"""Metrics lie in memory, closed to others; where that is not possible, with the data."""

from __future__ import annotations

from pathlib import Path

import pytest

from rushi.cli import supervisor
from rushi.cli.errors import CommandFailed


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUSHI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(supervisor, "_MEMORY", tmp_path / "memory")
    return tmp_path


def test_metrics_are_fresh_closed_and_in_memory(data: Path) -> None:
    directory = supervisor._fresh_metrics_directory()
    assert directory.parent == data / "memory"
    assert directory.stat().st_mode & 0o777 == 0o700
    (directory / "old").touch()
    assert supervisor._fresh_metrics_directory() == directory
    assert list(directory.iterdir()) == []


def test_without_memory_they_lie_with_the_data(data: Path) -> None:
    (data / "memory").touch()
    assert supervisor._fresh_metrics_directory() == data / "data" / "metrics"


def test_what_somebody_else_put_there_is_not_used(data: Path) -> None:
    wanted = supervisor._fresh_metrics_directory()
    wanted.rmdir()
    (data / "elsewhere").mkdir()
    wanted.symlink_to(data / "elsewhere")
    assert supervisor._fresh_metrics_directory() == data / "data" / "metrics"


def test_nowhere_to_write_is_said_so(data: Path) -> None:
    (data / "memory").touch()
    (data / "data").touch()
    with pytest.raises(CommandFailed, match="set RUSHI_DATA_DIR"):
        supervisor._fresh_metrics_directory()
