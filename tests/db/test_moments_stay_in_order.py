"""A clock that is put back by a minute disturbs no task: its moments stay in order, and it can be finished."""

from __future__ import annotations

import datetime as dt

import pytest

from rushi.db import invariants
from rushi.evidence import actions as evidence
from rushi.kernel import clock
from rushi.verdicts import actions as verdicts
from tests import factories as make

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def test_nothing_is_started_before_it_was_claimed() -> None:
    assignment = make.claim(make.live_campaign(), make.participant())
    with clock.pretend(clock.now() - MINUTE):
        evidence.start_watch(actor_id=assignment.participant_id, assignment_id=assignment.pk)
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
