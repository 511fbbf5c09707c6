"""Sixty days of partitions, midnight, batches against single claims, sweeps that begin where the last one ended."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from rushi.db import sql
from rushi.dispatch import actions
from rushi.dispatch.models import Assignment, LeaseSweep, ParticipantDay, Undecided
from rushi.identity.models import Participant
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from tests import days
from tests import factories as make
from tests.db.test_claiming_a_place import assert_clean
from tests.racing import race

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
MIDNIGHT = dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC)  # Shanghai


def claims(requests: list[tuple[UUID, UUID, UUID]], at: dt.datetime, limit: int = 1000) -> list[tuple[str, Any]]:
    columns = [list(column) for column in zip(*requests, strict=True)]
    rows = sql.call("dispatch_claim_v2", *columns, at, limit)
    assert [row["assignment_id"] for row in rows] == columns[0]
    return [(row["outcome"], row["existing_id"]) for row in rows]


def new_id(at: dt.datetime) -> UUID:
    return uuid7(int(at.timestamp() * 1000))


def in_own_day(assignment: Assignment) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM dispatch_assignment WHERE id = %s", [assignment.pk])
        row = cursor.fetchone()
    assert row
    return str(row[0])


@pytest.mark.django_db
def test_work_of_sixty_days_lies_in_its_days_and_moves_as_one_batch() -> None:
    days.ensure(NOON, 60)
    with time_machine.travel(NOON, tick=False) as traveller:
        campaign, works = make.live_campaign(places=100, lease_seconds=8_640_000), []
        for day in range(0, 60, 7):
            traveller.move_to(NOON + dt.timedelta(days=day))
            works.append(make.claim(campaign, make.participant()))
        assert in_own_day(works[0]).endswith("_20261124")
        assert in_own_day(works[-1]).endswith("_20270119")
        ids, now = [work.pk for work in works], clock.now()
        people = [work.participant_id for work in works]
        for was_started in (False, True):
            found = sql.call("dispatch_start_v2", ids, people, uuid4(), now)
            assert {(row["outcome"], row["was_started"]) for row in found} == {("started", was_started)}
            assert [row["campaign_id"] for row in found] == [campaign.pk] * 9
        sql.call("dispatch_lock_v2", ids)
        assert len(sql.call("dispatch_return_v2", [*ids[:3], *ids[:3]], now)) == 3
        assert sql.call("dispatch_return_v2", ids[:3], now) == []
        traveller.move_to(NOON + dt.timedelta(days=150))
        assert (actions.expire_due(), actions.expire_due()) == (5, 0), "one lease still runs"
        assert_clean()


@pytest.mark.django_db
def test_a_batch_answers_as_single_claims_in_the_same_order_do() -> None:
    chance = random.Random(3)
    with time_machine.travel(NOON, tick=False):
        tight = [make.live_campaign(places=places, reward_fen=300) for places in (1, 2, 3)]
        roomy = [make.live_campaign(places=30, reward_fen=300) for _ in range(5)]
        roomy[0].excluded_campaigns, roomy[1].excluded_campaigns = [roomy[1].pk], [roomy[0].pk]
        for campaign in roomy[:2]:
            campaign.save(update_fields=["excluded_campaigns"])
        roomy += [make.live_campaign(genders=["m"]), make.live_campaign(closes_at=NOON)]
        people = [make.participant() for _ in range(3)] + [make.participant(standing="suspended")]
        short = [make.participant(), make.participant(is_verified=False)]  # of cap, of what they may hold
        ParticipantDay.objects.create(participant=short[0], day=dt.date(2026, 11, 24), claims=48)
        for _ in range(15):
            # A request that ends for want of a place still counts for cap, limit and exclusions in its batch: so not
            # both at once.
            pairs = [(person, campaign) for person in people for campaign in tight + roomy]
            pairs += [(person, campaign) for person in short for campaign in roomy[2:]]
            batch = [(new_id(NOON), p.pk, c.pk) for p, c in chance.choices(pairs, k=30)]
            with transaction.atomic():
                single = [claims([request], NOON)[0] for request in batch]
                days = sorted(ParticipantDay.objects.values_list("participant_id", "claims", "held_fen", "excess"))
                transaction.set_rollback(True)
            with transaction.atomic():
                assert claims(batch, NOON) == single
                found = sorted(ParticipantDay.objects.values_list("participant_id", "claims", "held_fen", "excess"))
                assert [row for row in found if row[1]] == [row for row in days if row[1]]
                transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_claims_around_midnight_stay_within_the_limit_of_the_unverified() -> None:
    for _ in range(6):
        person = make.participant(is_verified=False)
        campaigns = [make.live_campaign(reward_fen=600) for _ in range(2)]
        moments = (MIDNIGHT - dt.timedelta(milliseconds=50), MIDNIGHT + dt.timedelta(milliseconds=50))
        answers = race(
            *[
                lambda c=c, at=at, p=person: claims([(new_id(at), p.pk, c.pk)], at)[0][0]
                for c, at in zip(campaigns, moments, strict=True)
            ]
        )
        assert sorted(map(str, answers)) == ["claimed", "limit_unverified"]
    assert_clean()


@pytest.mark.django_db
def test_what_ends_unpaid_makes_room_for_the_unverified_and_a_withdrawn_name_counts_all() -> None:
    person = make.participant(is_verified=False)
    first, second, third = (make.live_campaign(reward_fen=600) for _ in range(3))
    held = make.claim(first, person)
    assert claims([(uuid7(), person.pk, second.pk)], clock.now())[0][0] == "limit_unverified"
    with time_machine.travel(held.lease_expires_at + dt.timedelta(seconds=1), tick=False):
        assert actions.expire_due() == 1
        make.claim(second, person)
        Participant.objects.filter(pk=person.pk).update(real_name_verified_at=clock.now())
        make.claim(third, person)
        Participant.objects.filter(pk=person.pk).update(real_name_verified_at=None)
        assert claims([(uuid7(), person.pk, make.live_campaign().pk)], clock.now())[0][0] == "limit_unverified"
    assert_clean()


@pytest.mark.django_db
def test_a_sweep_goes_on_where_the_last_ended_and_reads_all_when_the_clock_went_back() -> None:
    work = make.claim(make.live_campaign(), make.participant())
    LeaseSweep.objects.create(id=1, done_until=work.lease_expires_at + dt.timedelta(minutes=30))
    with time_machine.travel(work.lease_expires_at + dt.timedelta(minutes=30), tick=False):
        assert actions.expire_due() == 0, "swept before, as far as the sweep knows"
    with time_machine.travel(work.lease_expires_at, tick=False):
        assert actions.expire_due() == 1
        assert LeaseSweep.objects.get().done_until == work.lease_expires_at


@pytest.mark.django_db(transaction=True)
def test_a_lease_that_was_locked_is_ended_by_the_next_sweep() -> None:
    work = make.claim(make.live_campaign(), make.participant())
    with time_machine.travel(work.lease_expires_at, tick=False):
        with transaction.atomic():
            sql.call("dispatch_lock_v2", [work.pk])
            # Budgets wait for each other, so the other sweep sees the work locked only without a lock on its budget.
            assert race(lambda: Assignment.objects.filter(pk=work.pk).exists()) == [True]
        assert actions.expire_due() == 1
    assert_clean()


@pytest.mark.django_db
def test_waiting_work_is_listed_while_it_waits_and_no_longer() -> None:
    work = make.claim(make.live_campaign(), make.participant())
    for status, listed in (("started", 0), ("submitted", 1), ("in_review", 1), ("rejected", 0), ("accepted", 0)):
        Assignment.objects.filter(pk=work.pk).update(status=status, decision_due_at=NOON)
        assert Undecided.objects.filter(pk=work.pk, status=status, due_at=NOON).count() == listed


@pytest.mark.django_db
def test_steps_of_an_assignment_are_hot_updates() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(DISTINCT a.attname, ' ' ORDER BY a.attname) FROM pg_index i"
            " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
            " WHERE i.indrelid = 'dispatch_assignment'::regclass"
        )
        assert cursor.fetchone() == ("campaign_id claimed_at id lease_expires_at participant_id",)
        cursor.execute(
            "SELECT count(*) FROM pg_index WHERE indrelid = 'dispatch_assignment'::regclass AND indpred IS NOT NULL"
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_a_claim_is_one_call_whatever_the_batch(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    campaign = make.live_campaign(places=100)
    for size in (1, 20):
        wishes = [actions.Wish(make.participant().pk, campaign.pk, "k") for _ in range(size)]
        actions.take_all(wishes)
        with django_assert_num_queries(2):  # the limit, the call
            assert {outcome for outcome, _ in actions.take_all(wishes)} == {"already"}
    assert_clean()
