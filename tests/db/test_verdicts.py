"""Work is accepted and paid once, rejected on shown facts by people without own interest, and appealed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoAssertNumQueries

from rushi.audit.models import Event
from rushi.campaigns.models import Budget, Campaign
from rushi.dispatch.models import Assignment
from rushi.identity.actions import set_standing
from rushi.identity.models import Agent, Membership, Participant, User
from rushi.kernel import clock
from rushi.kernel.errors import NotAllowed, NotFound
from rushi.kernel.ids import uuid7
from rushi.ledger.models import Entry
from rushi.ledger.queries import balance_fen
from rushi.ledger.rules import NIL_OWNER
from rushi.verdicts import actions, errors, queries
from rushi.verdicts.models import Appeal, Verdict
from tests import factories as make
from tests.db.test_claiming_a_place import assert_clean

pytestmark = pytest.mark.django_db
REASON = "播放记录显示只看了视频的前一半，没有看完。"
DOUBTFUL = {"coverage_bps": 6_000}


def work(campaign: Campaign, person: Participant | None = None, **facts: int) -> Assignment:
    """Handed-in work that is judged already."""
    assignment = make.claim(campaign, person or make.participant())
    make.handed_in(assignment, **facts)
    actions.judge(assignment_ids=[assignment.pk])
    assignment.refresh_from_db()
    return assignment


def reject(assignment: Assignment, reviewer: User | None = None, **said: Any) -> Verdict:
    values = {"code": "not_watched", "reason": REASON, **said}
    return actions.reject(actor_id=(reviewer or make.staff("reviewer")).pk, assignment_id=assignment.pk, **values)


def test_facts_that_hold_are_accepted_and_paid_in_the_same_moment() -> None:
    agent, campaign = make.agent(), make.live_campaign()
    person = make.participant(agent=agent)
    assignment = work(campaign, person)
    assert assignment.status == "accepted"
    assert balance_fen("participant_available", person.pk) == 20
    assert balance_fen("agent_available", agent.pk) == 3
    assert balance_fen("platform_fee", NIL_OWNER) == 4
    line = queries.verdict_line(assignment.pk)
    assert line is not None
    assert (line.outcome, line.basis, line.can_be_appealed(clock.now())) == ("accepted", "facts", False)
    budget = Budget.objects.get(pk=campaign.pk)
    assert (budget.accepted, budget.taken, budget.reserved_fen, budget.spent_fen) == (1, 1, 0, 27)
    assert_clean()


def test_without_an_agent_the_commission_stays_in_the_campaign() -> None:
    campaign = make.live_campaign()
    work(campaign)
    assert Budget.objects.get(pk=campaign.pk).spent_fen == 24
    assert_clean()


def test_limited_standing_is_paid_but_waits() -> None:
    person = make.participant(standing="limited")
    work(make.live_campaign(), person)
    assert balance_fen("participant_available", person.pk) == 0
    assert balance_fen("participant_pending", person.pk) == 20
    assert_clean()


def test_whoever_is_suspended_is_paid_for_what_was_finished_like_anybody() -> None:
    person, reviewer = make.participant(), make.staff("reviewer")
    assignment = make.claim(make.live_campaign(), person)
    make.handed_in(assignment)
    set_standing(actor_id=reviewer.pk, user_id=person.pk, standing="suspended", reason="核实设备")
    actions.judge(assignment_ids=[assignment.pk])
    assert balance_fen("participant_available", person.pk) == 20
    assert balance_fen("participant_pending", person.pk) == 0
    assert_clean()


def test_whoever_is_active_again_can_take_out_what_waited() -> None:
    person, reviewer = make.participant(standing="limited"), make.staff("reviewer")
    work(make.live_campaign(), person)
    set_standing(actor_id=reviewer.pk, user_id=person.pk, standing="suspended", reason="核实设备")
    assert balance_fen("participant_pending", person.pk) == 20
    for _ in range(2):
        set_standing(actor_id=reviewer.pk, user_id=person.pk, standing="active")
        assert balance_fen("participant_pending", person.pk) == 0
        assert balance_fen("participant_available", person.pk) == 20
    assert Event.objects.get(action="pending.release", subject_id=person.pk).actor_id == reviewer.pk
    assert_clean()


def test_judging_again_changes_nothing() -> None:
    campaign = make.live_campaign()
    assignment, doubtful = work(campaign), work(campaign, **DOUBTFUL)
    before = Budget.objects.filter(pk=campaign.pk).values().get()
    assert actions.judge(assignment_ids=[assignment.pk, doubtful.pk]) == 0
    assert actions.judge_submitted() == 0
    assert Budget.objects.filter(pk=campaign.pk).values().get() == before
    assert Entry.objects.filter(kind="settlement").count() == 1


def test_the_sweep_judges_what_nobody_judged() -> None:
    campaign = make.live_campaign()
    good, bad = make.claim(campaign, make.participant()), make.claim(campaign, make.participant())
    make.handed_in(good)
    make.handed_in(bad, recall_right=0)
    assert actions.judge_submitted() == 2
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.status, bad.status) == ("accepted", "in_review")
    assert_clean()


def test_silence_accepts_at_the_deadline_and_not_before() -> None:
    person = make.participant()
    assignment = work(make.live_campaign(), person, **DOUBTFUL)
    assert assignment.decision_due_at is not None
    with time_machine.travel(assignment.decision_due_at - dt.timedelta(seconds=1), tick=False):
        assert actions.accept_overdue() == 0
    with time_machine.travel(assignment.decision_due_at, tick=False):
        assert actions.accept_overdue() == 1
        assert actions.accept_overdue() == 0
    assert Verdict.objects.get(pk=assignment.pk).basis == "silence"
    assert balance_fen("participant_available", person.pk) == 20
    assert_clean()


def test_a_reviewer_accepts_once() -> None:
    reviewer, assignment = make.staff("reviewer"), work(make.live_campaign(), **DOUBTFUL)
    for _ in range(2):
        verdict = actions.accept(actor_id=reviewer.pk, assignment_id=assignment.pk)
        assert (verdict.basis, verdict.decided_by) == ("reviewer", reviewer.pk)
    assert Event.objects.filter(action="verdict.accept").count() == 1
    with pytest.raises(errors.AlreadyJudged):
        reject(assignment)
    assert_clean()


def test_rejecting_reopens_the_place_and_keeps_the_money_until_the_window_ends() -> None:
    campaign, reviewer = make.live_campaign(places=1, reserve_fen=0), make.staff("reviewer")
    assignment = work(campaign, **DOUBTFUL)
    verdict = reject(assignment, reviewer)
    assert reject(assignment, reviewer) == verdict
    with pytest.raises(errors.AlreadyJudged):
        reject(assignment, reviewer, reason=REASON + "！")
    with pytest.raises(errors.AlreadyJudged):
        actions.accept(actor_id=reviewer.pk, assignment_id=assignment.pk)
    budget = Budget.objects.get(pk=campaign.pk)
    assert (budget.taken, budget.reserved_fen) == (0, 27)
    assert queries.verdict_lines([assignment.pk])[assignment.pk].code_label == "没有看完视频"
    assert_clean()
    assert verdict.appeal_until is not None
    with time_machine.travel(verdict.appeal_until - dt.timedelta(seconds=1), tick=False):
        assert actions.release_reserves() == 0
    with time_machine.travel(verdict.appeal_until, tick=False):
        assert actions.release_reserves() == 1
        assert actions.release_reserves() == 0
        assert Budget.objects.get(pk=campaign.pk).reserved_fen == 0
        assert_clean()


def test_a_reopened_place_draws_on_the_reserve() -> None:
    campaign = make.live_campaign(places=1, reserve_fen=27)
    reject(work(campaign, **DOUBTFUL))
    assert work(campaign).status == "accepted"
    assert_clean()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"reason": "太短"}, errors.ReasonTooShort),
        ({"reason": "长" * 501}, errors.TextTooLong),
        ({"code": "recall"}, errors.FactNotShown),
        ({"code": "boring"}, errors.FactNotShown),
    ],
)
def test_a_rejection_needs_words_and_a_fact_that_is_shown(said: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        reject(work(make.live_campaign(), **DOUBTFUL), **said)


def test_work_not_handed_in_is_not_judged() -> None:
    assignment, reviewer = make.claim(make.live_campaign(), make.participant()), make.staff("reviewer")
    with pytest.raises(errors.AlreadyJudged):
        reject(assignment, reviewer)
    with pytest.raises(errors.AlreadyJudged):
        actions.accept(actor_id=reviewer.pk, assignment_id=assignment.pk)
    with pytest.raises(NotFound):
        actions.accept(actor_id=reviewer.pk, assignment_id=uuid7())


def test_only_reviewers_without_own_interest_judge() -> None:
    campaign, person = make.live_campaign(), make.participant()
    assignment = work(campaign, person, **DOUBTFUL)
    member, own = make.staff("reviewer"), person.user
    Membership.objects.create(user=member, organisation=campaign.organisation, role="viewer", joined_at=clock.now())
    with pytest.raises(NotAllowed):
        reject(assignment, own)
    own.staff_roles.create(role="reviewer", given_at=clock.now())
    for interested in (member, own):
        with pytest.raises(errors.OwnInterest):
            reject(assignment, interested)
        with pytest.raises(errors.OwnInterest):
            actions.accept(actor_id=interested.pk, assignment_id=assignment.pk)
        with pytest.raises(NotFound):
            queries.access_case(interested, assignment.pk)
        assert queries.submission_queue(interested) == []


def test_an_agent_does_not_judge_work_that_earns_them_commission() -> None:
    reviewer = make.staff("reviewer")
    agent = Agent.objects.create(user=reviewer, name="代理", code="AGENT234", joined_at=clock.now())
    person = make.participant(agent=agent, recruited_at=clock.now())
    assignment = work(make.live_campaign(), person, **DOUBTFUL)
    with pytest.raises(errors.OwnInterest):
        actions.accept(actor_id=reviewer.pk, assignment_id=assignment.pk)
    with pytest.raises(NotFound):
        queries.access_case(reviewer, assignment.pk)
    assert queries.submission_queue(reviewer) == []
    assert len(queries.submission_queue(make.staff("reviewer"))) == 1


def appealed(places: int = 3) -> tuple[Assignment, Verdict]:
    assignment = work(make.live_campaign(places=places, reserve_fen=27), **DOUBTFUL)
    verdict = reject(assignment)
    actions.appeal(actor_id=assignment.participant_id, assignment_id=assignment.pk, text="我看完了整个视频。")
    return assignment, verdict


def test_an_appeal_won_is_paid_at_once_from_the_kept_money() -> None:
    assignment, _ = appealed(places=1)
    work(assignment.campaign)  # somebody else has the place by now
    second = make.staff("reviewer")
    for _ in range(2):
        decided = actions.decide_appeal(
            actor_id=second.pk,
            assignment_id=assignment.pk,
            overturn=True,
            note="复核播放记录，确认此人已完整观看整个视频。",
        )
        assert decided.status == "overturned"
    assert balance_fen("participant_available", assignment.participant_id) == 20
    verdict = Verdict.objects.get(pk=assignment.pk)
    assert (verdict.outcome, verdict.basis, verdict.decided_by) == ("accepted", "appeal", second.pk)
    budget = Budget.objects.get(pk=assignment.campaign_id)
    assert (budget.places, budget.taken, budget.accepted, budget.overturned) == (1, 1, 2, 1)
    assert_clean()


def test_an_appeal_lost_releases_the_money() -> None:
    assignment, verdict = appealed()
    first = verdict.decided_by
    assert first is not None
    note = "复核播放记录，确认此人只看了视频的前一半。"
    with pytest.raises(errors.SecondReviewerNeeded):
        actions.decide_appeal(actor_id=first, assignment_id=assignment.pk, overturn=False, note=note)
    second = make.staff("reviewer")
    decided = actions.decide_appeal(actor_id=second.pk, assignment_id=assignment.pk, overturn=False, note=note)
    assert decided.status == "upheld"
    assert Budget.objects.get(pk=assignment.campaign_id).reserved_fen == 0
    with pytest.raises(errors.AppealDecided):
        actions.decide_appeal(actor_id=second.pk, assignment_id=assignment.pk, overturn=True, note=note)
    assert_clean()


def test_an_appeal_nobody_decides_is_won_by_the_person() -> None:
    assignment, verdict = appealed()
    appeal = Appeal.objects.get(pk=assignment.pk)
    assert verdict.appeal_until is not None
    with time_machine.travel(verdict.appeal_until, tick=False):
        assert actions.release_reserves() == 0  # an open appeal keeps its money
    with time_machine.travel(appeal.due_at, tick=False):
        assert actions.overturn_overdue_appeals() == 1
        assert actions.overturn_overdue_appeals() == 0
        assert_clean()
    assert balance_fen("participant_available", assignment.participant_id) == 20
    appeal.refresh_from_db()
    assert (appeal.status, appeal.decided_by) == ("overturned", None)


def test_appeals_are_for_ones_own_rejected_work_within_the_window_and_once() -> None:
    assignment, _ = appealed()
    again = actions.appeal(actor_id=assignment.participant_id, assignment_id=assignment.pk, text="再说一次")
    assert again.text == "我看完了整个视频。"
    with pytest.raises(NotFound):
        actions.appeal(actor_id=make.participant().pk, assignment_id=assignment.pk, text="不是我的")
    other = work(make.live_campaign(), **DOUBTFUL)
    with pytest.raises(errors.AppealNotPossible):
        actions.appeal(actor_id=other.participant_id, assignment_id=other.pk, text="还没有结果")
    with pytest.raises(errors.AppealDecided):
        actions.decide_appeal(actor_id=make.staff("reviewer").pk, assignment_id=other.pk, overturn=True, note=REASON)
    until = reject(other).appeal_until
    assert until is not None
    line = queries.verdict_line(other.pk)
    assert line is not None
    assert line.can_be_appealed(clock.now())
    with time_machine.travel(until, tick=False):
        assert not line.can_be_appealed(clock.now())
        with pytest.raises(errors.AppealNotPossible):
            actions.appeal(actor_id=other.participant_id, assignment_id=other.pk, text="太晚了")


def test_the_case_shows_facts_and_what_they_bear_out() -> None:
    reviewer, assignment = make.staff("reviewer"), work(make.live_campaign(), coverage_bps=6_000, hidden_ms=4_000)
    case = queries.access_case(reviewer, assignment.pk)
    assert [code for code, _ in case.codes] == ["not_watched", "hidden"]
    assert (case.restarts, case.verdict, case.appeal, case.checkpoints) == (0, None, None, ())
    for visitor in (AnonymousUser(), make.user()):
        with pytest.raises(NotAllowed):
            queries.access_case(visitor, assignment.pk)
    with pytest.raises(NotFound):
        queries.access_case(reviewer, make.claim(make.live_campaign(), make.participant()).pk)


def test_queues_are_by_deadline_in_pages_and_their_queries_do_not_grow(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    reviewer = make.staff("reviewer")
    first = work(make.live_campaign(), **DOUBTFUL)
    with django_assert_num_queries(5):
        assert [row.assignment_id for row in queries.submission_queue(reviewer)] == [first.pk]
    more = [work(make.live_campaign(auto_accept_days=9), **DOUBTFUL) for _ in range(3)]
    with django_assert_num_queries(5):
        rows = queries.submission_queue(reviewer)
    assert [row.assignment_id for row in rows] == [first.pk, *[one.pk for one in more]]
    assert rows[0].reasons == ("没有看完视频",)
    assert rows[0].due_at is not None
    after = queries.submission_queue(reviewer, after=(rows[0].due_at, rows[0].assignment_id))
    assert [row.assignment_id for row in after] == [one.pk for one in more]


def test_the_counts_are_those_of_the_queues(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    appealed()
    first = work(make.live_campaign(), **DOUBTFUL)
    work(make.live_campaign(auto_accept_days=9), **DOUBTFUL)
    reviewer = make.staff("reviewer")
    with django_assert_num_queries(4):
        counts = queries.queue_counts(reviewer)
    assert (counts.submissions, counts.appeals, counts.samples) == (2, 1, 0)
    assert counts.submission_due_at == first.decision_due_at
    assert counts.appeal_due_at is not None


def test_the_appeal_queue_leaves_out_ones_own_rejections() -> None:
    assignment, verdict = appealed()
    first = User.objects.get(pk=verdict.decided_by)
    assert queries.appeal_queue(first) == []
    assert [row.assignment_id for row in queries.appeal_queue(make.staff("reviewer"))] == [assignment.pk]


def test_handing_in_judges_and_pays_at_once_and_a_replay_changes_nothing() -> None:
    person, campaign = make.participant(), make.live_campaign()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        token = make.watched(make.claim(campaign, person))
        traveller.shift(dt.timedelta(seconds=40))
        assignment = Assignment.objects.get(participant=person)
        said = make.answers(campaign, "dislike", text="太吵了。")
        for _ in range(2):
            actions.hand_in(actor_id=person.pk, assignment_id=assignment.pk, token=token, answers=said)
    assert balance_fen("participant_available", person.pk) == 20
    assert Entry.objects.filter(kind="settlement").count() == 1
    assert_clean()


def test_pay_that_raced_a_restored_standing_is_let_go_by_the_sweep() -> None:
    person = make.participant(standing="limited")
    held = make.claim(make.live_campaign(), person)
    make.handed_in(held)
    actions.judge(assignment_ids=[held.pk])
    assert actions.release_held() == 0
    Participant.objects.filter(pk=person.pk).update(standing="active")  # as if the settlement had read it before
    assert actions.release_held() == 1
    assert (balance_fen("participant_pending", person.pk), balance_fen("participant_available", person.pk)) == (0, 20)
    assert actions.release_held() == 0
