"""The order of the demo market's preparation: every step by name. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rushi.market import briefs, cast

PEOPLE_A_STEP = 20
ANSWERS_A_STEP = 12


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is done (a function of `actions`), for whom or which plan, and which part."""

    act: str
    key: str = ""
    part: int = 0

    @property
    def name(self) -> str:
        """The key under which the step is remembered."""
        return f"{self.act}:{self.key}:{self.part}"


def steps() -> Iterator[Step]:
    """All steps in order."""
    yield Step("begin")
    yield Step("staff")
    yield from (Step("organisation", one.key) for one in cast.ADVERTISERS)
    yield from (Step("agent", str(index)) for index in range(len(cast.AGENTS)))
    yield from (Step("people", part=part) for part in range(cast.PARTICIPANTS // PEOPLE_A_STEP))
    yield from (Step("draft", plan.key) for plan in briefs.PLANS)
    yield from (Step("open", plan.key) for plan in briefs.PLANS)
    for plan in briefs.PLANS:
        yield from (Step("answers", plan.key, part) for part in range(-(-plan.answers // ANSWERS_A_STEP)))
    yield from (Step("close", plan.key) for plan in briefs.PLANS)
    yield from (Step("real_names", part=part) for part in range(cast.PARTICIPANTS // PEOPLE_A_STEP))
    yield Step("cards")
    yield Step("payouts")


def count() -> int:
    """How many steps there are."""
    return sum(1 for _ in steps())
