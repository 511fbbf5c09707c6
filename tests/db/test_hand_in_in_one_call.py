"""One call hands in, judges and pays, for one or many: outcomes, replays, overlap, statements, and SQL = rules."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rushi
from rushi.db import invariants
from rushi.dispatch.models import Assignment
from rushi.evidence import queries as evidence
from rushi.evidence.errors import AnswersIncomplete
from rushi.evidence.models import Answers, Submission
from rushi.evidence.rules import Work
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.kernel.ids import uuid7
from rushi.ledger.queries import balance_fen
from rushi.transparency.models import Waiting
from rushi.verdicts import actions, rules
from rushi.verdicts.models import Verdict
from tests import days
from tests import factories as make

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)


@pytest.fixture
def travel() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def ready(share: float = 1.0, campaign: Any = None, person: Any = None) -> Work:
    """Work whose watch is over, as it would be handed in forty seconds from now."""
    campaign, person = campaign or make.live_campaign(), person or make.participant()
    assignment = make.claim(campaign, person)
    token = make.watched(assignment, share)
    (found,) = evidence.at_hand([(assignment.pk, person.pk)])
    assert found is not None
    return evidence.read_work(
        assignment_id=assignment.pk,
        participant_id=person.pk,
        campaign_id=campaign.pk,
        token=token,
        asked=found.asked,
        answers=make.answers(campaign, "like", text="好看。"),
        at=clock.now() + dt.timedelta(seconds=40),
    )


def hand_in(works: Sequence[Work]) -> list[str]:
    return actions.hand_in_works(works=works, answer_ms_min=[1_000] * len(works), at=clock.now())


def broken() -> list[str]:
    return [check.name for check in invariants.run() if not check.ok]


def test_a_batch_says_of_each_item_what_became_of_it(travel: Any) -> None:
    good, doubtful, early, late = ready(), ready(share=0.7), ready(), ready()
    slow, theirs, elsewhere = ready(), ready(), ready()
    assert hand_in([early]) == ["accepted"]
    travel.shift(dt.timedelta(seconds=40))
    Assignment.objects.filter(pk=slow.assignment_id).update(lease_expires_at=clock.now())
    Assignment.objects.filter(pk=late.assignment_id).update(status="claimed", started_at=None)
    works = [
        good, doubtful, early, late, slow, good,
        replace(theirs, participant_id=good.participant_id), replace(elsewhere, nonce=good.nonce),
    ]  # fmt: skip
    assert hand_in(works) == [
        "accepted", "in_review", "already", "lease_over", "lease_over", "already", "not_found", "restarted",
    ]  # fmt: skip
    assert Submission.objects.count() == 3
    assert [len(said.questions) for said in Answers.objects.all()] == [3, 3, 3]
    assert balance_fen("participant_available", good.participant_id) == 20
    assert balance_fen("participant_available", doubtful.participant_id) == 0
    assert set(Waiting.objects.exclude(kind="policy").values_list("subject_id", "kind")) == {
        (good.assignment_id, "settlement"),
        (early.assignment_id, "settlement"),
    }
    assert broken() == []


def test_a_token_of_before_a_restart_does_not_stand_in_for_the_one_of_today(travel: Any) -> None:
    work = ready()
    travel.shift(dt.timedelta(seconds=40))
    old = replace(work, nonce=ready().nonce)
    assert hand_in([old, work, old, work]) == ["restarted", "accepted", "already", "already"]
    assert balance_fen("participant_available", work.participant_id) == 20
    assert broken() == []


def test_whatever_comes_second_the_first_hand_in_stands(travel: Any) -> None:
    person, campaign = make.participant(), make.live_campaign()
    assignment = make.claim(campaign, person)
    token = make.watched(assignment)
    travel.shift(dt.timedelta(seconds=40))
    who = {"actor_id": person.pk, "assignment_id": assignment.pk}
    assert actions.hand_in(**who, token=token, answers=make.answers(campaign, "like")) == "accepted"
    travel.shift(dt.timedelta(hours=9))
    assert actions.hand_in(**who, token="worn out", answers=make.answers(campaign, "dislike")) == "already"
    assert actions.hand_in(**who, token=token, answers={}) == "already"
    assert Answers.objects.get().choices == ["like", "0"]
    with pytest.raises(NotFound):
        actions.hand_in(**{**who, "actor_id": make.participant().pk}, token=token, answers={})


def test_handing_in_takes_one_call_after_one_look_once_the_questions_are_known(travel: Any) -> None:
    campaign = make.live_campaign()
    statements = []
    for _ in range(2):
        person = make.participant()
        assignment = make.claim(campaign, person)
        token, said = make.watched(assignment), make.answers(campaign, "like")
        with CaptureQueriesContext(connection) as asked, pytest.raises(AnswersIncomplete):
            actions.hand_in(actor_id=person.pk, assignment_id=assignment.pk, token=token, answers={})
        assert len(asked) <= 2
        travel.shift(dt.timedelta(seconds=40))
        with CaptureQueriesContext(connection) as asked:
            actions.hand_in(actor_id=person.pk, assignment_id=assignment.pk, token=token, answers=said)
        statements.append([one for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]])
    assert [len(some) for some in statements] == [1, 1]  # and the prepared look before it, which goes past Django


def test_two_watched_at_once_in_one_batch_overlap(travel: Any) -> None:
    person = make.participant()
    first, alone = ready(person=person), ready()
    travel.shift(dt.timedelta(seconds=1))
    second = ready(person=person)
    assert hand_in([second, alone, first]) == ["in_review", "accepted", "accepted"]
    overlaps = dict(Submission.objects.values_list("assignment_id", "overlap_ms"))
    assert overlaps[first.assignment_id] == overlaps[alone.assignment_id] == 0
    assert overlaps[second.assignment_id] == make.CLIP_MS - 1_000


@pytest.mark.parametrize("number", [0, 60])
def test_a_fresh_day_and_sixty_of_them_are_handed_in_alike(travel: Any, number: int) -> None:
    days.ensure(NOON, 0, number)
    works = [ready() for _ in range(3)]
    assert hand_in(works) == ["accepted"] * 3
    assert broken() == []


facts = st.builds(
    rules.Facts,
    coverage_bps=st.integers(9_498, 9_502) | st.integers(0, 10_000),
    hidden_ms=st.integers(0, 3),
    refused_ms=st.integers(998, 1_002),
    overlap_ms=st.integers(998, 1_002),
    answer_ms=st.integers(1_998, 2_002),
    answer_ms_min=st.integers(1_999, 2_001),
    recall_asked=st.integers(0, 6),
    recall_right=st.integers(0, 6),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(facts, min_size=1, max_size=60))
def test_sql_judges_as_the_rules_do(many: list[rules.Facts]) -> None:
    names = ("coverage_bps", "refused_ms", "overlap_ms", "answer_ms", "answer_ms_min", "recall_asked", "recall_right")
    columns = [[getattr(one, name) for one in many] for name in names]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT verdicts_meets_v1(a, b, c, d, e, f, g, %s, %s, %s) FROM unnest("
            + ", ".join(["%s::integer[]"] * 7)
            + ") WITH ORDINALITY AS u (a, b, c, d, e, f, g, n) ORDER BY n",
            [rules.COVERAGE_BPS_MIN, rules.REFUSED_MS_MAX, rules.OVERLAP_MS_MAX, *columns],
        )
        held = [row[0] for row in cursor.fetchall()]
    assert held == [isinstance(rules.judge(one), rules.Accept) for one in many]


def test_what_was_said_only_passes_through() -> None:
    """Promise 1, by reading the SQL: said_* enters the judging function and leaves it in one call, and is stored."""
    root = Path(rushi.__file__).parent
    (judging,) = [
        p for p in root.glob("verdicts/sql/functions/verdicts_hand_in_v*.sql") if p.stem in newest("verdicts")
    ]
    body = judging.read_text("utf-8").split("$$")[1]
    outside = re.sub(r":= evidence_hand_in_v\d+\([^)]*\)", "", body)
    assert "said_" in body
    assert "said_" not in outside
    (storing,) = [
        p for p in root.glob("evidence/sql/functions/evidence_hand_in_v*.sql") if p.stem in newest("evidence")
    ]
    body = storing.read_text("utf-8").split("$$")[1]
    stored = re.sub(r"INSERT INTO evidence_answers.*?;", "", body, flags=re.DOTALL)
    assert "said_" in body
    assert "said_" not in stored
    for path in root.glob("verdicts/sql/**/*.sql"):
        if not path.stem.startswith("verdicts_hand_in"):
            assert "said_" not in path.read_text("utf-8")


def newest(room: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE proname LIKE %s", [f"{room}\\_hand\\_in\\_v%"])
        return {row[0] for row in cursor.fetchall()}


def test_the_invariants_catch_what_must_never_be(travel: Any) -> None:
    work = ready()
    assert hand_in([work]) == ["accepted"]
    assert broken() == []
    Assignment.objects.filter(pk=work.assignment_id).update(reward_fen=19)  # other amounts
    assert "verdicts.accepted_work_is_settled_once" in broken()
    Assignment.objects.filter(pk=work.assignment_id).update(reward_fen=20)
    assert broken() == []
    Answers.objects.filter(pk=work.assignment_id).update(questions=[], choices=[], texts=[])  # opinions lost
    assert "evidence.submission_has_its_answers" in broken()
    Verdict.objects.update(assignment_id=uuid7())  # a settlement without verdict
    assert {"verdicts.verdict_is_the_state", "verdicts.the_outbox_says_nothing_untrue"} <= set(broken())


def test_a_verdict_without_settlement_and_outbox_row_is_caught(travel: Any) -> None:
    work = ready(share=0.7)
    assert hand_in([work]) == ["in_review"]
    Assignment.objects.filter(pk=work.assignment_id).update(status="accepted", closed_at=clock.now())
    Verdict.objects.create(
        assignment_id=work.assignment_id, outcome="accepted", basis="silence", decided_at=clock.now()
    )
    assert set(broken()) >= {
        "verdicts.accepted_work_is_settled_once",
        "verdicts.verdicts_are_in_the_outbox",
        "verdicts.budgets_are_what_their_assignments_make_them",
    }
