"""A crowd before open campaigns, made set-based: people who are logged in, agents, campaigns with real clips.

For benches over HTTP. Money comes in through the ledger's own actions; people and campaigns are rows, because ten
thousand people joining one by one would take longer than what is measured.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from rushi.campaigns.links import media_url
from rushi.campaigns.models import Budget, Campaign, Material, Question
from rushi.campaigns.queries import content
from rushi.campaigns.rules import content_digest
from rushi.identity.models import Agent, Organisation, Participant, User
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from rushi.ledger import actions as ledger
from rushi.market import cast
from rushi.policy.models import Review, Screening
from rushi.transparency.actions import enqueue
from rushi.transparency.models import Kind

PHONES = 7_000_000
REWARD_FEN, COMMISSION_FEN, FEE_FEN = 20, 3, 4
RIGHT = 1
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a running session: the id, and the value of the session's cookie."""

    id: UUID
    session: str


@dataclass(frozen=True, slots=True)
class Open:
    """A live campaign as a client meets it: its length, its questions of opinion and recall, its clip."""

    id: UUID
    clip_ms: int
    opinion: UUID
    recall: UUID
    material: Material

    def clip_path(self, viewer_id: UUID) -> str:
        """The signed address of the clip for one viewer."""
        return media_url(self.material, viewer_id=viewer_id)


def people(count: int, agents: int) -> list[Visitor]:
    """`count` verified participants, half of them recruited by one of `agents`, each with a session of a day."""
    now = clock.now()
    recruiters = [
        User(id=uuid7(), phone=f"+86{cast.phone(PHONES + 900_000 + n)}", password=_unusable(), is_demo=True)
        for n in range(agents)
    ]
    users = [
        User(id=uuid7(), phone=f"+86{cast.phone(PHONES + n)}", password=_unusable(), is_demo=True, nickname=f"p{n}")
        for n in range(count)
    ]
    User.objects.bulk_create([*recruiters, *users], batch_size=_BATCH)
    hired = Agent.objects.bulk_create(
        Agent(user=user, name=f"代理 {n}", code=f"CROWD{n:05d}", joined_at=now) for n, user in enumerate(recruiters)
    )
    Participant.objects.bulk_create(
        [
            _participant(user, n, hired[n // 2 % agents] if agents and n % 2 else None, now)
            for n, user in enumerate(users)
        ],
        batch_size=_BATCH,
    )
    sessions = [_session(user, now) for user in users]
    Session.objects.bulk_create(sessions, batch_size=_BATCH)
    return [Visitor(user.pk, session.session_key) for user, session in zip(users, sessions, strict=True)]


def _unusable() -> str:
    return "!" + secrets.token_hex(20)


def _participant(user: User, number: int, agent: Agent | None, now: dt.datetime) -> Participant:
    return Participant(
        user=user,
        adult_declared_at=now,
        joined_at=now,
        real_name_verified_at=now,
        region=("11", "31", "44", "51")[number % 4],
        age_band=("18-24", "25-34", "35-44")[number % 3],
        gender="fm"[number % 2],
        agent=agent,
        recruited_at=now if agent else None,
    )


def _session(user: User, now: dt.datetime) -> Session:
    facts = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    data = SessionStore().encode(facts)
    return Session(session_key=secrets.token_hex(16), session_data=data, expire_date=now + dt.timedelta(days=1))


def campaigns(places: Sequence[int], clip_ms: int) -> list[Open]:
    """One open, funded campaign for each entry of `places`, for everybody, with a real clip said to last `clip_ms`."""
    now = clock.now()
    organisation = Organisation.objects.create(name="群众测试有限公司", status="approved", created_at=now)
    unit = REWARD_FEN + COMMISSION_FEN + FEE_FEN
    _money(organisation.pk, sum(unit * count for count in places))
    made = Campaign.objects.bulk_create(_campaign(organisation, count, clip_ms, now) for count in places)
    for campaign in made:
        fen = unit * campaign.places_wanted
        ledger.fund_campaign(
            actor_id=organisation.pk,
            organisation_id=organisation.pk,
            campaign_id=campaign.pk,
            amount_fen=fen,
            subject_id=campaign.pk,
        )
    Budget.objects.bulk_create(
        Budget(
            campaign=campaign,
            is_open=True,
            unit_fen=unit,
            places=campaign.places_wanted,
            budget_fen=unit * campaign.places_wanted,
        )
        for campaign in made
    )
    clip = (files("rushi.market") / "clips" / "soda.mp4").read_bytes()
    name = default_storage.save("material/rendition/crowd.mp4", ContentFile(clip))
    return [_opened(campaign, name, len(clip), clip_ms, now) for campaign in made]


def _money(organisation_id: UUID, fen: int) -> None:
    asked = ledger.request_deposit(actor_id=organisation_id, owner_id=organisation_id, amount_fen=fen, key="crowd")
    ledger.confirm_deposit(actor_id=uuid7(), deposit_id=asked.pk, key="crowd")


def _campaign(organisation: Organisation, places: int, clip_ms: int, now: dt.datetime) -> Campaign:
    return Campaign(
        organisation=organisation,
        kind="reaction",
        status="live",
        title="白桃气泡水 15 秒",
        brief="新品短片，想知道您的真实感受。",
        reward_fen=REWARD_FEN,
        commission_fen_max=COMMISSION_FEN,
        fee_fen=FEE_FEN,
        places_wanted=places,
        expected_seconds=clip_ms // 1000 + 20,
        created_by=uuid7(),
        created_at=now,
        published_at=now,
    )


def _opened(campaign: Campaign, clip: str, size: int, clip_ms: int, now: dt.datetime) -> Open:
    material = Material.objects.create(
        campaign=campaign, cut="a", status="ready", original=clip, rendition=clip, original_name="crowd.mp4",
        mime="video/mp4", sha256="0" * 64, bytes=size, duration_ms=clip_ms, width=360, height=640, uploaded_at=now,
    )  # fmt: skip
    opinion = Question.objects.create(campaign=campaign, position=0, kind="reaction", text="看完以后，您的感受是？")
    recall = Question.objects.create(
        campaign=campaign, position=1, kind="recall", text="是什么口味？", options=["青柠", "白桃"], right_option=RIGHT
    )
    digest = content_digest(content(campaign.pk))
    screening = Screening.objects.create(
        campaign=campaign, at=now, digest=digest, rules_version="crowd", decision=Screening.Decision.ALLOW
    )
    enqueue(kind=Kind.POLICY, subjects=[screening.pk], at=now)
    Review.objects.create(
        campaign=campaign, screening=screening, outcome="approved", digest=digest, reviewer_id=uuid7(), at=now
    )
    Campaign.objects.filter(pk=campaign.pk).update(approved_digest=digest)
    return Open(campaign.pk, clip_ms, opinion.pk, recall.pk, material)
