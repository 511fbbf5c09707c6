"""Two tasks watched at once and handed in at the same moment: one of them always sees the other."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from rushi.dispatch.models import Assignment
from rushi.evidence import actions
from rushi.evidence.attention import Report
from rushi.evidence.models import Answers, Submission
from rushi.ledger.queries import balance_fen
from rushi.verdicts import actions as verdicts
from tests import watching
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)


def watched(works: list[Assignment], clock: Any) -> list[str]:
    """The tokens of works that were watched side by side, ten seconds each."""
    tokens = [actions.start_watch(actor_id=work.participant_id, assignment_id=work.pk).token for work in works]
    clock.shift(10)
    tokens = [actions.heartbeat(token=token, reports=[Report("a", 10_000, 1)]).token for token in tokens]
    clock.shift(20)
    return tokens


def handing_in(work: Assignment, token: str) -> Any:
    answers = watching.answers_for(work.campaign)
    return lambda: verdicts.hand_in(actor_id=work.participant_id, assignment_id=work.pk, token=token, answers=answers)


def test_side_by_side_watching_is_seen_whatever_the_order() -> None:
    for _ in range(5):
        with time_machine.travel(NOON, tick=False) as clock:
            person = watching.participant(real_name_verified_at=NOON)
            works = [watching.claimed(person, watching.live_campaign(clip_ms=10_000)) for _ in range(2)]
            tokens = watched(works, clock)
            race(*(handing_in(*pair) for pair in zip(works, tokens, strict=True)))
        overlaps = sorted(Submission.objects.filter(assignment__in=works).values_list("overlap_ms", flat=True))
        assert overlaps == [0, 10_000]
        statuses = sorted(Assignment.objects.filter(pk__in=[w.pk for w in works]).values_list("status", flat=True))
        assert statuses == ["accepted", "in_review"]


def test_pressing_hand_in_many_times_at_once_hands_in_and_pays_once() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        person = watching.participant(real_name_verified_at=NOON)
        work = watching.claimed(person, watching.live_campaign(clip_ms=10_000))
        [token] = watched([work], clock)
        answers = race(*[handing_in(work, token)] * 6)
    assert sorted(answers) == ["accepted", *["already"] * 5]  # type: ignore[type-var]
    assert len(Answers.objects.get(pk=work.pk).choices) == 2
    assert balance_fen("participant_available", person.pk) == 30
