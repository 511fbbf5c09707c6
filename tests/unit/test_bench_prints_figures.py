"""`bench` measures and prints; what it needs from outside the repository it asks for plainly."""

from __future__ import annotations

from pathlib import Path

import pytest

from rushi.cli import verbs
from rushi.measurement import peeking


def test_measurement_prints_every_figure_beside_its_limit(capsys: pytest.CaptureFixture[str]) -> None:
    verbs.main(["bench", "measurement", "--paths", "20", "--answers", "150"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 * len(peeking.SHARES) + len(peeking.TIE_SHARES) + len(peeking.WIDTH_LIMITS)
    assert all("≤" in line for line in lines)


def test_a_figure_beyond_its_limit_is_not_ok() -> None:
    assert not peeking.Finding("misses", 0.06, 0.05).ok


def test_calibration_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUSHI_SHARED", str(tmp_path))
    assert verbs.main(["bench", "calibrate"]) == 1
    assert "RUSHI_SHARED" in capsys.readouterr().err
