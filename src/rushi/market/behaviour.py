"""How a demo person watches, likes and answers: drawn from `calibration.json`, the same person always alike. Pure."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

_NORMAL = NormalDist()
PATIENCE_SHARE = 0.4
"""Correlation of one person's watching from clip to clip; KuaiRand: spread between people .145 of about .36."""
NEUTRAL_CENTRE = 0.55


@dataclass(frozen=True, slots=True)
class Temper:
    """A person's own ways: patience and kindness as standard normal deviates, speed as a factor of reading time."""

    patience: float
    kindness: float
    speed: float


@dataclass(frozen=True, slots=True)
class Look:
    """The free look of one cut: where the person swiped on, and whether they saw the end."""

    left_ms: int
    finished: bool


def temper(seed: int) -> Temper:
    """The ways of person `seed`: the same at every call."""
    draw = random.Random(seed * 7919 + 17)
    return Temper(draw.gauss(0, 1), draw.gauss(0, 1), draw.uniform(0.8, 1.7))


def look(person: Temper, duration_ms: int, pull: float, figures: Mapping[str, Any], draw: random.Random) -> Look:
    """How far somebody watches a clip of this length; `pull` (about −1…1) makes a clip hold people longer.

    A Gaussian copula joins the person's patience with chance; the quantiles of the clip's duration band give the
    share watched.
    """
    deviate = PATIENCE_SHARE * person.patience + math.sqrt(1 - PATIENCE_SHARE**2) * draw.gauss(0, 1) + 0.5 * pull
    ratio = _quantile(_band(figures, duration_ms)["ratio_quantiles"], _NORMAL.cdf(deviate))
    finished = ratio >= 0.95
    return Look(duration_ms if finished else max(250, round(ratio * duration_ms)), finished)


def _band(figures: Mapping[str, Any], duration_ms: int) -> Mapping[str, Any]:
    bands: Sequence[Mapping[str, Any]] = figures["watching"]
    return next((band for band in bands if duration_ms < band["to_seconds"] * 1000), bands[-1])


def _quantile(steps: Sequence[float], at: float) -> float:
    place = min(max(at, 0.0), 1.0) * (len(steps) - 1)
    low = min(int(place), len(steps) - 2)
    return steps[low] + (steps[low + 1] - steps[low]) * (place - low)


def liking(person: Temper, ratio: float, appeal: float, figures: Mapping[str, Any]) -> float:
    """The chance that somebody with an opinion likes what they saw `ratio` of; `appeal` shifts its logit."""
    bins: Sequence[Mapping[str, float]] = figures["like_by_ratio"]
    at = bisect_right([one["ratio_from"] for one in bins], ratio) - 1
    spread = 1.6 / math.sqrt(figures["people"]["like_concentration"] + 1)  # of a beta's logit, roughly
    return _expit(_logit(bins[max(0, at)]["like"]) + appeal + spread * person.kindness)


def reaction(person: Temper, ratio: float, appeal: float, figures: Mapping[str, Any], draw: random.Random) -> str:
    """like, neutral or dislike: no strong opinion by the assumed share, more often in the middle of the scale."""
    chance = liking(person, ratio, appeal, figures)
    undecided = figures["assumptions"]["neutral_share"] * (1.5 - 2 * abs(chance - NEUTRAL_CENTRE))
    if draw.random() < undecided:
        return "neutral"
    return "like" if draw.random() < chance else "dislike"


def preference(lean: float, ratios: Mapping[str, float], draw: random.Random) -> str:
    """a, same or b: leaning by `lean` (positive: A) and by which cut held the person longer."""
    score = lean + 1.2 * (ratios.get("a", 0) - ratios.get("b", 0)) + draw.gauss(0, 1)
    return "same" if abs(score) < 0.25 else "a" if score > 0 else "b"


def answer_seconds(person: Temper, questions: Sequence[str], comment: str, draw: random.Random) -> float:
    """The time for reading and answering: about 6 characters a second and a tap each, 2.5 typed a second."""
    reading = sum(len(question) / 6 + 1.2 for question in questions) + len(comment) / 2.5
    return max(6.0, reading * person.speed * draw.uniform(0.85, 1.25))


def _logit(p: float) -> float:
    p = min(max(p, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))
