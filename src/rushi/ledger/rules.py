"""What an entry is made of: derived ids, legs, fee shards, and the legs of each kind of movement. Pure.

Sign: a credit (the market owes more) is positive, a debit negative. Money in: bank −, advertiser +.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

NIL_OWNER = UUID(int=0)
FEE_SHARDS = 16
AMOUNT_FEN_MAX = 10_000_000_000
_REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of an entry to be posted: which account, how much (credit positive)."""

    kind: str
    owner_id: UUID
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A plain entry (no settlement) to be posted. Posting the same (kind, subject) again does nothing."""

    kind: str
    subject_id: UUID
    legs: tuple[Leg, ...]

    @property
    def id(self) -> UUID:
        """The one id of this movement."""
        return entry_id(self.kind, self.subject_id)


def account_id(kind: str, owner_id: UUID) -> UUID:
    """The one id of the owner's account of this kind; equals SQL `ledger_account_id_v1`."""
    return _derived(f"rushi:account:{kind}:{owner_id}")


def entry_id(kind: str, subject_id: UUID) -> UUID:
    """The one id of the entry of this kind about this subject; equals SQL `ledger_entry_id_v1`."""
    return _derived(f"rushi:entry:{kind}:{subject_id}")


def fee_shard(campaign_id: UUID) -> int:
    """Which of the platform's fee accounts a campaign's fees go to; equals SQL `ledger_fee_shard_v1`."""
    return campaign_id.int % FEE_SHARDS


def fee_owner(shard: int) -> UUID:
    """The owner of a shard of the platform's fee account; equals SQL `ledger_fee_owner_v1`."""
    return UUID(int=shard)


def _derived(text: str) -> UUID:
    return UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())


def is_amount(fen: object) -> bool:
    """Whether `fen` may move: a whole number above zero, at most 100,000,000 yuan."""
    return type(fen) is int and 0 < fen <= AMOUNT_FEN_MAX


def move(kind: str, subject_id: UUID, source: tuple[str, UUID], target: tuple[str, UUID], fen: int) -> Draft:
    """An entry that moves `fen` from one account to another."""
    return Draft(kind, subject_id, (Leg(*source, -fen), Leg(*target, fen)))


def deposit(deposit_id: UUID, organisation_id: UUID, fen: int) -> Draft:
    """Money came into the bank account for an advertiser."""
    return move("deposit", deposit_id, ("bank", NIL_OWNER), ("advertiser", organisation_id), fen)


def funding(subject_id: UUID, organisation_id: UUID, campaign_id: UUID, fen: int) -> Draft:
    """An advertiser's money goes into a campaign's escrow."""
    return move("funding", subject_id, ("advertiser", organisation_id), ("escrow", campaign_id), fen)


def payout_request(payout_id: UUID, source: tuple[str, UUID], gross_fen: int) -> Draft:
    """Money that a person asked for waits in clearing."""
    return move("payout_request", payout_id, source, ("payout_clearing", source[1]), gross_fen)


def payout_failed(payout_id: UUID, source: tuple[str, UUID], gross_fen: int) -> Draft:
    """The bank returned it: everything goes back to where it came from."""
    return move("payout_failed", payout_id, ("payout_clearing", source[1]), source, gross_fen)


def payout_paid(payout_id: UUID, owner_id: UUID, net_fen: int, tax_fen: int, fee_fen: int) -> Draft:
    """The bank paid the net; tax and fee leave clearing at the same moment."""
    legs = (
        Leg("payout_clearing", owner_id, -(net_fen + tax_fen + fee_fen)),
        Leg("bank", NIL_OWNER, net_fen),
        Leg("tax_payable", NIL_OWNER, tax_fen),
        Leg("platform_fee", NIL_OWNER, fee_fen),
    )
    return Draft("payout_paid", payout_id, tuple(leg for leg in legs if leg.amount_fen))


def is_balanced(legs: Sequence[Leg]) -> bool:
    """Whether the legs make an entry: at least two, none zero, each account once, sum zero."""
    accounts = {(leg.kind, leg.owner_id) for leg in legs}
    return (
        len(legs) >= 2
        and len(accounts) == len(legs)
        and all(leg.amount_fen for leg in legs)
        and sum(leg.amount_fen for leg in legs) == 0
    )


def fee_refund(subject_id: UUID, organisation_id: UUID, fees_fen: Mapping[int, int], fen: int) -> Draft:
    """The platform gives `fen` of a campaign's fees back, from the shards that they went to (`fees_fen` by shard).

    No shard gives more than it got; together they must have got as much (else the draft is not balanced).
    """
    legs, rest = [Leg("advertiser", organisation_id, fen)], fen
    for shard, got in sorted(fees_fen.items()):
        if part := min(got, rest):
            legs.append(Leg("platform_fee", fee_owner(shard), -part))
            rest -= part
    return Draft("fee_refund", subject_id, tuple(legs))


def new_reference() -> str:
    """A bank-transfer reference that a person can copy: `RS` and ten characters without look-alikes."""
    return "RS" + "".join(secrets.choice(_REFERENCE_ALPHABET) for _ in range(10))
