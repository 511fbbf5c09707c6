"""A client's journal holds what was sent and what was answered, whatever became of the client."""

from __future__ import annotations

from pathlib import Path

import pytest

from rushi.market.journal import Act, Answer, Journal, Line, read

ACT = Act("claim", "a person", "claim-1", {"campaign": "c"}, token="secret")


def test_what_was_sent_and_answered_can_be_read_again_without_its_secret(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal", {"people": ["a person"]}) as journal:
        first, second = journal.intend(ACT), journal.intend(ACT)
        journal.acknowledge(second, Answer(is_done=True, facts={"assignment": "x"}, token="secret"), tries=3)
    assert first != second
    stage, lines = read(tmp_path / "journal")
    plain = Act("claim", "a person", "claim-1", {"campaign": "c"})
    assert stage == {"people": ["a person"]}
    assert lines == [Line(plain, None, 0), Line(plain, Answer(is_done=True, facts={"assignment": "x"}), 3)]
    assert "secret" not in (tmp_path / "journal").read_text()


def test_half_a_line_of_a_client_that_was_killed_is_nothing(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal", {}) as journal:
        journal.acknowledge(journal.intend(ACT), Answer(is_done=True), tries=1)
    with (tmp_path / "journal").open("a") as file:
        file.write('{"act":{"verb":"cl')
    assert len(read(tmp_path / "journal")[1]) == 1


def test_a_journal_is_never_written_over(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal", {}):
        pass
    with pytest.raises(FileExistsError):
        Journal(tmp_path / "journal", {})
