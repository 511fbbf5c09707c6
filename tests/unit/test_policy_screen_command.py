"""`./rushi policy screen FILE --json`: a line for each line, bad lines told and survived, no Django."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rushi.cli.errors import CommandFailed
from rushi.cli.policy import screen_file
from rushi.cli.verbs import parser

BRIEFS = Path(__file__).resolve().parent.parent / "data" / "briefs.jsonl"


def screened(text: str, as_json: bool = True) -> tuple[int, list[str], str]:
    out, err = io.StringIO(), io.StringIO()
    code = screen_file(io.StringIO(text), out, err, as_json=as_json)
    return code, out.getvalue().splitlines(), err.getvalue()


def test_it_answers_a_line_for_a_line() -> None:
    text = BRIEFS.read_text("utf-8")
    code, lines, err = screened(text)
    assert code == 0
    assert err == ""
    answers = [json.loads(line) for line in lines]
    wanted = [json.loads(line) for line in text.splitlines()]
    assert [(a["id"], a["decision"]) for a in answers] == [(w["id"], w["expected"]) for w in wanted]
    assert set(answers[-1]) == {"id", "decision", "findings"}
    assert set(answers[-1]["findings"][0]) == {"rule", "law", "article", "matched", "severity"}


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        "7",
        '{"title": "no id"}',
        '{"id": 1}',
        '{"id": 1, "title": 5}',
        '{"id": 1, "title": "x", "public_post": "yes"}',
        '{"id": 1, "title": "x", "questions": [1]}',
        '{"id": 1, "title": "x", "label": 3}',
        "[" * 100_000,
    ],
)
def test_a_bad_line_is_told_and_the_others_survive(bad: str) -> None:
    good = '{"id": "a", "title": "看片反馈", "brief": "", "reward_rule": ""}'
    code, lines, err = screened(f"{good}\n\n{bad}\n{good}\n")
    assert code == 1
    assert [json.loads(line)["id"] for line in lines] == ["a", None, "a"]
    assert json.loads(lines[1])["line"] == 3
    assert err.startswith("rushi: line 3: ")


def test_structured_fields_are_read() -> None:
    line = {
        "id": 1,
        "title": "看片",
        "payout_depends_on": "likes",
        "action_surface": ["rushi_form"],
        "questions": ["求赞"],
    }
    _, (answer,), _ = screened(json.dumps(line))
    assert {finding["rule"] for finding in json.loads(answer)["findings"]} == {"STR-01", "ENG-01"}


def test_plain_output_explains() -> None:
    code, lines, _ = screened('{"id": "a", "title": "点赞单"}', as_json=False)
    assert code == 0
    assert lines[0] == "a\tblock"
    assert "ENG-01 NAUC-91 9(5): 点赞" in lines[1]


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    asked = parser().parse_args(["policy", "screen", str(tmp_path / "none.jsonl")])
    with pytest.raises(CommandFailed):
        asked.run(asked)


def test_it_starts_no_django() -> None:
    code = (
        "import sys\nfrom rushi.cli.verbs import main\n"
        f"code = main(['policy', 'screen', {str(BRIEFS)!r}, '--json'])\n"
        "assert 'django.apps' not in sys.modules or not __import__('django.apps').apps.apps.ready\nsys.exit(code)"
    )
    source = os.pathsep.join([str(BRIEFS.parents[2] / "src"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": source},
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 40
