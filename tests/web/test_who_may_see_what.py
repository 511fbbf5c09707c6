"""Every page of people, agents and organisations, for every kind of visitor."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rushi.identity import actions, rules
from rushi.identity.models import Agent, Organisation, User
from rushi.kernel import clock, pictures
from rushi.kernel.ids import uuid7
from rushi.payouts import actions as payouts
from rushi.payouts.models import Payout
from tests import books, factories
from tests.pictures import PDF, PNG

pytestmark = pytest.mark.django_db
WHO = ("visitor", "participant", "agent", "owner", "editor", "viewer", "stranger", "reviewer", "finance")


@pytest.fixture
def world(settings: Any, tmp_path: Any) -> dict[str, Any]:
    settings.MEDIA_ROOT = tmp_path
    organisation = factories.organisation(status="draft")
    owner = factories.member(organisation)
    body = "91110105MA0000001"
    actions.submit_organisation(
        actor_id=owner.id,
        organisation_id=organisation.pk,
        name="白桃饮料",
        credit_code=body + rules.credit_check_character(body),
        trade="retail",
        licence=ContentFile(PNG, name="a.png"),
    )
    agent = factories.participant()
    Agent.objects.create(user=agent.user, name="小林", code="ABCD2345", joined_at=clock.now())
    return {
        "organisation": organisation,
        "participant": factories.participant().user,
        "agent": agent.user,
        "owner": owner,
        "editor": factories.member(organisation, "editor"),
        "viewer": factories.member(organisation, "viewer"),
        "stranger": factories.member(factories.organisation()),
        "reviewer": factories.staff("reviewer"),
        "finance": factories.staff("finance"),
    }


def as_(world: dict[str, Any], who: str) -> Client:
    client = Client()
    if who != "visitor":
        client.force_login(world[who])
    return client


@pytest.mark.parametrize(
    ("path", "seen_by"),
    [
        ("/me/", set(WHO) - {"visitor"}),
        ("/me/profile/", {"participant", "agent"}),
        ("/me/name/", {"participant", "agent"}),
        ("/me/consents/", set(WHO) - {"visitor"}),
        ("/me/erase/", set(WHO) - {"visitor"}),
        ("/agent/", {"agent"}),
        ("/agent/invite/", {"agent"}),
        ("/agent/qr.svg", {"agent"}),
        ("/agent/statement/", {"agent"}),
        ("/console/organisation/", set(WHO) - {"visitor"}),
        ("/console/organisation/{organisation}/", {"owner", "editor", "viewer"}),
        ("/console/organisation/{organisation}/members/", {"owner", "editor", "viewer"}),
        ("/console/organisation/{organisation}/paper/", {"owner", "editor", "viewer", "reviewer"}),
    ],
)
def test_pages_are_for_those_they_are_about(world: dict[str, Any], path: str, seen_by: set[str]) -> None:
    address = path.format(organisation=world["organisation"].pk)
    for who in WHO:
        response = as_(world, who).get(address)
        if response.streaming:
            b"".join(response.streaming_content)  # type: ignore[attr-defined]
        if who == "visitor":
            assert response.url.startswith("/login/?next="), (who, path)  # type: ignore[attr-defined]
        else:
            assert response.status_code == (200 if who in seen_by else 404), (who, path)


@pytest.mark.parametrize("who", ["editor", "viewer", "stranger", "reviewer", "participant"])
def test_only_owners_change_an_organisation(world: dict[str, Any], who: str) -> None:
    client, base = as_(world, who), f"/console/organisation/{world['organisation'].pk}/"
    refused = 403 if who in {"editor", "viewer"} else 404
    papers = {"name": "改名", "credit_code": "91350100M000100Y43", "trade": "retail"}
    told_why = 200 if who in {"editor", "viewer"} else 404  # on the page they may see, with the reason
    assert client.post(base, papers).status_code == told_why
    assert client.post(base + "members/", {"phone": "13700000009", "role": "owner"}).status_code == told_why
    assert client.post(f"{base}members/{world['owner'].pk}/", {"role": "none"}).status_code == refused
    found = Organisation.objects.get(pk=world["organisation"].pk)
    assert found.name == "白桃饮料"
    assert found.memberships.filter(user=world["owner"], role="owner").exists()
    assert not found.invitations.exists()


def test_a_paper_is_served_plainly_and_stored_nowhere(world: dict[str, Any]) -> None:
    response = as_(world, "owner").get(f"/console/organisation/{world['organisation'].pk}/paper/")
    assert b"".join(response.streaming_content) == pictures.clean(PNG).data  # type: ignore[attr-defined]
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "private, no-store"
    assert "sandbox" in response["Content-Security-Policy"]


def test_another_organisations_permit_is_not_served(world: dict[str, Any]) -> None:
    other = world["stranger"].memberships.get().organisation
    licence = actions.add_trade_licence(
        actor_id=world["owner"].pk,
        organisation_id=world["organisation"].pk,
        kind="food",
        number="JY1",
        expires_on=clock.shanghai_day(clock.now()),
        picture=ContentFile(PNG, name="a.png"),
    )
    mine = f"/console/organisation/{other.pk}/paper/{licence.pk}/"
    assert as_(world, "stranger").get(mine).status_code == 404
    right = f"/console/organisation/{world['organisation'].pk}/paper/{licence.pk}/"
    served = as_(world, "viewer").get(right)
    assert b"".join(served.streaming_content) == pictures.clean(PNG).data  # type: ignore[attr-defined]


def test_an_advertiser_hands_in_papers_through_the_pages(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    user = factories.participant().user
    client.force_login(user)
    page = client.get("/console/organisation/")
    key = page.context["form"]["key"].value()
    made = client.post("/console/organisation/", {"name": "白桃饮料", "key": str(key)})
    assert client.post("/console/organisation/", {"name": "白桃饮料", "key": str(key)}).url == made.url  # type: ignore[attr-defined]
    base = made.url  # type: ignore[attr-defined]
    wrong = client.post(base, {"name": "白桃饮料", "credit_code": "91350100M000100Y44", "trade": "retail"})
    assert "统一社会信用代码有误" in wrong.content.decode()
    papers = {"name": "白桃饮料", "credit_code": "91350100M000100Y43", "trade": "food"}
    missing = client.post(base, {**papers, "licence": ContentFile(PNG, name="a.png")})
    assert "食品经营许可证" in missing.content.decode()
    today = clock.shanghai_day(clock.now()).isoformat()
    fake = {"kind": "food", "number": "JY1", "expires_on": today, "picture": ContentFile(b"<html>", name="a.png")}
    assert "请上传" in client.post(base + "licences/", fake).content.decode()
    assert client.post(base + "licences/", {**fake, "picture": ContentFile(PDF, name="a")}).status_code == 302
    assert client.post(base, {**papers, "licence": ContentFile(PNG, name="a.png")}).status_code == 302
    assert "正在审核" in client.get(base).content.decode()


def test_members_are_invited_accept_and_leave(client: Client) -> None:
    organisation = factories.organisation()
    owner, guest = factories.member(organisation), factories.participant().user
    base = f"/console/organisation/{organisation.pk}/members/"
    client.force_login(owner)
    assert client.post(base, {"phone": guest.phone, "role": "editor"}).status_code == 302
    invitation = organisation.invitations.get()
    client.force_login(guest)
    assert organisation.name in client.get("/me/").content.decode()
    assert client.post(f"/me/invitations/{invitation.pk}/", {"answer": "yes"}).url == "/me/"  # type: ignore[attr-defined]
    assert client.get(base).status_code == 200
    assert client.post(f"{base}{guest.pk}/", {"role": "none"}).url == "/me/"  # type: ignore[attr-defined]
    assert client.get(base).status_code == 404
    client.force_login(owner)
    client.post(base, {"phone": guest.phone, "role": "viewer"})
    again = organisation.invitations.get(answered_at=None)
    client.post(f"/console/organisation/{organisation.pk}/invitations/{again.pk}/cancel/")
    assert not organisation.invitations.filter(answered_at=None).exists()


def test_an_agent_is_paid_out_as_shown_and_once(client: Client) -> None:
    user = books.verified_person()
    agent = Agent.objects.create(user=user, name="小林", code="ABCD2345", joined_at=clock.now())
    draft = {"reward": 100, "commission": 500, "fee": 20, "agent_id": agent.pk}
    organisation_id, campaign_id = uuid7(), uuid7()
    books.give_escrow(organisation_id, campaign_id, 620)
    books.settle(settlements=[books.settlement(campaign_id, factories.participant().pk, **draft)])
    client.force_login(user)
    assert "还没有银行卡" in client.get("/agent/withdraw/").content.decode()
    card = payouts.add_bank_account(actor_id=user.id, bank="中国工商银行", number=books.CARD)
    assert (
        "超过可提现余额" in client.post("/agent/withdraw/", {"amount": "6", "account": str(card.pk)}).content.decode()
    )
    shown = client.post("/agent/withdraw/", {"amount": "5", "account": str(card.pk)})
    quote, key = shown.context["quote"], shown.context["key"]
    order = {"key": key, "account": str(card.pk), "amount_fen": quote.gross_fen, "net_fen": quote.net_fen}
    assert client.post("/agent/withdraw/confirm/", {**order, "amount_fen": "x"}).status_code == 302
    for _ in range(2):
        assert client.post("/agent/withdraw/confirm/", order).status_code == 302
    payout = Payout.objects.get()
    assert (payout.source, payout.owner_id, payout.gross_fen) == ("agent", agent.pk, 500)
    page = client.get("/agent/").content.decode()
    assert "¥0.00" in page


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as context:
        assert client.get(path).status_code == 200
    return len(context)


@pytest.mark.parametrize("path", ["/agent/", "/agent/statement/"])
def test_an_agents_pages_take_the_same_queries_however_many_recruits(client: Client, path: str) -> None:
    agent = factories.agent()
    client.force_login(agent.user)
    few = queries_of(client, path)
    for _ in range(5):
        factories.participant(agent=agent)
    assert queries_of(client, path) == few


def test_a_members_page_takes_the_same_queries_however_many_members(client: Client) -> None:
    organisation = factories.organisation()
    client.force_login(factories.member(organisation))
    path = f"/console/organisation/{organisation.pk}/members/"
    few = queries_of(client, path)
    for _ in range(5):
        factories.member(organisation, "viewer")
    assert queries_of(client, path) == few


def test_the_agent_sees_totals_and_no_person(client: Client) -> None:
    agent = factories.agent()
    recruit = factories.participant(agent=agent)
    User.objects.filter(pk=recruit.pk).update(nickname="被邀请的阿青")
    client.force_login(agent.user)
    page = client.get("/agent/").content.decode()
    assert "被邀请的阿青" not in page
    assert str(recruit.pk) not in page
    assert str(recruit.user.phone)[3:] not in page
    assert "12 个月" in page
    code = client.get("/agent/qr.svg")
    assert code["Content-Type"] == "image/svg+xml"
    assert b"<svg" in code.content
