"""The SQL functions that change budgets: arrays in, one row a campaign, never oversold, never overspent."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from rushi.campaigns.models import Budget, Campaign
from rushi.db import sql
from rushi.identity.models import Organisation
from rushi.kernel import clock
from rushi.kernel.ids import uuid7

pytestmark = pytest.mark.django_db
UNIT = 28


def budget(places: int = 10, *, is_open: bool = True) -> Budget:
    organisation = Organisation.objects.create(name="某公司", created_at=clock.now())
    campaign = Campaign.objects.create(
        organisation=organisation, kind="reaction", created_by=uuid7(), created_at=clock.now()
    )
    full = places * UNIT
    return Budget.objects.create(
        campaign=campaign, is_open=is_open, unit_fen=UNIT, places=places, budget_fen=full + full * 15 // 100
    )


def run(function: str, *arguments: object) -> None:
    sql.call(function, *arguments)


def test_the_way_of_accepted_work() -> None:
    row = budget()
    run("campaigns_take_v2", [row.pk] * 3)
    run("campaigns_give_back_v2", [row.pk], [1], [UNIT])
    run("campaigns_spend_v2", [row.pk], [2], [2 * UNIT], [2 * UNIT - 6])
    row.refresh_from_db()
    assert (row.taken, row.accepted, row.reserved_fen, row.spent_fen) == (2, 2, 0, 2 * UNIT - 6)


def test_rejection_reopens_the_place_and_keeps_the_money_until_the_window_ends() -> None:
    row = budget()
    run("campaigns_take_v2", [row.pk] * 2)
    run("campaigns_reject_v1", [row.pk], [2])
    row.refresh_from_db()
    assert (row.taken, row.reserved_fen) == (0, 2 * UNIT)
    run("campaigns_spend_overturned_v1", [row.pk], [1], [UNIT], [UNIT])
    run("campaigns_release_v1", [row.pk], [UNIT])
    row.refresh_from_db()
    assert (row.taken, row.accepted, row.overturned, row.reserved_fen, row.spent_fen) == (0, 1, 1, 0, UNIT)


def test_a_campaign_may_stand_in_a_batch_more_than_once() -> None:
    row, other = budget(), budget()
    run("campaigns_take_v2", [row.pk, other.pk, row.pk, row.pk])
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.taken, other.taken, row.reserved_fen) == (3, 1, 3 * UNIT)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("campaigns_take_v2", ()),
        ("campaigns_give_back_v2", ([1], [0])),
        ("campaigns_release_v1", ([1],)),
        ("campaigns_spend_v2", ([1], [0], [10_000])),
    ],
)
def test_what_would_oversell_or_overspend_is_refused(function: str, arguments: tuple[list[int], ...]) -> None:
    row = budget()
    with pytest.raises(IntegrityError), transaction.atomic():
        run(function, [row.pk] * (1 if arguments else 11), *arguments)
    with connection.cursor() as cursor:
        cursor.execute("SELECT taken, reserved_fen FROM campaigns_budget WHERE campaign_id = %s", [row.pk])
        assert cursor.fetchone() == (0, 0)
