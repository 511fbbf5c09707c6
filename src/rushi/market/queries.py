"""How far the demo market's preparation is."""

from __future__ import annotations

from rushi.market import script
from rushi.market.models import Step


def seeding_percent() -> int | None:
    """The finished part in percent while the demo market is being prepared; None before it began and after its end."""
    done = Step.objects.count()
    total = script.count()
    return None if done == 0 or done >= total else done * 100 // total


def made(name: str) -> dict[str, str]:
    """What a finished step made (names → ids); empty when it is not finished."""
    step = Step.objects.filter(pk=name).first()
    return dict(step.made) if step else {}
