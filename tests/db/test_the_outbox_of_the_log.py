"""What the public log must hold waits in its outbox from that very transaction: once, as ids, out of reach."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from rushi.campaigns import actions as campaigns
from rushi.db import invariants
from rushi.identity import actions as identity
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from rushi.ledger.models import PlainEntry
from rushi.payouts import actions as payouts
from rushi.policy import actions as policy
from rushi.transparency.actions import enqueue
from rushi.transparency.models import Kind, Waiting
from rushi.verdicts import actions as verdicts
from tests import factories as make
from tests.books import FINANCE, ask_payout, verified_person
from tests.db.test_paying_out import answer, released
from tests.db.test_verdicts import REASON, appealed

pytestmark = pytest.mark.django_db


def waiting(kind: Kind) -> list[object]:
    return list(Waiting.objects.filter(kind=kind).values_list("subject_id", flat=True))


def holds() -> bool:
    return all(check.ok for check in invariants.run())


@pytest.mark.parametrize("overturn", [True, False])
def test_a_rejection_and_what_became_of_its_appeal(overturn: bool) -> None:
    assignment, _ = appealed()
    assert waiting(Kind.REJECTION) == [assignment.pk]
    assert waiting(Kind.APPEAL) == []
    second = make.staff("reviewer")
    for _ in range(2):
        verdicts.decide_appeal(actor_id=second.pk, assignment_id=assignment.pk, overturn=overturn, note=REASON)
    assert waiting(Kind.APPEAL) == waiting(Kind.REJECTION) == [assignment.pk]
    assert waiting(Kind.SETTLEMENT) == ([assignment.pk] if overturn else [])
    assert holds()


def test_a_refund() -> None:
    campaign = make.live_campaign()
    for _ in range(2):
        campaigns.close(actor_id=campaign.created_by, campaign_id=campaign.pk)
    assert waiting(Kind.REFUND) == [PlainEntry.objects.get(kind="refund").subject_id]
    assert holds()


def test_an_erasure() -> None:
    person = make.user()
    for _ in range(2):
        identity.erase_user(actor_id=person.pk, user_id=person.pk)
    assert waiting(Kind.ERASURE) == [person.pk]
    assert holds()


def test_rules_that_decide_for_the_first_time() -> None:
    first = policy.screen_campaign(campaign_id=make.draft_campaign().pk)
    policy.screen_campaign(campaign_id=make.draft_campaign().pk)
    assert waiting(Kind.POLICY) == [first.pk]
    assert holds()


def test_what_is_there_stays_as_it_was() -> None:
    subject, first = uuid7(), clock.now()
    enqueue(kind=Kind.ERASURE, subjects=[subject], at=first)
    enqueue(kind=Kind.ERASURE, subjects=[subject], at=clock.now())
    assert Waiting.objects.get(subject_id=subject).at == first


def test_a_subject_that_waits_twice_is_found() -> None:
    one, other = uuid7(), uuid7()
    enqueue(kind=Kind.ERASURE, subjects=[one, other], at=clock.now())
    enqueue(kind=Kind.PAYOUT, subjects=[one, other], at=clock.now())
    twice = "transparency.every_subject_waits_once"
    assert twice not in {check.name for check in invariants.run() if not check.ok}
    enqueue(kind=Kind.ERASURE, subjects=[other, uuid7()], at=clock.now())
    assert twice in {check.name for check in invariants.run() if not check.ok}


@pytest.mark.parametrize("table", ["transparency_outbox", "transparency_mark"])
@pytest.mark.parametrize("verb", ["INSERT INTO {} DEFAULT VALUES", "DELETE FROM {}"])
def test_the_application_writes_it_by_its_function_only(table: str, verb: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb.format(table))


def test_a_payout_once_the_bank_has_paid() -> None:
    payout, other = ask_payout(verified_person(), 500), ask_payout(verified_person("李四"), 500)
    file = released(payout, other)
    assert waiting(Kind.PAYOUT) == []
    for _ in range(2):
        text = answer((payout, "成功"), (other, "失败"))
        payouts.import_result(actor_id=FINANCE, file_id=file.id, text=text)
    assert waiting(Kind.PAYOUT) == [payout.id]
