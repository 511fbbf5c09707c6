"""Judging by facts: what makes work acceptable, and which rejection the facts would bear out. Never an opinion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

COVERAGE_BPS_MIN = 9_500
REFUSED_MS_MAX = 1_000  # clocks and packets are not perfect; evidence allows as much in a watch
OVERLAP_MS_MAX = 1_000  # the same for two sessions that touch
# Reading, at speeds hardly anybody exceeds, so that only clicking without reading falls short. Silent reading of
# Chinese averages 255 (IReST, Trauzettel-Klosinski & Dietz 2012) to 580 characters a minute (Sun et al. 1985):
# twice the quicker figure is 20 a second. English averages 238 words a minute (Brysbaert 2019), five letters and
# a space each: thrice that is some 70 characters a second.
READ_MS_A_HAN = 50
READ_MS_A_LETTER = 14
TAP_MS = 300  # finding and touching an option
REASON_CHARS_MIN = 20
SAMPLE_SIZE_MIN = 30

NOT_WATCHED, SPED_UP, HIDDEN = "not_watched", "sped_up", "hidden"
OVERLAP, RECALL, TOO_FAST = "overlap", "recall", "too_fast"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a verdict may know about a submission. Milliseconds; coverage in 1/10,000 of the clip."""

    coverage_bps: int
    hidden_ms: int
    refused_ms: int
    overlap_ms: int
    answer_ms: int
    answer_ms_min: int
    recall_asked: int
    recall_right: int


@dataclass(frozen=True, slots=True)
class Accept:
    """Every fact holds: accepted at once."""


@dataclass(frozen=True, slots=True)
class Review:
    """A person has to look; `reasons` are the rejection codes that the facts would bear out."""

    reasons: tuple[str, ...]


def judge(facts: Facts) -> Accept | Review:
    """Accept when every fact holds, else leave it to a reviewer with the reasons. Nothing is rejected by machine."""
    reasons = shown_by(facts)
    return Review(reasons) if reasons else Accept()


def shown_by(facts: Facts) -> tuple[str, ...]:
    """The rejection codes that these facts bear out; no other can be cited against the person.

    Time away from the page counts only when the clip was not watched in the end: whoever came back and watched
    it all did what was asked.
    """
    is_watched = facts.coverage_bps >= COVERAGE_BPS_MIN
    shown = {
        NOT_WATCHED: not is_watched,
        SPED_UP: facts.refused_ms > REFUSED_MS_MAX,
        HIDDEN: facts.hidden_ms > 0 and not is_watched,
        OVERLAP: facts.overlap_ms > OVERLAP_MS_MAX,
        RECALL: facts.recall_right < recall_right_min(facts.recall_asked),
        TOO_FAST: facts.answer_ms < facts.answer_ms_min,
    }
    return tuple(code for code, is_shown in shown.items() if is_shown)


def recall_right_min(asked: int) -> int:
    """How many recall answers must be right: all of one or two, two of three, three of four."""
    return asked - asked // 3


def answer_ms_min(questions: Iterable[str]) -> int:
    """The least time, in ms, in which these required questions (text and options together) can be read and answered.

    It depends on the questions alone, so it is the same whatever the person answers.
    """
    return sum(TAP_MS + _reading_ms(question) for question in questions)


def _reading_ms(text: str) -> int:
    han = sum(character >= "\u2e80" for character in text)
    return han * READ_MS_A_HAN + (len(text) - han) * READ_MS_A_LETTER


def fee_refund_fen(fees_fen: int, faults: int, sample_size: int) -> int:
    """The part of a delivery's fees that goes back: the share of faulty items in the sample, rounded up."""
    return -(-fees_fen * faults // sample_size) if faults else 0
