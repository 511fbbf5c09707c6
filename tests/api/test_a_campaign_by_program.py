"""A whole campaign by an advertiser's program: from draft to report, every step heard of by webhook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import time_machine
from standardwebhooks import Webhook

from rushi.campaigns import actions as campaigns
from rushi.campaigns.models import Campaign, Question
from rushi.client import Rushi
from rushi.dispatch import actions as dispatch
from rushi.kernel import clock
from rushi.notices import actions as notices
from rushi.notices.rules import EVENTS
from rushi.payouts import actions as payouts
from rushi.policy import actions as policy
from rushi.verdicts import actions as verdicts
from tests import clips, factories
from tests.books import assert_books_clean
from tests.programs import key_of
from tests.receiver import Receiver

QUESTIONS = [
    {"kind": "reaction", "text": "看完之后，您的感受是？"},
    {"kind": "recall", "text": "是什么味道？", "options": ["白桃", "青柠"], "right_option": 0},
    {"kind": "text", "text": "为什么？", "is_required": False},
]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.stop()


def work(campaign_id: UUID, opinions: str) -> None:
    """One person for each letter (l, n, d) takes a place, watches, answers, and is accepted by the facts."""
    campaign = Campaign.objects.get(pk=campaign_id)
    words = {"l": "like", "n": "neutral", "d": "dislike"}
    for letter in opinions:
        person = factories.participant()
        assignment = dispatch.claim(actor_id=person.pk, campaign_id=campaign_id, key="journey")
        token = factories.watched(assignment)
        with time_machine.travel(clock.now() + dt.timedelta(seconds=60), tick=True):
            verdicts.hand_in(
                actor_id=person.pk,
                assignment_id=assignment.pk,
                token=token,
                answers=factories.answers(campaign, words[letter], text="挺好"),
            )


def heard(receiver: Receiver, secret: str) -> list[dict[str, Any]]:
    """What the receiver was told, each message verified by the reference library, in the order it happened."""
    while notices.send_due():
        pass
    verified: list[Any] = [Webhook(secret).verify(body, headers) for headers, body in receiver.received]
    return sorted(verified, key=lambda message: str(message["timestamp"]))


@pytest.mark.django_db(transaction=True)
def test_from_draft_to_report(live_server: Any, receiver: Receiver, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    organisation, finance, reviewer = factories.organisation(), factories.staff("finance"), factories.staff("reviewer")
    owner = factories.member(organisation)
    with Rushi(key_of(organisation, owner=owner), base_url=live_server.url) as rushi:
        hook = rushi.add_webhook(url=receiver.url, events=list(EVENTS))
        secret = rushi.webhook_secret(hook["id"])
        asked = rushi.request_deposit(amount_fen=200_000)
        payouts.confirm_deposit(actor_id=finance.pk, deposit_id=UUID(asked["id"]), key="c")
        assert rushi.balance()["balance_fen"] == 200_000

        campaign = rushi.create_campaign(kind="reaction", title="白桃气泡水新片", brief="看完说实话。")
        id_ = campaign["id"]
        material = rushi.add_material(id_, "a", "clip.mp4", clips.mp4(12))
        assert material["status"] == "processing"
        campaigns.process_material(material_id=Campaign.objects.get().materials.get().pk)
        rushi.set_questions(id_, QUESTIONS)
        rushi.set_audience(id_, genders=["f"])
        rushi.set_price(id_, reward_fen=100, places=30)
        assert rushi.check(id_)["faults"] == []
        assert rushi.submit(id_)["status"] == "in_review"
        policy.approve(actor_id=reviewer.pk, campaign_id=UUID(id_), key="a")
        assert rushi.cost(id_)["short_fen"] == 0
        assert rushi.fund(id_)["budget"]["places"] == 30
        assert rushi.publish(id_)["status"] == "live"

        work(UUID(id_), "lllnd" + "lln")
        campaigns.tell_progress()
        assert rushi.report(id_)["opinions"] is None
        assert list(rushi.comments(id_)) == []
        work(UUID(id_), "dl")
        campaigns.tell_progress()
        report = rushi.report(id_)
        counts = {part["key"]: part["count"] for part in report["opinions"]["reaction"]["parts"]}
        assert counts == {"like": 6, "neutral": 2, "dislike": 2}
        assert len(list(rushi.comments(id_))) == 10
        assert rushi.export(id_).startswith(b"\xef\xbb\xbf")
        assert rushi.close_campaign(id_)["status"] in {"closing", "closed"}
        campaigns.finish_due()
        verdicts.open_deliveries()
        assert rushi.campaign(id_)["status"] == "closed"
        assert rushi.confirm_delivery(id_)["status"] == "confirmed"
        spent = rushi.campaign(id_)["budget"]
        assert rushi.balance()["balance_fen"] == 200_000 - spent["spent_fen"]
        assert [line["kind"] for line in rushi.statement()][-1] == "deposit"

        told = heard(receiver, secret)
        assert told[-1]["data"]["status"] == "confirmed"
        assert [message["type"] for message in told] == [
            "deposit.confirmed", "campaign.submitted", "campaign.approved", "campaign.funded", "campaign.published",
            "report.ready", "campaign.progress", "campaign.closing", "campaign.closed",
            "delivery.awaiting", "delivery.decided",
        ]  # fmt: skip
        assert told[-3]["data"]["accepted"] == 10
        assert {row["status"] for row in rushi.messages(hook["id"])} == {"sent"}
    assert_books_clean()
    nothing_of_people = {str(question.pk) for question in Question.objects.all()}
    for _headers, body in receiver.received:
        assert not any(word in body.decode() for word in ("like", "dislike", "挺好", *nothing_of_people))
