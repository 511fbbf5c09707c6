"""docs/access.md holds: every address, every kind of person, GET and POST, with other people's ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from rushi.campaigns import links
from rushi.campaigns.models import Campaign
from rushi.identity import actions as identity
from rushi.identity.models import ApiKey, Factor, Invitation, Login, Organisation, TradeLicence, User
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from rushi.ledger import actions as ledger
from rushi.ledger.models import Account, Entry
from rushi.notices import actions as notices
from rushi.notices.models import Endpoint, Message, Sending
from rushi.payouts import actions as payouts
from rushi.payouts.models import BankAccount
from rushi.policy import actions as policy
from rushi.verdicts import actions as verdicts
from rushi.verdicts.models import Delivery, SampleItem
from rushi.web.lean import routes as lean_routes
from tests import books, factories, keys
from tests.pages import assert_no_inline_script
from tests.pictures import PDF

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).resolve().parents[2] / "docs" / "access.md"
DESKS = ("reviewer", "finance", "operator")
LOCKED = tuple(f"{role} without a second factor" for role in DESKS)
EVERYBODY = (
    "visitor", "worker", "other participant", "agent", "owner", "editor", "viewer", "owner elsewhere", *DESKS, *LOCKED,
)  # fmt: skip
PEOPLE = set(EVERYBODY) - {"visitor"}
MEMBERS = {"owner", "editor", "viewer"}
GROUPS: dict[str, set[str]] = {
    "everybody": set(EVERYBODY),
    "people": PEOPLE,
    "participants": {"worker", "other participant"},
    "worker": {"worker"},
    "agents": {"agent"},
    "members": MEMBERS,
    "editors": MEMBERS - {"viewer"},
    "owners": {"owner"},
    "not viewers": PEOPLE - {"viewer"},
    "readers": MEMBERS | {"reviewer", "operator"},
    "reviewers": {"reviewer"},
    "finance": {"finance"},
    "operators": {"operator"},
    "nobody": set(),
}
NOT_OFFERED = "—"
ALL_OF_ADMIN = ("visitor", "other participant", "operator", "operator without a second factor")
WRITES = re.compile(r"^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
OF_SESSIONS = {"django_session", "identity_login", "identity_tries"}


# --- the table and the addresses


@dataclass(frozen=True)
class Rule:
    """One line of the table."""

    address: str
    get: str
    post: str


@cache
def rules() -> list[Rule]:
    lines = re.findall(r"^\| `([^`]*)` \| ([^|]+) \| ([^|]+) \|$", TABLE.read_text("utf-8").replace("``", "` `"), re.M)
    return [Rule(address.strip(), get.strip(), post.strip()) for address, get, post in lines]


def rule_of(address: str) -> Rule | None:
    exact = [rule for rule in rules() if rule.address == address]
    plain = address.replace("[", "[[]")
    likely = [rule for rule in rules() if "*" in rule.address and fnmatchcase(plain, rule.address.replace("[", "[[]"))]
    likely = [rule for rule in likely if rule.address.endswith("**") or rule.address.count("/") == address.count("/")]
    return (exact or likely or [None])[0]  # type: ignore[list-item]


def walk(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, here)
        else:
            yield here, pattern


def addresses() -> list[str]:
    return [address for address, _ in walk(get_resolver().url_patterns)]


def test_every_address_is_in_the_table_and_nothing_else_is() -> None:
    known = addresses()
    assert [address for address in known if rule_of(address) is None] == []
    used = {rule for address in known if (rule := rule_of(address))}
    assert [rule.address for rule in rules() if rule not in used] == []
    assert len(rules()) == len({rule.address for rule in rules()})


def test_every_cell_says_a_word_that_is_explained() -> None:
    words = {cell for rule in rules() for cell in (rule.get, rule.post)} - {NOT_OFFERED}
    assert words <= set(GROUPS)
    explained = TABLE.read_text("utf-8").split("## In front")[0]
    assert [word for word in words if word not in explained] == []


def test_the_lean_way_leads_nowhere_else() -> None:
    lean = {str(pattern.pattern) for pattern in lean_routes.url_patterns}
    assert lean <= set(addresses())


# --- the world


@dataclass
class World:
    """People of every kind, and one thing of each kind that belongs to some of them."""

    people: dict[str, User | None]
    ids: dict[str, Any]
    special: dict[str, dict[str, Any]] = field(default_factory=dict)
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    media: str = ""
    sessions: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    organisation = factories.organisation(status="draft")
    worker_user = books.verified_person()
    agent = factories.agent()
    people: dict[str, User | None] = {
        "visitor": None,
        "worker": worker_user,
        "other participant": factories.participant().user,
        "agent": agent.user,
        "owner": factories.member(organisation),
        "editor": factories.member(organisation, "editor"),
        "viewer": factories.member(organisation, "viewer"),
        "owner elsewhere": factories.member(factories.organisation()),
    }
    for role, locked in zip(DESKS, LOCKED, strict=True):
        people[role], people[locked] = factories.staff(role), factories.staff(role)
    made = World(people, {})
    _organisation(made, organisation)
    _campaigns(made, organisation)
    _work(made)
    _money(made, organisation)
    _keys(made)
    _programs(made, organisation)
    _log_in(made)
    demo = factories.user()
    User.objects.filter(pk=demo.pk).update(is_demo=True)
    made.bodies["login/demo/"] = {"user": str(demo.pk)}
    return made


def _organisation(world: World, organisation: Organisation) -> None:
    owner = world.people["owner"]
    assert owner is not None
    organisation.licence.save("a.png", ContentFile(b"\x89PNG\r\n\x1a\n"), save=True)
    licence = TradeLicence.objects.create(
        organisation=organisation, kind="food", number="JY1", expires_on=clock.shanghai_day(clock.now()),
        picture=ContentFile(b"\x89PNG\r\n\x1a\n", name="b.png"),
    )  # fmt: skip
    Organisation.objects.filter(pk=organisation.pk).update(status="pending", submitted_at=clock.now())
    world.ids |= {"organisation_id": organisation.pk, "licence_id": licence.pk}
    invitation = Invitation.objects.create(
        organisation=organisation, phone="+8613700000001", role="editor", invited_by=owner.pk, invited_at=clock.now()
    )
    worker = world.people["worker"]
    assert worker is not None
    mine = Invitation.objects.create(
        organisation=organisation, phone=worker.phone or "", role="editor", invited_by=owner.pk, invited_at=clock.now()
    )
    world.ids["invitation_id"], world.ids["code"] = invitation.pk, world.people["agent"].agent.code  # type: ignore[union-attr]
    world.special["me/invitations/<uuid:invitation_id>/"] = {"invitation_id": mine.pk}
    world.ids["user_id"] = world.people["viewer"].pk  # type: ignore[union-attr]
    world.special["review/people/<uuid:user_id>/standing/"] = {"user_id": worker.pk}
    world.bodies["console/organisation/<uuid:organisation_id>/members/<uuid:user_id>/"] = {"role": "editor"}
    papers = {"name": "白桃", "credit_code": "91350100M000100Y43", "trade": "retail"}
    world.bodies["console/organisation/<uuid:organisation_id>/"] = papers
    day = clock.shanghai_day(clock.now()).isoformat()
    world.bodies["console/organisation/<uuid:organisation_id>/licences/"] = {
        "kind": "food", "number": "JY2", "expires_on": day, "picture": ContentFile(PDF, name="a.pdf"),
    }  # fmt: skip
    world.bodies["console/organisation/<uuid:organisation_id>/members/"] = {"phone": "13700000002", "role": "viewer"}


def _campaigns(world: World, organisation: Organisation) -> None:
    draft = factories.draft_campaign(organisation=organisation)
    live = factories.live_campaign(organisation=organisation)
    submitted = factories.draft_campaign()
    policy.submit(actor_id=submitted.created_by, campaign_id=submitted.pk, contest="")
    world.ids |= {"campaign_id": live.pk, "cut": "a", "kind": "poster"}
    for address in addresses():
        if "/edit/" in address:
            world.special[address] = {"campaign_id": draft.pk}
    world.special["review/campaigns/<uuid:campaign_id>/"] = {"campaign_id": submitted.pk}
    material = live.materials.get()
    material.poster.save("p.jpg", ContentFile(b"\xff\xd8\xff"), save=True)
    world.ids["material_id"] = material.pk
    world.media = links.media_url(material, viewer_id=uuid7(), kind="poster")


def _in_review(person: User) -> UUID:
    assignment = factories.claim(factories.live_campaign(), person.participant)
    factories.handed_in(assignment, coverage_bps=5_000)
    verdicts.judge_submitted()
    return assignment.pk


def _work(world: World) -> None:
    worker = world.people["worker"]
    assert worker is not None
    begun = factories.claim(factories.live_campaign(), worker.participant)
    waiting, rejected = _in_review(worker), _in_review(worker)
    judge = factories.staff("reviewer").pk
    reason = "播放记录显示只看了视频的前一半，没有看完，也没有再看。"
    for assignment_id in (rejected, contested := _in_review(worker)):
        verdicts.reject(actor_id=judge, assignment_id=assignment_id, code="not_watched", reason=reason)
    verdicts.appeal(actor_id=worker.pk, assignment_id=contested, text="我看完了，网络断了一次，请再核对记录。")
    world.ids["assignment_id"] = begun.pk
    world.special["my/<uuid:assignment_id>/appeal/"] = {"assignment_id": rejected}
    world.special["review/submissions/<uuid:assignment_id>/"] = {"assignment_id": waiting}
    world.special["review/appeals/<uuid:assignment_id>/"] = {"assignment_id": contested}
    sampled = factories.claim(factories.live_campaign(), worker.participant)
    factories.handed_in(sampled)
    verdicts.judge_submitted()
    Campaign.objects.filter(pk=sampled.campaign_id).update(status="closing")
    Delivery.objects.create(
        campaign_id=sampled.campaign_id, status="disputed", opened_at=clock.now(), due_at=clock.now(), reason="想再看。"
    )
    item = SampleItem.objects.create(delivery_id=sampled.campaign_id, assignment=sampled)
    address = "review/samples/<int:item_id>/<uuid:assignment_id>/"
    world.special[address] = {"item_id": item.pk, "assignment_id": sampled.pk}


def _money(world: World, organisation: Organisation) -> None:
    worker, owner = world.people["worker"], world.people["owner"]
    assert worker is not None
    assert owner is not None
    payout = books.ask_payout(worker, 5_000)
    books.give_person(worker.pk, 5_000)
    file = payouts.make_bank_file(actor_id=factories.staff("finance").pk, key="f")
    released = "finance/files/<uuid:file_id>/download/"
    deposit = ledger.request_deposit(actor_id=owner.pk, owner_id=organisation.pk, amount_fen=50_000, key="k")
    world.ids |= {
        "payout_id": payout.pk,
        "card_id": BankAccount.objects.get(user_id=worker.pk).pk,
        "file_id": file.pk,
        "deposit_id": deposit.pk,
        "account_id": Account.objects.filter(kind="bank").values_list("pk", flat=True).first(),
        "entry_id": Entry.objects.values_list("pk", flat=True).first(),
    }
    world.bodies[released] = {}


def _keys(world: World) -> None:
    worker = world.people["worker"]
    assert worker is not None
    keys.app_of(worker)
    world.ids["factor_id"] = Factor.objects.get(user=worker).pk
    there = Client()
    there.force_login(worker)
    login = identity.note_login(user_id=worker.pk, session_key=key_of(there), agent="", device="")
    world.ids["login_id"] = login.pk
    assert Login.objects.filter(pk=login.pk, ended_at=None).exists()


def _programs(world: World, organisation: Organisation) -> None:
    owner = world.people["owner"]
    assert owner is not None
    made = {"organisation": organisation, "made_by": owner, "made_at": clock.now()}
    key = ApiKey.objects.create(name="k", prefix="rk_x", digest=b"0" * 32, scopes=["campaigns:read"], **made)
    endpoint = Endpoint(
        organisation=organisation, url="https://example.com/", events=["campaign.live"], made_by=owner.pk,
        made_at=clock.now(),
    )  # fmt: skip
    endpoint.secret_sealed = notices._new_secret(endpoint)
    endpoint.save()
    message = Message.objects.create(organisation=organisation, type="webhook.test", key="k", at=clock.now(), data={})
    sending = Sending.objects.create(endpoint=endpoint, message=message, status="sent")
    world.ids |= {"key_id": key.pk, "endpoint_id": endpoint.pk, "sending_id": sending.pk}


def key_of(client: Client) -> str:
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


def _log_in(world: World) -> None:
    for who, person in world.people.items():
        if person is None:
            continue
        client = Client()
        client.force_login(person)
        if who in LOCKED:
            session = client.session
            del session["second_factor"]
            session.save()
        world.sessions[who] = key_of(client)


# --- the walk


def path_of(world: World, address: str) -> str:
    """The address with ids in it: of the thing that the table's people are told by."""
    if address.startswith("media/"):
        return world.media
    if address == "me/again/":
        return "/me/again/?to=/me/"
    if address.startswith("admin/"):
        return "/" + _admin_path(world, address)
    ids = world.ids | world.special.get(address, {})
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(ids.get(match.group(1), uuid7())), address)


def _admin_path(world: World, address: str) -> str:
    address = re.sub(r"\^\(\?P<app_label>(\w+).*", r"\1/", address).replace("(?P<url>.*)$", "no/such/page/")
    if "<path:object_id>" not in address:
        return address
    room, name = address.split("/")[1:3]
    from django.apps import apps

    row = apps.get_model(room, name)._default_manager.order_by("pk").first()
    return address.replace("<path:object_id>", str(row.pk) if row is not None else str(world.ids["user_id"]))


def call(client: Client, world: World, who: str, method: str, address: str) -> Any:
    client.cookies.clear()  # one client: each new one would read all static files
    if who in world.sessions:
        client.cookies[django_settings.SESSION_COOKIE_NAME] = world.sessions[who]
    send: Callable[..., Any] = getattr(client, method)
    body = world.bodies.get(address, {}) if method == "post" else {}
    for value in body.values():
        if isinstance(value, ContentFile):
            value.seek(0)
    return send(path_of(world, address), body)


def is_refused(response: Any) -> bool:
    if response.status_code in {401, 403, 404}:
        return True
    where = response.headers.get("Location", "")
    if response.request["PATH_INFO"] == "/admin/logout/" and where == "/admin/":
        return True  # which sends on to the login page
    return where.startswith(("/login/?next=", "/me/security/desk/?next=", "/admin/login/?next="))


def look(response: Any) -> None:
    """Every page that is shown on the way holds the content policy."""
    if response.streaming:
        b"".join(response.streaming_content)
        return
    if response.headers.get("Content-Type", "").startswith("text/html"):
        assert_no_inline_script(response.content.decode())


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_gets_what_the_table_says_and_nothing_more(world: World, who: str) -> None:
    wrong, client = [], Client()
    for address in addresses():
        if who not in ALL_OF_ADMIN and address.startswith("admin/") and "/identity/user/" not in address:
            continue  # one lock before all of the back office: each of its pages is tried by those named there
        rule = rule_of(address)
        assert rule is not None
        for method, word in (("get", rule.get), ("post", rule.post)):
            with transaction.atomic(), CaptureQueriesContext(connection) as asked:
                response = call(client, world, who, method, address)
                look(response)
                transaction.set_rollback(True)
            status = response.status_code
            may = word != NOT_OFFERED and who in GROUPS[word]
            if may:
                ok = not is_refused(response) and status < 500 and status != 405
            else:
                ok = is_refused(response) or status == 405
            wrote = {match.group(1) for row in asked.captured_queries if (match := WRITES.match(row["sql"]))}
            if not may and wrote - OF_SESSIONS:
                ok = False
            if not ok:
                wrong.append(f"{method} {address}: {status} {response.headers.get('Location', '')} {sorted(wrote)}")
    assert not wrong, "\n".join(wrong)
