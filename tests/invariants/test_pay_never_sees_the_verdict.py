"""Promise 1: thirty simulated days, lived twice, every opinion turned round: same offers, verdicts and income."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

import pytest
import time_machine
from django.db import transaction

from rushi.campaigns.models import Campaign, Question
from rushi.db import invariants
from rushi.dispatch import actions as dispatch
from rushi.dispatch import queries as offers
from rushi.dispatch.models import Assignment, AssignmentStatus
from rushi.evidence.models import Answers
from rushi.identity.models import Participant, User
from rushi.kernel import clock
from rushi.ledger.models import Entry
from rushi.ledger.queries import balance_fen
from rushi.verdicts import actions, queries
from rushi.verdicts.models import Verdict
from tests import factories as make

pytestmark = pytest.mark.django_db
MORNING = dt.datetime(2026, 9, 1, 1, 0, tzinfo=dt.UTC)
DAYS, PEOPLE = 30, 5
OPPOSITE = {"like": "dislike", "neutral": "like", "dislike": "neutral", "a": "b", "same": "a", "b": "same"}
WORDS = {"好看，想再看一遍。": "太吵了，看不下去。", "": "一般般，没有印象。"}
REASON = "播放记录显示没有看完整个视频，或记忆题没有答对。"
Opinion = Callable[[str], str]


def test_turning_every_opinion_round_changes_nothing_that_people_are_offered_judged_or_paid() -> None:
    honest, opinions = life(lambda said: said)
    turned, opposites = life(lambda said: {**OPPOSITE, **WORDS}[said])
    assert len(opinions) == len(opposites) > 100
    assert all(one != other for one, other in zip(opinions, opposites, strict=True))
    assert honest == turned
    seen = {event[2] for event in honest if event[0] == "verdict"}
    assert seen >= {("accepted", "facts"), ("accepted", "silence"), ("accepted", "reviewer"), ("accepted", "appeal")}
    assert ("rejected", "reviewer") in seen


def life(turn: Opinion) -> tuple[list[tuple[object, ...]], list[str]]:
    """One life of the market under a fixed seed, undone afterwards: what happened, and what was said."""
    with transaction.atomic(), time_machine.travel(MORNING, tick=False) as traveller:
        world = World(turn, traveller)
        for _ in range(DAYS):
            world.day()
        assert all(check.ok for check in invariants.run())
        asked = set(Question.objects.exclude(kind__in=["recall", "text"]).values_list("pk", flat=True))
        opinions = [
            choice
            for said in Answers.objects.order_by("pk")
            for question, choice in zip(said.questions, said.choices, strict=True)
            if question in asked
        ]
        transaction.set_rollback(True)
    return world.happened, opinions


class World:
    """Five people, two reviewers and a new campaign every day or two; chance is seeded and never sees an opinion."""

    def __init__(self, turn: Opinion, traveller: time_machine.Coordinates) -> None:
        self.turn, self.traveller = turn, traveller
        self.chance = random.Random(20260902)
        self.happened: list[tuple[object, ...]] = []
        agent = make.agent()
        self.people = [make.participant(agent=agent if n % 2 else None) for n in range(PEOPLE)]
        self.reviewers = [make.staff("reviewer") for _ in range(2)]
        self.names: dict[object, str] = {}

    def day(self) -> None:
        """A morning of offers and work, an afternoon of reviewing, a night of sweeps."""
        kind = self.chance.choice(["reaction", "reaction", "compare"])
        campaign = make.live_campaign(places=self.chance.randint(2, 6), kind=kind)
        self.names[campaign.pk] = f"campaign {len(self.names)}"
        for index, person in enumerate(self.people):
            self.work(index, person)
        self.review()
        self.traveller.shift(dt.timedelta(hours=20))
        self.sweep()
        for index, person in enumerate(self.people):
            self.happened.append(("income", index, balance_fen("participant_available", person.pk), person.standing))
        self.traveller.move_to(clock.shanghai_midnight(clock.shanghai_day(clock.now()) + dt.timedelta(days=1)))

    def work(self, index: int, person: Participant) -> None:
        dispatch.note_visit(participant_id=person.pk)
        dispatch.refresh_prices()
        cards = offers.hall(person.pk).cards
        self.happened.append(
            ("offers", index, tuple((self.names[c.campaign_id], c.reward_fen, c.reasons) for c in cards))
        )
        for card in cards[: self.chance.randint(1, 3)]:
            self.traveller.shift(dt.timedelta(seconds=self.chance.randint(5, 300)))
            assignment = dispatch.claim(actor_id=person.pk, campaign_id=card.campaign_id, key="morning")
            fate, share = self.chance.random(), self.chance.choice([1.0, 1.0, 1.0, 0.7])
            if fate < 0.05:
                dispatch.return_assignment(actor_id=person.pk, assignment_id=assignment.pk)
            elif fate > 0.1:
                self.hand_in(assignment, share)

    def hand_in(self, assignment: Assignment, share: float) -> None:
        campaign = Campaign.objects.get(pk=assignment.campaign_id)
        token = make.watched(assignment, share)
        self.traveller.shift(dt.timedelta(seconds=self.chance.choice([0, 20, 40])))
        closed = ["a", "same", "b"] if campaign.kind == "compare" else ["like", "neutral", "dislike"]
        opinion, words = self.chance.choice(closed), self.chance.choice(list(WORDS))
        said = make.answers(campaign, self.turn(opinion), is_right=self.chance.random() < 0.85, text=self.turn(words))
        actions.hand_in(actor_id=assignment.participant_id, assignment_id=assignment.pk, token=token, answers=said)

    def review(self) -> None:
        first, second = self.reviewers
        for row in queries.submission_queue(first):
            case, roll = queries.access_case(first, row.assignment_id), self.chance.random()
            if roll < 0.4:
                code = case.codes[0][0]
                actions.reject(actor_id=first.pk, assignment_id=row.assignment_id, code=code, reason=REASON)
                if self.chance.random() < 0.7:
                    owner = case.assignment.participant_id
                    actions.appeal(actor_id=owner, assignment_id=row.assignment_id, text="我认真看了。")
            elif roll < 0.6:
                actions.accept(actor_id=first.pk, assignment_id=row.assignment_id)
        for row in queries.appeal_queue(second):
            if (roll := self.chance.random()) < 0.3:
                actions.decide_appeal(
                    actor_id=second.pk, assignment_id=row.assignment_id, overturn=roll < 0.15, note=REASON
                )

    def sweep(self) -> None:
        dispatch.expire_due()
        actions.judge_submitted()
        actions.accept_overdue()
        actions.overturn_overdue_appeals()
        actions.release_reserves()
        order = {person.pk: index for index, person in enumerate(self.people)}
        for verdict in Verdict.objects.select_related("assignment").order_by("decided_at", "assignment__claimed_at"):
            one = verdict.assignment
            what = (verdict.outcome, verdict.basis)
            self.happened.append(
                ("verdict", (order[one.participant_id], self.names[one.campaign_id]), what, verdict.code)
            )
        self.happened.append(("open", Assignment.objects.filter(status=AssignmentStatus.IN_REVIEW).count()))
        self.happened.append(("settled", Entry.objects.filter(kind="settlement").count(), User.objects.count()))
