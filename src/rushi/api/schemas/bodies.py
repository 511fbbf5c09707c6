"""Organisations, agents and money as the API takes and gives them."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from uuid import UUID

from ninja import Field, Schema

from rushi.api.schemas.base import Fen, Given

DEPOSIT_FEN_MAX = 10_000_000_000


class OrganisationOut(Schema):
    """The organisation that the key is for. `publication_obstacle` is empty when it may publish."""

    id: UUID
    name: str
    status: Literal["draft", "pending", "approved", "rejected"]
    status_reason: str
    trade: str
    publication_obstacle: str


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
