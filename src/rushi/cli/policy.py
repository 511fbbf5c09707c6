"""`policy screen`: the publication gate over a file of briefs. Needs no database and no Django."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TextIO

from rushi.cli.errors import CommandFailed
from rushi.policy.rules import Decision, ScreenInput, Structure, screen

_TEXT = ("title", "brief", "reward_rule")
_TEXTS = ("questions", "options", "material_names")
_BOOLEANS = ("equal_pay_positive_negative", "public_post")


class BadLine(ValueError):
    """A line that is not a brief; the text says what is wrong with it."""


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policy`."""
    verb = verbs.add_parser("policy", help="the publication rules: policy screen FILE.jsonl [--json]")
    inner = verb.add_subparsers(title="policy verbs", metavar="VERB", required=True)
    screening = inner.add_parser("screen", help="screen briefs, one JSON object a line (id, title, brief, reward_rule)")
    screening.add_argument("file", help="JSON lines; - reads standard input")
    screening.add_argument("--json", action="store_true", help="one JSON object a line")
    screening.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Screen the file; exit 1 when a line could not be read, 0 otherwise (also when briefs are blocked)."""
    if asked.file == "-":
        return screen_file(sys.stdin, sys.stdout, sys.stderr, as_json=asked.json)
    try:
        with open(asked.file, encoding="utf-8-sig", newline="\n") as lines:
            return screen_file(lines, sys.stdout, sys.stderr, as_json=asked.json)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{asked.file}: {error}") from error


def screen_file(lines: TextIO, out: TextIO, err: TextIO, *, as_json: bool) -> int:
    """Write one decision for every line that is a brief and one error for every line that is not.

    Empty lines are skipped. A bad line is told on `err` (with JSON also on `out`, as {"id": null, "line", "error"})
    and the others are still screened; the answer is then 1, else 0.
    """
    write: Callable[[Any, Decision], str] = _as_json if as_json else _as_text
    bad = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            brief = _parsed(line)
            print(write(brief["id"], screen(_given(brief))), file=out)
        except BadLine as error:
            bad += 1
            print(f"rushi: line {number}: {error}", file=err)
            if as_json:
                print(json.dumps({"id": None, "line": number, "error": str(error)}, ensure_ascii=False), file=out)
    return 1 if bad else 0


def _parsed(line: str) -> Mapping[str, Any]:
    try:
        brief = json.loads(line)
    except ValueError as error:
        raise BadLine(f"not JSON: {error}") from error
    except RecursionError as error:
        raise BadLine("not JSON: nested too deeply") from error
    if not isinstance(brief, dict):
        raise BadLine("not a JSON object")
    if not isinstance(brief.get("id"), str | int) or isinstance(brief["id"], bool):
        raise BadLine("id is missing or neither text nor a number")
    if not any(brief.get(name) for name in _TEXT):
        raise BadLine("title, brief and reward_rule are all empty or missing")
    return brief


def _given(brief: Mapping[str, Any]) -> ScreenInput:
    fields = {}
    for name in (*_TEXT, "organisation_name"):
        value = brief.get(name)
        if value is not None and not isinstance(value, str):
            raise BadLine(f"{name} is not text")
        fields[name] = value or ""
    for name in _TEXTS:
        fields.update({f"{name}.{i}": text for i, text in enumerate(_list(brief, name) or ())})
    return ScreenInput(fields, _structure(brief))


def _structure(brief: Mapping[str, Any]) -> Structure:
    for name in _BOOLEANS:
        if not isinstance(brief.get(name), bool | None):
            raise BadLine(f"{name} is neither true nor false")
    if not isinstance(brief.get("label"), str | None):
        raise BadLine("label is not text")
    return Structure(
        payout_depends_on=_list(brief, "payout_depends_on"),
        action_surface=_list(brief, "action_surface"),
        equal_pay_positive_negative=brief.get("equal_pay_positive_negative"),
        public_post=brief.get("public_post"),
        label=brief.get("label"),
    )


def _list(brief: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """A field that is text or a list of texts."""
    value = brief.get(name)
    if value is None:
        return None
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in values):
        raise BadLine(f"{name} is neither text nor a list of texts")
    return tuple(values)


def _findings(decision: Decision) -> Iterator[dict[str, str]]:
    for finding in decision.findings:
        yield {
            "rule": finding.rule,
            "law": finding.law,
            "article": finding.article,
            "matched": finding.matched,
            "severity": finding.severity,
        }


def _as_json(brief_id: Any, decision: Decision) -> str:
    findings = list(_findings(decision))
    return json.dumps({"id": brief_id, "decision": decision.decision, "findings": findings}, ensure_ascii=False)


def _as_text(brief_id: Any, decision: Decision) -> str:
    lines = [f"{brief_id}\t{decision.decision}"]
    lines += [f"  {f.severity:<6} {f.rule} {f.law} {f.article}: {f.matched}  {f.explain_zh}" for f in decision.findings]
    return "\n".join(lines)
