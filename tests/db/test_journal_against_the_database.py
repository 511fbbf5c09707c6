"""A journal that says more, less or other than the database is found out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rushi.campaigns.models import Campaign
from rushi.dispatch.models import Assignment
from rushi.kernel.ids import uuid7
from rushi.ledger.models import Deposit
from rushi.market import auditing, staging
from rushi.market.auditing import Finding
from rushi.market.doors import ActionDoor
from rushi.market.journal import Act, Answer, Journal

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> staging.Stage:
    return staging.prepare(people=2, live=2, waiting=1)


class Client:
    """Does acts through the door of actions and writes the journal, or says something else in it."""

    def __init__(self, journal: Journal) -> None:
        self.journal, self.door = journal, ActionDoor()

    def does(self, verb: str, actor: str, told: Answer | None = None, **about: object) -> Answer:
        act = Act(verb, actor, f"{verb}-{about}", about)
        number, answer = self.journal.intend(act), self.door.do(act)
        self.journal.acknowledge(number, told or answer, 1)
        return answer

    def was_told(self, verb: str, actor: str, facts: dict[str, object], **about: object) -> None:
        self.journal.acknowledge(self.journal.intend(Act(verb, actor, verb, about)), Answer(True, facts), 1)


@pytest.fixture
def client(stage: staging.Stage, tmp_path: Path) -> Iterator[Client]:
    with Journal(tmp_path / "journal", stage.as_json()) as journal:
        yield Client(journal)


@pytest.fixture
def found(tmp_path: Path) -> Callable[[], list[tuple[str, str]]]:
    def look() -> list[tuple[str, str]]:
        return [(one.kind, one.verb) for one in auditing.verify(tmp_path / "journal")]

    return look


Found = Callable[[], list[tuple[str, str]]]


def test_a_true_journal_has_no_findings(client: Client, stage: staging.Stage, found: Found) -> None:
    person, campaign = stage.people[0], stage.live[0].campaign
    made = client.does("claim", person, campaign=campaign)
    assert client.does("claim", person, campaign=stage.waiting[0].campaign).code == "campaign_closed"
    client.does("give_back", person, assignment=made.facts["assignment"])
    client.does("deposit", stage.owner, organisation=stage.organisation, amount_fen=100_001)
    client.does("grow", stage.owner, campaign=campaign, places=50)
    client.does("close", stage.owner, campaign=campaign)
    assert found() == []


def test_what_was_acknowledged_and_is_not_there_is_missing(client: Client, stage: staging.Stage, found: Found) -> None:
    person, campaign = stage.people[0], stage.live[0].campaign
    nowhere = {"assignment": str(uuid7())}
    client.was_told("claim", person, nowhere, campaign=campaign)
    client.was_told("submit", person, {}, **nowhere, answers={})
    client.was_told("withdraw", person, {"payout": str(uuid7())}, amount_fen=130, net_fen=130, card="")
    client.was_told("deposit", stage.owner, {}, organisation=stage.organisation, amount_fen=7)
    client.was_told("close", stage.owner, {}, campaign=campaign)
    client.was_told("appeal", person, {}, **nowhere)
    wanted = {"claim", "submit", "withdraw", "deposit", "close", "appeal"}
    assert {(kind, verb) for kind, verb in found()} == {("missing", verb) for verb in wanted}


def test_a_place_whose_person_was_refused_or_never_asked_is_one_too_many(
    client: Client, stage: staging.Stage, found: Found
) -> None:
    refused, never = stage.people
    client.does("claim", refused, told=Answer(is_done=False, code="full"), campaign=stage.live[0].campaign)
    client.door.do(Act("claim", never, "x", {"campaign": stage.live[0].campaign}))
    assert found() == [("doubled", "claim")] * 2


def test_a_claim_without_an_answer_may_have_happened_or_not(client: Client, stage: staging.Stage, found: Found) -> None:
    for person in stage.people:
        act = Act("claim", person, "x", {"campaign": stage.live[0].campaign})
        client.journal.intend(act)
        if person == stage.people[0]:
            client.door.do(act)
    assert found() == []


def test_the_same_deposit_twice_is_found(client: Client, stage: staging.Stage, found: Found) -> None:
    client.does("deposit", stage.owner, organisation=stage.organisation, amount_fen=100_001)
    first = Deposit.objects.get(amount_fen=100_001)
    Deposit.objects.create(
        owner_id=first.owner_id, amount_fen=100_001, reference="x", requested_by=first.requested_by,
        requested_at=first.requested_at,
    )  # fmt: skip
    assert found() == [("doubled", "deposit")]


def test_pay_that_nobody_received_is_found(client: Client, stage: staging.Stage, found: Found) -> None:
    made = client.does("claim", stage.people[0], campaign=stage.live[0].campaign).facts["assignment"]
    Assignment.objects.filter(pk=made).update(status="accepted")
    assert ("missing", "pay") in found()
    Campaign.objects.filter(pk=stage.live[0].campaign).update(status="paused")  # and an invariant of a room
    assert any(kind == "invariant" for kind, _ in found())


def test_findings_say_what_they_are_about(client: Client, stage: staging.Stage, tmp_path: Path) -> None:
    client.was_told("start", stage.people[0], {}, assignment=str(uuid7()))
    (finding,) = auditing.verify(tmp_path / "journal")
    assert isinstance(finding, Finding)
    assert finding.kind == "missing"
