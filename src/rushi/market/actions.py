"""Prepares the demo market through the same actions as people, step by step, and lets it live on while watched."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction

from rushi.dispatch import actions as dispatch
from rushi.identity.models import User
from rushi.kernel import clock
from rushi.kernel.errors import NotAllowed, RushiError
from rushi.market import briefs, campaigning, casting, playing, script
from rushi.market.models import Step

_ONE_AT_A_TIME = 7_310_551  # advisory lock: two seeds would step on each other
PULSE_SECONDS_MAX = 3600
PULSE_PLACES_MIN = 50
"""The pulse leaves campaigns with fewer places alone: they are somebody's own trial."""
PULSE_FILLS_SHARE = 0.85
log = structlog.get_logger("rushi.market")

_ACTS: dict[str, Callable[[script.Step], dict[str, str]]] = {
    "begin": lambda step: {"at": clock.now().isoformat()},
    "staff": casting.staff,
    "organisation": casting.organisation,
    "agent": casting.agent,
    "people": casting.people,
    "real_names": casting.real_names,
    "draft": campaigning.draft,
    "open": campaigning.open_up,
    "answers": campaigning.answers,
    "close": campaigning.close,
    "cards": casting.cards,
    "payouts": casting.make_payouts,
}


def seed(progress: Callable[[str], None] = lambda line: None) -> None:
    """Prepare the demo market: every step of the script that is not done yet, each in one transaction.

    Interrupted, it goes on where it stopped; finished, it does nothing. In the demo profile only: NotAllowed.
    """
    if not settings.IS_DEMO:
        raise NotAllowed
    if not _locked():
        progress("somebody else is preparing it")
        return
    try:
        done = set(Step.objects.values_list("name", flat=True))
        todo = [step for step in script.steps() if step.name not in done]
        began = time.perf_counter()
        for step in todo:
            _do(step)
        if todo:
            dispatch.publish_fairness()
            progress(f"{len(todo)} steps in {time.perf_counter() - began:.1f} s")
    finally:
        _unlock()


def _do(step: script.Step) -> None:
    # real names are asked over HTTP: no transaction around that, it is idempotent by state instead
    if step.act == "real_names":
        made = _ACTS[step.act](step)
        Step.objects.create(name=step.name, finished_at=clock.now(), made=made)
        return
    with transaction.atomic():
        made = _ACTS[step.act](step)
        Step.objects.create(name=step.name, finished_at=clock.now(), made=made)


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ONE_AT_A_TIME])
        return bool(cursor.fetchone()[0])


def _unlock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_AT_A_TIME])


def pulse(seconds_max: float = PULSE_SECONDS_MAX, pause: Callable[[float], None] = time.sleep) -> int:
    """Let demo people answer the demo's live campaigns every few seconds, so that reports fill while one looks.

    Stops by itself after `seconds_max`, or when nobody can answer anything more. Returns how many answered.
    """
    if not settings.IS_DEMO:
        raise NotAllowed
    draw, deadline, answered, misses = random.Random(), time.monotonic() + seconds_max, 0, 0
    while time.monotonic() < deadline and misses < 20:
        misses = 0 if (worked := beat(draw)) else misses + 1
        answered += worked
        pause(draw.uniform(2.5, 6.0))
    return answered


def beat(draw: random.Random) -> bool:
    """One demo person finishes one task of the demo's live campaigns now; False when that did not work out."""
    scenes = [scene for plan in briefs.PLANS if (scene := campaigning.live_scene(plan, PULSE_PLACES_MIN))]
    scenes = [scene for scene in scenes if campaigning.fill_share(scene.campaign_id) < PULSE_FILLS_SHARE]
    if not scenes:
        return False
    scene = draw.choice(scenes)
    user = _somebody_new(scene.campaign_id, draw)
    if user is None:
        return False
    index = casting.index_of(user)
    at = clock.now() - dt.timedelta(seconds=campaigning.seconds_needed(scene, index))
    try:
        with transaction.atomic():
            playing.play(scene, user.pk, index, at)
    except RushiError as refusal:
        log.info("demo person refused", code=refusal.code)
        return False
    return True


def _somebody_new(campaign_id: UUID, draw: random.Random) -> User | None:
    waiting = casting.participants().exclude(participant__assignments__campaign_id=campaign_id)
    ids = list(waiting.values_list("pk", flat=True))
    return User.objects.get(pk=draw.choice(ids)) if ids else None
