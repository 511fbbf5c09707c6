"""One person, one account; names and numbers sealed, never logged; few questions a day."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import connection

from rushi.audit.models import Event
from rushi.identity import actions, queries, rules, sealing
from rushi.identity.errors import (
    AlreadyRegistered,
    AlreadyVerified,
    Banned,
    ConsentMissing,
    NameMismatch,
    ProviderUnavailable,
    TooManyAttempts,
)
from rushi.identity.models import Consent, Participant, RealName, RealNameAttempt, RealNameDigest
from tests import factories

if TYPE_CHECKING:
    from tests.loopback import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
NOW = dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC)
NUMBER, NAME = "11010519491231002X", "林知夏"


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def newcomer() -> Participant:
    return factories.participant(is_verified=False, age_band="", gender="", region="")


def verify(person: Participant, name: str = NAME, number: str = NUMBER) -> None:
    actions.verify_real_name(actor_id=person.pk, name=name, number=number, consent=True)


def test_it_works(sandbox: Sandbox) -> None:
    person = newcomer()
    verify(person, " 林 知夏", NUMBER.lower())
    person.refresh_from_db()
    assert person.real_name_verified_at == NOW
    assert (person.age_band, person.gender) == ("55+", "f")
    assert queries.verified_name(person.pk) == NAME
    assert queries.masked_name(person.pk) == "**夏"
    assert Consent.objects.filter(user_id=person.pk, document="real_name", withdrawn_at=None).exists()


def test_reading_a_name_is_written_down(sandbox: Sandbox) -> None:
    person, reader = newcomer(), factories.staff("finance")
    verify(person)
    queries.verified_name(person.pk, actor_id=reader.id, purpose="bank_file")
    event = Event.objects.get(action="real_name.read")
    assert (event.actor_id, event.subject_id, event.detail) == (reader.id, person.pk, {"purpose": "bank_file"})


def test_name_and_number_are_sealed_in_the_database(sandbox: Sandbox) -> None:
    person = newcomer()
    verify(person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name_sealed, number_sealed FROM identity_realname")
        name, number = (bytes(value) for value in cursor.fetchone())
    assert NAME.encode() not in name
    assert NUMBER.encode() not in number
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(number, context=f"real_name.name:{person.pk}")


def test_keys_can_be_rotated(settings: Any) -> None:
    blob = sealing.seal("x", context="c")
    settings.IDENTITY_KEYS_RETIRED, settings.IDENTITY_KEY = (settings.IDENTITY_KEY,), b"a new identity key"
    assert sealing.unseal(blob, context="c") == "x"
    assert sealing.seal("x", context="c")[:4] != blob[:4]
    settings.IDENTITY_KEYS_RETIRED = ()
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(blob, context="c")


def test_nothing_personal_is_logged_or_audited(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    verify(newcomer())
    with pytest.raises(NameMismatch):
        verify(newcomer(), "不符之人")
    said = caplog.text + "".join(str(event.__dict__) for event in Event.objects.all())
    assert NAME not in said
    assert "不符之人" not in said
    assert NUMBER not in said


def test_one_person_has_one_account_and_it_is_said_only_after_the_name_matched(sandbox: Sandbox) -> None:
    verify(newcomer())
    second = newcomer()
    with pytest.raises(NameMismatch):
        verify(second, "不符之人")
    with pytest.raises(AlreadyRegistered):
        verify(second)
    second.refresh_from_db()
    assert second.real_name_verified_at is None
    assert RealName.objects.count() == 1


def test_a_mismatch_and_no_record_say_the_same_and_keep_nothing(sandbox: Sandbox) -> None:
    person = newcomer()
    for name in ("不符之人", "查无此人"):
        with pytest.raises(NameMismatch):
            verify(person, name)
    assert not RealName.objects.exists()
    assert not RealNameDigest.objects.exists()
    assert set(RealNameAttempt.objects.values_list("outcome", flat=True)) == {"mismatch", "norecord"}


def test_five_answers_a_shanghai_day(sandbox: Sandbox) -> None:
    person = newcomer()
    for _ in range(5):
        with pytest.raises(NameMismatch):
            verify(person, "不符之人")
    with pytest.raises(TooManyAttempts):
        verify(person)
    with time_machine.travel(dt.datetime(2026, 11, 24, 16, tzinfo=dt.UTC), tick=False):  # midnight in Shanghai
        verify(person)


def test_a_failing_provider_costs_no_attempt(sandbox: Sandbox) -> None:
    sandbox.state.faults["realname"] = "error"
    person = newcomer()
    with pytest.raises(ProviderUnavailable):
        verify(person)
    assert not RealNameAttempt.objects.exists()
    sandbox.state.faults["realname"] = "none"
    verify(person)
    with pytest.raises(AlreadyVerified):
        verify(person)


def test_consent_comes_first() -> None:
    with pytest.raises(ConsentMissing):
        actions.verify_real_name(actor_id=newcomer().pk, name=NAME, number=NUMBER, consent=False)


def test_withdrawing_consent_deletes_the_name_and_keeps_one_account(sandbox: Sandbox) -> None:
    person, other = newcomer(), newcomer()
    verify(person)
    actions.withdraw_real_name(actor_id=person.pk)
    actions.withdraw_real_name(actor_id=person.pk)
    person.refresh_from_db()
    assert person.real_name_verified_at is None
    assert not RealName.objects.exists()
    assert not Consent.objects.filter(document="real_name", withdrawn_at=None).exists()
    with pytest.raises(AlreadyRegistered):
        verify(other)
    verify(person)
    assert Consent.objects.filter(document="real_name").count() == 2


def test_the_digest_outlives_erasure_for_a_ban_and_frees_the_rest(sandbox: Sandbox) -> None:
    reviewer, banned, gone = factories.staff("reviewer"), newcomer(), newcomer()
    verify(banned)
    actions.set_standing(actor_id=reviewer.id, user_id=banned.pk, standing="suspended", reason="冒用", ban=True)
    actions.erase_user(actor_id=banned.pk, user_id=banned.pk)
    with pytest.raises(Banned):
        verify(gone)
    body = "110105199001010" + "04"
    number = body + rules.identity_check_digit(body)
    verify(gone, NAME, number)
    actions.erase_user(actor_id=gone.pk, user_id=gone.pk)
    row = RealNameDigest.objects.get(digest=sealing.digest(number))
    assert row.user_id is None
    assert row.kept_until == NOW + dt.timedelta(days=rules.DIGEST_KEPT_DAYS)
    verify(newcomer(), NAME, number)  # the same person may come back


def test_digests_go_when_nothing_asks_for_them(sandbox: Sandbox) -> None:
    person = newcomer()
    verify(person)
    actions.erase_user(actor_id=person.pk, user_id=person.pk)
    assert actions.forget_digests() == 0
    with time_machine.travel(NOW + dt.timedelta(days=rules.DIGEST_KEPT_DAYS + 1), tick=False):
        assert actions.forget_digests() == 1
