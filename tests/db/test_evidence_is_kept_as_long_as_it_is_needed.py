"""Bulky evidence goes by day once nobody can ask about it any more; facts, answers and open cases stay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from rushi.audit.actions import set_setting
from rushi.audit.models import Event
from rushi.db import invariants
from rushi.dispatch.models import Assignment
from rushi.evidence.models import Answers, Attention, Submission
from rushi.kernel import clock
from rushi.verdicts import actions, jobs, queries
from tests import days
from tests import factories as make

pytestmark = pytest.mark.django_db
NOON = clock.shanghai_midnight(clock.shanghai_day(clock.now())) + dt.timedelta(hours=12, days=-100)
"""Long enough ago that its days may go, by the server's own clock."""
REASON = "播放记录显示只看了视频的前一半，没有看完。"
KEPT = 3 + 2 * 7 + 14


@pytest.fixture
def travel() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        days.ensure(clock.now(), 0)
        yield traveller


def handed_in(travel: Any, share: float = 1.0) -> Assignment:
    person, campaign = make.participant(), make.live_campaign()
    assignment = make.claim(campaign, person)
    token = make.watched(assignment, share)
    travel.shift(dt.timedelta(seconds=40))
    said = make.answers(campaign, "like")
    actions.hand_in(actor_id=person.pk, assignment_id=assignment.pk, token=token, answers=said)
    return assignment


def has_bulk(assignment: Assignment) -> bool:
    return Attention.objects.filter(assignment_id=assignment.pk).exists()


def test_a_day_goes_when_nobody_can_ask_any_more_and_facts_stay(travel: Any) -> None:
    old = handed_in(travel)
    travel.shift(dt.timedelta(days=KEPT))
    assert actions.drop_old_evidence() == NOON.date()
    assert has_bulk(old)
    travel.shift(dt.timedelta(days=1))
    jobs.drop_old_evidence(0)
    assert not has_bulk(old)
    assert Submission.objects.get(pk=old.pk).coverage_bps == 10_000
    assert Answers.objects.get(pk=old.pk).choices == ["like", "0"]
    gone = [event.detail for event in Event.objects.filter(action="evidence.drop")]
    assert f"evidence_attention_{NOON:%Y%m%d}" in [detail["partition"] for detail in gone]
    assert all(check.ok for check in invariants.run())
    case = queries.access_case(make.staff("reviewer"), old.pk)
    assert (case.tracks[0].spans, case.restarts, case.checkpoints) == ((), 0, ())


def test_an_open_case_keeps_its_day_and_all_after_it(travel: Any) -> None:
    doubtful = handed_in(travel, share=0.7)
    travel.shift(dt.timedelta(days=2))
    later = handed_in(travel)
    travel.shift(dt.timedelta(days=KEPT + 1))
    assert actions.drop_old_evidence() == NOON.date()
    assert has_bulk(doubtful)
    assert has_bulk(later)
    reviewer = make.staff("reviewer")
    actions.reject(actor_id=reviewer.pk, assignment_id=doubtful.pk, code="not_watched", reason=REASON)
    actions.appeal(actor_id=doubtful.participant_id, assignment_id=doubtful.pk, text="我看完了。")
    travel.shift(dt.timedelta(days=3))
    assert actions.drop_old_evidence() == NOON.date()
    second = make.staff("reviewer")
    actions.decide_appeal(actor_id=second.pk, assignment_id=doubtful.pk, overturn=True, note=REASON)
    assert actions.drop_old_evidence() > NOON.date() + dt.timedelta(days=2)
    assert not has_bulk(doubtful)
    assert not has_bulk(later)


def test_the_margin_is_a_setting_with_history(travel: Any) -> None:
    old = handed_in(travel)
    travel.shift(dt.timedelta(days=KEPT - 13 + 1))
    actions.drop_old_evidence()
    assert has_bulk(old)
    set_setting(actor_id=make.staff("operator").pk, key="evidence_margin_days", value=1, reason="存储成本")
    actions.drop_old_evidence()
    assert not has_bulk(old)
