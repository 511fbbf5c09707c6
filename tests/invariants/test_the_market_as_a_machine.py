"""Anything people may do, in any order, replayed at will: after every step every invariant of every room holds."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.models import QuerySet
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rushi.campaigns import actions as campaigns
from rushi.campaigns.models import Budget, Campaign
from rushi.db import invariants
from rushi.dispatch import actions as dispatch
from rushi.dispatch.models import Assignment, ParticipantDay
from rushi.identity.models import Participant
from rushi.kernel.errors import RushiError
from rushi.kernel.ids import uuid7
from rushi.ledger.models import Account, Deposit, Entry
from rushi.payouts import actions as payouts
from rushi.payouts.models import BankAccount, BankFile, Payout
from rushi.verdicts import actions as verdicts
from rushi.verdicts.models import Appeal, Delivery, SampleItem, Verdict
from rushi.verdicts.queries import facts_of
from rushi.verdicts.rules import shown_by
from tests import factories as make
from tests.books import CARD, FINANCE, give_advertiser, verified_person

MORNING = dt.datetime(2026, 9, 1, 1, 0, tzinfo=dt.UTC)
REASON = "播放记录显示没有看完整个视频，或记忆题没有答对。"
EXAMPLES = int(os.environ.get("RUSHI_EXAMPLES", "8"))
OTHER = uuid7()
index = st.integers(0, 11)
reviewers = st.integers(0, 2)
shares = st.sampled_from([1.0, 1.0, 0.7])
opinions = st.sampled_from(["like", "neutral", "dislike"])


def snapshot() -> list[Any]:
    """Everything that money and places are."""
    return [
        sorted(Account.objects.values_list("id", "balance_fen")),
        sorted(Budget.objects.values_list()),
        sorted(Assignment.objects.values_list("id", "status")),
        sorted(ParticipantDay.objects.values_list("participant_id", "day", "claims", "held_fen")),
        sorted(Verdict.objects.values_list("pk", "outcome", "basis", "reserve_released_at").order_by()),
        sorted(Appeal.objects.values_list("pk", "status")),
        sorted(Delivery.objects.values_list("pk", "status", "sample_faults")),
        sorted(Payout.objects.values_list("id", "status")),
        sorted(BankFile.objects.values_list("id", "status")),
        Entry.objects.count(),
        sorted(Deposit.objects.values_list("id", "status")),
        sorted(Campaign.objects.values_list("id", "status")),
    ]


def twice(act: Callable[[], object]) -> object:
    """Do it, and when it was not refused do it again: the second time changes nothing."""
    first = attempt(act)
    if first is not None:
        before = snapshot()
        attempt(act)
        assert snapshot() == before
    return first


def pick(rows: QuerySet[Any], n: int, statuses: tuple[str, ...]) -> Any:
    """The n-th row (round and round) among those in one of these states, else among all."""
    found = list(rows.filter(status__in=statuses)) or list(rows)
    return found[n % len(found)]


def attempt(act: Callable[[], object]) -> object:
    """Do it in its own savepoint; a refusal (None) is part of life."""
    try:
        with transaction.atomic():
            return act()
    except RushiError:
        return None


class Market(RuleBasedStateMachine):
    """One advertiser, four people (two recruited, one limited), three reviewers, finance; two campaigns at first.

    Rules pick work in the state they are about when there is any, so that long ways are walked; else anything.
    """

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.traveller = time_machine.travel(MORNING, tick=False)
        self.clock = self.traveller.start()

    def teardown(self) -> None:
        self.traveller.stop()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize(facts=st.lists(st.tuples(shares, st.booleans(), opinions), min_size=6, max_size=6))
    def begin(self, facts: list[tuple[float, bool, str]]) -> None:
        self.organisation = make.organisation()
        self.owner = make.member(self.organisation)
        self.reviewers = [make.staff("reviewer").pk for _ in range(3)]
        agent = make.agent()
        self.people = []
        for n in range(4):
            user = verified_person(f"张{'一二三四'[n]}")
            payouts.add_bank_account(actor_id=user.id, bank="招商银行", number=CARD)
            person = Participant.objects.get(user=user)
            person.agent, person.recruited_at = (agent, MORNING) if n < 2 else (None, None)
            if n == 3:
                person.standing, person.standing_reason, person.standing_since = "limited", "两项核对未过", MORNING
            person.save()
            self.people.append(person)
        give_advertiser(self.organisation.pk, 12_000)
        for _ in range(2):
            self.fund_and_publish(places=4)
        for n, (share, is_right, opinion) in enumerate(facts):
            self.claim_and_hand_in(n, n // 2, share, is_right, opinion)

    def a_campaign(self, n: int, *statuses: str) -> Campaign:
        """One of the campaigns in these states, else any."""
        return pick(Campaign.objects.order_by("pk"), n, statuses)

    def work(self, n: int, *statuses: str) -> dict[str, Any]:
        """An assignment in one of these states, else any, as what its owner would pass to an action."""
        found = pick(Assignment.objects.order_by("pk"), n, statuses)
        return {"actor_id": found.participant_id, "assignment_id": found.pk}

    # --- the advertiser

    @precondition(lambda self: Campaign.objects.count() < 5)
    @rule(places=st.integers(1, 4))
    def fund_and_publish(self, places: int) -> None:
        campaign = make.approved_campaign(
            organisation=self.organisation, places=places, reward_fen=150, commission_fen_max=23, fee_fen=30
        )
        own = {"actor_id": self.owner.pk, "campaign_id": campaign.pk}
        twice(lambda: campaigns.fund(**own, key="fund"))
        twice(lambda: campaigns.publish(**own))

    @rule(n=index, verb=st.sampled_from(["pause", "resume", "resume", "close", "grow"]), places=st.integers(2, 6))
    def steer(self, n: int, verb: str, places: int) -> None:
        states = {"resume": ("paused",), "close": ("live", "paused")}.get(verb, ("live",))
        own = {"actor_id": self.owner.pk, "campaign_id": self.a_campaign(n, *states).pk}
        if verb == "grow":
            twice(lambda: campaigns.grow_places(**own, places=places, key=f"grow {places}"))
        else:
            twice(lambda: getattr(campaigns, verb)(**own))

    @precondition(lambda self: Delivery.objects.exists())
    @rule(n=index, disputes=st.booleans())
    def have_the_last_word(self, n: int, disputes: bool) -> None:
        delivery = pick(Delivery.objects.order_by("pk"), n, ("awaiting",))
        own = {"actor_id": self.owner.pk, "campaign_id": delivery.pk}
        if disputes:
            twice(lambda: verdicts.dispute_delivery(**own, reason=REASON))
        else:
            twice(lambda: verdicts.confirm_delivery(**own))

    # --- people

    @rule(n=index, who=index)
    def claim(self, n: int, who: int) -> None:
        own = {"actor_id": self.people[who % 4].pk, "campaign_id": self.a_campaign(n, "live").pk}
        twice(lambda: dispatch.claim(**own, key="claim"))

    @precondition(lambda self: Campaign.objects.filter(status="live").exists())
    @rule(n=index, who=index, share=shares, is_right=st.booleans(), opinion=opinions)
    def claim_and_hand_in(self, n: int, who: int, share: float, is_right: bool, opinion: str) -> None:
        person, campaign = self.people[who % 4], self.a_campaign(n, "live")
        assignment = attempt(lambda: dispatch.claim(actor_id=person.pk, campaign_id=campaign.pk, key="claim"))
        if isinstance(assignment, Assignment):
            self.finish(assignment, share, is_right, opinion)

    @precondition(lambda self: Assignment.objects.exists())
    @rule(n=index, share=shares, is_right=st.booleans(), opinion=opinions)
    def hand_in(self, n: int, share: float, is_right: bool, opinion: str) -> None:
        assignment = Assignment.objects.get(pk=self.work(n, "claimed", "started")["assignment_id"])
        self.finish(assignment, share, is_right, opinion)

    def finish(self, assignment: Assignment, share: float, is_right: bool, opinion: str) -> None:
        token = attempt(lambda: make.watched(assignment, share))
        if token is None:
            return
        self.clock.shift(dt.timedelta(seconds=40))
        said = make.answers(assignment.campaign, opinion, is_right=is_right)
        own = {"actor_id": assignment.participant_id, "assignment_id": assignment.pk}
        twice(lambda: verdicts.hand_in(**own, token=str(token), answers=said))

    @precondition(lambda self: Assignment.objects.exists())
    @rule(n=index)
    def give_back(self, n: int) -> None:
        own = self.work(n, "claimed", "started")
        twice(lambda: dispatch.return_assignment(**own))

    @precondition(lambda self: Verdict.objects.exists())
    @rule(n=index)
    def appeal(self, n: int) -> None:
        own = self.work(n, "rejected")
        twice(lambda: verdicts.appeal(**own, text="我认真看了。"))

    @precondition(lambda self: Verdict.objects.exists())
    @rule(who=index, amount_fen=st.sampled_from([100, 150, 300]), key=st.sampled_from("ab"))
    def ask_for_money(self, who: int, amount_fen: int, key: str) -> None:
        user = self.people[who % 4].user
        own = {"actor_id": user.pk, "owner_id": user.pk, "source": "participant", "amount_fen": amount_fen}
        card = BankAccount.objects.get(user=user).pk
        twice(lambda: payouts.request_payout(**own, bank_account_id=card, key=f"{key}{amount_fen}"))

    # --- the desks

    @precondition(lambda self: Assignment.objects.exists())
    @rule(n=index, reviewer=reviewers, accepts=st.sampled_from([True, False, False]))
    def judge(self, n: int, reviewer: int, accepts: bool) -> None:
        own = self.work(n, "in_review") | {"actor_id": self.reviewers[reviewer]}
        facts = facts_of([own["assignment_id"]]).get(own["assignment_id"])
        code = (*(shown_by(facts) if facts else ()), "not_watched")[0]
        if accepts:
            twice(lambda: verdicts.accept(**own))
        else:
            twice(lambda: verdicts.reject(**own, code=code, reason=REASON))

    @precondition(lambda self: Appeal.objects.exists())
    @rule(n=index, reviewer=reviewers, overturn=st.booleans())
    def decide_appeal(self, n: int, reviewer: int, overturn: bool) -> None:
        found = pick(Appeal.objects.order_by("pk"), n, ("open",))
        own = {"actor_id": self.reviewers[reviewer], "assignment_id": found.pk}
        twice(lambda: verdicts.decide_appeal(**own, overturn=overturn, note=REASON))

    @precondition(lambda self: SampleItem.objects.exists())
    @rule(reviewer=reviewers, is_faulty=st.booleans())
    def examine(self, reviewer: int, is_faulty: bool) -> None:
        for item in SampleItem.objects.order_by("pk"):
            own = {"actor_id": self.reviewers[reviewer], "item_id": item.pk}
            twice(lambda own=own: verdicts.examine_sample_item(**own, is_faulty=is_faulty))  # type: ignore[misc]

    @precondition(lambda self: Payout.objects.exists())
    @rule(ends=st.lists(st.sampled_from(["成功", "失败"]), min_size=4, max_size=4))
    def pay_out(self, ends: list[str]) -> None:
        file = attempt(lambda: payouts.make_bank_file(actor_id=FINANCE, key=str(uuid7())))
        if not isinstance(file, BankFile):
            return
        twice(lambda: payouts.release_bank_file(actor_id=OTHER, file_id=file.pk))
        lines = [
            f"{one.id},{one.net_fen / 100:.2f},{ends[n % 4]},R-{n},户名不符"
            for n, one in enumerate(Payout.objects.filter(bank_file=file).order_by("pk"))
        ]
        text = "\n".join(["业务编号,金额,结果,银行流水号,失败原因", *lines])
        twice(lambda: payouts.import_result(actor_id=FINANCE, file_id=file.pk, text=text))

    # --- time

    @rule(hours=st.sampled_from([1, 12, 80, 200]))
    def time_passes(self, hours: int) -> None:
        self.clock.shift(dt.timedelta(hours=hours))
        twice(self.sweep)

    def sweep(self) -> int:
        """Every sweep the background jobs make."""
        return sum(
            sweep()
            for sweep in (
                dispatch.expire_due,
                verdicts.judge_submitted,
                verdicts.accept_overdue,
                verdicts.overturn_overdue_appeals,
                verdicts.release_reserves,
                campaigns.finish_due,
                verdicts.open_deliveries,
                verdicts.confirm_silent_deliveries,
            )
        )

    @invariant()
    def every_invariant_holds(self) -> None:
        broken = [check for check in invariants.run() if not check.ok]
        assert not broken, broken


@pytest.mark.django_db
def test_whatever_happens_the_books_and_the_places_add_up() -> None:
    run_state_machine_as_test(
        Market,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            derandomize="RUSHI_EXAMPLES" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )
