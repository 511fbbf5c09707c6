"""Finding a rule's patterns in text, and forgiving what is forbidden there anyway or only asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rushi.policy.negation import CLAUSE_ENDS, SENTENCE_ENDS, bounds, denied, guards
from rushi.policy.normalisation import Normal
from rushi.policy.rulebook import SEVERITIES, Pattern, Rule, Severity


@dataclass(frozen=True, slots=True)
class Hit:
    """One match of a rule in canonical text; `forgiven` says why it does not count (empty: it counts)."""

    rule: Rule
    severity: Severity
    start: int
    end: int
    forgiven: str = ""


def hits(rule: Rule, normal: Normal, proof_asked: bool) -> list[Hit]:
    """All matches of `rule` in order: overlapping ones that count are one, forgiven ones only where none counts.

    `proof_asked`: whether any field of the same campaign asks for screenshots as proof of the act; then
    no question wording forgives.
    """
    found = [
        _judged(rule, pattern, normal, match.start(), match.end(), proof_asked)
        for pattern in rule.patterns
        for match in pattern.regex.finditer(normal.text)
    ]
    counted = _joined([hit for hit in found if not hit.forgiven])
    forgiven = _joined([hit for hit in found if hit.forgiven])
    apart = [hit for hit in forgiven if all(hit.end <= other.start or hit.start >= other.end for other in counted)]
    return sorted(counted + apart, key=lambda hit: hit.start)


def _joined(found: list[Hit]) -> list[Hit]:
    """Overlapping hits as one with the worst of their severities."""
    joined: list[Hit] = []
    for hit in sorted(found, key=lambda hit: (hit.start, -hit.end)):
        last = joined[-1] if joined else None
        if last is None or hit.start >= last.end:
            joined.append(hit)
            continue
        severity = min(last.severity, hit.severity, key=SEVERITIES.index)
        joined[-1] = replace(last, end=max(last.end, hit.end), severity=severity)
    return joined


def asks_for_proof(text: str) -> bool:
    """Whether canonical text asks for screenshots of an act."""
    return bool(guards()["proof"].search(text))


def _judged(rule: Rule, pattern: Pattern, normal: Normal, start: int, end: int, proof_asked: bool) -> Hit:
    text = normal.text
    severity = pattern.severity
    softer: Severity = "review" if severity == "block" else severity
    if _excepted(rule, text, start, end):
        return Hit(rule, severity, start, end, "exception")
    if pattern.negation:
        denial = denied(normal, start, end)
        if denial == "yes":
            return Hit(rule, severity, start, end, "negation")
        severity = softer if denial == "maybe" else severity
    if pattern.enquiry and not proof_asked and guards()["enquiry"].search(_asked(text, start, end)):
        if not guards()["demand"].search(_around(text, start, end, SENTENCE_ENDS)):
            return Hit(rule, severity, start, end, "enquiry")
        severity = softer
    return Hit(rule, severity, start, end)


def _excepted(rule: Rule, text: str, start: int, end: int) -> bool:
    if any(regex.search(text) for regex in rule.text_exceptions):
        return True
    low, high = bounds(text, start, end, CLAUSE_ENDS)
    if any(regex.search(text[low:high]) for regex in rule.clause_exceptions):
        return True
    low, high = max(0, start - 24), min(len(text), end + 24)
    return any(
        match.start() + low < end and match.end() + low > start
        for regex in rule.overlap_exceptions
        for match in regex.finditer(text[low:high])
    )


def _around(text: str, start: int, end: int, marks: str) -> str:
    """The stretch around a match without the match itself."""
    low, high = bounds(text, start, end, marks)
    return text[low:start] + "　" + text[end:high]


def _asked(text: str, start: int, end: int) -> str:
    """The clause of the match, with a following question clause that has no verb of its own (…，为什么？)."""
    low, high = bounds(text, start, end, CLAUSE_ENDS)
    if guards()["scene"].search(text[low:start]):
        return _around(text, start, end, SENTENCE_ENDS)
    clause = text[low:start] + "　" + text[end:high].rstrip("，。；！\n")
    following = guards()["pronounless"].match(text[high:])
    return clause + (following.group() if following else "")
