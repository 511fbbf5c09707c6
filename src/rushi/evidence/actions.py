"""Every write of evidence: starting a watch, checkpoints, free looks, drafts, handing in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings

from rushi.campaigns.models import Material
from rushi.db import sql
from rushi.db.retry import transactional
from rushi.dispatch import actions as dispatch
from rushi.dispatch.models import Assignment
from rushi.evidence import attention, rules
from rushi.evidence.errors import NotWatched, TokenInvalid, WatchExpired, WatchRestarted
from rushi.evidence.models import Answer, Checkpoint, Draft, FreeLook, Submission, Watch
from rushi.evidence.queries import asked_questions
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.kernel.ids import derived_id

KEEP_MS_MIN = 3_000


@dataclass(frozen=True, slots=True)
class Beat:
    """What the player gets back: the token to send next time, and the state that is in it."""

    token: str
    state: attention.State


@transactional
def start_watch(*, actor_id: UUID, assignment_id: UUID) -> Beat:
    """Start watching, or start again: the assignment becomes `started`, a new nonce voids every earlier token.

    What was written down at the last checkpoint (every 30 s, and whenever the page was hidden) stays watched;
    what came after it must be watched again. Raises NotFound (not theirs), LeaseOver.
    """
    assignment = dispatch.start(actor_id=actor_id, assignment_id=assignment_id)
    now = clock.now()
    nonce = uuid4()
    state = _resumed(assignment, nonce, _ms(now))
    watch, is_new = Watch.objects.get_or_create(
        assignment=assignment, defaults={"nonce": nonce, "started_at": _moment(state.started_ms)}
    )
    if not is_new:
        Watch.objects.filter(pk=watch.pk).update(nonce=nonce, restarts=min(watch.restarts + 1, 30_000))
    return _beat(state)


def _resumed(assignment: Assignment, nonce: UUID, now_ms: int) -> attention.State:
    kept = Checkpoint.objects.filter(assignment=assignment).order_by("-at").first()
    if kept is not None:
        return attention.restart(attention.parse(kept.state), nonce, now_ms)
    durations = dict(Material.objects.filter(campaign_id=assignment.campaign_id).values_list("cut", "duration_ms"))
    order = rules.shown_order(assignment.id, list(durations))
    return attention.start(assignment.id, nonce, [(cut, durations[cut]) for cut in order], now_ms)


def heartbeat(*, token: str, reports: Sequence[attention.Report], is_leaving: bool = False) -> Beat:
    """Credit what the player reports; no query, except a checkpoint every 30 s and when the page goes away.

    Reports that do not hold up are simply not credited. Raises TokenInvalid, WatchExpired, and at a checkpoint
    WatchRestarted when the watch was started elsewhere since.
    """
    state = attention.advance(_unsealed(token), reports, _ms(clock.now()))
    if state.is_checkpoint_due or (is_leaving and state.last_ms - state.checkpoint_ms >= KEEP_MS_MIN):
        state = _checkpoint(state)
    return _beat(state)


@transactional
def leave_free_look(*, token: str, reports: Sequence[attention.Report], cut: str) -> Beat:
    """End phase one of a cut where the person swiped on (or at its end). Said once; never touches pay."""
    now_ms = _ms(clock.now())
    state = attention.leave_free_look(attention.advance(_unsealed(token), reports, now_ms), cut, now_ms)
    left = state.cut(cut)
    if left is None or left.left_at_ms is None:
        raise TokenInvalid
    state = _checkpoint(state)
    look = FreeLook(assignment_id=state.assignment, cut=cut, left_at_ms=left.left_at_ms, duration_ms=left.duration_ms)
    FreeLook.objects.bulk_create([look], ignore_conflicts=True)
    return _beat(state)


@transactional
def _checkpoint(state: attention.State) -> attention.State:
    _require_current(state)
    state = attention.checkpointed(state)
    # At most one row in three seconds, however often somebody replays a token.
    row = Checkpoint(
        id=derived_id("checkpoint", state.nonce, state.last_ms // KEEP_MS_MIN),
        assignment_id=state.assignment,
        nonce=state.nonce,
        at=_moment(state.last_ms),
        covered_ms=state.covered_ms,
        hidden_ms=state.hidden_ms,
        refused_ms=state.refused_ms,
        state=attention.dump(state),
    )
    Checkpoint.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["at", "covered_ms", "hidden_ms", "refused_ms", "state"],
    )
    return state


@transactional
def save_draft(*, actor_id: UUID, assignment_id: UUID, answers: Mapping[str, str]) -> None:
    """Keep answers that are not handed in yet (question id → value); unknown keys are dropped."""
    assignment = _own(actor_id, assignment_id)
    kept = rules.kept_draft(asked_questions(assignment.campaign_id), answers)
    Draft.objects.update_or_create(assignment=assignment, defaults={"answers": kept, "saved_at": clock.now()})


@transactional
def submit(*, actor_id: UUID, assignment_id: UUID, token: str, answers: Mapping[str, str]) -> Submission:
    """Hand in: facts into Submission, opinions into Answer, the assignment becomes `submitted`.

    Idempotent by state: a second call returns the first submission. Raises TokenInvalid, WatchExpired,
    WatchRestarted, NotWatched, AnswersIncomplete, NotFound, LeaseOver.
    """
    assignment = _own(actor_id, assignment_id)
    # One hand-in of a person at a time, or two tasks watched at once would not see each other.
    sql.rows("evidence", "one_hand_in_at_a_time", {"participant": str(assignment.participant_id)})
    dispatch.lock(assignment_ids=[assignment.id])
    earlier = Submission.objects.filter(pk=assignment.id).first()
    if earlier is not None:
        return earlier
    now = clock.now()
    state = _unsealed(token)
    if state.assignment != assignment.id:
        raise TokenInvalid
    _require_current(state)
    if not state.may_hand_in:
        raise NotWatched
    asked = asked_questions(assignment.campaign_id)
    given = rules.read_answers(asked, answers)
    dispatch.submit(actor_id=actor_id, assignment_id=assignment_id)
    submission = _facts(assignment, state, rules.recall_right(asked, given), len(given), now)
    submission.save(force_insert=True)
    Answer.objects.bulk_create(
        Answer(submission=submission, question_id=one.question_id, choice=one.choice, text=one.text) for one in given
    )
    Draft.objects.filter(assignment=assignment).delete()
    return submission


def _facts(
    assignment: Assignment, state: attention.State, recall: tuple[int, int], items: int, now: dt.datetime
) -> Submission:
    active_from = state.segments[0][0] if state.segments else state.started_ms
    active_to = state.segments[-1][1] if state.segments else state.last_ms
    window = {
        "assignment": assignment.id,
        "participant": assignment.participant_id,
        "segments": str([list(segment) for segment in state.segments]),
        "active_from": _moment(active_from),
        "active_to": _moment(active_to),
    }
    overlap = sql.rows("evidence", "overlap", window)[0]["overlap_ms"]
    return Submission(
        assignment=assignment,
        submitted_at=now,
        active_from=window["active_from"],
        active_to=window["active_to"],
        coverage_bps=state.coverage_bps,
        watched_ms=state.covered_ms,
        hidden_ms=state.hidden_ms,
        refused_ms=state.refused_ms,
        overlap_ms=overlap,
        answer_ms=max(0, _ms(now) - (state.completed_ms or state.last_ms)),
        item_count=items,
        recall_asked=recall[0],
        recall_right=recall[1],
        attention={
            "first": state.cuts[0].name,
            "segments": [list(segment) for segment in state.segments],
            "unfocused_ms": state.unfocused_ms,
            "cuts": {cut.name: [list(span) for span in cut.watched] for cut in state.cuts},
        },
    )


def _own(actor_id: UUID, assignment_id: UUID) -> Assignment:
    assignment = Assignment.objects.filter(pk=assignment_id, participant_id=actor_id).first()
    if assignment is None:
        raise NotFound
    return assignment


def _unsealed(token: str) -> attention.State:
    state = attention.unseal(token, settings.ATTENTION_KEY)
    if attention.is_expired(state, _ms(clock.now())):
        raise WatchExpired
    return state


def _require_current(state: attention.State) -> None:
    if not Watch.objects.filter(pk=state.assignment, nonce=state.nonce).exists():
        raise WatchRestarted


def _beat(state: attention.State) -> Beat:
    return Beat(attention.seal(state, settings.ATTENTION_KEY), state)


def _ms(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
