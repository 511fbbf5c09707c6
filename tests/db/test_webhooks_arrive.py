"""Webhooks: signed so that the reference library agrees, tried again for days, given up in the open, sent again."""

from __future__ import annotations

import datetime as dt
import functools
import ssl
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook, WebhookVerificationError

from rushi.campaigns import actions as campaigns
from rushi.campaigns.models import Budget
from rushi.kernel import clock
from rushi.ledger import actions as ledger
from rushi.notices import actions, queries, rules
from rushi.notices.errors import BadAddress, TooManyEndpoints, UnknownEvent
from rushi.notices.models import Attempt, Endpoint, Message, Sending
from rushi.payouts import actions as payouts
from tests import books, factories
from tests.receiver import Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.loopback]
EVERY = list(rules.EVENTS)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.stop()


@pytest.fixture
def endpoint(receiver: Receiver) -> Endpoint:
    organisation = factories.organisation()
    owner = factories.member(organisation)
    return actions.add_endpoint(actor_id=owner.pk, organisation_id=organisation.pk, url=receiver.url, events=EVERY)


def secret(endpoint: Endpoint) -> str:
    return actions.reveal_secret(actor_id=endpoint.made_by, endpoint_id=endpoint.pk)


def sending(endpoint: Endpoint) -> Sending:
    return Sending.objects.get(endpoint=endpoint)


def test_the_reference_library_verifies_what_arrives(endpoint: Endpoint, receiver: Receiver) -> None:
    campaign = factories.live_campaign(organisation=endpoint.organisation)
    campaigns.pause(actor_id=endpoint.made_by, campaign_id=campaign.pk)
    assert actions.send_due() == 1
    headers, body = receiver.received[0]
    payload: Any = Webhook(secret(endpoint)).verify(body, headers)
    assert payload["type"] == "campaign.paused"
    assert payload["data"]["campaign_id"] == str(campaign.pk)
    assert payload["data"]["status"] == "paused"
    assert headers["webhook-id"] == sending(endpoint).message.webhook_id
    assert headers["host"] == receiver.url.split("/")[2]
    with pytest.raises(WebhookVerificationError):
        Webhook(secret(endpoint)).verify(body.replace(b"paused", b"live"), headers)
    assert (sending(endpoint).status, sending(endpoint).next_at) == ("sent", None)
    assert actions.send_due() == 0


def test_after_a_new_secret_both_hold_for_a_day(endpoint: Endpoint, receiver: Receiver) -> None:
    old = secret(endpoint)
    actions.rotate_secret(actor_id=endpoint.made_by, endpoint_id=endpoint.pk)
    new = secret(endpoint)
    assert new != old
    actions.send_test(actor_id=endpoint.made_by, endpoint_id=endpoint.pk)
    actions.send_due()
    for known in (old, new):
        Webhook(known).verify(receiver.received[0][1], receiver.received[0][0])
    with time_machine.travel(clock.now() + dt.timedelta(hours=25), tick=True):
        actions.send_test(actor_id=endpoint.made_by, endpoint_id=endpoint.pk)
        actions.send_due()
        Webhook(new).verify(receiver.received[1][1], receiver.received[1][0])
        with pytest.raises(WebhookVerificationError):
            Webhook(old).verify(receiver.received[1][1], receiver.received[1][0])


def test_what_fails_is_tried_for_days_then_given_up_then_replayed(endpoint: Endpoint, receiver: Receiver) -> None:
    receiver.statuses = [500]
    actions.send_test(actor_id=endpoint.made_by, endpoint_id=endpoint.pk)
    began = clock.now()
    with time_machine.travel(began, tick=False) as traveller:
        for number in range(len(rules.RETRY_SECONDS) + 1):
            assert actions.send_due() == 1, number
            assert actions.send_due() == 0, "not before its time"
            due = sending(endpoint).next_at
            if due is not None:
                traveller.move_to(due)
        assert clock.now() - began > dt.timedelta(days=2, hours=18)
    dead = sending(endpoint)
    assert (dead.status, dead.attempts_count) == ("dead", 10)
    assert Attempt.objects.filter(sending=dead, status_code=500, answer="ok").count() == 10
    assert len({headers["webhook-id"] for headers, _body in receiver.received}) == 1
    receiver.statuses = [200]
    assert actions.replay(actor_id=endpoint.made_by, endpoint_id=endpoint.pk) == 1
    assert actions.send_due() == 1
    assert sending(endpoint).status == "sent"
    assert actions.replay(actor_id=endpoint.made_by, endpoint_id=endpoint.pk) == 0
    assert actions.replay(actor_id=endpoint.made_by, endpoint_id=endpoint.pk, sending_id=dead.pk) == 1


def test_a_worker_that_dies_on_the_way_loses_nothing(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    actions.send_test(actor_id=endpoint.made_by, endpoint_id=endpoint.pk)

    def die(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("rushi.notices.sender.send_all", die)
        with pytest.raises(KeyboardInterrupt):
            actions.send_due()
    assert actions.send_due() == 0
    with time_machine.travel(clock.now() + actions.LEASE + dt.timedelta(seconds=1), tick=True):
        assert actions.send_due() == 1
    assert sending(endpoint).status == "sent"


def test_asked_for_again_on_its_way_it_begins_anew() -> None:
    assert rules.wait_seconds(0, 0.5) == rules.wait_seconds(1, 0.5) == 5
    assert (rules.wait_seconds(9, 0.0), rules.wait_seconds(10, 0.0)) == (77_760, None)


def test_gone_stops_the_endpoint_and_redirects_are_not_followed(endpoint: Endpoint, receiver: Receiver) -> None:
    receiver.statuses, receiver.location = [302, 410], "http://127.0.0.1:1/"
    actions.send_test(actor_id=endpoint.made_by, endpoint_id=endpoint.pk)
    actions.send_due()
    assert (sending(endpoint).status, len(receiver.received)) == ("waiting", 1)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=1), tick=True):
        actions.send_due()
    endpoint.refresh_from_db()
    assert (sending(endpoint).status, endpoint.is_active) == ("dead", False)
    campaign = factories.live_campaign(organisation=endpoint.organisation)
    campaigns.pause(actor_id=endpoint.made_by, campaign_id=campaign.pk)
    assert not Message.objects.filter(type="campaign.paused").exists()


def test_a_receiver_that_thinks_too_long_is_left(
    endpoint: Endpoint, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.think_seconds = 1.0
    monkeypatch.setattr("rushi.notices.sender.SECONDS_MAX", 0.2)
    actions.send_test(actor_id=endpoint.made_by, endpoint_id=endpoint.pk)
    actions.send_due()
    attempt = Attempt.objects.get()
    assert (attempt.status_code, attempt.failure) == (None, "对方没有在 10 秒内回应。")
    assert sending(endpoint).status == "waiting"


def test_nothing_private_is_called(endpoint: Endpoint, receiver: Receiver, settings: Any) -> None:
    """In production loopback is private too, also when a name leads there."""
    settings.IS_DEMO = False
    Endpoint.objects.update(url=receiver.url.replace("127.0.0.1", "localhost"))
    actions.send_test(actor_id=endpoint.made_by, endpoint_id=endpoint.pk)
    actions.send_due()
    assert Attempt.objects.get().failure == "域名指向内网或保留地址，没有发送。"
    assert receiver.received == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.3.4", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
        "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_nobodys_business(address: str) -> None:
    assert not rules.may_call(address, may_loop_back=False)


def test_public_addresses_are_called() -> None:
    assert all(rules.may_call(a, may_loop_back=False) for a in ("8.8.8.8", "114.114.114.114", "2400:3200::1"))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook", "ftp://example.com", "https://", "https://user:pw@example.com/", "nonsense",
        "https://example.com/#part", "https://10.0.0.1/", "https://[::1]/", "https://exa mple.com/", "https://例子.cn/",
        "https://example.com:99999/", "http://127.0.0.1:8000/", "https://example.com/" + "a" * 500,
    ],
)  # fmt: skip
def test_addresses_that_cannot_be_endpoints(url: str) -> None:
    assert rules.address_fault(url, may_loop_back=False)


def test_endpoints_are_few_and_listen_to_what_exists(endpoint: Endpoint) -> None:
    add = {"actor_id": endpoint.made_by, "organisation_id": endpoint.organisation_id}
    with pytest.raises(UnknownEvent):
        actions.add_endpoint(**add, url="https://example.com/", events=[])
    with pytest.raises(UnknownEvent):
        actions.add_endpoint(**add, url="https://example.com/", events=["answer.given"])
    with pytest.raises(BadAddress):
        actions.add_endpoint(**add, url="https://192.168.0.1/", events=EVERY)
    for _ in range(rules.ENDPOINTS_MAX - 1):
        actions.add_endpoint(**add, url="https://example.com/", events=EVERY)
    with pytest.raises(TooManyEndpoints):
        actions.add_endpoint(**add, url="https://example.com/", events=EVERY)


def test_totals_of_verdicts_leave_in_steps_of_ten(endpoint: Endpoint) -> None:
    campaign = factories.live_campaign(organisation=endpoint.organisation, places=100)
    said: list[list[tuple[str, int | None]]] = []
    seen = 0
    for accepted in (0, 9, 10, 24, 25, 31, 50, 99, 100):
        Budget.objects.filter(pk=campaign.pk).update(accepted=accepted, taken=accepted)
        campaigns.tell_progress()
        campaigns.tell_progress()
        told = list(Message.objects.order_by("pk").values_list("type", "data__accepted"))
        said.append(told[seen:])
        seen = len(told)
    ready, steps = ("report.ready", None), [("campaign.progress", count) for count in (25, 50, 75, 100)]
    assert said == [[], [], [ready], [], [steps[0]], [], [steps[1]], [steps[2]], [steps[3]]]


@pytest.mark.parametrize("places", [1, 9, 15, 37, 1000])
def test_no_two_milestones_are_less_than_ten_people_apart(places: int) -> None:
    told = [0]
    for accepted in range(places + 1):
        passed = rules.milestone(places, accepted, told[-1])
        if passed is not None:
            told.append(passed)
    assert all(later - earlier >= 10 for earlier, later in pairwise(told))
    assert len(told) <= 5


def test_a_deposit_is_told_once(endpoint: Endpoint) -> None:
    finance = factories.staff("finance")
    owner = endpoint.organisation_id
    asked = ledger.request_deposit(actor_id=endpoint.made_by, owner_id=owner, amount_fen=900, key="d")
    for _ in range(2):
        payouts.confirm_deposit(actor_id=finance.pk, deposit_id=asked.pk, key="c")
    assert Message.objects.get().data["amount_fen"] == 900


def test_funding_and_every_state_are_told_in_their_transaction(endpoint: Endpoint) -> None:
    organisation = endpoint.organisation
    campaign = factories.approved_campaign(organisation=organisation)
    books.give_advertiser(organisation.pk, 1_000_000)
    actor = {"actor_id": endpoint.made_by, "campaign_id": campaign.pk}
    campaigns.fund(**actor, key="f")
    campaigns.publish(**actor)
    campaigns.publish(**actor)
    campaigns.pause(**actor)
    campaigns.resume(**actor)
    campaigns.grow_places(**actor, places=12, key="g")
    campaigns.close(**actor)
    told = list(Message.objects.order_by("pk").values_list("type", flat=True))
    assert told == [
        f"campaign.{word}" for word in ("funded", "published", "paused", "resumed", "grown", "closing", "closed")
    ]
    assert "accepted" not in Message.objects.get(type="campaign.closed").data
    assert queries.sendings(endpoint.pk, limit=3)[0].sending.message.type == "campaign.closed"


def test_old_messages_are_forgotten(endpoint: Endpoint) -> None:
    actions.send_test(actor_id=endpoint.made_by, endpoint_id=endpoint.pk)
    assert actions.forget_old() == 0
    with time_machine.travel(clock.now() + dt.timedelta(days=91), tick=True):
        assert actions.forget_old() == 1
    assert not Sending.objects.exists()


def test_the_certificate_must_be_the_names_although_an_address_is_called(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Over TLS: an unknown certificate is refused; one for the name is taken, although we connect to 127.0.0.1."""
    certificate = certificate_for("localhost", tmp_path)
    secure = Receiver(certificate=certificate)
    try:
        Endpoint.objects.update(url=secure.url)
        actions.send_test(actor_id=endpoint.made_by, endpoint_id=endpoint.pk)
        actions.send_due()
        assert Attempt.objects.get().failure == "连接失败，请检查地址与证书。"
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr("httpx.AsyncClient", functools.partial(httpx.AsyncClient, verify=trusting))
        actions.replay(actor_id=endpoint.made_by, endpoint_id=endpoint.pk, sending_id=sending(endpoint).pk)
        actions.send_due()
        assert (sending(endpoint).status, len(secure.received)) == ("sent", 1)
        Endpoint.objects.update(url=secure.url.replace("localhost", "127.0.0.1"))
        actions.replay(actor_id=endpoint.made_by, endpoint_id=endpoint.pk, sending_id=sending(endpoint).pk)
        actions.send_due()
        assert (sending(endpoint).status, len(secure.received)) == ("waiting", 1)
    finally:
        secure.stop()


def certificate_for(name: str, folder: Path) -> Path:
    """A self-signed certificate with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = clock.now() - dt.timedelta(days=1)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(made.public_bytes(pem) + secret)
    return file
