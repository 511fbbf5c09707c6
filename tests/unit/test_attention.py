"""The promise of attention.py: no sequence of reports is worth more than the time that really passed."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushi.evidence import attention
from rushi.evidence.attention import LATE_MS, LATE_MS_MAX, SLACK_MS, Report, advance, seal, start, unseal
from rushi.evidence.errors import TokenInvalid

KEY = b"k" * 32
WORK, NONCE = UUID(int=1), UUID(int=2)
T0 = 1_800_000_000_000
CLIP = 20_000


def fresh(*durations: int) -> attention.State:
    return start(WORK, NONCE, list(zip("ab", durations or (CLIP,), strict=False)), T0)


def watch(state: attention.State, seconds: int, *, cut: str = "a", every: int = 5, **kw: object) -> attention.State:
    """An honest player: a report every few seconds at the speed of life."""
    begin, now = state.cut(cut).position_ms, state.last_ms  # type: ignore[union-attr]
    for at in [*range(every, seconds, every), seconds]:
        report = Report(cut, begin + at * 1000, state.seq + 1, **kw)  # type: ignore[arg-type]
        state = advance(state, [report], now + at * 1000)
    return state


def test_an_honest_watch_covers_everything() -> None:
    state = watch(fresh(), 20)
    assert state.coverage_bps == 10_000
    assert state.is_complete
    assert state.refused_ms == state.hidden_ms == 0
    assert state.completed_ms == T0 + 20_000
    assert state.segments == ((T0, T0 + 20_000),)


def test_double_speed_earns_nothing_whatever_rate_it_claims() -> None:
    for rate in (1.0, 2.0):
        state = fresh()
        for beat in (1, 2):
            state = advance(state, [Report("a", beat * 10_000, beat, rate)], T0 + beat * 5_000)
        assert state.covered_ms == 0
        assert state.refused_ms == 20_000


def test_admitted_speed_is_refused_even_when_slow_enough() -> None:
    assert advance(fresh(), [Report("a", 3_000, 1, rate=2.0)], T0 + 5_000).covered_ms == 0


def test_hidden_time_is_counted_apart() -> None:
    state = watch(fresh(), 20, visible=False)
    assert (state.covered_ms, state.hidden_ms) == (0, 20_000)


def test_an_unfocused_window_counts_and_is_noted() -> None:
    state = watch(fresh(), 20, focused=False)
    assert (state.covered_ms, state.unfocused_ms) == (20_000, 20_000)


def test_a_jump_is_not_credited_and_what_follows_is() -> None:
    state = advance(fresh(), [Report("a", 15_000, 1, jumped=True)], T0 + 60_000)
    assert state.covered_ms == 0
    assert watch(state, 5).cuts[0].watched == ((15_000, 20_000),)


def test_going_back_and_watching_again_counts_once() -> None:
    state = watch(fresh(), 10)
    state = advance(state, [Report("a", 5_000, state.seq + 1)], state.last_ms + 100)
    assert watch(state, 10).cuts[0].watched == ((0, 15_000),)


def test_a_late_packet_costs_nothing() -> None:
    state = advance(fresh(), [Report("a", 5_000, 1, at_ms=5_000)], T0 + 18_000)
    state = advance(state, [Report("a", 18_000, 2, at_ms=18_000)], T0 + 18_200)
    assert state.covered_ms == 18_000


def test_waiting_and_then_skipping_is_not_a_late_packet() -> None:
    state = advance(fresh(), [Report("a", 0, 1, at_ms=18_000)], T0 + 18_000)
    assert advance(state, [Report("a", 18_000, 2, at_ms=18_200)], T0 + 18_200).covered_ms == 0


def test_reports_queued_while_offline_are_credited_together() -> None:
    queued = [Report("a", 8_000, 1), Report("a", 4_000, 2), Report("a", 20_000, 3)]
    assert advance(fresh(), queued, T0 + 24_000).coverage_bps == 10_000


def test_many_small_reports_at_once_gain_no_more_than_one() -> None:
    state = fresh()
    for beat in range(1, 100):
        state = advance(state, [Report("a", beat * 200, beat)], T0 + beat)
    assert state.covered_ms <= 99 + SLACK_MS


def test_a_long_pause_does_not_save_up() -> None:
    state = advance(fresh(), [Report("a", 0, 1)], T0 + 600_000)
    for beat in range(2, 40):
        state = advance(state, [Report("a", beat * 500, beat)], T0 + 600_000 + beat * 10)
    assert state.covered_ms <= 400 + SLACK_MS + LATE_MS


def test_a_replayed_report_changes_nothing() -> None:
    state = watch(fresh(), 5)
    again = advance(state, [Report("a", 20_000, 1)], state.last_ms + 60_000)
    assert again.cuts == state.cuts


def test_two_cuts_share_the_time() -> None:
    state = fresh(10_000, 10_000)
    state = advance(state, [Report("a", 10_000, 1), Report("b", 10_000, 2)], T0 + 10_000)
    assert state.covered_ms == 10_000
    assert state.coverage_bps == 0
    assert state.cut("c") is None
    assert advance(state, [Report("c", 1, 3)], T0 + 11_000).cuts == state.cuts


def test_the_free_look_ends_once_where_the_player_stands() -> None:
    state = attention.leave_free_look(watch(fresh(), 5), "a", T0 + 5_000)
    assert state.cuts[0].left_at_ms == 5_000
    later = attention.leave_free_look(watch(state, 5), "a", T0 + 10_000)
    assert later.cuts[0].left_at_ms == 5_000
    assert attention.leave_free_look(state, "z", T0) is state


def test_the_free_look_cannot_have_lasted_longer_than_time_did() -> None:
    state = advance(fresh(), [Report("a", 20_000, 1, jumped=True)], T0 + 1_000)
    assert attention.leave_free_look(state, "a", T0 + 1_000).cuts[0].left_at_ms == 1_000 + SLACK_MS


def test_a_restart_goes_on_at_the_first_gap() -> None:
    state = watch(advance(fresh(), [Report("a", 10_000, 1, jumped=True)], T0 + 1_000), 5)
    again = attention.restart(state, UUID(int=3), T0 + 900_000)
    assert again.nonce == UUID(int=3)
    assert again.cuts[0].position_ms == 0
    assert again.cuts[0].watched == ((10_000, 15_000),)
    assert replace(again.cuts[0], watched=((0, 9_000), (9_100, 15_000))).resume_ms == 15_000
    assert replace(again.cuts[0], watched=((0, 9_000), (9_100, CLIP))).resume_ms == 9_000
    assert replace(again.cuts[0], watched=((0, CLIP),)).resume_ms == CLIP


def test_a_checkpoint_is_due_every_half_minute_and_at_the_end() -> None:
    assert not watch(fresh(60_000), 25).is_checkpoint_due
    due = watch(fresh(60_000), 30)
    assert due.is_checkpoint_due
    assert not attention.checkpointed(due).is_checkpoint_due
    assert watch(fresh(), 20).is_checkpoint_due


def test_an_old_token_expires() -> None:
    assert not attention.is_expired(fresh(), T0 + attention.LIFE_MS)
    assert attention.is_expired(fresh(), T0 + attention.LIFE_MS + 1)


def test_segments_stay_few_and_intervals_stay_few() -> None:
    state = fresh(3_600_000)
    for beat in range(1, 200):
        at = beat * 10_000
        state = advance(state, [Report("a", at, beat * 2, jumped=True), Report("a", at + 1_000, beat * 2 + 1)], T0 + at)
    assert len(state.segments) <= attention.SEGMENTS_MAX
    assert len(state.cuts[0].watched) <= attention.INTERVALS_MAX
    assert len(seal(state, KEY)) < attention.TOKEN_CHARS_MAX


def test_a_token_survives_the_way_to_the_phone_and_back() -> None:
    state = attention.leave_free_look(watch(fresh(), 20), "a", T0 + 20_000)
    assert unseal(seal(state, KEY), KEY) == state
    assert len(seal(fresh(), KEY)) < 260


@pytest.mark.parametrize("forged", ["", "1", "1.", "1.e30.e30", "2.e30.e30", "x" * 9_000, "1.ü.ü", "1.." * 9])
def test_what_we_did_not_sign_is_refused(forged: str) -> None:
    with pytest.raises(TokenInvalid):
        unseal(forged, KEY)


@given(st.data())
def test_any_changed_character_is_refused(data: st.DataObject) -> None:
    token = seal(fresh(), KEY)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda c: c != token[at]))
    with pytest.raises(TokenInvalid):
        unseal(token[:at] + other + token[at + 1 :], KEY)


def test_another_key_is_refused() -> None:
    with pytest.raises(TokenInvalid):
        unseal(seal(fresh(), KEY), b"q" * 32)


REPORTS = st.builds(
    Report,
    cut=st.sampled_from("abc"),
    position_ms=st.integers(-1_000, 40_000),
    seq=st.integers(0, 60),
    rate=st.sampled_from([0.0, 0.5, 1.0, 1.05, 2.0, 16.0]),
    visible=st.booleans(),
    focused=st.booleans(),
    jumped=st.booleans(),
    at_ms=st.none() | st.integers(0, 300_000),
)
STEPS = st.lists(
    st.tuples(
        st.integers(-500, 8_000),  # server time that passes (a clock may step back)
        st.lists(REPORTS, max_size=4),
        st.integers(0, 30),  # which of the tokens known so far is sent: forks and stale ones included
        st.booleans(),  # restart from it first
    ),
    max_size=30,
)


@given(STEPS)
def test_no_sequence_of_reports_covers_more_than_the_time_that_passed(steps: list) -> None:
    now, tokens = T0, [seal(fresh(20_000, 30_000), KEY)]
    for passed, reports, which, is_restart in steps:
        now += passed
        state = unseal(tokens[which % len(tokens)], KEY)
        if is_restart:
            state = attention.restart(state, NONCE, max(now, state.last_ms))
        after = advance(state, reports, now)
        latest = max(now, state.last_ms)
        assert after.covered_ms <= latest - T0 + SLACK_MS
        gained = after.covered_ms - state.covered_ms
        assert 0 <= gained <= latest - state.last_ms + SLACK_MS + LATE_MS_MAX
        assert attention.total(after.segments) <= latest - T0
        assert after.covered_ms <= attention.total(after.segments) + SLACK_MS  # credit takes server time of its own
        for cut in after.cuts:
            assert cut.watched == tuple(sorted(cut.watched))
            assert all(0 <= low < high <= cut.duration_ms for low, high in cut.watched)
            assert all(a[1] < b[0] for a, b in zip(cut.watched, cut.watched[1:], strict=False))
            assert 0 <= cut.resume_ms <= cut.duration_ms
        tokens.append(seal(after, KEY))


@given(
    st.lists(st.integers(1, 6_000), min_size=1, max_size=60), st.lists(st.integers(0, 600), min_size=60, max_size=60)
)
def test_an_honest_player_on_a_shaky_network_loses_nothing(ticks: list[int], delays: list[int]) -> None:
    state, played = fresh(400_000), 0
    for seq, (tick, delay) in enumerate(zip(ticks, delays, strict=False), 1):
        played += tick
        state = advance(state, [Report("a", played, seq, at_ms=played)], T0 + 200 + played + delay)
    assert state.covered_ms == played
    assert state.refused_ms == 0
