"""Ids derive the same for ever; what makes an entry; the legs of each movement."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushi.ledger import rules
from rushi.ledger.rules import NIL_OWNER, Leg

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def test_ids_never_change() -> None:
    assert rules.account_id("escrow", A) == UUID("9d9d4dd5-6402-c547-b908-7fdc0ac79640")
    assert rules.entry_id("deposit", A) == UUID("a8630f51-67de-0882-8552-ea96f8d2884a")


def test_a_draft_has_the_id_of_its_kind_and_subject() -> None:
    assert rules.deposit(A, B, 5).id == rules.entry_id("deposit", A)


@given(st.integers(1, rules.AMOUNT_FEN_MAX))
def test_every_movement_is_balanced(fen: int) -> None:
    source = ("participant_available", A)
    drafts = [
        rules.deposit(A, B, fen),
        rules.funding(A, B, C, fen),
        rules.payout_request(A, source, fen),
        rules.payout_failed(A, source, fen),
    ]
    assert all(rules.is_balanced(draft.legs) for draft in drafts)


@given(st.integers(1, 10**9), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_paid_payout_leaves_clearing_whole(net: int, tax: int, fee: int) -> None:
    draft = rules.payout_paid(A, B, net, tax, fee)
    assert rules.is_balanced(draft.legs)
    assert draft.legs[0] == Leg("payout_clearing", B, -(net + tax + fee))
    assert all(leg.amount_fen for leg in draft.legs)


@pytest.mark.parametrize(
    "legs",
    [
        (),
        (Leg("bank", NIL_OWNER, 0),),
        (Leg("bank", NIL_OWNER, -5), Leg("advertiser", A, 4)),
        (Leg("bank", NIL_OWNER, -5), Leg("bank", NIL_OWNER, 5)),
        (Leg("bank", NIL_OWNER, -5), Leg("advertiser", A, 5), Leg("advertiser", B, 0)),
    ],
)
def test_what_is_not_an_entry(legs: tuple[Leg, ...]) -> None:
    assert not rules.is_balanced(legs)


@pytest.mark.parametrize("fen", [0, -1, 1.0, True, "5", None, rules.AMOUNT_FEN_MAX + 1])
def test_what_is_not_an_amount(fen: object) -> None:
    assert not rules.is_amount(fen)


def test_references_are_readable_and_differ() -> None:
    references = {rules.new_reference() for _ in range(50)}
    assert len(references) == 50
    assert all(len(r) == 12 and r.startswith("RS") and not set(r[2:]) & set("01IO") for r in references)


def test_fees_come_back_from_the_shards_that_got_them() -> None:
    draft = rules.fee_refund(A, B, {0: 3, 5: 0, 9: 40}, 10)
    assert draft.legs == (
        Leg("advertiser", B, 10),
        Leg("platform_fee", rules.fee_owner(0), -3),
        Leg("platform_fee", rules.fee_owner(9), -7),
    )
    assert rules.is_balanced(draft.legs)
    assert not rules.is_balanced(rules.fee_refund(A, B, {0: 3}, 10).legs)
