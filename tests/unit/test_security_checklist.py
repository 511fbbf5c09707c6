"""docs/security.md names tests that exist, leaves no chapter out and is honest where there is none."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
LINES = re.findall(r"^\| (\d+\.[\d., ]*\d) \| ([^|]+) \| ?([^|]*)\|$", TEXT, flags=re.MULTILINE)
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
# The sections of ASVS 4.0.3 (those of level 3 only, 1.13 which is empty, and 2.10's kin are within their chapters).
SECTIONS = {
    1: (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14),
    2: range(1, 11),
    3: (1, 2, 3, 4, 5, 7),
    4: range(1, 4),
    5: range(1, 6),
    6: range(1, 5),
    7: range(1, 5),
    8: range(1, 4),
    9: range(1, 3),
    10: (2, 3),
    11: (1,),
    12: range(1, 7),
    13: range(1, 5),
    14: range(1, 6),
}


@cache
def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("number", "says", "proof"), LINES, ids=[line[0] for line in LINES])
def test_a_line_names_a_test_that_exists_or_says_why_not(number: str, says: str, proof: str) -> None:
    found = PROOF.findall(proof)
    assert found or "**not yet**" in says or "no object" in says, "neither a test nor an honest word"
    for path, name in found:
        assert (ROOT / path).exists(), path
        assert name in names_in(path), f"{path} has no {name}"


def test_no_section_is_left_out() -> None:
    told = {
        tuple(map(int, one.strip().split(".")[:2]))
        for number, _, _ in LINES
        for one in number.split(",")
        if one.strip()
    }
    wanted = {(chapter, section) for chapter, sections in SECTIONS.items() for section in sections}
    assert wanted - told == set()
    assert len(LINES) == len({number for number, _, _ in LINES})
