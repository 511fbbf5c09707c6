"""Where Chinese strings stand in templates and code, and what the .po files say in English. No gettext tools."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib

_CJK = re.compile("[\u3400-\u9fff]")
_LITERAL = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(
    rf"""(?P<name>\b_|\bgettext|\bngettext|\bpgettext|\bnpgettext)\(\s*{_LITERAL}(?:\s*,\s*{_LITERAL})?""", re.DOTALL
)
_TRANSLATED = re.compile(
    r"\{%-?\s*blocktrans(?:late)?\b.*?\{%\s*endblocktrans(?:late)?\s*%\}"
    r"|\{%\s*trans(?:late)?\b.*?%\}|\{%\s*comment\b.*?\{%\s*endcomment\s*%\}|\{#.*?#\}"
    r"""|_\(\s*(?:"[^"]*"|'[^']*')\s*\)|<!--.*?-->""",
    re.DOTALL,
)
_EXEMPT = "messages: keep"  # a comment on the line: this Chinese is data, not speech
_SKIPPED = (
    "market/",
    "locale/",
    "cli/",
    "policy/data/",
    "integrations/sandbox",
)  # data, and speech of our own tools
Key = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Found:
    """One string to translate and where it first stands (`path:line`)."""

    place: str
    msgid: str
    context: str | None = None
    plural: str | None = None


def collect(package: Path) -> tuple[list[Found], list[str]]:
    """Every Chinese string of the package, and complaints about Chinese that cannot be translated where it is."""
    found: list[Found] = []
    faults: list[str] = []
    for path in sorted(package.rglob("*")):
        relative = path.relative_to(package)
        if relative.as_posix().startswith(_SKIPPED) or "migrations" in relative.parts or not path.is_file():
            continue
        if path.suffix == ".py":
            _collect_python(path, str(relative), found, faults)
        elif "templates" in relative.parts and path.suffix in {".html", ".txt"}:
            _collect_template(path, str(relative), found, faults)
        elif path.suffix == ".js" and "vendor" not in relative.parts:
            faults += [
                f"{relative}:{line}: Chinese in a script"
                for line in _lines_with_chinese(_uncommented(path.read_text("utf-8")))
            ]
    return found, faults


def merged(sources: Iterable[Path]) -> dict[Key, polib.POEntry]:
    """All translated entries by (context, msgid); the first file that has one wins."""
    entries: dict[Key, polib.POEntry] = {}
    for path in sources:
        for entry in polib.pofile(str(path), encoding="utf-8"):
            if entry.translated() and not entry.obsolete:
                entries.setdefault((entry.msgctxt, entry.msgid), entry)
    return entries


def contradictions(sources: Iterable[Path]) -> list[str]:
    """Lines about entries whose English another file says differently: only one of them is ever read."""
    said: dict[Key, tuple[tuple[str, ...], str]] = {}
    lines = []
    for path in sources:
        for entry in polib.pofile(str(path), encoding="utf-8"):
            english = (entry.msgstr, *entry.msgstr_plural.values())
            first, where = said.setdefault((entry.msgctxt, entry.msgid), (english, path.name))
            if first != english:
                lines.append(f"{path.name}: {entry.msgid!r} is said differently in {where}")
    return lines


def write_mo(sources: Iterable[Path], target: Path) -> None:
    """Compile the merged entries into `target`, replacing it at once so that a reader never sees half a file."""
    book = polib.POFile(wrapwidth=0)
    book.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": "nplurals=2; plural=(n != 1);"}
    book.extend(merged(sources).values())
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".mo.new")
    book.save_as_mofile(str(fresh))
    fresh.replace(target)


def skeleton(missing: Iterable[Found]) -> str:
    """Untranslated .po entries to fill in."""
    book = polib.POFile(wrapwidth=0)
    for item in missing:
        plural = {"msgid_plural": item.plural, "msgstr_plural": {0: "", 1: ""}} if item.plural else {}
        book.append(polib.POEntry(msgid=item.msgid, msgctxt=item.context, occurrences=[(item.place, "")], **plural))
    return str(book)


def _collect_python(path: Path, relative: str, found: list[Found], faults: list[str]) -> None:
    source = path.read_text("utf-8")
    lines = source.splitlines()
    tree = ast.parse(source)
    skipped = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in node.values)
            if any(isinstance(p, ast.Constant) and _has_chinese(p.value) for p in node.values) and not _exempt(
                lines, node
            ):
                faults.append(f"{relative}:{node.lineno}: Chinese in an f-string")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in skipped or not _has_chinese(node.value):
            continue
        if not _exempt(lines, node):
            found.append(Found(f"{relative}:{node.lineno}", str(node.value)))


def _docstrings(tree: ast.Module) -> set[int]:
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = (node.body[0] for node in ast.walk(tree) if isinstance(node, owners) and node.body)
    return {id(statement.value) for statement in first if isinstance(statement, ast.Expr)}


def _exempt(lines: list[str], node: ast.expr) -> bool:
    last = node.end_lineno or node.lineno
    return any(_EXEMPT in line for line in lines[node.lineno - 1 : last])


def _collect_template(path: Path, relative: str, found: list[Found], faults: list[str]) -> None:
    from django.utils.translation.template import templatize

    source = path.read_text("utf-8")
    if f"{_EXEMPT} file" in source:
        return
    for match in _CALL.finditer(templatize(source)):
        first, second = ast.literal_eval(match[2]), ast.literal_eval(match[3]) if match[3] else None
        line = f"{relative}:{_line_of(source, first if 'pgettext' not in match['name'] else str(second))}"
        if "pgettext" in match["name"]:
            found.append(Found(line, str(second), context=first))
        elif _has_chinese(first):
            found.append(Found(line, first, plural=second if match["name"] == "ngettext" else None))
    bare = _TRANSLATED.sub(lambda match: "\n" * match[0].count("\n"), source)
    exempt = source.splitlines()
    faults += [
        f"{relative}:{line}: Chinese outside translate"
        for line in _lines_with_chinese(bare)
        if _EXEMPT not in exempt[line - 1]
    ]


def _line_of(source: str, msgid: str) -> int:
    position = source.find(msgid.split("%(", maxsplit=1)[0].strip()[:20])
    return source.count("\n", 0, position) + 1 if position >= 0 else 1


def _lines_with_chinese(text: str) -> Iterator[int]:
    return (number for number, line in enumerate(text.split("\n"), 1) if _CJK.search(line))


def _uncommented(script: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", lambda match: "\n" * match[0].count("\n"), script, flags=re.DOTALL)


def _has_chinese(value: object) -> bool:
    return isinstance(value, str) and _CJK.search(value) is not None
