"""The demo market's campaigns, taken by the advertisers', reviewers' and participants' actions to their states."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from importlib.resources import files
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile

from rushi.campaigns import actions as campaigns
from rushi.campaigns.models import Budget, Campaign, Material
from rushi.campaigns.rules import QuestionDraft
from rushi.dispatch import actions as dispatch
from rushi.dispatch import errors as dispatch_errors
from rushi.dispatch.models import Assignment, AssignmentStatus
from rushi.kernel import clock
from rushi.market import briefs, cast, casting, playing, queries, script
from rushi.market.briefs import Plan
from rushi.policy import actions as policy
from rushi.verdicts import actions as verdicts
from rushi.verdicts import rules as verdict_rules
from rushi.verdicts.models import Appeal
from rushi.verdicts.queries import facts_of

_REASONS = {
    "not_watched": "视频后三分之一播放时页面在后台，没有看完整条片子，不符合“看完再作答”的要求。",
    "recall": "记忆题的答案与片中内容不符，这道题用来确认视频是否看过，答案在片子里出现过两次。",
    "too_fast": "从看完视频到提交不到一秒，题目和选项都来不及读完，不符合认真作答的要求。",
    "hidden": "播放时离开了页面，视频没有看完，不符合“看完再作答”的要求，请回到页面看完后再提交。",
}
_SKIPPED = (
    dispatch_errors.Ineligible,
    dispatch_errors.AlreadyTaken,
    dispatch_errors.NeedsRealName,
    dispatch_errors.Capped,
    dispatch_errors.Closed,
    dispatch_errors.Full,
)
_OPENED = ("funded", "live", "paused", "closing", "closed", "disputed")


def plan_of(key: str) -> Plan:
    """The plan of that name."""
    return next(plan for plan in briefs.PLANS if plan.key == key)


def draft(step: script.Step) -> dict[str, str]:
    """Walk the wizard: kind, words, clips, questions, audience, price."""
    plan = plan_of(step.key)
    who = queries.made(f"organisation:{plan.advertiser}:0")
    owner = UUID(who["owner"])
    with clock.pretend(_started(plan) - dt.timedelta(hours=5)):
        made = campaigns.create_campaign(
            actor_id=owner, organisation_id=UUID(who["organisation"]), kind=plan.kind, key=f"demo-{plan.key}"
        )
        campaigns.set_basics(actor_id=owner, campaign_id=made.pk, title=plan.title, brief=plan.brief)
        for cut, clip in plan.clips.items():
            body = (files("rushi.market") / "clips" / f"{clip}.mp4").read_bytes()
            upload = SimpleUploadedFile(f"{clip}.mp4", body, "video/mp4")
            campaigns.add_material(actor_id=owner, campaign_id=made.pk, cut=cut, upload=upload)
        campaigns.set_questions(actor_id=owner, campaign_id=made.pk, questions=_questions(plan))
        audience = {name: tuple(values) for name, values in plan.audience.items()}
        campaigns.set_audience(actor_id=owner, campaign_id=made.pk, **audience)
        campaigns.set_price(
            actor_id=owner, campaign_id=made.pk, reward_fen=plan.reward_fen, places=plan.places, auto_accept_days=3,
            closes_at=casting.began() + dt.timedelta(days=plan.closes_in) if plan.closes_in else None,
        )  # fmt: skip
    return {"campaign": str(made.pk), "owner": str(owner)}


def _questions(plan: Plan) -> list[QuestionDraft]:
    return [
        QuestionDraft(ask.kind, ask.text, ask.options, ask.right, is_required=ask.kind != "text") for ask in plan.asks
    ]


def _started(plan: Plan) -> dt.datetime:
    return casting.began() - dt.timedelta(days=plan.days)


def open_up(step: script.Step) -> dict[str, str]:
    """From draft as far as the plan goes: submitted, decided, funded, published."""
    plan = plan_of(step.key)
    made = queries.made(f"draft:{plan.key}:0")
    campaign_id, owner = UUID(made["campaign"]), UUID(made["owner"])
    if plan.until == "draft":
        return {}
    for material in Material.objects.filter(campaign_id=campaign_id, status=Material.Status.PROCESSING):
        campaigns.process_material(material_id=material.pk)
    with clock.pretend(_started(plan) - dt.timedelta(hours=3)):
        policy.submit(actor_id=owner, campaign_id=campaign_id)
    if plan.until == "in_review":
        return {}
    with clock.pretend(_started(plan) - dt.timedelta(hours=1)):
        _review(plan, campaign_id)
    if plan.until in _OPENED:
        with clock.pretend(_started(plan)):
            dispatch.fund(actor_id=owner, campaign_id=campaign_id, key="demo")
            if plan.until != "funded":
                campaigns.publish(actor_id=owner, campaign_id=campaign_id)
    return {}


def _review(plan: Plan, campaign_id: UUID) -> None:
    reviewer = casting.staff_id("reviewer")
    if plan.until == "rejected":
        reason = "片中出现了其他品牌的商标，请提供授权书，或换一版素材后再提交。"
        policy.reject(actor_id=reviewer, campaign_id=campaign_id, reason=reason, key=f"demo-{plan.key}")
        return
    outcome = policy.approve(actor_id=reviewer, campaign_id=campaign_id, key=f"demo-{plan.key}")
    assert outcome == "approved", f"{plan.key}: {outcome}"


def scene_of(plan: Plan) -> playing.Scene:
    """The plan's campaign as people meet it."""
    campaign_id = UUID(queries.made(f"draft:{plan.key}:0")["campaign"])
    campaign = Campaign.objects.get(pk=campaign_id)
    return playing.Scene(campaign_id, plan, list(campaign.questions.all()))


def answers(step: script.Step) -> dict[str, str]:
    """A dozen people do the task, at times spread over the campaign's days; some carelessly."""
    plan = plan_of(step.key)
    scene = scene_of(plan)
    first = step.part * script.ANSWERS_A_STEP
    turns = range(first, min(first + script.ANSWERS_A_STEP, plan.answers))
    queue = _queue(plan)
    seen = set(Assignment.objects.filter(campaign_id=scene.campaign_id).values_list("participant_id", flat=True))
    waiting = iter([(index, user_id) for index, user_id in queue if user_id not in seen])
    for turn in turns:
        fault = playing.FAULTS[turn % 3] if _is_doubtful(plan, turn) else ""
        for index, user_id in waiting:
            try:
                playing.play(scene, user_id, index, _moment(plan, turn), fault)
            except _SKIPPED:
                continue
            break
    if plan.until in {"closed", "disputed"}:  # long ago: left alone, silence would accept them before a reviewer
        _decide_doubtful(plan, scene.campaign_id)
    return {}


def _queue(plan: Plan) -> list[tuple[int, UUID]]:
    """All demo participants in this campaign's own order."""
    everybody = [
        (int(index), UUID(user_id))
        for part in range(cast.PARTICIPANTS // script.PEOPLE_A_STEP)
        for index, user_id in queries.made(f"people::{part}").items()
    ]
    everybody.sort()
    random.Random(plan.key).shuffle(everybody)
    return everybody


def _is_doubtful(plan: Plan, turn: int) -> bool:
    return plan.doubtful > 0 and turn % (plan.answers // plan.doubtful) == 4


def _moment(plan: Plan, turn: int) -> dt.datetime:
    """When the turn's answer begins: busy at first, then slower, never within the last three minutes."""
    span = dt.timedelta(days=plan.days if plan.until == "live" else plan.days * 0.6) - dt.timedelta(minutes=8)
    return _started(plan) + dt.timedelta(minutes=3) + span * float(((turn + 0.5) / plan.answers) ** 1.4)


def close(step: script.Step) -> dict[str, str]:
    """What comes after: reviewers decide, people appeal, the advertiser pauses, closes, confirms or disputes."""
    plan = plan_of(step.key)
    if plan.until not in {"live", "paused", "closing", "closed", "disputed"}:
        return {}
    made = queries.made(f"draft:{plan.key}:0")
    campaign_id, owner = UUID(made["campaign"]), UUID(made["owner"])
    _decide_doubtful(plan, campaign_id)
    if plan.given_up:
        _give_up(plan, campaign_id)
    with clock.pretend(_started(plan) + dt.timedelta(days=plan.days * 0.75)):
        if plan.until == "paused":
            campaigns.pause(actor_id=owner, campaign_id=campaign_id)
        elif plan.until != "live":
            campaigns.close(actor_id=owner, campaign_id=campaign_id)
    if plan.until in {"closed", "disputed"}:
        _deliver(plan, campaign_id, owner)
    return {}


def _give_up(plan: Plan, campaign_id: UUID) -> None:
    """A few people take places and return them: they are open again and wait to be refilled."""
    seen = set(Assignment.objects.filter(campaign_id=campaign_id).values_list("participant_id", flat=True))
    taken: list[Assignment] = []
    with clock.pretend(casting.began() - dt.timedelta(minutes=7)):
        for _index, user_id in _queue(plan):
            if user_id not in seen and len(taken) < plan.given_up:
                with contextlib.suppress(*_SKIPPED):
                    taken.append(dispatch.claim(actor_id=user_id, campaign_id=campaign_id, key="given-up"))
        dispatch.watch_pace()
    with clock.pretend(casting.began() - dt.timedelta(minutes=4)):
        for assignment in taken:
            dispatch.return_assignment(actor_id=assignment.participant_id, assignment_id=assignment.pk)


def _decide_doubtful(plan: Plan, campaign_id: UUID) -> None:
    """Reviewers reject what the facts bear out; a live campaign keeps its last cases for the desk to find."""
    doubtful = Assignment.objects.filter(campaign_id=campaign_id, status=AssignmentStatus.IN_REVIEW)
    waiting = list(doubtful.order_by("submitted_at"))
    kept = 2 if plan.until == "live" else 0
    for assignment in waiting[: len(waiting) - kept]:
        code = verdict_rules.shown_by(facts_of([assignment.pk])[assignment.pk])[0]
        at = (assignment.submitted_at or clock.now()) + dt.timedelta(hours=1)
        with clock.pretend(min(at, casting.began())):
            verdicts.reject(
                actor_id=casting.staff_id("second"), assignment_id=assignment.pk, code=code, reason=_REASONS[code]
            )
        if not Appeal.objects.filter(assignment__campaign_id=campaign_id).exists():
            _appeal(plan, assignment, min(at + dt.timedelta(hours=4), casting.began()))


def _appeal(plan: Plan, assignment: Assignment, at: dt.datetime) -> None:
    text = "我确实看完了，中间手机来了个电话，回来又把后面看了一遍，请再核对一下记录。"
    with clock.pretend(at):
        verdicts.appeal(actor_id=assignment.participant_id, assignment_id=assignment.pk, text=text)
    if plan.until in {"closed", "disputed"}:
        with clock.pretend(at + dt.timedelta(hours=6)):
            verdicts.decide_appeal(
                actor_id=casting.staff_id("reviewer"),
                assignment_id=assignment.pk,
                overturn=True,
                note="观看记录显示中断后继续播放，参与者的说明可信，改为通过并立即支付报酬。",
            )


def _deliver(plan: Plan, campaign_id: UUID, owner: UUID) -> None:
    verdicts.release_reserves()
    campaigns.close(actor_id=owner, campaign_id=campaign_id)
    campaigns.finish(campaign_ids=[campaign_id])
    with clock.pretend(casting.began() - dt.timedelta(hours=26)):
        verdicts.open_deliveries()
    with clock.pretend(casting.began() - dt.timedelta(hours=5)):
        if plan.until == "closed":
            verdicts.confirm_delivery(actor_id=owner, campaign_id=campaign_id)
        else:
            reason = "有几条评论和片子内容对不上，怀疑没有认真看，请抽样复查。"
            verdicts.dispute_delivery(actor_id=owner, campaign_id=campaign_id, reason=reason)


def live_scene(plan: Plan, places_min: int) -> playing.Scene | None:
    """The plan's campaign when it is live and large enough, else None."""
    made = queries.made(f"draft:{plan.key}:0")
    if not made or plan.places < places_min:
        return None
    if not Campaign.objects.filter(pk=made["campaign"], status="live").exists():
        return None
    return scene_of(plan)


def fill_share(campaign_id: UUID) -> float:
    """The share of a campaign's places that are taken."""
    budget = Budget.objects.get(pk=campaign_id)
    return budget.taken / budget.places


def seconds_needed(scene: playing.Scene, index: int) -> float:
    """How long ago a person must have begun to be done about now."""
    clips = Material.objects.filter(campaign_id=scene.campaign_id).values_list("duration_ms", flat=True)
    return sum(clips) / 1000 * 1.15 + 12 + 8 * len(scene.questions)
