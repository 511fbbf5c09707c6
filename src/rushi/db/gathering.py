"""Callers that come at the same moment gathered into one set-based call: one transaction, one commit, for all.

The first caller leads: it runs the batch with whoever waits by then. Callers that come meanwhile form the next batch,
led by the first of them. Nobody waits for company: a caller that is alone runs alone, at once. There is no thread and
no timer of its own. The batch function must be what a caller alone would have called with one item, so that a batch
changes cost and nothing else.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db import connection

Item = TypeVar("Item")
Result = TypeVar("Result")
BATCH_MAX = 64


@dataclass(slots=True, eq=False)
class _Caller(Generic[Item, Result]):
    """One caller: what it asks for, and how it was served."""

    item: Item
    woken: threading.Event = field(default_factory=threading.Event)
    result: list[Result] = field(default_factory=list)
    must_lead: bool = False


class Gathering(Generic[Item, Result]):
    """Gathers concurrent calls of `run`, which answers a batch in order, in one transaction."""

    def __init__(self, run: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._waiting: deque[_Caller[Item, Result]] = deque()
        self._is_led = False

    def __call__(self, item: Item) -> Result:
        """The result for `item`. Raises what `run` raises for this item alone.

        Inside a transaction of the caller's own it runs alone: its fate is that transaction's.
        """
        if connection.in_atomic_block:
            return self._run([item])[0]
        caller: _Caller[Item, Result] = _Caller(item)
        with self._lock:
            if self._is_led:
                self._waiting.append(caller)
            else:
                self._is_led = caller.must_lead = True
        if not caller.must_lead:
            caller.woken.wait()
        if caller.must_lead:
            self._lead(caller)
        # A batch that failed says nothing about its members: each asks again alone, and fails alone if it must.
        return caller.result[0] if caller.result else self._run([item])[0]

    def _lead(self, leader: _Caller[Item, Result]) -> None:
        with self._lock:
            batch = [leader, *(self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_MAX - 1)))]
        try:
            results = self._run([caller.item for caller in batch])
            assert len(results) == len(batch), "one result an item"
            for caller, result in zip(batch, results, strict=True):
                caller.result.append(result)
        except Exception:
            if len(batch) == 1:
                raise
            connection.close_if_unusable_or_obsolete()  # the leader asks again alone, on one that lives
        finally:
            self._pass_on(batch[1:])

    def _pass_on(self, served: Sequence[_Caller[Item, Result]]) -> None:
        """Let the next batch's first caller lead, then wake those who were served."""
        with self._lock:
            following = self._waiting.popleft() if self._waiting else None
            if following is None:
                self._is_led = False
            else:
                following.must_lead = True
        if following is not None:
            following.woken.set()
        for caller in served:
            caller.woken.set()
