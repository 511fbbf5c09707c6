"""The rules and laws as data, loaded once and checked while loading: what is broken cannot be used."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

Severity = Literal["block", "review", "warn"]
SEVERITIES: tuple[Severity, ...] = ("block", "review", "warn")
_PARTIES = {"operator", "advertiser", "agent", "participant"}
_VERIFIED = {"text", "excerpt", "memory"}
_ARTICLE = re.compile(r"(?P<article>\d{1,3}(?:-\d)?|\d+/\d+)(?:\((?P<item>\d+)\))?")
_CLAUSE_GAP = re.compile(r"\{\.\.(\d+)\}")
_SENTENCE_GAP = re.compile(r"\{,,(\d+)\}")


@dataclass(frozen=True, slots=True)
class Article:
    """One article as cited; `verified` says how wording and number were checked."""

    number: str
    text: str
    verified: str

    @property
    def cite(self) -> str:
        """The number as a Chinese text cites it: 第9条第5项; numbers of another kind as they are."""
        match = _ARTICLE.fullmatch(self.number)
        if match is None:
            return "" if self.number == "*" else self.number
        item = f"第{match['item']}项" if match["item"] else ""  # messages: keep
        return f"第{match['article']}条{item}"  # messages: keep


@dataclass(frozen=True, slots=True)
class Law:
    """A law, since when it is in force, and how we know its wording."""

    id: str
    title: str
    in_force: str
    verified: str
    source: str
    articles: Mapping[str, Article]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a rule rests on: a law and one of its articles."""

    law: Law
    article: Article


@dataclass(frozen=True, slots=True)
class Pattern:
    """One compiled pattern with what may forgive it."""

    regex: re.Pattern[str]
    severity: Severity
    negation: bool
    enquiry: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. A rule without patterns is a structural check or a duty of the operator."""

    id: str
    title_zh: str
    title_en: str
    severity: Severity
    parties: tuple[str, ...]
    basis: tuple[Basis, ...]
    patterns: tuple[Pattern, ...]
    overlap_exceptions: tuple[re.Pattern[str], ...]
    clause_exceptions: tuple[re.Pattern[str], ...]
    text_exceptions: tuple[re.Pattern[str], ...]
    explain_zh: str
    explain_en: str

    @property
    def is_operators(self) -> bool:
        """Whether it binds the operator alone."""
        return self.parties == ("operator",)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules in order, by id, with the laws, their version and the day the laws were checked."""

    version: str
    note: str
    rules: Mapping[str, Rule]
    laws: Mapping[str, Law]
    laws_checked_on: str


@cache
def rulebook() -> Rulebook:
    """The rulebook of this installation; raises ValueError naming what is wrong in the data."""
    laws, checked_on = _laws(_read("laws.yaml"))
    data = _read("rules.yaml")
    rules: dict[str, Rule] = {}
    for entry in data["rules"]:
        rule = _rule(entry, laws)
        if rule.id in rules:
            raise ValueError(f"{rule.id}: twice")
        rules[rule.id] = rule
    return Rulebook(f"{data['version']}+{_fingerprint()}", str(data["note"]), rules, laws, checked_on)


def expand(pattern: str) -> str:
    """A pattern with its shorthand written out: {..8} stays inside a clause, {,,8} inside a sentence."""
    pattern = _CLAUSE_GAP.sub(r"[^，。；！？\\n]{0,\1}?", pattern)
    return _SENTENCE_GAP.sub(r"[^。！？\\n]{0,\1}?", pattern)


def _fingerprint() -> str:
    """Eight digits of what decides: a changed pattern makes a new version, whatever the file says of itself."""
    names = ("rules.yaml", "normalisation.yaml", "guards.yaml")
    texts = b"".join((files("rushi.policy") / "data" / name).read_bytes() for name in names)
    return hashlib.sha256(texts).hexdigest()[:8]


def _read(name: str) -> dict[str, Any]:
    text = (files("rushi.policy") / "data" / name).read_text("utf-8")
    data: dict[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    return data


def _laws(data: Mapping[str, Any]) -> tuple[dict[str, Law], str]:
    laws = {}
    for law_id, entry in data["laws"].items():
        articles = {str(n): _article(str(n), value, entry["verified"]) for n, value in entry["articles"].items()}
        laws[law_id] = Law(
            law_id, entry["title"], str(entry["in_force"]), entry["verified"], str(entry["source"]), articles
        )
        if entry["verified"] not in _VERIFIED:
            raise ValueError(f"{law_id}: verified {entry['verified']!r}")
    return laws, str(data["checked_on"])


def _article(number: str, value: str | Mapping[str, str], verified: str) -> Article:
    if isinstance(value, str):
        return Article(number, value, verified)
    return Article(number, value["text"], value["verified"])


def _rule(entry: Mapping[str, Any], laws: Mapping[str, Law]) -> Rule:
    rule_id = str(entry["id"])
    severity = _severity(rule_id, entry["severity"])
    if not set(entry["parties"]) <= _PARTIES:
        raise ValueError(f"{rule_id}: parties {entry['parties']}")
    exceptions = [e if isinstance(e, Mapping) else {"overlap": e} for e in entry.get("exceptions", [])]
    return Rule(
        id=rule_id,
        title_zh=entry["title"]["zh"],
        title_en=entry["title"]["en"],
        severity=severity,
        parties=tuple(entry["parties"]),
        basis=tuple(_basis(rule_id, cited, laws) for cited in entry["basis"]),
        patterns=tuple(_pattern(rule_id, p, entry, severity) for p in entry.get("patterns", [])),
        overlap_exceptions=_compiled(rule_id, (e["overlap"] for e in exceptions if "overlap" in e)),
        clause_exceptions=_compiled(rule_id, (e["clause"] for e in exceptions if "clause" in e)),
        text_exceptions=_compiled(rule_id, (e["text"] for e in exceptions if "text" in e)),
        explain_zh=entry["explain_zh"],
        explain_en=entry["explain_en"],
    )


def _severity(rule_id: str, value: Any) -> Severity:
    if value not in SEVERITIES:
        raise ValueError(f"{rule_id}: severity {value!r}")
    return SEVERITIES[SEVERITIES.index(value)]


def _basis(rule_id: str, cited: str, laws: Mapping[str, Law]) -> Basis:
    law_id, _, article = cited.partition(" ")
    if law_id not in laws or article not in laws[law_id].articles:
        raise ValueError(f"{rule_id}: {cited} is not in laws.yaml")
    return Basis(laws[law_id], laws[law_id].articles[article])


def _pattern(rule_id: str, entry: Any, rule: Mapping[str, Any], severity: Severity) -> Pattern:
    if isinstance(entry, str):
        entry = {"re": entry}
    (regex,) = _compiled(rule_id, [entry["re"]])
    return Pattern(
        regex,
        _severity(rule_id, entry.get("severity", severity)),
        str(entry.get("negation", rule.get("negation", "guard"))) == "guard",
        str(entry.get("enquiry", rule.get("enquiry", "guard"))) == "guard",
    )


def _compiled(rule_id: str, patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    out = []
    for pattern in patterns:
        try:
            regex = re.compile(expand(pattern))
        except re.error as error:
            raise ValueError(f"{rule_id}: {pattern}: {error}") from error
        if regex.search(""):
            raise ValueError(f"{rule_id}: {pattern} matches nothing at all")
        out.append(regex)
    return tuple(out)
