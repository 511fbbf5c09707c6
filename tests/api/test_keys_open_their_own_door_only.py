"""Whom a key speaks for, what it may do, and that it opens nobody else's door: every operation, every wrong key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from rushi.api.site import api
from rushi.audit.models import Event
from rushi.identity import actions
from rushi.identity.errors import TooManyKeys
from rushi.identity.models import ApiKey, Membership
from rushi.identity.rules import AGENT_SCOPES, API_KEYS_MAX, ORGANISATION_SCOPES
from rushi.kernel.errors import Invalid, NotAllowed, NotFound
from rushi.ledger import actions as ledger
from rushi.notices.actions import add_endpoint, send_test
from tests import factories
from tests.programs import Program, agent_key, key_of

pytestmark = pytest.mark.django_db
BODIES: dict[str, Any] = {
    "invite_member": {"phone": "13800000000", "role": "editor"},
    "set_member_role": {"role": "editor"},
    "request_deposit": {"amount_fen": 100},
    "create_campaign": {"kind": "reaction", "title": "t", "brief": "b"},
    "edit_campaign": {"title": "t"},
    "set_questions": {"questions": []},
    "set_audience": {},
    "set_price": {"reward_fen": 50, "places": 10},
    "get_quote": {"reward_fen": 50, "places": 10},
    "submit_campaign": {},
    "grow_campaign": {"places": 100},
    "extend_campaign": {"closes_on": "2099-01-01"},
    "dispute_delivery": {"reason": "交付的回答里有很多没有看完视频就作答的情况。"},
    "add_webhook": {"url": "https://example.com/", "events": ["report.ready"]},
    "change_webhook": {"is_active": False},
}

FORMS: dict[str, dict[str, str | None]] = {
    "add_material": {"file": None},
    "submit_papers": {"name": "n", "credit_code": "c", "trade": "food", "licence": None},
    "add_licence": {"kind": "food", "number": "1", "expires_on": "2099-01-01", "picture": None},
}


def operations() -> list[tuple[str, str, str, str]]:
    """(operation, method, path below /api/v1, scope) of the whole document."""
    document = json.loads(json.dumps(api.get_openapi_schema(path_prefix="api/v1/")))
    return [
        (details["operationId"], method.upper(), path.removeprefix("/api/v1"), details["x-scope"])
        for path, methods in document["paths"].items()
        for method, details in methods.items()
    ]


EVERY = operations()
OF_ONE = [entry for entry in EVERY if "{" in entry[2]]


def called(program: Program, operation: str, method: str, path: str) -> Any:
    """Call an operation with a body that fits it."""
    if operation in FORMS:
        headers = {**program.headers, "Idempotency-Key": "m"}
        file = SimpleUploadedFile("a.mp4", b"x")
        fields = {name: file if value is None else value for name, value in FORMS[operation].items()}
        return program.client.post(f"/api/v1{path}", fields, headers=headers)
    return program.send(method, path, BODIES.get(operation))


@pytest.fixture
def theirs() -> dict[str, Any]:
    """Things of one organisation, by the names of path parameters."""
    organisation = factories.organisation()
    owner = factories.member(organisation)
    campaign = factories.live_campaign(organisation=organisation)
    add = {"actor_id": owner.pk, "organisation_id": organisation.pk}
    endpoint = add_endpoint(**add, url="https://example.com/", events=["report.ready"])
    send_test(actor_id=owner.pk, endpoint_id=endpoint.pk)
    deposit = ledger.request_deposit(actor_id=owner.pk, owner_id=organisation.pk, amount_fen=5, key="d")
    return {
        "organisation": organisation,
        "owner": owner,
        "campaign_id": campaign.pk,
        "webhook_id": endpoint.pk,
        "message_id": endpoint.sendings.get().pk,
        "deposit_id": deposit.pk,
        "user_id": factories.member(organisation, "viewer").pk,
        "invitation_id": actions.invite_member(**add, phone="13900000000", role="editor").pk,
        "cut": "a",
    }


@pytest.mark.parametrize(("operation", "method", "path", "scope"), EVERY, ids=[entry[0] for entry in EVERY])
def test_no_key_and_a_bad_key_open_nothing(operation: str, method: str, path: str, scope: str) -> None:
    at = path.format_map(
        dict.fromkeys(("campaign_id", "webhook_id", "message_id", "deposit_id", "cut", "user_id", "invitation_id"), "a")
    )
    for headers in ({}, {"Authorization": "Bearer rushi_AAAAAAAA_bbbb"}, {"Authorization": "Basic eDp5"}):
        response = Client().generic(method, f"/api/v1{at}", headers=headers)
        assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(("operation", "method", "path", "scope"), OF_ONE, ids=[entry[0] for entry in OF_ONE])
def test_another_organisations_key_finds_nothing(
    theirs: dict[str, Any], operation: str, method: str, path: str, scope: str
) -> None:
    stranger = Program(key_of(factories.organisation()))
    before = {table: model.objects.count() for table, model in (("events", Event), ("keys", ApiKey))}
    response = called(stranger, operation, method, path.format_map(theirs))
    assert (response.status_code, response.json()["code"]) == (404, "not_found"), response.content
    assert {"events": Event.objects.count(), "keys": ApiKey.objects.count()} == before


@pytest.mark.parametrize(("operation", "method", "path", "scope"), EVERY, ids=[entry[0] for entry in EVERY])
def test_every_operation_needs_its_own_scope(
    theirs: dict[str, Any], operation: str, method: str, path: str, scope: str
) -> None:
    if scope in AGENT_SCOPES:
        token = agent_key(factories.agent(), *(name for name in AGENT_SCOPES if name != scope))
    else:
        others = (name for name in ORGANISATION_SCOPES if name != scope)
        token = key_of(theirs["organisation"], *others, owner=theirs["owner"])
    response = called(Program(token), operation, method, path.format_map(theirs))
    assert (response.status_code, response.json()["code"]) == (403, "scope_missing")


def test_a_key_is_for_one_organisation_although_its_maker_acts_for_two(theirs: dict[str, Any]) -> None:
    second = factories.organisation()
    Membership.objects.create(user=theirs["owner"], organisation=second, role="owner", joined_at=second.created_at)
    program = Program(key_of(second, owner=theirs["owner"]))
    assert program.get(f"/campaigns/{theirs['campaign_id']}").status_code == 404
    assert program.get("/campaigns").json()["items"] == []
    assert program.get("/organisation").json()["id"] == str(second.pk)


def test_a_key_ends_with_its_makers_membership(theirs: dict[str, Any]) -> None:
    organisation = theirs["organisation"]
    other = factories.member(organisation)
    program = Program(key_of(organisation, owner=other))
    at = f"/campaigns/{theirs['campaign_id']}"
    assert program.get(at).status_code == 200
    Membership.objects.filter(user=other).update(role="viewer")
    assert program.get(at).status_code == 200
    assert program.post(f"{at}/pause").json()["code"] == "not_allowed"
    assert program.get("/webhooks").status_code == 403
    Membership.objects.filter(user=other).delete()
    assert program.get(at).status_code == 404
    other.is_active = False
    other.save()
    assert program.get(at).json()["code"] == "bad_api_key"


def test_a_revoked_key_is_refused_at_once_and_everything_is_on_record(theirs: dict[str, Any]) -> None:
    organisation, owner = theirs["organisation"], theirs["owner"]
    token = key_of(organisation, owner=owner)
    key = ApiKey.objects.get()
    assert (key.last_used_at, token.startswith(key.prefix + "_")) == (None, True)
    assert token.encode() not in bytes(key.digest)
    program = Program(token)
    assert program.get("/balance").status_code == 200
    key.refresh_from_db()
    assert key.last_used_at is not None
    for _ in range(2):
        actions.revoke_api_key(actor_id=owner.pk, key_id=key.pk)
    assert program.get("/balance").json()["code"] == "bad_api_key"
    recorded = Event.objects.filter(action__startswith="api_key.")
    assert sorted(recorded.values_list("action", flat=True)) == ["api_key.make", "api_key.revoke"]
    assert token not in str(list(recorded.values_list("detail", flat=True)))


def test_who_may_make_and_revoke_keys(theirs: dict[str, Any]) -> None:
    organisation = theirs["organisation"]
    key_of(organisation, owner=theirs["owner"])
    key = ApiKey.objects.get()
    for role, refusal in (("editor", NotAllowed), ("viewer", NotAllowed), (None, NotFound)):
        person = factories.member(organisation, role) if role else factories.user()
        with pytest.raises(refusal):
            key_of(organisation, "money:read", owner=person)
        with pytest.raises(refusal):
            actions.revoke_api_key(actor_id=person.pk, key_id=key.pk)
    agent = factories.agent()
    with pytest.raises(NotFound):
        actions.make_api_key(actor_id=theirs["owner"].pk, agent_id=agent.pk, name="x", scopes=["recruits:read"])
    for scopes in ([], ["money:read", "recruits:read"], ["nothing"]):
        with pytest.raises(Invalid):
            actions.make_api_key(actor_id=theirs["owner"].pk, organisation_id=organisation.pk, name="x", scopes=scopes)
    for _ in range(API_KEYS_MAX - 1):
        key_of(organisation, owner=theirs["owner"])
    with pytest.raises(TooManyKeys):
        key_of(organisation, owner=theirs["owner"])


def test_a_session_is_no_way_into_the_api(client: Client, theirs: dict[str, Any]) -> None:
    client.force_login(theirs["owner"])
    assert client.get("/api/v1/balance").status_code == 401


def test_the_pages_are_for_owners_and_show_a_secret_once(client: Client, theirs: dict[str, Any]) -> None:
    organisation, endpoint = theirs["organisation"], theirs["webhook_id"]
    keys, hooks = reverse("organisation_keys", args=[organisation.pk]), reverse("webhooks", args=[organisation.pk])
    hook = reverse("webhook", args=[endpoint])
    message = reverse("webhook_message", args=[endpoint, theirs["message_id"]])
    remove = reverse("webhook_remove", args=[endpoint])
    client.force_login(theirs["owner"])
    made = client.post(keys, {"name": "投放系统", "scopes": ["money:read"]}).content.decode()
    key = ApiKey.objects.get()
    secret = made.split('id="secret" class="mono" readonly value="')[1].split('"')[0]
    assert Program(secret).get("/balance").status_code == 200
    assert secret not in client.get(keys).content.decode()
    assert key.prefix in client.get(keys).content.decode()
    revoke = reverse("revoke_key", args=[key.pk])
    pages = [keys, hooks, hook, message, remove, revoke]
    assert [client.get(page).status_code for page in pages] == [200] * 6
    shown = client.post(hook + "do/", {"do": "reveal"}).content.decode()
    assert "whsec_" in shown
    for role, refused in (("editor", 403), ("viewer", 403), (None, 404)):
        other = Client()
        other.force_login(factories.member(organisation, role) if role else factories.member(factories.organisation()))
        assert {other.get(page).status_code for page in pages} == {refused}
        posts = [keys, hooks, hook, hook + "do/", remove, revoke, message + "replay/"]
        assert {other.post(page, {"do": "reveal"}).status_code for page in posts} == {refused}
    assert {Client().get(page).status_code for page in pages} == {302}
    assert client.post(revoke).status_code == 302
    assert Program(secret).get("/balance").status_code == 401


def test_an_agents_page_makes_keys_of_the_agent_only(client: Client) -> None:
    agent = factories.agent()
    client.force_login(agent.user)
    page = client.post(reverse("agent_keys"), {"name": "统计", "scopes": ["recruits:read"]}).content.decode()
    assert "rushi_" in page
    assert ApiKey.objects.get().agent_id == agent.pk
    wrong = client.post(reverse("agent_keys"), {"name": "x", "scopes": ["money:read"]})
    assert (wrong.status_code, ApiKey.objects.count()) == (200, 1)
    client.force_login(factories.participant().user)
    assert client.get(reverse("agent_keys")).status_code == 404


def test_the_webhook_page_does_what_it_says(client: Client, theirs: dict[str, Any]) -> None:
    client.force_login(theirs["owner"])
    hooks = reverse("webhooks", args=[theirs["organisation"].pk])
    bad = client.post(hooks, {"url": "https://10.0.0.1/", "events": ["report.ready"]}).content.decode()
    assert "不能是内网或保留地址" in bad
    added = client.post(hooks, {"url": "https://example.com/two", "events": ["report.ready"]}, follow=True)
    hook = added.redirect_chain[-1][0]
    for verb in ("test", "rotate", "stop", "start", "replay", "nothing"):
        assert client.post(hook + "do/", {"do": verb}).status_code == 302
    assert "webhook.test" in client.get(hook).content.decode()
    assert "webhook.test" not in client.get(hook, {"status": "dead"}).content.decode()
    changed = client.post(hook, {"url": "https://example.com/three", "events": ["deposit.confirmed"]}, follow=True)
    assert "https://example.com/three" in changed.content.decode()
    assert client.post(hook + "remove/", follow=True).status_code == 200
    assert client.get(hook).status_code == 404
