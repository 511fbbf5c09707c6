"""The background entry points keep every promised deadline, and fail loudly when something does not hold."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from rushi.campaigns.models import Budget
from rushi.db import jobs as nightly
from rushi.dispatch import jobs as dispatch
from rushi.kernel import clock
from rushi.verdicts import actions, jobs
from rushi.verdicts.models import Delivery
from tests import factories as make
from tests.db.test_deliveries import closing
from tests.db.test_verdicts import DOUBTFUL, appealed, reject, work

pytestmark = pytest.mark.django_db


def test_leases_end() -> None:
    assignment = make.claim(make.live_campaign(), make.participant())
    with time_machine.travel(assignment.lease_expires_at, tick=False):
        dispatch.expire_due(timestamp=0)
    assignment.refresh_from_db()
    assert assignment.status == "expired"


def test_work_is_judged_and_deliveries_open() -> None:
    campaign = make.live_campaign()
    assignment = make.claim(campaign, make.participant())
    make.handed_in(assignment)
    jobs.judge_submitted(timestamp=0)
    assignment.refresh_from_db()
    assert assignment.status == "accepted"
    closing(campaign)
    jobs.open_deliveries(timestamp=0)
    assert Delivery.objects.get(pk=campaign.pk).status == "awaiting"


def test_every_deadline_is_kept_in_one_pass() -> None:
    overdue = work(make.live_campaign(), **DOUBTFUL)
    won, _ = appealed()
    rejected = work(make.live_campaign(), **DOUBTFUL)
    reject(rejected)
    done = make.live_campaign()
    work(done)
    closing(done)
    actions.open_deliveries()
    with time_machine.travel(clock.now() + dt.timedelta(days=8), tick=False):
        jobs.keep_deadlines(timestamp=0)
    overdue.refresh_from_db()
    won.refresh_from_db()
    assert (overdue.status, won.status) == ("accepted", "accepted")
    assert Budget.objects.get(pk=rejected.campaign_id).reserved_fen == 0
    assert Delivery.objects.get(pk=done.pk).status == "confirmed"


def test_the_nightly_check_fails_when_something_does_not_hold() -> None:
    campaign = make.live_campaign()
    nightly.check_invariants(timestamp=0)
    Budget.objects.filter(pk=campaign.pk).update(taken=1)
    with pytest.raises(AssertionError, match=r"verdicts\.budgets_are_what_their_assignments_make_them"):
        nightly.check_invariants(timestamp=0)
