"""People, live campaigns with clips of a chosen length, and well-formed answers: for tests of watching."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from rushi.campaigns.models import Budget, Campaign, Material, Question
from rushi.dispatch import actions as dispatch
from rushi.dispatch.models import Assignment
from rushi.identity.models import Organisation, Participant, User
from rushi.kernel import clock
from tests.books import give_escrow


def participant(**fields: Any) -> Participant:
    """A person with a phone who may work."""
    user = User.objects.create_user(phone=f"+86139{uuid4().int % 10**8:08d}")
    now = clock.now()
    return Participant.objects.create(user=user, **{"adult_declared_at": now, "joined_at": now, **fields})


def live_campaign(*, places: int = 10, clip_ms: int = 20_000, questions: bool = True, **fields: Any) -> Campaign:
    """A published, funded campaign with ready clips and, unless told otherwise, three questions."""
    now = clock.now()
    organisation = fields.pop("organisation", None) or Organisation.objects.create(
        name=f"测试机构{uuid4().hex[:6]}", status="approved", created_at=now
    )
    values: dict[str, Any] = {
        "kind": "reaction", "status": "live", "title": "白桃气泡水 15 秒", "brief": "新品短片，想知道您的真实感受。",
        "reward_fen": 30, "commission_fen_max": 5, "fee_fen": 6, "places_wanted": places, "expected_seconds": 50,
        "created_by": uuid4(), "created_at": now, "published_at": now - dt.timedelta(minutes=5),
    }  # fmt: skip
    campaign = Campaign.objects.create(organisation=organisation, **{**values, **fields})
    unit = campaign.unit_fen
    budget_fen = unit * places * 115 // 100 + 1
    give_escrow(organisation.pk, campaign.pk, budget_fen)
    Budget.objects.create(campaign=campaign, is_open=True, unit_fen=unit, places=places, budget_fen=budget_fen)
    for cut in "ab" if campaign.kind == "compare" else "a":
        Material.objects.create(
            campaign=campaign, cut=cut, status="ready", mime="video/mp4", sha256="0" * 64, bytes=1,
            duration_ms=clip_ms, width=360, height=640, uploaded_at=now, original_name=f"{cut}.mp4",
        )  # fmt: skip
    if questions:
        _ask(campaign)
    return campaign


def _ask(campaign: Campaign) -> None:
    main = "preference" if campaign.kind == "compare" else "reaction"
    rows: list[dict[str, Any]] = [
        {"kind": main, "text": "看完以后，您的感受是？"},
        {"kind": "recall", "text": "短片里的饮料是什么口味？", "options": ["青柠", "白桃", "葡萄"], "right_option": 1},
        {"kind": "text", "text": "哪里吸引您，哪里让您想划走？", "is_required": False},
    ]
    for position, row in enumerate(rows):
        Question.objects.create(campaign=campaign, position=position, **row)


def claimed(person: Participant, campaign: Campaign) -> Assignment:
    """A place of the campaign, claimed by the person through the action."""
    return dispatch.claim(actor_id=person.pk, campaign_id=campaign.pk, key=uuid4().hex)


def answers_for(campaign: Campaign, main: str = "like", recall: str = "1", text: str = "") -> dict[str, str]:
    """Well-formed answers to the questions of `live_campaign`."""
    by_kind = {"reaction": main, "preference": main, "recall": recall, "text": text}
    return {str(q.pk): by_kind[q.kind] for q in campaign.questions.all() if by_kind[q.kind]}


def session_of(user: User) -> str:
    """A running session of this user; the value of its cookie."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)
