"""Short ways to put money where a test needs it; all of them go through the ledger's own functions."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from rushi.db import invariants, sql
from rushi.db.errors import translated
from rushi.identity import sealing
from rushi.identity.models import Participant, RealName, User
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from rushi.ledger import actions
from rushi.payouts import actions as payouts
from rushi.payouts.models import Payout

FINANCE = UUID(int=0xF1)
ADVERTISER_PERSON = UUID(int=0xAD)


@dataclass(frozen=True, slots=True)
class Settlement:
    """Accepted work to be paid: from a campaign's escrow to a person (`payee_kind`), their agent, the platform.

    Amounts in fen: reward > 0, commission ≥ 0 (without it the agent is no party), fee ≥ 0. `id` is the assignment's.
    """

    id: UUID
    escrow_owner: UUID
    payee_owner: UUID
    reward_fen: int
    fee_fen: int
    commission_fen: int = 0
    agent_owner: UUID | None = None
    payee_kind: str = "participant_available"

    @property
    def gross_fen(self) -> int:
        """What leaves the escrow."""
        return self.reward_fen + self.commission_fen + self.fee_fen


def settle(
    *, settlements: Sequence[Settlement], actor_id: UUID | None = None, at: dt.datetime | None = None
) -> set[UUID]:
    """Pay by the function that verdicts pay by; the ids newly settled (a replay settles nothing)."""
    columns = ("escrow_owner", "payee_kind", "payee_owner", "agent_owner", "reward_fen", "commission_fen", "fee_fen")
    facts = [[getattr(one, name) for one in settlements] for name in columns]
    with translated(), transaction.atomic():
        rows = sql.call("ledger_settle_v1", [one.id for one in settlements], actor_id, at or clock.now(), *facts)
    return set(rows[0]["ledger_settle_v1"])


def give_advertiser(organisation_id: UUID, fen: int) -> None:
    """A confirmed deposit."""
    deposit = actions.request_deposit(
        actor_id=ADVERTISER_PERSON, owner_id=organisation_id, amount_fen=fen, key=str(uuid7())
    )
    actions.confirm_deposit(actor_id=FINANCE, deposit_id=deposit.id, key=str(uuid7()))


def give_escrow(organisation_id: UUID, campaign_id: UUID, fen: int) -> None:
    """A confirmed deposit that went straight into a campaign."""
    give_advertiser(organisation_id, fen)
    actions.fund_campaign(
        actor_id=ADVERTISER_PERSON,
        organisation_id=organisation_id,
        campaign_id=campaign_id,
        amount_fen=fen,
        subject_id=uuid7(),
    )


def settlement(
    campaign_id: UUID,
    participant_id: UUID,
    *,
    subject_id: UUID | None = None,
    reward: int = 20,
    commission: int = 0,
    fee: int = 4,
    agent_id: UUID | None = None,
    to: str = "participant_available",
) -> Settlement:
    """Work that pays one person from a campaign's escrow; `subject_id` is the assignment."""
    return Settlement(
        id=subject_id or uuid7(),
        escrow_owner=campaign_id,
        payee_owner=participant_id,
        payee_kind=to,
        agent_owner=agent_id,
        reward_fen=reward,
        commission_fen=commission,
        fee_fen=fee,
    )


def give_person(participant_id: UUID, fen: int, *, to: str = "participant_available") -> None:
    """A person earned `fen` on some campaign (fee 1 fen)."""
    organisation_id, campaign_id = uuid7(), uuid7()
    give_escrow(organisation_id, campaign_id, fen + 1)
    settle(settlements=[settlement(campaign_id, participant_id, reward=fen, fee=1, to=to)])


def assert_books_clean(room: str = "ledger") -> None:
    """Every invariant of the room holds."""
    broken = [check for check in invariants.run() if check.name.startswith(room + ".") and not check.ok]
    assert not broken, broken


def verified_person(name: str = "王小明") -> User:
    """A participant whose real name is verified (sealed as the identity room seals it)."""
    user = User.objects.create_user(phone=f"+86139{secrets.randbelow(10**8):08d}", nickname=name[-1])
    now = clock.now()
    Participant.objects.create(user=user, adult_declared_at=now, joined_at=now, real_name_verified_at=now)
    RealName.objects.create(
        user=user,
        name_sealed=sealing.seal(name, context=f"real_name.name:{user.id}"),
        number_sealed=sealing.seal("110101199003070010", context=f"real_name.number:{user.id}"),
        verified_at=now,
        provider="sandbox",
        provider_reference="test",
    )
    return user


CARD = "6222020200112233446"


def ask_payout(user: User, fen: int) -> Payout:
    """A payout that this person asked for, out of money earned for it."""
    give_person(user.id, fen)
    card = payouts.add_bank_account(actor_id=user.id, bank="中国工商银行", number=CARD)
    return payouts.request_payout(
        actor_id=user.id,
        source="participant",
        owner_id=user.id,
        bank_account_id=card.id,
        amount_fen=fen,
        key=str(uuid7()),
    )
