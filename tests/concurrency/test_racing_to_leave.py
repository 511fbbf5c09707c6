"""Real connections racing with somebody who leaves: what is under way is seen, or sees that they are gone."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from rushi.db import invariants
from rushi.dispatch import actions as dispatch
from rushi.dispatch.models import Assignment
from rushi.identity.errors import WorkOpen
from rushi.identity.models import User
from rushi.payouts import actions as payouts
from rushi.payouts.errors import RecruitsAtWork
from rushi.verdicts import actions as verdicts
from tests import factories as make
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "播放记录显示只看了视频的前一半，没有看完。"


def while_uncommitted(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """Run `first` and hold its transaction open until `second` has had half a second; both answers or errors."""
    done = threading.Event()
    come = threading.Event()

    def hold() -> object:
        with transaction.atomic():
            answer = first()
            come.set()
            done.wait(0.5)
        return answer

    def follow() -> object:
        come.wait(10)
        try:
            return second()
        finally:
            done.set()

    return race(hold, follow)


def test_a_claim_under_way_is_seen_by_the_agent_who_leaves() -> None:
    agent = make.agent()
    person, campaign = make.participant(agent=agent), make.live_campaign()
    claimed, left = while_uncommitted(
        lambda: make.claim(campaign, person), lambda: payouts.leave(actor_id=agent.user_id)
    )
    assert isinstance(claimed, Assignment)
    assert claimed.agent_id == agent.pk
    assert isinstance(left, RecruitsAtWork)


def test_a_claim_after_the_agent_left_has_no_agent() -> None:
    agent = make.agent()
    person, campaign = make.participant(agent=agent), make.live_campaign()
    left, claimed = while_uncommitted(
        lambda: payouts.leave(actor_id=agent.user_id), lambda: make.claim(campaign, person)
    )
    assert left is None
    assert isinstance(claimed, Assignment)
    assert (claimed.agent_id, claimed.commission_fen) == (None, 0)


def test_an_own_claim_under_way_is_seen_too() -> None:
    person, campaign = make.participant(), make.live_campaign()
    _, left = while_uncommitted(lambda: make.claim(campaign, person), lambda: payouts.leave(actor_id=person.pk))
    assert isinstance(left, WorkOpen)


def test_an_appeal_under_way_is_seen_by_the_person_who_leaves() -> None:
    work = make.claim(make.live_campaign(), make.participant())
    make.handed_in(work, coverage_bps=5_000)
    reviewer = make.staff("reviewer")
    verdicts.reject(actor_id=reviewer.pk, assignment_id=work.pk, code="not_watched", reason=REASON)
    own = work.participant_id
    opened, left = while_uncommitted(
        lambda: verdicts.appeal(actor_id=own, assignment_id=work.pk, text="我看完了。"),
        lambda: payouts.leave(actor_id=own),
    )
    assert not isinstance(opened, Exception)
    assert isinstance(left, WorkOpen)


def test_many_claims_and_one_who_leaves_end_clean() -> None:
    agent = make.agent()
    people, campaign = [make.participant(agent=agent) for _ in range(6)], make.live_campaign()
    race(*[lambda p=p: make.claim(campaign, p) for p in people], lambda: payouts.leave(actor_id=agent.user_id))
    is_gone = User.objects.get(pk=agent.user_id).erased_at is not None
    with_agent = Assignment.objects.filter(agent=agent).count()
    assert is_gone == (with_agent == 0)
    assert Assignment.objects.count() == 6
    assert invariants.check("identity", "erased_people_are_owed_nothing").ok
    connection.close()


def test_claims_go_on_when_a_leaver_is_refused() -> None:
    agent = make.agent()
    person = make.participant(agent=agent)
    make.claim(make.live_campaign(), person)
    with pytest.raises(RecruitsAtWork):
        payouts.leave(actor_id=agent.user_id)
    assert dispatch.claim(actor_id=person.pk, campaign_id=make.live_campaign().pk, key="on").agent_id == agent.pk
