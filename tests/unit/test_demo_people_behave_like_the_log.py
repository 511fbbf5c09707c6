"""Demo people watch and like as the figures say; clips are small, real, attributed; time can be pretended."""

from __future__ import annotations

import datetime as dt
import random
from importlib.resources import files
from pathlib import Path
from statistics import fmean

import av
import pytest

from rushi.identity.rules import check_credit_code, parse_identity_number
from rushi.kernel import clock
from rushi.market import behaviour, briefs, calibration, cast
from rushi.market.calibration import Play
from rushi.payouts.rules import normal_card_number

CLIPS = Path(str(files("rushi.market") / "clips"))
TODAY = dt.date(2026, 11, 24)
FIGURES = calibration.shipped()


def _looks(duration_ms: int) -> list[behaviour.Look]:
    draw = random.Random(5)
    return [behaviour.look(behaviour.temper(i), duration_ms, 0.0, FIGURES, draw) for i in range(4000)]


@pytest.mark.parametrize("band", FIGURES["watching"][:4], ids=lambda band: f"{band['from_seconds']}s")
def test_people_finish_and_leave_as_often_as_in_the_log(band: dict[str, float]) -> None:
    duration_ms = int((band["from_seconds"] + 9) * 1000)
    looks = _looks(duration_ms)
    assert fmean(look.finished for look in looks) == pytest.approx(band["finished"], abs=0.06)
    assert all(0 < look.left_ms <= duration_ms for look in looks)


def test_who_watches_more_likes_more() -> None:
    person = behaviour.Temper(0, 0, 1)
    chances = [behaviour.liking(person, ratio, 0, FIGURES) for ratio in (0.05, 0.3, 0.6, 0.97)]
    assert chances == sorted(chances)
    assert chances[0] == pytest.approx(FIGURES["like_by_ratio"][0]["like"])


def test_people_stay_themselves() -> None:
    assert behaviour.temper(7) == behaviour.temper(7) != behaviour.temper(8)
    patient, hasty = behaviour.Temper(2, 0, 1), behaviour.Temper(-2, 0, 1)
    ways = [
        fmean(behaviour.look(p, 12_000, 0, FIGURES, random.Random(1 + i)).left_ms for i in range(400))
        for p in (patient, hasty)
    ]
    assert ways[0] > ways[1] * 1.2


def test_all_three_reactions_occur_and_a_lean_shows() -> None:
    draw = random.Random(2)
    person = behaviour.Temper(0, 0, 1)
    given = [behaviour.reaction(person, 0.8, -1.0, FIGURES, draw) for _ in range(500)]
    assert min(given.count(choice) for choice in ("like", "neutral", "dislike")) > 40
    chosen = [behaviour.preference(0.6, {"a": 1.0, "b": 1.0}, draw) for _ in range(500)]
    assert chosen.count("a") > 2 * chosen.count("b")


def test_figures_are_computed_from_the_log() -> None:
    plays = [Play(str(i % 30), 3000 + 500 * (i % 18), 12_000, i % 4 > 0) for i in range(900)]
    plays += [Play("x", 30_000, seconds * 1000, True) for seconds in (8, 25, 60, 120)]
    made = calibration.compute(plays)
    assert made["provenance"]["plays"] == 904
    assert made["watching"][1]["finished"] == pytest.approx(1 / 18, abs=0.001)
    assert made["watching"][1]["gone_by_second"]["5"] == pytest.approx(4 / 18, abs=0.001)
    assert made["people"]["like_mean"] == pytest.approx(0.75, abs=0.02)


def test_the_log_is_read_without_useless_lines(tmp_path: Path) -> None:
    log = tmp_path / "log.tsv"
    log.write_text("user_id\tplay_time_ms\tduration_ms\tlabel\n1\t500\t9000\t1\n1\t0\t9000\t0\n1\t500\t0\t1\n")
    assert calibration.read(log) == [Play("1", 500, 9000, True)]


def test_everybody_is_well_formed_and_one_of_a_kind() -> None:
    people = [cast.person(index, TODAY) for index in range(cast.PARTICIPANTS)]
    for one in people:
        identity = parse_identity_number(one.number, TODAY)
        assert (identity.region, one.gender in {"", identity.gender}) == (one.region, True)
    assert len({one.number for one in people}) == len({one.phone for one in people}) == cast.PARTICIPANTS
    assert 0.8 < fmean(one.is_verified for one in people) < 0.95
    assert all(check_credit_code(cast.credit_code(serial)) for serial in range(1, 9))
    assert all(normal_card_number(cast.card_number(index)) for index in range(20))


def test_clips_are_small_real_and_attributed() -> None:
    clips = sorted(CLIPS.glob("*.mp4"))
    assert len(clips) >= 5
    assert sum(path.stat().st_size for path in CLIPS.iterdir()) <= 3_000_000
    licences = (CLIPS / "LICENCES.md").read_text("utf-8")
    for path in clips:
        assert path.stem in licences
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            seconds = (container.duration or 0) / 1_000_000
            assert stream.codec_context.name == "h264"
            assert path.stem == "bigbuckbunny" or (stream.height > stream.width and 6 <= seconds <= 15)
    assert {clip for plan in briefs.PLANS for clip in plan.clips.values()} <= {path.stem for path in clips}


def test_time_can_be_pretended_inside_a_block_only() -> None:
    then = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)
    with clock.pretend(then):
        assert clock.now() == then
        with clock.pretend(then + dt.timedelta(days=1)):
            assert clock.now() == then + dt.timedelta(days=1)
        assert clock.now() == then
    assert clock.now() != then
