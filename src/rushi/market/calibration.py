"""The figures by which demo people watch and like, computed from a real log; the figures ship, the log does not.

Source: the KuaiRand subset in `RUSHI_SHARED/data/kuairand_explicit_feedback` (CC BY-SA 4.0; 664 heavy users, only
events with a like or a hate). It says how long people watch and how liking goes with watching, not how many like
unconditionally: how many have no strong opinion is an assumption, written down beside the figures.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from statistics import fmean, pvariance
from typing import Any

LOG = Path("data") / "kuairand_explicit_feedback" / "processed_standard_kcore_15.tsv"
BANDS = ((0, 10), (10, 20), (20, 40), (40, 90), (90, 1000))
"""Duration bands in seconds, from inclusive to exclusive."""
QUANTILES = 20
FINISHED_RATIO = 0.95
RATIO_BINS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.95, 1.5, 1e9)
EXIT_SECONDS = (1, 2, 3, 5, 7, 10, 15, 20, 30)
NEUTRAL_SHARE_ASSUMED = 0.3


@dataclass(frozen=True, slots=True)
class Play:
    """One line of the log: who played how much of what, and whether they liked it (else: hated it)."""

    user: str
    played_ms: int
    duration_ms: int
    liked: bool

    @property
    def ratio(self) -> float:
        """Played time over the clip's length; above 1 when it looped."""
        return self.played_ms / self.duration_ms


def read(path: Path) -> list[Play]:
    """The usable lines of the log: a known length and some playing time."""
    with path.open(encoding="utf-8") as handle:
        lines = csv.DictReader(handle, delimiter="\t")
        plays = [
            Play(line["user_id"], int(line["play_time_ms"]), int(line["duration_ms"]), line["label"] == "1")
            for line in lines
        ]
    return [play for play in plays if play.duration_ms >= 3000 and play.played_ms > 0]


def compute(plays: Sequence[Play]) -> dict[str, Any]:
    """All figures, rounded: watching by duration band, exits, liking by watching, and how much people differ."""
    return {
        "provenance": {
            "source": "KuaiRand (CC BY-SA 4.0), subset with explicit feedback: likes and hates of 664 heavy users",
            "made_by": "./rushi bench calibrate",
            "plays": len(plays),
            "users": len({play.user for play in plays}),
        },
        "assumptions": {"neutral_share": NEUTRAL_SHARE_ASSUMED},
        "watching": [_band(plays, low, high) for low, high in BANDS],
        "like_by_ratio": _like_by_ratio(plays),
        "people": _people(plays),
    }


def _band(plays: Iterable[Play], low: int, high: int) -> dict[str, Any]:
    within = [play for play in plays if low * 1000 <= play.duration_ms < high * 1000]
    ratios = sorted(min(play.ratio, 1.0) for play in within)
    steps = [ratios[min(len(ratios) - 1, len(ratios) * i // QUANTILES)] for i in range(QUANTILES + 1)]
    gone = {
        str(second): round(
            sum(play.played_ms < second * 1000 and play.ratio < FINISHED_RATIO for play in within) / len(within), 4
        )
        for second in EXIT_SECONDS
        if second < high
    }
    return {
        "from_seconds": low,
        "to_seconds": high,
        "plays": len(within),
        "finished": round(sum(play.ratio >= FINISHED_RATIO for play in within) / len(within), 4),
        "ratio_quantiles": [round(step, 4) for step in steps],
        "gone_by_second": gone,
    }


def _like_by_ratio(plays: Iterable[Play]) -> list[dict[str, float]]:
    found: dict[int, list[bool]] = defaultdict(list)
    for play in plays:
        found[next(i for i, edge in enumerate(RATIO_BINS[1:]) if play.ratio < edge)].append(play.liked)
    return [
        {"ratio_from": RATIO_BINS[i], "plays": len(found[i]), "like": round(fmean(found[i]), 4)} for i in sorted(found)
    ]


def _people(plays: Iterable[Play]) -> dict[str, float]:
    """How much users differ: a beta fitted to their like shares by moments, and the spread of their watching."""
    by_user: dict[str, list[Play]] = defaultdict(list)
    for play in plays:
        by_user[play.user].append(play)
    groups = [group for group in by_user.values() if len(group) >= 10]
    shares = [fmean(play.liked for play in group) for group in groups]
    noise = fmean(share * (1 - share) / len(group) for share, group in zip(shares, groups, strict=True))
    mean, spread = fmean(shares), max(1e-6, pvariance(shares) - noise)
    concentration = mean * (1 - mean) / spread - 1
    finishing = [fmean(min(play.ratio, 1.0) for play in group) for group in groups]
    return {
        "like_mean": round(mean, 4),
        "like_concentration": round(concentration, 3),
        "watch_ratio_mean": round(fmean(finishing), 4),
        "watch_ratio_sd_between": round(pvariance(finishing) ** 0.5, 4),
    }


@cache
def shipped() -> Mapping[str, Any]:
    """The figures in `calibration.json`."""
    loaded: Mapping[str, Any] = json.loads((files("rushi.market") / "calibration.json").read_text("utf-8"))
    return loaded
