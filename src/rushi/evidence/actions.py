"""The writes of evidence while somebody works: starting a watch, checkpoints, free looks, drafts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings

from rushi.audit.actions import record
from rushi.db import partitions, sql
from rushi.db.retry import transactional
from rushi.dispatch.errors import LeaseOver
from rushi.dispatch.models import Assignment
from rushi.evidence import attention, rules
from rushi.evidence.errors import TokenInvalid, WatchRestarted
from rushi.evidence.models import Draft, FreeLook
from rushi.evidence.queries import asked_questions, clip_durations, unsealed
from rushi.kernel import clock
from rushi.kernel.errors import NotFound

KEEP_MS_MIN = 3_000
BULKY = ("evidence_checkpoint", "evidence_draft", "evidence_attention")
FOLD_FROM, FOLD_BATCH = 1_000, 5_000
FOLD_AFTER = dt.timedelta(hours=1)


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
    now, nonce = clock.now(), uuid4()
    (found,) = sql.call("evidence_start_v1", [assignment_id], [actor_id], nonce, now)
    if found["outcome"] != "started":
        raise NotFound if found["outcome"] == "not_found" else LeaseOver
    if found["state"] is not None:
        return _beat(attention.restart(attention.parse(json.loads(found["state"])), nonce, _ms(now)))
    durations = dict(clip_durations(found["campaign_id"], found["approved_digest"]))
    order = rules.shown_order(assignment_id, list(durations))
    return _beat(attention.start(assignment_id, nonce, [(cut, durations[cut]) for cut in order], _ms(now)))


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


def _checkpoint(state: attention.State) -> attention.State:
    state = attention.checkpointed(state)
    kept = sql.call(
        "evidence_checkpoint_v1",
        state.assignment,
        state.nonce,
        state.last_ms // KEEP_MS_MIN,
        _moment(state.last_ms),
        state.covered_ms,
        state.hidden_ms,
        state.refused_ms,
        json.dumps(attention.dump(state)),
    )
    if not kept:
        raise WatchRestarted
    return state


@transactional
def save_draft(*, actor_id: UUID, assignment_id: UUID, answers: Mapping[str, str]) -> None:
    """Keep answers that are not handed in yet (question id → value); unknown keys are dropped."""
    assignment = _own(actor_id, assignment_id)
    kept = rules.kept_draft(asked_questions(assignment.campaign_id), answers)
    Draft.objects.update_or_create(assignment=assignment, defaults={"answers": kept, "saved_at": clock.now()})


def drop_bulk_before(*, day: dt.date) -> None:
    """Drop what is bulky of all work claimed before a Shanghai day: checkpoints, drafts, stretches watched.

    Facts, answers and free looks stay. A day and table a transaction, which records what it dropped: whatever fails
    later, what is gone is on record. The caller knows that nobody may still ask how a fact came about.
    """
    for table in BULKY:
        while _drop_oldest(table, day).partition:
            pass


@transactional
def _drop_oldest(table: str, day: dt.date) -> partitions.Dropped:
    gone = partitions.drop_oldest(table, day)
    if gone.partition or gone.strays:
        detail = {"table": table, "before": day.isoformat(), "partition": gone.partition, "strays": gone.strays}
        record(actor_id=None, action="evidence.drop", subject_kind="evidence", detail=detail)
    return gone


def fold_tallies() -> int:
    """Fold accepted work into its campaigns' tallies, each batch in its own transaction. How many submissions.

    A campaign is folded when FOLD_FROM of it wait, or any for an hour; reports are exact before and after.
    """
    due = {"enough": FOLD_FROM, "before": clock.now() - FOLD_AFTER}
    folded = 0
    for row in sql.rows("evidence", "campaigns_to_fold", due):
        while batch := _fold(row["id"]):
            folded += batch
    return folded


@transactional
def _fold(campaign_id: UUID) -> int:
    return int(sql.call("evidence_fold_v1", campaign_id, FOLD_BATCH)[0]["evidence_fold_v1"])


def _own(actor_id: UUID, assignment_id: UUID) -> Assignment:
    assignment = Assignment.objects.filter(pk=assignment_id, participant_id=actor_id).first()
    if assignment is None:
        raise NotFound
    return assignment


def _unsealed(token: str) -> attention.State:
    return unsealed(token, _ms(clock.now()))


def _beat(state: attention.State) -> Beat:
    return Beat(attention.seal(state, settings.ATTENTION_KEY), state)


def _ms(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
