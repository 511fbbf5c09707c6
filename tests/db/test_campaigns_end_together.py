"""Campaigns close, are refunded and end together: each exactly once, whatever else is in the batch."""

from __future__ import annotations

import datetime as dt

import pytest
from pytest_django import DjangoAssertNumQueries

from rushi.audit.models import Event
from rushi.campaigns import actions
from rushi.campaigns.models import Budget, Campaign
from rushi.dispatch import actions as dispatch
from rushi.kernel import clock
from rushi.ledger.models import Entry
from rushi.ledger.queries import balance_fen
from rushi.transparency.models import Waiting
from tests import factories as make
from tests.books import assert_books_clean
from tests.racing import race

UNIT = 27


def over(**fields: object) -> Campaign:
    return make.live_campaign(closes_at=clock.now() - dt.timedelta(seconds=1), **fields)


def assert_clean() -> None:
    for room in ("campaigns", "ledger", "dispatch", "verdicts"):
        assert_books_clean(room)


@pytest.mark.django_db
def test_a_batch_closes_refunds_and_ends_what_is_ripe_and_leaves_the_rest() -> None:
    ripe, held, running, full = over(), over(), make.live_campaign(), make.live_campaign(places=1)
    person = make.participant()
    Campaign.objects.filter(pk=held.pk).update(closes_at=None)
    work = make.claim(held, person)
    Campaign.objects.filter(pk=held.pk).update(closes_at=clock.now() - dt.timedelta(seconds=1))
    Budget.objects.filter(pk=full.pk).update(taken=1, accepted=1)
    assert actions.finish(campaign_ids=[running.pk, full.pk, held.pk, ripe.pk, ripe.pk]) == 3
    assert [Campaign.objects.get(pk=c.pk).status for c in (ripe, held, running, full)] == [
        "closed", "closing", "live", "closed",
    ]  # fmt: skip
    assert balance_fen("advertiser", ripe.organisation_id) == 10 * UNIT + 41
    assert balance_fen("advertiser", held.organisation_id) == 9 * UNIT + 41
    assert balance_fen("escrow", held.pk) == UNIT
    Budget.objects.filter(pk=full.pk).update(taken=0, accepted=0)  # what was pretended above
    assert actions.finish(campaign_ids=[running.pk, held.pk, ripe.pk]) == 0
    dispatch.return_assignment(actor_id=person.pk, assignment_id=work.pk)
    assert actions.finish(campaign_ids=[held.pk]) == 1
    assert Campaign.objects.get(pk=held.pk).status == "closed"
    refunds = Entry.objects.filter(kind="refund")
    assert refunds.count() == 4
    assert set(Waiting.objects.filter(kind="refund").values_list("subject_id", flat=True)) == set(
        refunds.values_list("subject_id", flat=True)
    )
    told = Event.objects.filter(subject_id=held.pk).order_by("at", "id").values_list("action", flat=True)
    assert list(told) == ["campaign.close", "campaign.finish"]
    assert_clean()


@pytest.mark.django_db
def test_a_hundred_cost_no_more_statements_on_the_books_than_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    many = [over(places=2) for _ in range(20)]
    with django_assert_max_num_queries(1 + 2 * len(many) + 2):  # one call, and an event for each step of each
        assert actions.finish(campaign_ids=[c.pk for c in many]) == 20
    assert_clean()


@pytest.mark.django_db(transaction=True)
def test_sweeps_over_the_same_campaigns_refund_each_once() -> None:
    many = [over(places=2) for _ in range(8)]
    ids = [c.pk for c in many]
    answers = race(*[lambda o=o: actions.finish(campaign_ids=ids[::o]) for o in (1, -1, 1, -1)])
    assert sum(answers) == 8  # type: ignore[arg-type]
    assert Entry.objects.filter(kind="refund").count() == 8
    assert_clean()
