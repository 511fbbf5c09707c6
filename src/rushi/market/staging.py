"""A small market for a trial by fire: people with names and cards, reviewers, finance, campaigns in every state.

Everything is made by the actions that people take, except what needs a service outside (the sealed real name), a
person's word on papers (the organisation), and the clip: its length is `CLIP_MS`, there is no file behind it.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from rushi.campaigns import actions as campaigns
from rushi.campaigns.models import Material
from rushi.campaigns.rules import QuestionDraft
from rushi.identity import actions as identity
from rushi.identity import sealing
from rushi.identity.models import Membership, Organisation, Participant, RealName, StaffRole, User
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from rushi.ledger import actions as ledger
from rushi.market import cast
from rushi.payouts import actions as payouts
from rushi.policy import actions as policy

CLIP_MS = 700
REWARD_FEN = 130
"""Above the least payout: every accepted task can be followed by asking for the money."""
DEPOSIT_FEN = 50_000_000
PHONES = 5_000_000
_RIGHT, _WRONG = "白桃", "青柠"


@dataclass(frozen=True, slots=True)
class Task:
    """A campaign as its people meet it: its id, its clip's length, its question of opinion and of recall."""

    campaign: str
    clip_ms: int
    opinion: str
    recall: str


@dataclass(frozen=True, slots=True)
class Stage:
    """Who plays and on what: user ids, `cards` by person, live tasks, and tasks that wait to be funded."""

    people: tuple[str, ...]
    cards: dict[str, str]
    organisation: str
    owner: str
    reviewers: tuple[str, str]
    finance: tuple[str, str]
    live: tuple[Task, ...]
    waiting: tuple[Task, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for the journal's first line."""
        return asdict(self)


def prepare(*, people: int, live: int, waiting: int, seed: int = 1) -> Stage:
    """Make the market in the present database: `people` who may work, `live` campaigns, `waiting` approved ones.

    Every person is a demo person, so that the one-tap login of the demo profile takes them. Takes about 20 ms a
    person and 60 ms a campaign. Raises what the actions raise.
    """
    draw = random.Random(seed)
    staff = [_staff(role, number) for number, role in enumerate(("reviewer", "reviewer", "finance", "finance"))]
    owner, organisation = _advertiser()
    asked = ledger.request_deposit(
        actor_id=owner, owner_id=organisation, amount_fen=DEPOSIT_FEN, key=f"stage-{organisation}"
    )
    ledger.confirm_deposit(actor_id=staff[2], deposit_id=asked.pk, key="stage")
    ids = [_person(number) for number in range(people)]
    cards = {str(user_id): _card(user_id, number) for number, user_id in enumerate(ids)}
    made = [_campaign(owner, organisation, staff[0], places=max(4, people * 3 // 4)) for _ in range(live + waiting)]
    for task in made[:live]:
        campaigns.fund(actor_id=owner, campaign_id=UUID(task.campaign), key="stage")
        campaigns.publish(actor_id=owner, campaign_id=UUID(task.campaign))
    draw.shuffle(ids)
    return Stage(
        people=tuple(map(str, ids)),
        cards=cards,
        organisation=str(organisation),
        owner=str(owner),
        reviewers=(str(staff[0]), str(staff[1])),
        finance=(str(staff[2]), str(staff[3])),
        live=tuple(made[:live]),
        waiting=tuple(made[live:]),
    )


def _user(number: int, nickname: str) -> User:
    phone = f"+86{cast.phone(PHONES + number)}"
    user = User.objects.create_user(phone, phone_verified_at=clock.now())
    user.nickname, user.is_demo = nickname, True
    user.save(update_fields=["nickname", "is_demo"])
    return user


def _staff(role: str, number: int) -> UUID:
    user = _user(900_000 + number, f"{role}-{number}")
    identity.give_role(actor_id=None, user_id=user.pk, role=StaffRole.Role(role))
    return user.pk


def _advertiser() -> tuple[UUID, UUID]:
    user = _user(900_100, "advertiser")
    now = clock.now()
    made = Organisation.objects.create(
        name="试炼场日化有限公司",
        credit_code=cast.credit_code(900_001),
        trade="home",
        status=Organisation.Status.APPROVED,
        created_at=now,
        decided_at=now,
    )
    Membership.objects.create(user=user, organisation=made, role=Membership.Role.OWNER, joined_at=now)
    return user.pk, made.pk


def _person(number: int) -> UUID:
    user = identity.join(phone=cast.phone(PHONES + number), adult_declared=True, agreed=True)
    now = clock.now()
    User.objects.filter(pk=user.pk).update(is_demo=True, nickname=f"p{number}")
    Participant.objects.filter(pk=user.pk).update(region="11", age_band="25-34", gender="f", real_name_verified_at=now)
    RealName.objects.create(
        user_id=user.pk,
        name_sealed=sealing.seal("王小明", context=f"real_name.name:{user.pk}"),
        number_sealed=sealing.seal(f"{number:018d}", context=f"real_name.number:{user.pk}"),
        verified_at=now,
        provider="stage",
        provider_reference="stage",
    )
    return user.pk


def _card(user_id: UUID, number: int) -> str:
    card = payouts.add_bank_account(actor_id=user_id, bank="招商银行", number=cast.card_number(500_000 + number))
    return str(card.pk)


def _campaign(owner: UUID, organisation: UUID, reviewer: UUID, *, places: int) -> Task:
    made = campaigns.create_campaign(actor_id=owner, organisation_id=organisation, kind="reaction", key=uuid7().hex)
    campaigns.set_basics(actor_id=owner, campaign_id=made.pk, title="白桃气泡水", brief="看完说实话。")
    Material.objects.create(
        campaign=made, cut="a", status="ready", original_name="clip.mp4", mime="video/mp4", sha256="0" * 64,
        bytes=1, duration_ms=CLIP_MS, width=720, height=1280, uploaded_at=clock.now(),
    )  # fmt: skip
    asked = [QuestionDraft("reaction", "怎么样？"), QuestionDraft("recall", "味道？", (_RIGHT, _WRONG), 0)]
    campaigns.set_questions(actor_id=owner, campaign_id=made.pk, questions=asked)
    campaigns.set_price(actor_id=owner, campaign_id=made.pk, reward_fen=REWARD_FEN, places=places, auto_accept_days=3)
    policy.submit(actor_id=owner, campaign_id=made.pk)
    outcome = policy.approve(actor_id=reviewer, campaign_id=made.pk, key=uuid7().hex)
    assert outcome == "approved", outcome
    opinion, recall = made.questions.order_by("position").values_list("pk", flat=True)
    return Task(str(made.pk), CLIP_MS, str(opinion), str(recall))
