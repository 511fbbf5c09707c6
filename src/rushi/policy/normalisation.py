"""Reading text as the rules see it: one canonical string, each character knowing where it came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

CJK = "\u3400-\u9fff\u3005"  # messages: keep
CLAUSE_ENDS = "，。；！？\n"
_CJK = re.compile(f"[{CJK}]")
_ASCII_STOPS = {",": "，", ";": "；", "!": "！", "?": "？", ":": "："}
_DROPPED = {"Cf", "Mn", "Me", "Cc", "Co", "Cn"}
_SEPARATORS = frozenset(" +.*-_/|~·•`'\"^=#&@<>()[]{}\\「」『』“”‘’《》〈〉【】〔〕—–―…+■□●○◆◇▲△※→←")
_SINGLES = re.compile(f"(?:(?<=^)|(?<=[^{CJK}a-z0-9]))[{CJK}](?:[，。、；！？：\n]+[{CJK}])+(?=[，。、；！？\n]|$)")
_LETTERS = re.compile(r"(?<![a-z])[a-z](?:[ .\-_*·/][a-z]){2,}(?![a-z])")


@dataclass(frozen=True, slots=True)
class Normal:
    """Canonical text; `starts[i]`/`ends[i]` bound character i in the original; `gaps`: a space stood before i."""

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    gaps: frozenset[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the canonical characters [start, end) stand in the original."""
        return self.starts[start], self.ends[end - 1]


@dataclass(slots=True)
class _Char:
    char: str
    start: int
    end: int
    gap: bool = False


@cache
def _tables() -> tuple[dict[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    """The single-character map and the compiled sequences of data/normalisation.yaml."""
    text = (files("rushi.policy") / "data" / "normalisation.yaml").read_text("utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    traditional = data["traditional"].replace(" ", "")
    simplified = data["simplified"].replace(" ", "")
    singles = dict(zip(traditional, simplified, strict=True)) | data["signs"]
    sequences = tuple((re.compile(entry["from"]), str(entry["to"])) for entry in data["sequences"])
    return singles, sequences


def normalise(original: str) -> Normal:
    """NFKC, lower case, signs and variants mapped, invisible characters and separators inside words removed,
    homophones and pinyin written out. Clause marks (，。；！？ and line ends) stay, for the guards need them.
    """
    chars = _canonical(original)
    chars = _without_separators(chars)
    chars = _joined(chars, _SINGLES, keep=_CJK)
    chars = _joined(chars, _LETTERS, keep=re.compile("[a-z]"))
    for pattern, to in _tables()[1]:
        chars = _rewritten(chars, pattern, to)
    return Normal(
        original,
        "".join(c.char for c in chars),
        tuple(c.start for c in chars),
        tuple(c.end for c in chars),
        frozenset(i for i, c in enumerate(chars) if c.gap),
    )


def _canonical(original: str) -> list[_Char]:
    singles = _tables()[0]
    chars: list[_Char] = []
    for index, raw in enumerate(original):
        for char in _mapped(raw, singles):
            chars.append(_Char(char, index, index + 1))
    for left, here, right in zip(chars, chars[1:], chars[2:], strict=False):
        if here.char in ".," and left.char.isdigit() and right.char.isdigit():
            continue
        here.char = _ASCII_STOPS.get(here.char, here.char)
    for edge in (chars[:1] + chars[-1:]) if chars else []:
        edge.char = _ASCII_STOPS.get(edge.char, edge.char)
    return chars


def _mapped(raw: str, singles: dict[str, str]) -> str:
    """What one original character becomes: nothing, itself, or several."""
    if raw == "\n":
        return raw
    if raw in singles:
        return singles[raw]
    if raw in "\t\r\v\f\u2028\u2029\x85":
        return "\n" if raw in "\r\u2028\u2029\x85" else " "
    folded = unicodedata.normalize("NFKC", raw).lower()
    kept = "".join(singles.get(c, c) for c in folded if unicodedata.category(c) not in _DROPPED)
    return kept.replace("\u3000", " ")


def _without_separators(chars: list[_Char]) -> list[_Char]:
    """Drop runs of separators with a CJK character on either side; elsewhere a run of spaces becomes one."""
    kept: list[_Char] = []
    run: list[_Char] = []
    for char in chars:
        if char.char in _SEPARATORS:
            run.append(char)
            continue
        if run:
            _close_run(kept, run, char)
            run = []
        kept.append(char)
    return kept


def _close_run(kept: list[_Char], run: list[_Char], following: _Char) -> None:
    """Decide what stays of a run of separators between kept[-1] and `following`."""
    before = kept[-1].char if kept else "\n"
    spaced = any(c.char == " " for c in run)
    beside_cjk = bool(_CJK.match(before) or _CJK.match(following.char))
    at_mark = not kept or before in CLAUSE_ENDS or following.char in CLAUSE_ENDS
    if at_mark or (beside_cjk and not _keeps_meaning(run, before, following.char)):
        following.gap = spaced
    else:
        signs = [c for c in run if c.char != " "]
        kept.extend(signs or run[:1])


def _keeps_meaning(run: Sequence[_Char], before: str, following: str) -> bool:
    """`+` and `%`-like signs beside digits or letters are content (dz+关注 stays readable without it)."""
    return any(c.char in "+/&" for c in run) and (before.isascii() and following.isascii())


def _joined(chars: list[_Char], pattern: re.Pattern[str], keep: re.Pattern[str]) -> list[_Char]:
    """Within each match of `pattern` keep only the characters that `keep` matches: 点，赞，关，注 → 点赞关注."""
    text = "".join(c.char for c in chars)
    dropped = {
        i for match in pattern.finditer(text) for i in range(match.start(), match.end()) if not keep.match(text[i])
    }
    return [c for i, c in enumerate(chars) if i not in dropped]


def _rewritten(chars: list[_Char], pattern: re.Pattern[str], to: str) -> list[_Char]:
    """Replace each match; every new character covers the whole stretch it stands for."""
    text = "".join(c.char for c in chars)
    out: list[_Char] = []
    last = 0
    for match in pattern.finditer(text):
        if match.start() == match.end():
            continue
        start, end = chars[match.start()].start, chars[match.end() - 1].end
        out.extend(chars[last : match.start()])
        new = match.expand(to)
        out.extend(_Char(c, start, end, gap=chars[match.start()].gap and i == 0) for i, c in enumerate(new))
        last = match.end()
    return out + chars[last:] if last else chars
