"""A clock that is put back by a minute disturbs no task: its moments stay in order, and it can be finished."""

from __future__ import annotations

import datetime as dt

import pytest

from rushi.db import invariants
from rushi.dispatch import actions as dispatch
from rushi.evidence import actions as evidence
from rushi.kernel import clock
from rushi.verdicts import actions as verdicts
from tests import factories as make

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize("start", [dispatch.start, evidence.start_watch])
def test_nothing_is_started_before_it_was_claimed(start: object) -> None:
    assignment = make.claim(make.live_campaign(), make.participant())
    with clock.pretend(clock.now() - MINUTE):
        start(actor_id=assignment.participant_id, assignment_id=assignment.pk)  # type: ignore[operator]
    assignment.refresh_from_db()
    assert assignment.status == "started"
    assert assignment.started_at == assignment.claimed_at
    assert [check.name for check in invariants.run() if not check.ok] == []


def test_nothing_is_handed_in_before_it_was_started() -> None:
    campaign = make.live_campaign()
    assignment = make.claim(campaign, make.participant())
    with clock.pretend(clock.now() + MINUTE):
        token = make.watched(assignment)
    verdicts.hand_in(
        actor_id=assignment.participant_id,
        assignment_id=assignment.pk,
        token=token,
        answers=make.answers(campaign, "like"),
    )
    assignment.refresh_from_db()
    assert assignment.submitted_at == assignment.started_at
    assert [check.name for check in invariants.run() if not check.ok] == []
