"""What a client was promised: every action written down before it is sent, and again when it was answered.

A line is one JSON object, appended and flushed to the disk (fdatasync) before its writer goes on, so that the
journal survives whatever the actions did not. The first line is the stage; then `act` lines (about to send, by
number) and `answer` lines (what was acknowledged). Nothing secret is written: tokens stay in memory. Pure.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody wants: the verb, who, the idempotency key, and about what (ids, fen, answers).

    `token` is the attention token of a watch: sent, never written down.
    """

    verb: str
    actor: str
    key: str
    about: Mapping[str, Any]
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was acknowledged: done, or refused with a code; `facts` are ids and figures of what was made."""

    is_done: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """An act with its answer; None when it was never answered: then it may have happened or not."""

    act: Act
    answer: Answer | None
    tries: int


class Unanswered(Exception):
    """No answer came, or one that says nothing: the action may have happened. `kind` names why, shortly."""

    def __init__(self, kind: str, detail: str = "", *, is_fault_of_ours: bool = False) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind, self.detail, self.is_fault_of_ours = kind, detail, is_fault_of_ours


class Journal:
    """An append-only file of acts and answers, safe to share between threads."""

    def __init__(self, path: Path, stage: Mapping[str, Any]) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._lock = threading.Lock()
        self._count = 0
        self._append({"stage": dict(stage)})

    def intend(self, act: Act) -> int:
        """Write down what is about to be sent; the number by which its answer is written."""
        with self._lock:
            self._count += 1
            number = self._count
        self._append({"act": {**asdict(act), "token": ""}, "n": number})
        return number

    def acknowledge(self, number: int, answer: Answer, tries: int) -> None:
        """Write down what was answered, before anything is built on it."""
        self._append({"answer": {**asdict(answer), "token": ""}, "n": number, "tries": tries})

    def _append(self, line: Mapping[str, Any]) -> None:
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
        with self._lock:
            os.write(self._file, text.encode())
            os.fdatasync(self._file)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *why: object) -> None:
        os.close(self._file)


def read(path: Path) -> tuple[dict[str, Any], list[Line]]:
    """The stage and every act with its answer, in the order in which they were sent."""
    stage: dict[str, Any] = {}
    acts: dict[int, Act] = {}
    answers: dict[int, tuple[Answer, int]] = {}
    for line in _lines(path):
        if "stage" in line:
            stage = line["stage"]
        elif "act" in line:
            acts[line["n"]] = Act(**line["act"])
        else:
            answers[line["n"]] = (Answer(**line["answer"]), line["tries"])
    return stage, [Line(act, *answers.get(number, (None, 0))) for number, act in acts.items()]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for text in file:
            if text.endswith("\n"):  # a client that was killed may leave half a line: nothing was built on it
                yield json.loads(text)
