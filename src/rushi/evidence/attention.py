"""Proof of attention: what was really watched, by the server's clock alone. Pure; nothing here touches a database.

The whole state of a watch travels in a signed token: the player sends it back with every report and gets a new
one. A forked, stale or replayed token gains nothing, because credit is bounded by the time that really passed
since that token was signed: from the start of a watch, credited playback never exceeds the elapsed time plus
`SLACK_MS`, and within any stretch of it never that stretch plus `SLACK_MS + LATE_MS_MAX`.

A packet that the network held up costs an honest person nothing: reports carry the player's own clock, and what
the server's clock shows beyond it is lateness, which the next report may make up. A pause passes on both clocks
and saves up nothing but `LATE_MS`. (Who forges the player's clock gains no more than who forges the position.)

Times are milliseconds: clip positions from the clip's beginning, server times from the Unix epoch.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from rushi.evidence.errors import TokenInvalid

SLACK_MS = 750  # playback may seem this far ahead of the server's clock: clocks and packets are not perfect
LATE_MS = 2_000  # lag that can always be made up
LATE_MS_MAX = 30_000  # and the most, when the player's clock says that the packet was held up
RATE_MAX = 1.05
COMPLETE_BPS = 9_500  # a clip counts as watched to the end from here on (decoders stop short of the container)
HAND_IN_BPS_MIN = 5_000  # below this nothing can be handed in; between the two a person looks at it
CHECKPOINT_MS = 30_000
LIFE_MS = 6 * 3_600_000
INTERVALS_MAX = 48
SEGMENTS_MAX = 32
SEGMENT_GAP_MS = 2_000
GAP_MS = 400
REPORTS_MAX = 60
TOKEN_CHARS_MAX = 6_000
_VERSION = "1"
_PURPOSE = b"rushi attention token v1:"

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What the player says happened since the last report: it is at `position_ms` of `cut` now.

    `jumped` says that the person sought there (nothing in between was played). `rate` is the playback rate,
    `visible` and `focused` are the page's state, `seq` grows with every report of a watch. `at_ms` is the player's
    own clock since the watch was (re)started, when it knows.
    """

    cut: str
    position_ms: int
    seq: int
    rate: float = 1.0
    visible: bool = True
    focused: bool = True
    jumped: bool = False
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """One clip of a watch: its length, where the player stands, the union of what was watched.

    `left_at_ms` is where the free look ended; None while it lasts (phase one).
    """

    name: str
    duration_ms: int
    position_ms: int = 0
    left_at_ms: int | None = None
    watched: Spans = ()

    @property
    def covered_ms(self) -> int:
        """Milliseconds of the clip that were watched at least once."""
        return total(self.watched)

    @property
    def coverage_bps(self) -> int:
        """Share of the clip that was watched, in 1/10,000."""
        return min(10_000, self.covered_ms * 10_000 // self.duration_ms)

    @property
    def is_complete(self) -> bool:
        """Whether this cut was watched to the end."""
        return self.coverage_bps >= COMPLETE_BPS

    @property
    def resume_ms(self) -> int:
        """Where watching should go on: the first gap worth mentioning, else the first, else the end."""
        edges = [0, *(edge for span in self.watched for edge in span), self.duration_ms]
        gaps = [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if high > low]
        worth = [low for low, high in gaps if high - low >= GAP_MS] or [low for low, _ in gaps]
        return worth[0] if worth else self.duration_ms


@dataclass(frozen=True, slots=True)
class State:
    """A whole watch. `ahead_ms` is how far credited playback leads the server's clock (negative: it lags)."""

    assignment: UUID
    nonce: UUID
    started_ms: int
    last_ms: int
    checkpoint_ms: int
    begun_ms: int
    cuts: tuple[Cut, ...]
    seq: int = 0
    ahead_ms: int = 0
    hidden_ms: int = 0
    unfocused_ms: int = 0
    refused_ms: int = 0
    completed_ms: int | None = None
    segments: Spans = ()

    @property
    def covered_ms(self) -> int:
        """Milliseconds watched at least once, over all cuts."""
        return sum(cut.covered_ms for cut in self.cuts)

    @property
    def coverage_bps(self) -> int:
        """Coverage of the cut that was watched least."""
        return min(cut.coverage_bps for cut in self.cuts)

    @property
    def is_complete(self) -> bool:
        """Whether every cut was watched to the end."""
        return all(cut.is_complete for cut in self.cuts)

    @property
    def may_hand_in(self) -> bool:
        """Whether enough was watched to hand anything in (less than complete goes to a person)."""
        return self.coverage_bps >= HAND_IN_BPS_MIN

    @property
    def is_checkpoint_due(self) -> bool:
        """Whether this state should be written down: half a minute passed, or the watching has just ended."""
        return self.last_ms - self.checkpoint_ms >= CHECKPOINT_MS or (
            self.completed_ms is not None and self.completed_ms > self.checkpoint_ms
        )

    def cut(self, name: str) -> Cut | None:
        """The cut of that name, if the watch has it."""
        return next((cut for cut in self.cuts if cut.name == name), None)


def start(assignment: UUID, nonce: UUID, durations_ms: Iterable[tuple[str, int]], now_ms: int) -> State:
    """A fresh watch of the cuts (name, duration in ms, in the order they are shown)."""
    cuts = tuple(Cut(name, duration) for name, duration in durations_ms)
    assert cuts
    assert all(cut.duration_ms > 0 for cut in cuts)
    return State(assignment, nonce, now_ms, now_ms, now_ms, now_ms, cuts)


def restart(state: State, nonce: UUID, now_ms: int) -> State:
    """The watch goes on under a new nonce from what was last written down; the time between counts for nothing."""
    cuts = tuple(replace(cut, position_ms=cut.resume_ms) for cut in state.cuts)
    return replace(
        state,
        nonce=nonce,
        last_ms=now_ms,
        checkpoint_ms=now_ms,
        begun_ms=now_ms,
        cuts=cuts,
        seq=0,
        ahead_ms=max(0, state.ahead_ms),
    )


def advance(state: State, reports: Sequence[Report], now_ms: int) -> State:
    """Credit a batch of reports that arrived at `now_ms`.

    The real time since the last batch is what the whole batch may share: queued reports of a lost connection
    are fine, many small reports at once gain nothing. Old sequence numbers and unknown cuts are ignored.
    """
    now_ms = max(now_ms, state.last_ms)
    state = replace(state, ahead_ms=state.ahead_ms - (now_ms - state.last_ms), last_ms=now_ms)
    credited = 0
    for report in reports[:REPORTS_MAX]:
        state, gained = _one(state, report)
        credited += gained
    if credited:
        low, floor = _credited_from(state.segments, credited, now_ms), max(state.started_ms, state.begun_ms - SLACK_MS)
        state = replace(state, segments=_with_segment(state.segments, max(low, floor), now_ms))
    if state.is_complete and state.completed_ms is None:
        state = replace(state, completed_ms=now_ms)
    return replace(state, ahead_ms=max(state.ahead_ms, -min(LATE_MS + _lateness(state, reports), LATE_MS_MAX)))


def _lateness(state: State, reports: Sequence[Report]) -> int:
    """How long ago the last report was made, by the player's clock; 0 when it does not say."""
    at_ms = reports[-1].at_ms if reports else None
    return 0 if at_ms is None else max(0, state.last_ms - state.begun_ms - at_ms)


def _one(state: State, report: Report) -> tuple[State, int]:
    cut = state.cut(report.cut)
    if cut is None or report.seq <= state.seq:
        return state, 0
    position = min(max(report.position_ms, 0), cut.duration_ms)
    played = position - cut.position_ms
    state = replace(state, seq=report.seq)
    moved = replace(cut, position_ms=position)
    if played <= 0 or report.jumped:  # a pause, or seeking back, or forward: nothing was played in between
        return _with_cut(state, moved), 0
    if not report.visible:
        return _with_cut(replace(state, hidden_ms=state.hidden_ms + played), moved), 0
    watched = union(cut.watched, (cut.position_ms, position))
    if not 0 < report.rate <= RATE_MAX or state.ahead_ms + played > SLACK_MS or len(watched) > INTERVALS_MAX:
        return _with_cut(replace(state, refused_ms=state.refused_ms + played), moved), 0
    unfocused = 0 if report.focused else played
    state = replace(state, ahead_ms=state.ahead_ms + played, unfocused_ms=state.unfocused_ms + unfocused)
    return _with_cut(state, replace(moved, watched=watched)), played


def leave_free_look(state: State, cut_name: str, now_ms: int) -> State:
    """End phase one of a cut where the player stands; later calls change nothing.

    The figure is what the person says, but never beyond the time that really passed since the watch began.
    """
    cut = state.cut(cut_name)
    if cut is None or cut.left_at_ms is not None:
        return state
    left_at = min(cut.position_ms, max(0, now_ms - state.started_ms) + SLACK_MS)
    return _with_cut(state, replace(cut, left_at_ms=left_at))


def checkpointed(state: State) -> State:
    """The state after it was written down."""
    return replace(state, checkpoint_ms=state.last_ms)


def is_expired(state: State, now_ms: int) -> bool:
    """Whether the token lay unused for too long."""
    return now_ms - state.last_ms > LIFE_MS


def union(spans: Spans, new: tuple[int, int]) -> Spans:
    """The sorted disjoint union of disjoint sorted spans and one more; touching spans merge."""
    low, high = new
    kept = []
    for span in spans:
        if span[1] < low or span[0] > high:
            kept.append(span)
        else:
            low, high = min(low, span[0]), max(high, span[1])
    return tuple(sorted([*kept, (low, high)]))


def total(spans: Spans) -> int:
    """The summed length of disjoint spans."""
    return sum(high - low for low, high in spans)


def _with_cut(state: State, cut: Cut) -> State:
    return replace(state, cuts=tuple(cut if other.name == cut.name else other for other in state.cuts))


def _credited_from(segments: Spans, credited: int, now_ms: int) -> int:
    """From when on credit that ends now ran: it takes as much server time of its own as it is long.

    Credit that makes up for lateness reaches back; were it a moment only, two watches at once would not overlap.
    """
    low = now_ms - credited
    for begin, end in reversed(segments):
        if end > low:
            low -= end - begin  # that time is taken
    return low


def _with_segment(segments: Spans, low: int, high: int) -> Spans:
    """Server time in which playback was credited; short pauses do not split a segment, and they stay few."""
    while segments and low - segments[-1][1] <= SEGMENT_GAP_MS:
        low, segments = min(segments[-1][0], low), segments[:-1]
    segments = (*segments, (low, high))
    if len(segments) > SEGMENTS_MAX:
        gaps = [segments[i + 1][0] - segments[i][1] for i in range(len(segments) - 1)]
        at = gaps.index(min(gaps))
        segments = (*segments[:at], (segments[at][0], segments[at + 1][1]), *segments[at + 2 :])
    return segments


def dump(state: State) -> list[Any]:
    """The state as plain JSON values, for the token and for checkpoints."""
    return [
        state.assignment.hex,
        state.nonce.hex,
        state.started_ms,
        state.last_ms - state.started_ms,
        state.checkpoint_ms - state.started_ms,
        state.begun_ms - state.started_ms,
        [[c.name, c.duration_ms, c.position_ms, c.left_at_ms, [list(s) for s in c.watched]] for c in state.cuts],
        state.seq,
        state.ahead_ms,
        state.hidden_ms,
        state.unfocused_ms,
        state.refused_ms,
        None if state.completed_ms is None else state.completed_ms - state.started_ms,
        [[low - state.started_ms, high - state.started_ms] for low, high in state.segments],
    ]


def parse(values: list[Any]) -> State:
    """The inverse of `dump`; the values are our own, so anything else is a bug."""
    (
        assignment,
        nonce,
        started,
        last,
        checkpoint,
        begun,
        cuts,
        seq,
        ahead,
        hidden,
        unfocused,
        refused,
        completed,
        segments,
    ) = values
    return State(
        assignment=UUID(assignment),
        nonce=UUID(nonce),
        started_ms=started,
        last_ms=started + last,
        checkpoint_ms=started + checkpoint,
        begun_ms=started + begun,
        cuts=tuple(Cut(n, d, p, left, tuple((a, b) for a, b in spans)) for n, d, p, left, spans in cuts),
        seq=seq,
        ahead_ms=ahead,
        hidden_ms=hidden,
        unfocused_ms=unfocused,
        refused_ms=refused,
        completed_ms=None if completed is None else started + completed,
        segments=tuple((started + low, started + high) for low, high in segments),
    )


def seal(state: State, key: bytes) -> str:
    """The signed token of a state: `version.payload.mac`, base64url."""
    payload = _encode(json.dumps(dump(state), separators=(",", ":")).encode())
    return f"{_VERSION}.{payload}.{_encode(_mac(payload, key))}"


def unseal(token: str, key: bytes) -> State:
    """The state in a token that was sealed with `key`; raises TokenInvalid for anything else."""
    version, _, rest = token.partition(".")
    payload, _, mac = rest.partition(".")
    if version != _VERSION or len(token) > TOKEN_CHARS_MAX or not token.isascii():
        raise TokenInvalid
    if not hmac.compare_digest(_encode(_mac(payload, key)), mac):
        raise TokenInvalid
    return parse(json.loads(_decode(payload)))


def _mac(payload: str, key: bytes) -> bytes:
    return hmac.new(key, _PURPOSE + payload.encode(), hashlib.sha256).digest()[:20]


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:  # pragma: no cover - the MAC was checked before
        raise TokenInvalid from error
