"""Limits on what may be tried: exact, and counted by one statement, so that trying at once does not help."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from rushi.db import sql
from rushi.identity import sealing
from rushi.identity.errors import TooOften
from rushi.identity.models import Tries
from rushi.kernel import clock

Limits = Sequence[tuple[int, int]]


def spend(*, what: str, whose: str, limits: Limits) -> None:
    """Count one try of `what` by `whose` (a phone, an address, an id) against each `(how many, in how many seconds)`.

    Whose it is, is kept as a digest. A refused try is not counted by the limit that refused it. Raises TooOften.
    """
    now = clock.now()
    for most, seconds in limits:
        window = dt.timedelta(seconds=seconds)
        facts = {"key": _key(what, whose, seconds), "at": now, "most": most, "since": now - window}
        if not sql.rows("identity", "spend", {**facts, "until": now + window}):
            raise TooOften


def regain(*, what: str, whose: str, limits: Limits) -> None:
    """Forget the tries of somebody who succeeded."""
    Tries.objects.filter(key__in=[_key(what, whose, seconds) for _, seconds in limits]).delete()


def forget_tries() -> int:
    """Drop the tries that count no longer; returns how many. Run nightly."""
    deleted, _ = Tries.objects.filter(until__lt=clock.now()).delete()
    return deleted


def _key(what: str, whose: str, seconds: int) -> bytes:
    return sealing.digest(f"{what}|{whose}|{seconds}", context="tries")
