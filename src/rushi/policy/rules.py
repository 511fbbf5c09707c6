"""The gate: may this be published? Pure; the same words give the same decision and the same reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rushi.policy.normalisation import normalise
from rushi.policy.rulebook import Rule, Severity, rulebook
from rushi.policy.screening import asks_for_proof, hits

PAYOUT_BASES = frozenset(
    {
        "answers",
        "delivery of answers",
        "time",
        "time spent",
        "deliverable",
        "deliverable accepted on stated objective criteria",
    }
)
ACTION_SURFACES = frozenset({"rushi_player", "rushi_form", "own_public_post_with_label", "offline"})
LABEL = "广告"  # messages: keep
FINDINGS_A_RULE_MAX = 4
_WORST: tuple[Severity, ...] = ("block", "review", "warn")


@dataclass(frozen=True, slots=True)
class Structure:
    """The structured facts of a campaign; None means not said. Campaigns made here always say them."""

    payout_depends_on: tuple[str, ...] | None = None
    action_surface: tuple[str, ...] | None = None
    equal_pay_positive_negative: bool | None = None
    public_post: bool | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ScreenInput:
    """What is screened: named fields of text (title, brief, reward_rule, questions, file names …) and structure."""

    fields: Mapping[str, str]
    structure: Structure = field(default_factory=Structure)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that matched: where (characters of the original field), what, and on which law it rests."""

    rule: str
    severity: Severity
    law: str
    article: str
    matched: str
    field: str
    start: int
    end: int
    explain_zh: str
    explain_en: str


@dataclass(frozen=True, slots=True)
class Forgiven:
    """A match that does not count, shown to reviewers: forbidden in the text (negation), asked about (enquiry)…"""

    rule: str
    why: str
    matched: str
    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Decision:
    """allow, review or block; `findings` in the order of the rulebook. A warning allows, with its duty shown."""

    decision: str
    findings: tuple[Finding, ...]
    forgiven: tuple[Forgiven, ...]
    rules_version: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text for a page: plain (rule empty) or marked with the rule that matched it."""

    text: str
    rule: str = ""
    severity: str = ""


# What no person may let through on contest: structure and crime.
UNCONTESTABLE = ("STR-", "ILL-", "ACC-", "MIN-01")
_BY_KIND: Mapping[str, Structure] = {
    "reaction": Structure(("answers", "time"), ("rushi_player", "rushi_form"), True, False),
    "compare": Structure(("answers", "time"), ("rushi_player", "rushi_form"), True, False),
    "survey": Structure(("answers", "time"), ("rushi_form",), True, False),
    "trial": Structure(("answers", "deliverable"), ("rushi_form", "offline"), True, False),
    "creation": Structure(("deliverable",), ("own_public_post_with_label",), True, True, LABEL),
    "referral": Structure(("verified conversion",), ("own_public_post_with_label",), True, True, LABEL),
}


def structure_of(kind: str) -> Structure:
    """The structure that a kind of the closed list has by construction: nobody can fill it in otherwise.

    `referral` is not on sale before the rules know verified conversions: its basis is refused.
    """
    return _BY_KIND[kind]


def is_contestable(findings: Iterable[Mapping[str, object]]) -> bool:
    """Whether a person may overrule these findings after the advertiser contested them."""
    blocking = [str(finding["rule"]) for finding in findings if finding["severity"] == "block"]
    return bool(blocking) and not any(rule.startswith(UNCONTESTABLE) for rule in blocking)


def screen(given: ScreenInput) -> Decision:
    """Screen every field against every rule, then the structure. The worst severity decides."""
    book = rulebook()
    normals = {name: normalise(text) for name, text in given.fields.items() if text}
    proof_asked = any(asks_for_proof(normal.text) for normal in normals.values())
    findings: list[Finding] = []
    forgiven: list[Forgiven] = []
    for rule in book.rules.values():
        matched: list[Finding] = []
        for name, normal in normals.items():
            for hit in hits(rule, normal, proof_asked):
                start, end = normal.span(hit.start, hit.end)
                words = normal.original[start:end]
                if hit.forgiven:
                    forgiven.append(Forgiven(rule.id, hit.forgiven, words, name, start, end))
                else:
                    matched.append(_finding(rule, hit.severity, words, name, start, end))
        findings += _distinct(matched)[:FINDINGS_A_RULE_MAX]
    findings += _structural(given.structure)
    return Decision(decide(f.severity for f in findings), tuple(findings), tuple(forgiven), book.version)


def decide(severities: Iterable[str]) -> str:
    """block if anything blocks, else review if anything wants a person, else allow."""
    present = set(severities)
    return "block" if "block" in present else "review" if "review" in present else "allow"


def marked(text: str, findings: Sequence[Finding | Mapping[str, object]], name: str) -> list[Segment]:
    """`text` of the field `name` cut into plain and marked segments; of overlapping findings the worst wins."""
    owner: list[tuple[str, str] | None] = [None] * len(text)
    spans = [_span(finding) for finding in findings]
    for severity in reversed(_WORST):
        for rule, its_severity, its_field, start, end in spans:
            if its_field == name and its_severity == severity:
                owner[start:end] = [(rule, severity)] * (min(end, len(text)) - start)
    segments: list[Segment] = []
    start = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or owner[index] != owner[start]:
            rule, severity_name = owner[start] or ("", "")
            segments.append(Segment(text[start:index], rule, severity_name))
            start = index
    return segments


def _span(finding: Finding | Mapping[str, object]) -> tuple[str, str, str, int, int]:
    if isinstance(finding, Finding):
        return finding.rule, finding.severity, finding.field, finding.start, finding.end
    start, end = int(str(finding["start"])), int(str(finding["end"]))
    return str(finding["rule"]), str(finding["severity"]), str(finding["field"]), start, end


def _finding(rule: Rule, severity: Severity, words: str, name: str, start: int, end: int) -> Finding:
    basis = rule.basis[0]
    return Finding(
        rule.id, severity, basis.law.id, basis.article.number, words, name, start, end, rule.explain_zh, rule.explain_en
    )


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per wording and field: the first place is enough to show."""
    seen: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.field, finding.matched), finding)
    return list(seen.values())


def _structural(said: Structure) -> list[Finding]:
    """The checks that need no words: what pay hangs on, where the act happens, equal pay, the label."""
    rules = rulebook().rules
    found: list[Finding] = []

    def add(rule_id: str, name: str, value: str) -> None:
        found.append(_finding(rules[rule_id], rules[rule_id].severity, value, name, 0, 0))

    for value in said.payout_depends_on or ():
        if value.strip().lower().replace("_", " ") not in PAYOUT_BASES:
            add("STR-01", "payout_depends_on", value)
    for value in said.action_surface or ():
        if value.strip().lower() not in ACTION_SURFACES:
            add("STR-02", "action_surface", value)
    if said.equal_pay_positive_negative is False:
        add("STR-03", "equal_pay_positive_negative", "false")
    if said.public_post and LABEL not in (said.label or ""):
        add("STR-04", "public_post", "true")
    return found
