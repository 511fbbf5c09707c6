"""Evidence against the database: nonces, checkpoints, free looks, drafts, hand-in with facts and overlap."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rushi.db import invariants
from rushi.dispatch.errors import LeaseOver
from rushi.dispatch.models import Assignment
from rushi.evidence import actions, queries
from rushi.evidence.attention import Report
from rushi.evidence.errors import AnswersIncomplete, NotWatched, TokenInvalid, WatchExpired, WatchRestarted
from rushi.evidence.models import Answers, Attention, Checkpoint, Draft, FreeLook, Submission
from rushi.kernel.errors import NotFound
from rushi.verdicts import actions as verdicts
from tests import watching

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def work(clock) -> Assignment:
    return watching.claimed(watching.participant(), watching.live_campaign())


def begin(work: Assignment) -> actions.Beat:
    return actions.start_watch(actor_id=work.participant_id, assignment_id=work.id)


def play(clock, beat: actions.Beat, seconds: int, cut: str = "a", **kw) -> actions.Beat:
    start = beat.state.cut(cut).position_ms
    for at in range(5, seconds + 1, 5):
        clock.shift(5)
        report = Report(cut, start + at * 1000, beat.state.seq + 1, **kw)
        beat = actions.heartbeat(token=beat.token, reports=[report])
    return beat


def hand_in(work: Assignment, beat: actions.Beat, **kw) -> Submission:
    answers = watching.answers_for(work.campaign, **kw)
    verdicts.hand_in(actor_id=work.participant_id, assignment_id=work.id, token=beat.token, answers=answers)
    return Submission.objects.get(pk=work.pk)


def holds() -> bool:
    return all(check.ok for check in invariants.run() if check.name.startswith("evidence."))


def test_an_honest_watch_becomes_a_submission_with_facts(clock, work) -> None:
    beat = play(clock, begin(work), 20)
    clock.shift(12)
    submission = hand_in(work, beat, text="片头很抓人")
    facts = submission
    assert (facts.coverage_bps, facts.watched_ms, facts.answer_ms) == (10_000, 20_000, 12_000)
    assert (facts.item_count, facts.recall_asked, facts.recall_right) == (3, 1, 1)
    assert (facts.hidden_ms, facts.refused_ms, facts.overlap_ms) == (0, 0, 0)
    kept = Attention.objects.get(assignment_id=work.id)
    assert kept.segments == [int(NOON.timestamp() * 1000), int(NOON.timestamp() * 1000) + 20_000]
    assert kept.watched == {"unfocused_ms": 0, "cuts": {"a": [[0, 20_000]]}}
    assert submission.active_to == NOON + dt.timedelta(seconds=20)
    assert submission.first_cut == "a"
    work.refresh_from_db()
    assert work.status == "accepted"
    assert len(Answers.objects.get(pk=work.pk).questions) == 3
    assert holds()


def test_a_heartbeat_asks_the_database_nothing(clock, work) -> None:
    beat = begin(work)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        beat = play(clock, beat, 15)
    assert len(asked) == 0
    assert beat.state.covered_ms == 15_000


def test_half_a_minute_writes_one_checkpoint(clock) -> None:
    work = watching.claimed(watching.participant(), watching.live_campaign(clip_ms=120_000))
    play(clock, begin(work), 65)
    assert [row.covered_ms for row in Checkpoint.objects.order_by("at")] == [30_000, 60_000]


def test_replaying_a_token_does_not_pile_up_rows(clock, work) -> None:
    beat = play(clock, begin(work), 5)
    for _ in range(5):
        actions.leave_free_look(token=beat.token, reports=[], cut="a")
        actions.heartbeat(token=beat.token, reports=[], is_leaving=True)
    assert Checkpoint.objects.count() == FreeLook.objects.count() == 1


def test_a_restart_keeps_the_checkpoint_and_voids_the_old_token(clock) -> None:
    work = watching.claimed(watching.participant(), watching.live_campaign(clip_ms=40_000))
    old = play(clock, begin(work), 35)
    new = begin(work)
    assert new.state.covered_ms == 30_000
    assert new.state.cuts[0].position_ms == 30_000
    work.refresh_from_db()
    assert work.restarts == 1
    with pytest.raises(WatchRestarted):
        play(clock, old, 30)
    with pytest.raises(WatchRestarted):
        hand_in(work, old)
    assert play(clock, new, 10).state.is_complete


def test_going_away_writes_down_what_was_watched(clock, work) -> None:
    beat = play(clock, begin(work), 10)
    actions.heartbeat(token=beat.token, reports=[], is_leaving=True)
    assert begin(work).state.covered_ms == 10_000


def test_the_free_look_is_said_once_and_survives_a_reload(clock, work) -> None:
    beat = play(clock, begin(work), 5)
    clock.shift(2)
    report = Report("a", 7_000, beat.state.seq + 1)
    beat = actions.leave_free_look(token=beat.token, reports=[report], cut="a")
    beat = play(clock, beat, 5)
    actions.leave_free_look(token=beat.token, reports=[], cut="a")
    look = FreeLook.objects.get()
    assert (look.left_at_ms, look.duration_ms) == (7_000, 20_000)
    assert begin(work).state.cuts[0].left_at_ms == 7_000
    with pytest.raises(TokenInvalid):
        actions.leave_free_look(token=beat.token, reports=[], cut="z")
    assert holds()


def test_speeding_up_skipping_or_hiding_cannot_be_handed_in(clock, work) -> None:
    for trick in ({"rate": 2.0}, {"visible": False}, {"jumped": True}):
        with pytest.raises(NotWatched):
            hand_in(work, play(clock, begin(work), 20, **trick))
    assert not Submission.objects.exists()


def test_handing_in_twice_is_handing_in_once(clock, work) -> None:
    beat = play(clock, begin(work), 20)
    first = hand_in(work, beat)
    clock.shift(60)
    assert hand_in(work, beat, main="dislike").submitted_at == first.submitted_at
    assert Answers.objects.filter(choices__contains=["like"]).count() == 1
    with pytest.raises(LeaseOver):
        begin(work)


def test_incomplete_answers_leave_everything_as_it_was(clock, work) -> None:
    beat = play(clock, begin(work), 20)
    with pytest.raises(AnswersIncomplete):
        hand_in(work, beat, recall="")
    assert not Submission.objects.exists()
    assert hand_in(work, beat).recall_right == 1


def test_somebody_elses_token_or_task_is_refused(clock, work) -> None:
    other = watching.claimed(watching.participant(), work.campaign)
    beat = play(clock, begin(other), 20)
    begin(work)
    with pytest.raises(TokenInvalid):
        hand_in(work, beat)
    with pytest.raises(NotFound):
        actions.start_watch(actor_id=work.participant_id, assignment_id=other.id)


def test_a_lease_that_ran_out_and_a_token_that_slept_are_refused(clock, work) -> None:
    beat = play(clock, begin(work), 20)
    clock.shift(1800)
    with pytest.raises(LeaseOver):
        hand_in(work, beat)
    clock.shift(7 * 3600)
    with pytest.raises(WatchExpired):
        actions.heartbeat(token=beat.token, reports=[])


def test_two_tasks_watched_at_once_overlap(clock) -> None:
    person = watching.participant()
    first, second = (watching.claimed(person, watching.live_campaign()) for _ in range(2))
    one, two = begin(first), begin(second)
    for at in range(5, 21, 5):
        clock.shift(5)
        one = actions.heartbeat(token=one.token, reports=[Report("a", at * 1000, at)])
        two = actions.heartbeat(token=two.token, reports=[Report("a", at * 1000, at)])
    assert hand_in(first, one).overlap_ms == 0
    assert hand_in(second, two).overlap_ms == 20_000


def test_lateness_saved_up_cannot_hide_that_tasks_ran_at_once(clock) -> None:
    person = watching.participant()
    works = [watching.claimed(person, watching.live_campaign()) for _ in range(2)]
    beats = [begin(work) for work in works]
    clock.shift(20)
    late = Report("a", 0, 1, at_ms=0)  # "this packet was held up for twenty seconds"
    beats = [actions.heartbeat(token=beat.token, reports=[late]) for beat in beats]
    for work, beat in zip(works, beats, strict=True):
        clock.shift(0.01)
        done = actions.heartbeat(token=beat.token, reports=[Report("a", 20_000, 2)])
        assert done.state.is_complete
        hand_in(work, done)
    assert Submission.objects.get(pk=works[1].id).overlap_ms > 19_000


def test_pausing_one_task_for_another_overlaps_nothing(clock) -> None:
    person = watching.participant()
    first, second = (watching.claimed(person, watching.live_campaign()) for _ in range(2))
    one = play(clock, begin(first), 10)
    two = play(clock, begin(second), 20)
    assert hand_in(second, two).overlap_ms == 0
    clock.shift(3)
    one = actions.heartbeat(token=one.token, reports=[Report("a", 10_000, one.state.seq + 1)])
    one = play(clock, one, 10)
    assert hand_in(first, one).overlap_ms == 0


def test_compare_shows_two_cuts_and_wants_both(clock) -> None:
    work = watching.claimed(watching.participant(), watching.live_campaign(kind="compare", clip_ms=10_000))
    beat = begin(work)
    assert {cut.name for cut in beat.state.cuts} == {"a", "b"}
    beat = play(clock, beat, 10, cut="a")
    with pytest.raises(NotWatched):
        hand_in(work, beat, main="b")
    beat = play(clock, beat, 10, cut="b")
    submission = hand_in(work, beat, main="b")
    assert submission.first_cut == beat.state.cuts[0].name
    assert submission.watched_ms == 20_000


def test_first_and_second_mean_what_this_person_saw(clock) -> None:
    campaign = watching.live_campaign(kind="compare", places=20)
    seen = set()
    for _ in range(20):
        work = watching.claimed(watching.participant(), campaign)
        clips = [clip.cut for clip in queries.shown_clips(work)]
        asked = queries.shown_questions(work)[0]
        assert [value for value, _ in asked.choices] == [clips[0], "same", clips[1]]
        assert [label for _, label in asked.choices] == ["第一版", "差不多", "第二版"]
        seen.add(clips[0])
    assert seen == {"a", "b"}


def test_a_draft_is_kept_until_the_work_is_in(clock, work) -> None:
    beat = play(clock, begin(work), 20)
    answers = watching.answers_for(work.campaign, text="写到一半")
    for _ in range(2):
        actions.save_draft(actor_id=work.participant_id, assignment_id=work.id, answers={**answers, "nonsense": "x"})
    assert queries.draft_answers(work.id) == answers
    hand_in(work, beat)
    assert not Draft.objects.exists()
    assert queries.draft_answers(work.id) == {}
