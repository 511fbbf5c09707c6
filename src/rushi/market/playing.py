"""One demo person does one task: the same actions, reports and order as the player on a phone, at a pretended time."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from rushi.campaigns.models import Question
from rushi.dispatch import actions as dispatch
from rushi.evidence import actions as evidence
from rushi.evidence.attention import Report
from rushi.kernel import clock
from rushi.market import behaviour, calibration
from rushi.market.briefs import Plan
from rushi.verdicts import actions as verdicts

COMMENTS_SHARE = 0.45
FAULTS = ("hidden", "recall", "hasty")


@dataclass(frozen=True, slots=True)
class Scene:
    """A campaign as somebody meets it: its plan, questions, and the length of each cut."""

    campaign_id: UUID
    plan: Plan
    questions: Sequence[Question]


def play(scene: Scene, user_id: UUID, index: int, at: dt.datetime, fault: str = "") -> UUID:
    """Claim, look, watch, answer and hand in, from `at` on. Returns the assignment.

    `fault` plays somebody careless: `hidden` leaves the page for the last third, `recall` answers wrongly, `hasty`
    answers at once. Raises what claiming raises.
    """
    draw = random.Random(f"{scene.plan.key}:{index}")
    with clock.pretend(at):
        assignment = dispatch.claim(actor_id=user_id, campaign_id=scene.campaign_id, key="demo")
    now = at + dt.timedelta(seconds=draw.uniform(2, 9))
    with clock.pretend(now):
        beat = evidence.start_watch(actor_id=user_id, assignment_id=assignment.pk)
    person = behaviour.temper(index)
    token, now, ratios = _watch(scene, beat, person, draw, now, fault)
    answers, seconds = _answers(scene, person, ratios, draw, fault)
    with clock.pretend(now + dt.timedelta(seconds=seconds)):
        verdicts.hand_in(actor_id=user_id, assignment_id=assignment.pk, token=token, answers=answers)
    return assignment.pk


def _watch(
    scene: Scene,
    beat: evidence.Beat,
    person: behaviour.Temper,
    draw: random.Random,
    now: dt.datetime,
    fault: str,
) -> tuple[str, dt.datetime, Mapping[str, float]]:
    """Both phases of every cut in the order shown; the token, the time at the end, and the share freely watched."""
    token, seq, ratios = beat.token, 0, {}
    for cut in beat.state.cuts:
        figures = calibration.shipped()
        look = behaviour.look(person, cut.duration_ms, scene.plan.pull, figures, draw)
        ratios[cut.name] = look.left_ms / cut.duration_ms
        now += dt.timedelta(milliseconds=look.left_ms + 60)
        with clock.pretend(now):
            left = Report(cut.name, look.left_ms, seq := seq + 1)
            token = evidence.leave_free_look(token=token, reports=[left], cut=cut.name).token
        if look.left_ms < cut.duration_ms:
            away = cut.duration_ms * 2 // 3 if fault == "hidden" else 0
            stop = max(look.left_ms, away) if away else cut.duration_ms
            now += dt.timedelta(milliseconds=cut.duration_ms - look.left_ms + draw.randint(300, 1500))
            reports = [Report(cut.name, stop, seq := seq + 1)]
            if stop < cut.duration_ms:
                reports.append(Report(cut.name, cut.duration_ms, seq := seq + 1, visible=False))
            with clock.pretend(now):
                token = evidence.heartbeat(token=token, reports=reports).token
    return token, now, ratios


def _answers(
    scene: Scene, person: behaviour.Temper, ratios: Mapping[str, float], draw: random.Random, fault: str
) -> tuple[dict[str, str], float]:
    """The answers by question id and the seconds spent on them."""
    ratio = ratios["a"]
    choice = (
        behaviour.preference(scene.plan.lean, ratios, draw)
        if scene.plan.kind == "compare"
        else behaviour.reaction(person, ratio, scene.plan.appeal, calibration.shipped(), draw)
    )
    remarks = scene.plan.remarks.get(choice, ())
    remark = draw.choice(remarks) if remarks and draw.random() < COMMENTS_SHARE else ""
    answers = {str(question.pk): _answer(question, choice, remark, draw, fault) for question in scene.questions}
    seconds = behaviour.answer_seconds(person, [question.text for question in scene.questions], remark, draw)
    return {key: value for key, value in answers.items() if value}, 0.4 if fault == "hasty" else seconds


def _answer(question: Question, choice: str, remark: str, draw: random.Random, fault: str) -> str:
    match question.kind:
        case "reaction" | "preference":
            return choice
        case "recall":
            wrong = [i for i in range(len(question.options)) if i != question.right_option]
            return str(draw.choice(wrong) if fault == "recall" else question.right_option)
        case "single":
            return str(draw.choices(range(len(question.options)), range(len(question.options), 0, -1))[0])
        case _:
            return remark
