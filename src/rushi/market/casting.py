"""The people and organisations of the demo market, made by the actions that real ones take."""

from __future__ import annotations

import datetime as dt
import random
from importlib.resources import files
from uuid import UUID

from django.core.files.base import ContentFile
from django.db.models import QuerySet

from rushi.identity import actions as identity
from rushi.identity.errors import AlreadyVerified, ProviderUnavailable
from rushi.identity.models import Agent, Participant, User
from rushi.identity.rules import needed_licence
from rushi.kernel import clock
from rushi.ledger import actions as ledger
from rushi.ledger.queries import balance_fen
from rushi.market import cast, queries, script
from rushi.payouts import actions as payouts
from rushi.payouts.models import Payout

JOINED_DAYS = (36.0, 17.0)
PAID_OUT_PEOPLE = 12


def began() -> dt.datetime:
    """The moment the seeding began: the whole story is told from it, also when it was interrupted."""
    return dt.datetime.fromisoformat(queries.made("begin::0")["at"])


def participants() -> QuerySet[User]:
    """The demo's participants, except agents."""
    return User.objects.filter(is_demo=True, participant__isnull=False, agent__isnull=True)


def index_of(user: User) -> int:
    """The number by which `cast` knows this demo participant."""
    return int((user.phone or "")[-8:]) - cast.PHONE_PARTICIPANTS


def staff(step: script.Step) -> dict[str, str]:
    """The platform's people with their desks."""
    made = {}
    with clock.pretend(began() - dt.timedelta(days=60)):
        for offset, one in enumerate(cast.STAFF):
            user = _user(cast.PHONE_STAFF + offset, one.nickname)
            for role in one.roles:
                identity.give_role(actor_id=None, user_id=user.pk, role=role)
            made[one.key] = str(user.pk)
    return made


def _user(offset: int, nickname: str) -> User:
    number = f"+86{cast.phone(offset)}"
    user = User.objects.filter(phone=number).first() or User.objects.create_user(number, phone_verified_at=clock.now())
    user.nickname, user.is_demo = nickname, True
    user.save(update_fields=["nickname", "is_demo"])
    return user


def staff_id(key: str) -> UUID:
    """A member of the platform's staff."""
    return UUID(queries.made("staff::0")[key])


def organisation(step: script.Step) -> dict[str, str]:
    """An advertiser: owner, papers, a reviewer's word, money that finance has confirmed."""
    serial, one = next((i, a) for i, a in enumerate(cast.ADVERTISERS) if a.key == step.key)
    with clock.pretend(began() - dt.timedelta(days=50 - serial)):
        owner = _user(cast.PHONE_OWNERS + serial, one.owner)
        organisation_id = identity.create_organisation(actor_id=owner.pk, name=one.name, key="demo")
    made = {"owner": str(owner.pk), "organisation": str(organisation_id)}
    if one.papers == "draft":
        return made
    with clock.pretend(began() - dt.timedelta(days=0.1 if one.papers == "pending" else 49 - serial)):
        _hand_in_papers(owner.pk, organisation_id, one, serial)
    if one.papers == "approved":
        with clock.pretend(began() - dt.timedelta(days=48 - serial)):
            identity.decide_organisation(actor_id=staff_id("reviewer"), organisation_id=organisation_id, approve=True)
            _fill_balance(owner.pk, organisation_id, one)
    return made


def _hand_in_papers(owner_id: UUID, organisation_id: UUID, one: cast.Advertiser, serial: int) -> None:
    picture = (files("rushi.market") / "clips" / "licence.png").read_bytes()
    if kind := needed_licence(one.trade):
        identity.add_trade_licence(
            actor_id=owner_id,
            organisation_id=organisation_id,
            kind=kind,
            number=f"演示 JY{serial:08d}",
            expires_on=clock.shanghai_day(clock.now()) + dt.timedelta(days=900),
            picture=ContentFile(picture, "permit.png"),
        )
    identity.submit_organisation(
        actor_id=owner_id,
        organisation_id=organisation_id,
        name=one.name,
        credit_code=cast.credit_code(serial + 1),
        trade=one.trade,
        licence=ContentFile(picture, "licence.png"),
    )


def _fill_balance(owner_id: UUID, organisation_id: UUID, one: cast.Advertiser) -> None:
    asked = ledger.request_deposit(actor_id=owner_id, owner_id=organisation_id, amount_fen=one.deposit_fen, key="demo")
    ledger.confirm_deposit(actor_id=staff_id("finance"), deposit_id=asked.pk, key="demo")
    if one.key == "soda":  # finance finds one more on its desk
        with clock.pretend(began() - dt.timedelta(hours=3)):
            ledger.request_deposit(actor_id=owner_id, owner_id=organisation_id, amount_fen=500_000, key="demo-2")


def agent(step: script.Step) -> dict[str, str]:
    """A recruiter; an operator makes them one, as their number is not asked for here."""
    index = int(step.key)
    with clock.pretend(began() - dt.timedelta(days=38)):
        user = identity.join(phone=cast.phone(cast.PHONE_AGENTS + index), adult_declared=True, agreed=True)
        User.objects.filter(pk=user.pk).update(is_demo=True, nickname=cast.AGENTS[index])
        made = identity.become_agent(actor_id=staff_id("operator"), name=cast.AGENTS[index], user_id=user.pk)
    return {"agent": str(made.pk), "user": str(user.pk)}


def people(step: script.Step) -> dict[str, str]:
    """A batch of participants joins, most by an agent's invitation, and says who they are."""
    codes = dict(Agent.objects.filter(user__is_demo=True).values_list("name", "code"))
    first = step.part * script.PEOPLE_A_STEP
    made = {}
    for index in range(first, first + script.PEOPLE_A_STEP):
        one = cast.person(index, clock.shanghai_day(began()))
        days = JOINED_DAYS[0] + (JOINED_DAYS[1] - JOINED_DAYS[0]) * index / cast.PARTICIPANTS
        with clock.pretend(began() - dt.timedelta(days=days)):
            code = None if one.agent is None else codes[cast.AGENTS[one.agent]]
            user = identity.join(phone=one.phone, adult_declared=True, agreed=True, invite_code=code)
            identity.update_profile(
                actor_id=user.pk,
                nickname=one.nickname,
                region=one.region,
                age_band=one.age_band,
                gender=one.gender,
                interests=one.interests,
            )
        made[str(index)] = str(user.pk)
    User.objects.filter(pk__in=made.values()).update(is_demo=True)
    return made


def real_names(step: script.Step) -> dict[str, str]:
    """Most of a batch prove their name at the real-name service (in the demo: the sandbox)."""
    for index, user_id in queries.made(f"people::{step.part}").items():
        one = cast.person(int(index), clock.shanghai_day(began()))
        if not one.is_verified:
            continue
        try:
            identity.verify_real_name(actor_id=UUID(user_id), name=one.name, number=one.number, consent=True)
        except AlreadyVerified:
            continue
        except ProviderUnavailable:  # no sandbox is running: people stay unverified, as they would
            break
    return {}


def cards(step: script.Step) -> dict[str, str]:
    """Verified people who earned enough keep a card."""
    made = {}
    verified = Participant.objects.filter(user__in=participants(), real_name_verified_at__isnull=False)
    owners = sorted(verified.values_list("user_id", flat=True), key=lambda u: (-_earned(u), u))[:PAID_OUT_PEOPLE]
    for number, user_id in enumerate(owners):
        if _earned(user_id) >= 100:
            bank = random.Random(number).choice(("中国工商银行", "招商银行", "中国邮政储蓄银行", "中国建设银行"))
            account = payouts.add_bank_account(actor_id=user_id, bank=bank, number=cast.card_number(number + 1))
            made[str(user_id)] = str(account.pk)
    return made


def _earned(user_id: UUID) -> int:
    return balance_fen("participant_available", user_id)


def payout_request(user_id: UUID, card_id: UUID) -> Payout:
    """One person asks for everything they have."""
    return payouts.request_payout(
        actor_id=user_id,
        source="participant",
        owner_id=user_id,
        bank_account_id=card_id,
        amount_fen=_earned(user_id),
        key="demo",
    )


def payouts_through_the_bank(wanted: list[Payout]) -> None:
    """Finance makes a file, somebody else releases it, the bank pays all but the last."""
    made = payouts.make_bank_file(actor_id=staff_id("finance"), key="demo")
    payouts.release_bank_file(actor_id=staff_id("cashier"), file_id=made.pk)
    lines = ["业务编号,结果,银行流水号,失败原因"]
    for number, payout in enumerate(wanted):
        failed = number == len(wanted) - 1
        lines.append(
            f"{payout.pk},{'失败' if failed else '成功'},DEMO{number:04d},{'户名与账号不符' if failed else ''}"
        )
    payouts.import_result(actor_id=staff_id("finance"), file_id=made.pk, text="\n".join(lines) + "\n")


def make_payouts(step: script.Step) -> dict[str, str]:
    """Payouts in every state: paid and sent back, in a file that waits for release, just asked for."""
    cards_of = [(UUID(user), UUID(card)) for user, card in queries.made("cards::0").items()]
    third = max(1, len(cards_of) // 3)
    if not cards_of:
        return {}
    with clock.pretend(began() - dt.timedelta(hours=20)):
        payouts_through_the_bank([payout_request(user, card) for user, card in cards_of[: third + 1]])
    with clock.pretend(began() - dt.timedelta(hours=2)):
        if [payout_request(user, card) for user, card in cards_of[third + 1 : 2 * third + 1]]:
            payouts.make_bank_file(actor_id=staff_id("finance"), key="demo-2")
    with clock.pretend(began() - dt.timedelta(minutes=25)):
        for user, card in cards_of[2 * third + 1 :]:
            payout_request(user, card)
    return {}
