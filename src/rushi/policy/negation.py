"""Is the matched act forbidden, or said to be unnecessary, in its own sentence?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from rushi.policy.normalisation import Normal

SENTENCE_ENDS = "。！？；\n"
CLAUSE_ENDS = "，" + SENTENCE_ENDS
Denial = Literal["yes", "maybe", "no"]
_REACH_MAX = 18
_LOOSE = 1


@cache
def guards() -> dict[str, re.Pattern[str]]:
    """The guards of data/guards.yaml by name."""
    text = (files("rushi.policy") / "data" / "guards.yaml").read_text("utf-8")
    return {name: re.compile(pattern) for name, pattern in yaml.safe_load(text).items()}


@dataclass(frozen=True, slots=True)
class _Before:
    """The nearest denial in front of a match: its word, what stands between, how much of that is no filler."""

    word: str
    gap: str
    residue: int


def bounds(text: str, start: int, end: int, marks: str) -> tuple[int, int]:
    """The stretch around [start, end) up to the nearest of `marks` on either side (the right one included)."""
    low = max(text.rfind(mark, 0, start) for mark in marks) + 1
    found = [at for mark in marks if (at := text.find(mark, end)) >= 0]
    return low, min(found) + 1 if found else len(text)


def denied(normal: Normal, start: int, end: int) -> Denial:
    """yes: the sentence forbids the act of [start, end), or says that it is not needed; maybe: a weak denial
    that may belong to another verb (不用下载软件点赞), which a person must read.
    """
    text = normal.text
    after = text[end : bounds(text, start, end, SENTENCE_ENDS)[1]]
    before = _before(normal, start)
    if before and guards()["penalty"].match(after):
        return "no"
    if guards()["denied_after"].match(after.split("，")[0]) or _is_unrelated(text, start, after):
        return "yes"
    if before is None or guards()["turn"].search(before.gap) or guards()["can_still"].match(after):
        return "no"
    loose = before.residue > _LOOSE
    if (loose or "，" in before.gap) and guards()["concession"].match(after):
        return "no"
    if loose and guards()["weak"].fullmatch(before.word):
        return "maybe"
    return "yes" if len(before.gap) <= _REACH_MAX else "no"


def _is_unrelated(text: str, start: int, after: str) -> bool:
    """与…无关 around the match."""
    return bool(guards()["about"].search(text[max(0, start - 8) : start]) and guards()["unrelated"].match(after))


def _before(normal: Normal, start: int) -> _Before | None:
    """The nearest denial before the match. One of an earlier clause reaches on only over a plain list
    (不需要点赞，关注，转发); a space after the denied words ends the clause too (不用下载 点赞即可).
    """
    low = bounds(normal.text, start, start, SENTENCE_ENDS)[0]
    head = normal.text[low:start]
    adjacent = guards()["negation_adjacent"].search(head)
    if adjacent:
        return _Before(adjacent.group(), "", 0)
    last = None
    for match in guards()["negation"].finditer(head):
        last = match
    if last is None:
        return None
    gap = head[last.end() :]
    if gap and any(low + last.end() < i <= start for i in normal.gaps):
        return None
    residue = len(guards()["filler"].sub("", gap))
    if "，" in gap and residue > 1:  # the comma itself
        return None
    return _Before(last.group(), gap, residue)
