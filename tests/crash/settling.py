"""A process to be killed: `prepare` a market with work handed in, `work` it off in small batches, `check` the end."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

PEOPLE, CAMPAIGNS = 30, 4


def _django(home: Path) -> None:
    from rushi.db import launcher

    os.environ["RUSHI_DATABASE_URL"] = launcher.ensure(home, durable=True).url(launcher.OWNER)
    os.environ["DJANGO_SETTINGS_MODULE"] = "rushi.config.settings"
    import django
    from django.conf import settings

    settings.DATABASES["default"]["OPTIONS"] = {}
    django.setup()


def say(line: str) -> None:
    """Tell the test at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def prepare() -> None:
    """An empty database becomes a market in which every person has handed in work for every campaign."""
    from django.core.management import call_command
    from django.db import transaction

    from tests import factories as make

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        people = [make.participant() for _ in range(PEOPLE)]
        for _ in range(CAMPAIGNS):
            campaign = make.live_campaign(places=PEOPLE)
            for person in people:
                make.handed_in(make.claim(campaign, person))
    say(str(PEOPLE * CAMPAIGNS))


def work() -> None:
    """Judge and pay, three at a time, until nothing is left."""
    from rushi.verdicts import actions

    while actions.judge_submitted(limit=3):
        say(".")


def check() -> None:
    """What there is in the end."""
    from rushi.db import invariants
    from rushi.dispatch.models import Assignment
    from rushi.ledger.models import Entry, Posting

    end = {
        "broken": [check.name for check in invariants.run() if not check.ok],
        "accepted": Assignment.objects.filter(status="accepted").count(),
        "settlements": Entry.objects.filter(kind="settlement").count(),
        "postings": Posting.objects.filter(entry__kind="settlement").count(),
    }
    say(json.dumps(end))


if __name__ == "__main__":
    _django(Path(sys.argv[2]))
    {"prepare": prepare, "work": work, "check": check}[sys.argv[1]]()
