"""Real connections racing for places and for pay: never oversold, never over a cap, never paid twice."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter

import pytest
import time_machine
from django.db import connection, transaction

from rushi.campaigns.models import Budget, Campaign
from rushi.db import sql
from rushi.dispatch import actions as dispatch
from rushi.dispatch import queries
from rushi.dispatch.models import Assignment, ParticipantDay
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from rushi.ledger.models import Entry
from rushi.ledger.queries import balance_fen
from rushi.verdicts import actions
from rushi.verdicts.errors import AlreadyJudged
from tests import factories as make
from tests.db.test_claiming_a_place import assert_clean
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "播放记录显示只看了视频的前一半，没有看完。"


def kinds(answers: list[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def test_the_last_places_are_never_oversold() -> None:
    campaign, people = make.live_campaign(places=3), [make.participant() for _ in range(12)]
    answers = race(*[lambda p=p: make.claim(campaign, p) for p in people])
    assert kinds(answers) == {"Assignment": 3, "Full": 9}
    assert Budget.objects.get(pk=campaign.pk).taken == 3
    assert_clean()


def test_a_budget_without_a_reserve_is_never_overspent() -> None:
    campaign, people = make.live_campaign(places=8, reserve_fen=0), [make.participant() for _ in range(8)]
    Budget.objects.filter(pk=campaign.pk).update(refunded_fen=1)  # money for seven
    answers = race(*[lambda p=p: make.claim(campaign, p) for p in people])
    assert kinds(answers) == {"Assignment": 7, "Full": 1}


def test_one_person_claiming_eight_times_at_once_has_one_assignment() -> None:
    campaign, person = make.live_campaign(), make.participant()
    answers = race(
        *[lambda n=n: dispatch.claim(actor_id=person.pk, campaign_id=campaign.pk, key=str(n)) for n in range(8)]
    )
    assert kinds(answers) == {"Assignment": 8}
    assert len({answer.pk for answer in answers if isinstance(answer, Assignment)}) == 1
    assert Budget.objects.get(pk=campaign.pk).taken == 1
    assert queries.claims_left(person.pk) == 49
    assert_clean()


def test_the_cap_of_a_day_holds_across_campaigns() -> None:
    person, campaigns = make.participant(), [make.live_campaign(places=1) for _ in range(56)]
    now = clock.now()
    ids = [[uuid7() for _ in range(48)], [person.pk] * 48, [c.pk for c in campaigns[:48]]]
    sql.call("dispatch_claim_v2", *ids, now, 1000)
    answers = race(*[lambda c=c: make.claim(c, person) for c in campaigns[48:]])
    assert kinds(answers) == {"Assignment": 2, "Capped": 6}
    assert ParticipantDay.objects.get(participant=person).claims == 50
    assert_clean()


def test_the_limit_of_the_unverified_holds_across_campaigns() -> None:
    person = make.participant(is_verified=False)
    campaigns = [make.live_campaign(reward_fen=300) for _ in range(6)]
    answers = race(*[lambda c=c: make.claim(c, person) for c in campaigns])
    assert kinds(answers) == {"Assignment": 3, "NeedsRealName": 3}


def test_two_campaigns_that_exclude_each_other_never_both_have_somebody() -> None:
    for _ in range(8):
        person, first, second = make.participant(), make.live_campaign(), make.live_campaign()
        Campaign.objects.filter(pk=first.pk).update(excluded_campaigns=[second.pk])
        Campaign.objects.filter(pk=second.pk).update(excluded_campaigns=[first.pk])
        answers = race(*[lambda c=c, p=person: make.claim(c, p) for c in (first, second)])
        assert kinds(answers) == {"Assignment": 1, "Ineligible": 1}
        assert queries.claims_left(person.pk) == 49
    assert_clean()


def test_batches_over_the_same_campaigns_in_opposite_order_do_not_deadlock() -> None:
    campaigns, people = [make.live_campaign(places=50) for _ in range(5)], [make.participant() for _ in range(10)]
    pairs = [(person.pk, campaign.pk) for person in people for campaign in campaigns]

    def batch(order: int) -> int:
        chosen = pairs[::order]
        rows = sql.call(
            "dispatch_claim_v2",
            [uuid7() for _ in chosen], [p for p, _ in chosen], [c for _, c in chosen], clock.now(), 1000,
        )  # fmt: skip
        return sum(row["outcome"] == "claimed" for row in rows)

    assert sum(race(*[lambda o=o: batch(o) for o in (1, -1, 1, -1)])) == 50  # type: ignore[arg-type]
    assert_clean()


def test_settling_the_same_work_from_eight_sides_pays_once() -> None:
    person, campaign = make.participant(agent=make.agent()), make.live_campaign()
    assignment = make.claim(campaign, person)
    make.handed_in(assignment)
    answers = race(*[lambda: actions.judge(assignment_ids=[assignment.pk])] * 8)
    assert sorted(answers) == [0] * 7 + [1]  # type: ignore[type-var]
    assert balance_fen("participant_available", person.pk) == 20
    assert Entry.objects.filter(kind="settlement").count() == 1
    assert_clean()


def test_sweeps_settling_the_same_work_pay_once() -> None:
    campaign = make.live_campaign(places=20)
    for _ in range(20):
        make.handed_in(make.claim(campaign, make.participant()))
    assert all(isinstance(answer, int) for answer in race(*[actions.judge_submitted] * 4))
    assert Entry.objects.filter(kind="settlement").count() == 20
    assert_clean()


def test_giving_back_handing_in_and_expiring_at_once_end_in_one_state() -> None:
    for _ in range(5):
        campaign, person = make.live_campaign(places=1), make.participant()
        assignment = make.claim(campaign, person)
        own = {"actor_id": person.pk, "assignment_id": assignment.pk}
        due = assignment.lease_expires_at + dt.timedelta(seconds=1)
        said = {"token": make.watched(assignment), "answers": make.answers(campaign, "like")}
        race(
            lambda own=own, said=said: actions.hand_in(**own, **said),
            lambda own=own: dispatch.return_assignment(**own),
            lambda due=due: sql.call("dispatch_expire_v2", due, 100),
            lambda own=own: dispatch.return_assignment(**own),
        )
        assignment.refresh_from_db()
        assert assignment.status in {"accepted", "in_review", "returned", "expired"}
        assert Budget.objects.get(pk=campaign.pk).taken == (assignment.status in {"accepted", "in_review"})
        assert_clean()


def test_two_expiry_sweeps_reopen_each_place_once() -> None:
    campaign = make.live_campaign(places=10)
    for _ in range(10):
        make.claim(campaign, make.participant())
    with time_machine.travel(clock.now() + dt.timedelta(hours=1), tick=False):
        answers = race(*[dispatch.expire_due] * 4)
    assert sum(answers) == 10  # type: ignore[arg-type]
    assert Budget.objects.get(pk=campaign.pk).taken == 0
    assert_clean()


def test_accepting_and_rejecting_at_once_leaves_one_verdict() -> None:
    for _ in range(5):
        campaign, person = make.live_campaign(), make.participant()
        assignment = make.claim(campaign, person)
        make.handed_in(assignment, coverage_bps=6_000)
        actions.judge(assignment_ids=[assignment.pk])
        accepting, rejecting = make.staff("reviewer"), make.staff("reviewer")
        answers = race(
            lambda a=assignment, r=accepting: actions.accept(actor_id=r.pk, assignment_id=a.pk),
            lambda a=assignment, r=rejecting: actions.reject(
                actor_id=r.pk, assignment_id=a.pk, code="not_watched", reason=REASON
            ),
        )
        assert sorted(isinstance(answer, AlreadyJudged) for answer in answers) == [False, True]
        assignment.refresh_from_db()
        assert balance_fen("participant_available", person.pk) == (20 if assignment.status == "accepted" else 0)
        assert_clean()


def test_an_appeal_and_the_release_of_its_reserve_do_not_both_win() -> None:
    for _ in range(5):
        person, reviewer = make.participant(), make.staff("reviewer")
        assignment = make.claim(make.live_campaign(), person)
        make.handed_in(assignment, coverage_bps=6_000)
        verdict = actions.reject(actor_id=reviewer.pk, assignment_id=assignment.pk, code="not_watched", reason=REASON)
        due = verdict.appeal_until
        race(
            lambda a=assignment, p=person: actions.appeal(actor_id=p.pk, assignment_id=a.pk, text="我看完了"),
            lambda a=assignment, due=due: sql.call("verdicts_release_v2", [a.pk], due),
        )
        assert_clean()


def test_a_batch_of_rejections_takes_days_in_the_order_in_which_claims_take_them() -> None:
    """Whoever meets a day that is taken holds no later one: else a batch of claims and this one wait for each other."""
    campaign, reviewer = make.live_campaign(), make.staff("reviewer")
    first, second = sorted((make.participant() for _ in range(2)), key=lambda person: person.pk)
    work = [make.claim(campaign, second), make.claim(campaign, first)]  # in the order of ids, the second person first
    for assignment in work:
        make.handed_in(assignment, coverage_bps=6_000)
    ids, at = [assignment.pk for assignment in work], clock.now()

    def reject() -> None:
        sql.call("verdicts_reject_v2", ids, "not_watched", REASON, reviewer.pk, at, at + dt.timedelta(days=7))

    rejecting = threading.Thread(target=race, args=(reject,))
    with transaction.atomic():
        ParticipantDay.objects.select_for_update().get(participant=first)
        rejecting.start()
        while not somebody_waits():
            rejecting.join(0.02)
        ParticipantDay.objects.select_for_update(nowait=True).get(participant=second)
    rejecting.join()
    assert set(Assignment.objects.filter(pk__in=ids).values_list("status", flat=True)) == {"rejected"}
    assert_clean()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])
