"""Organisations, agents and money as the API takes and gives them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from rushi.api.schemas.base import Day, Fen, Given, one_of, text
from rushi.identity.rules import LICENCE_KINDS, TRADES

Name: Any = text(80, 1)
Code: Any = text(24, 1)
Number: Any = text(60, 1)
Phone: Any = text(24, 1)
Trade: Any = one_of(TRADES)
LicenceKind: Any = one_of(LICENCE_KINDS)
DEPOSIT_FEN_MAX = 10_000_000_000


class OrganisationOut(Schema):
    """The organisation that the key is for. `publication_obstacle` is empty when it may publish."""

    id: UUID
    name: str
    status: Literal["draft", "pending", "approved", "rejected"]
    status_reason: str
    trade: str
    publication_obstacle: str


class PapersBody(Given):
    """An organisation's papers, as on its licence."""

    name: Name
    credit_code: Code
    trade: Trade


class LicenceBody(Given):
    """A permit of the trade."""

    kind: LicenceKind
    number: Number
    expires_on: Day


class InvitationAsked(Given):
    """Whom to invite (a mainland phone), and as what."""

    phone: Phone
    role: Literal["owner", "editor", "viewer"]


class RoleBody(Given):
    """What a member may do from now on."""

    role: Literal["owner", "editor", "viewer"]


class MemberOut(Schema):
    """Somebody who acts for the organisation."""

    user_id: UUID
    name: str
    role: Literal["owner", "editor", "viewer"]
    joined_at: dt.datetime

    @staticmethod
    def resolve_name(member: Any) -> str:
        """The nickname, or what stands for one."""
        return str(member.user)


class InvitationOut(Schema):
    """An invitation that nobody answered yet; of the phone only its end is shown."""

    id: UUID
    phone_tail: str
    role: Literal["owner", "editor", "viewer"]
    invited_at: dt.datetime

    @staticmethod
    def resolve_phone_tail(invitation: Any) -> str:
        """The last four digits."""
        return str(invitation.phone)[-4:]


class PeopleOut(Schema):
    """The members, owners first, and open invitations."""

    members: list[MemberOut]
    invitations: list[InvitationOut]


class LicenceOut(Schema):
    """A permit that was handed in; `is_checked` once a reviewer has looked."""

    kind: str
    number: str
    expires_on: dt.date
    is_checked: bool

    @staticmethod
    def resolve_is_checked(licence: Any) -> bool:
        """Whether a reviewer has looked."""
        return licence.checked_at is not None


class RatesOut(Schema):
    """The market's rates in force, in 1/10,000, and the hourly floor."""

    platform_fee_bps: int
    agent_commission_bps_max: int
    reserve_bps: int
    hourly_floor_fen: Fen


class ChoicesOut(Schema):
    """The closed lists that requests may use, with their names."""

    regions: dict[str, str]
    age_bands: dict[str, str]
    genders: dict[str, str]
    interests: dict[str, str]
    question_kinds: dict[str, str]


class BalanceOut(Schema):
    """What is free to be put into campaigns."""

    balance_fen: Fen


class LineOut(Schema):
    """One line of a statement: an entry of the books, by how much, and the balance after it."""

    entry_id: UUID
    kind: str
    subject_id: UUID
    at: dt.datetime
    amount_fen: Fen
    balance_fen: Fen


class DepositAsked(Given):
    """A top-up by bank transfer."""

    amount_fen: int = Field(ge=1, le=DEPOSIT_FEN_MAX)


class DepositOut(Schema):
    """A top-up: quote `reference` in the transfer; it counts once finance has seen the money."""

    id: UUID
    amount_fen: Fen
    reference: str
    status: Literal["awaiting", "confirmed", "declined"]
    requested_at: dt.datetime
    decided_at: dt.datetime | None
    note: str


class WorkOut(Schema):
    """What recruits did since a moment, all together."""

    active_people_count: int
    claimed_count: int
    accepted_count: int
    rejected_count: int
    acceptance_bps: int | None


class AgentOut(Schema):
    """The agent and its recruits, in aggregate only: never who, never what they answered."""

    id: UUID
    name: str
    code: str
    status: Literal["active", "suspended"]
    joined_at: dt.datetime
    invite_url: str
    recruits_count: int
    joined_30_days_count: int
    verified_count: int
    earning_count: int
    last_7_days: WorkOut
    last_30_days: WorkOut


class CommissionOut(Schema):
    """The agent's commission: what can be withdrawn, and what was ever earned."""

    balance_fen: Fen
    earned_fen: Fen
