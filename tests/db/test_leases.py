"""Start, hand in, give back, expire: each once, within the lease, and the place reopens at once."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoAssertNumQueries

from rushi.campaigns.models import Budget
from rushi.dispatch import actions, errors, queries
from rushi.dispatch.models import Assignment, AssignmentStatus
from rushi.evidence import actions as evidence
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from tests import factories as make
from tests.db.test_claiming_a_place import assert_clean

pytestmark = pytest.mark.django_db


def test_starting_again_begins_no_second_time() -> None:
    assignment = make.claim(make.live_campaign(), make.participant())
    seen = []
    for _ in range(2):
        start(assignment)
        assignment.refresh_from_db()
        seen.append((assignment.status, assignment.started_at))
    assert seen[0] == seen[1]
    assert seen[0][0] == AssignmentStatus.STARTED


def test_what_is_handed_in_is_neither_started_nor_given_back() -> None:
    assignment = make.claim(make.live_campaign(), make.participant())
    make.handed_in(assignment)
    for action in (start, give_back):
        with pytest.raises(errors.LeaseOver):
            action(assignment)


def start(assignment: Assignment, actor_id: UUID | None = None) -> None:
    evidence.start_watch(actor_id=actor_id or assignment.participant_id, assignment_id=assignment.pk)


def give_back(assignment: Assignment, actor_id: UUID | None = None) -> None:
    actions.return_assignment(actor_id=actor_id or assignment.participant_id, assignment_id=assignment.pk)


def test_giving_back_reopens_the_place_and_the_cap_once() -> None:
    campaign, person = make.live_campaign(places=1), make.participant()
    assignment = make.claim(campaign, person)
    for _ in range(2):
        returned = actions.return_assignment(actor_id=person.pk, assignment_id=assignment.pk)
        assert returned.status == AssignmentStatus.RETURNED
        assert queries.claims_left(person.pk) == 50
        assert Budget.objects.get(pk=campaign.pk).reserved_fen == 0
    make.claim(campaign, make.participant())
    assert_clean()


def test_an_expired_lease_reopens_the_place_but_not_the_cap() -> None:
    campaign, people = make.live_campaign(places=1), [make.participant() for _ in range(2)]
    assignment = make.claim(campaign, people[0])
    assert actions.expire_due() == 0
    with time_machine.travel(clock.now() + dt.timedelta(seconds=1801), tick=False):
        with pytest.raises(errors.LeaseOver):
            start(assignment)
        assert actions.expire_due() == 1
        assert actions.expire_due() == 0
        with pytest.raises(errors.LeaseOver):
            actions.return_assignment(actor_id=people[0].pk, assignment_id=assignment.pk)
        make.claim(campaign, people[1])
        assert_clean()
    assignment.refresh_from_db()
    assert assignment.status == AssignmentStatus.EXPIRED


def test_nobody_touches_anothers_assignment() -> None:
    owner, stranger = make.participant(), make.participant()
    assignment = make.claim(make.live_campaign(), owner)
    for action in (start, give_back):
        with pytest.raises(NotFound):
            action(assignment, stranger.pk)
    assert queries.access_assignment(owner.user, assignment.pk) == assignment
    for visitor in (stranger.user, AnonymousUser()):
        with pytest.raises(NotFound):
            queries.access_assignment(visitor, assignment.pk)


def test_my_assignments_are_newest_first_in_pages_and_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    person = make.participant()
    made = [make.claim(make.live_campaign(), person) for _ in range(4)]
    actions.return_assignment(actor_id=person.pk, assignment_id=made[0].pk)
    with django_assert_num_queries(1):
        first = queries.my_assignments(person.pk, limit=2)
    assert [line.id for line in first] == [made[3].pk, made[2].pk]
    assert [line.id for line in queries.my_assignments(person.pk, before=first[-1].claimed_at)] == [
        made[1].pk,
        made[0].pk,
    ]
    returned = queries.my_assignments(person.pk, statuses=["returned"])
    assert [(line.id, line.status_label) for line in returned] == [(made[0].pk, "已放弃")]
    counts = queries.my_counts(person.pk)
    assert (counts.open, counts.undecided, counts.accepted, counts.accepted_fen) == (3, 0, 0, 0)
