"""The demo market: every state, books that hold, nothing twice, resumable, and a pulse that leaves others alone."""

from __future__ import annotations

import dataclasses
import random

import pytest

from rushi.campaigns.models import Budget, Campaign
from rushi.db import invariants
from rushi.dispatch.models import Assignment
from rushi.identity.models import Organisation, Participant, RealName, User
from rushi.integrations import realname
from rushi.kernel.errors import NotAllowed
from rushi.market import actions, briefs, campaigning, cast, queries, script
from rushi.market.models import Step
from rushi.payouts.models import Payout
from rushi.verdicts.models import Appeal, Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty people and a dozen answers a campaign; the real-name service confirms everybody."""
    plans = tuple(
        dataclasses.replace(p, answers=min(p.answers, 15), places=max(p.places // 3, 15), doubtful=min(p.doubtful, 3))
        for p in briefs.PLANS
    )
    monkeypatch.setattr(briefs, "PLANS", plans)
    monkeypatch.setattr(cast, "PARTICIPANTS", 40)
    monkeypatch.setattr(realname, "verify", lambda name, number: realname.Match("test"))


def _counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (User, Campaign, Assignment, Payout, Organisation, RealName, Step))


def test_it_shows_every_state_the_books_hold_and_the_pulse_answers_large_campaigns_only(small: None) -> None:
    actions.seed()
    assert {
        "draft", "in_review", "rejected", "approved", "funded", "live", "paused", "closing", "closed",
    } == set(Campaign.objects.values_list("status", flat=True))  # fmt: skip
    assert set(Organisation.objects.values_list("status", flat=True)) == {"draft", "pending", "approved"}
    assert {"accepted", "rejected"} <= set(Assignment.objects.values_list("status", flat=True))
    assert set(Delivery.objects.values_list("status", flat=True)) >= {"confirmed", "disputed"}
    assert set(Appeal.objects.values_list("status", flat=True)) == {"open", "overturned"}
    assert set(Payout.objects.values_list("status", flat=True)) == {"requested", "paid", "failed"}
    assert Participant.objects.filter(agent__isnull=False).exists()
    assert RealName.objects.count() > 25
    assert not User.objects.filter(is_demo=False).exists()
    assert [check for check in invariants.run() if not check.ok] == []
    assert queries.seeding_percent() is None
    _pulse()


def _pulse() -> None:
    soda = campaigning.scene_of(campaigning.plan_of("soda-live"))
    before = Assignment.objects.count()
    draw = random.Random(3)
    assert sum(actions.beat(draw) for _ in range(4)) >= 2
    assert Assignment.objects.count() > before
    touched = set(Assignment.objects.order_by("-claimed_at").values_list("campaign__title", flat=True)[:4])
    assert touched <= {p.title for p in briefs.PLANS if p.until == "live" and p.places >= actions.PULSE_PLACES_MIN}
    Budget.objects.filter(pk=soda.campaign_id).update(places=1, taken=1)
    assert campaigning.fill_share(soda.campaign_id) == 1.0


def test_interrupted_it_goes_on_where_it_stopped_and_then_changes_nothing(
    small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, done = actions._do, []

    def broken(step: script.Step) -> None:
        if step.act == "answers" and step.key == "noodles-live" and step.part == 1 and not done:
            done.append(step)
            raise KeyboardInterrupt
        real(step)

    monkeypatch.setattr(actions, "_do", broken)
    with pytest.raises(KeyboardInterrupt):
        actions.seed()
    percent = queries.seeding_percent()
    assert percent is not None
    assert 30 < percent < 90
    actions.seed()
    assert queries.seeding_percent() is None
    assert Step.objects.count() == script.count()
    assert [check for check in invariants.run() if not check.ok] == []
    before = _counts()
    actions.seed()
    assert _counts() == before


def test_the_pulse_stops_when_nobody_is_left(small: None) -> None:
    assert actions.pulse(seconds_max=60, pause=lambda seconds: None) == 0


def test_production_has_no_demo(settings: pytest.FixtureRequest) -> None:
    settings.IS_DEMO = False  # type: ignore[attr-defined]
    with pytest.raises(NotAllowed):
        actions.seed()
    with pytest.raises(NotAllowed):
        actions.pulse()
