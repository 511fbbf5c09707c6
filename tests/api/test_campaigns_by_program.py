"""The API does what the console does, once a key, and says no in documents that programs understand."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rushi.audit.actions import record, set_setting
from rushi.audit.models import Event
from rushi.campaigns.models import Campaign
from rushi.identity.models import ApiKey
from rushi.ledger.queries import balance_fen
from tests import books, factories, pictures
from tests.programs import Program, agent_key, key_of

pytestmark = pytest.mark.django_db
QUESTIONS = [
    {"kind": "reaction", "text": "看完之后，您的感受是？"},
    {"kind": "recall", "text": "是什么味道？", "options": ["白桃", "青柠"], "right_option": 0},
]


@pytest.fixture
def organisation() -> Any:
    return factories.organisation()


@pytest.fixture
def program(organisation: Any) -> Program:
    return Program(key_of(organisation))


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal, checked for its form."""
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    body: dict[str, Any] = response.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:rushi:problem:{code}")
    assert body["request_id"] == response["X-Request-Id"]
    return body


def test_a_draft_is_made_and_edited(program: Program) -> None:
    made = program.post("/campaigns", {"kind": "reaction", "title": "白桃气泡水", "brief": "看完说实话。"})
    assert made.status_code == 201, made.content
    campaign = made.json()
    assert (campaign["status"], campaign["budget"]) == ("draft", None)
    at = f"/campaigns/{campaign['id']}"
    factories.ready_material(Campaign.objects.get())
    assert program.send("PUT", f"{at}/questions", {"questions": QUESTIONS}).status_code == 200
    assert program.send("PATCH", at, {"title": "白桃汽水"}).json()["title"] == "白桃汽水"
    assert program.send("PUT", f"{at}/audience", {"regions": ["31"]}).json()["regions"] == ["31"]
    priced = program.send("PUT", f"{at}/price", {"reward_fen": 40, "places": 20, "closes_on": "2099-01-01"})
    assert (priced.json()["places_wanted"], priced.json()["fee_fen"]) == (20, 8)
    assert program.get(f"{at}/cost").json()["total_fen"] == 20 * 54 + 162
    assert program.get(f"{at}/questions").json()["questions"][1]["right_option"] == 0
    assert program.get(f"{at}/reach").json()["state"] == "unknown"
    assert program.get(f"{at}/materials").json()["materials"][0]["status"] == "ready"
    assert program.get(f"{at}/check").json()["decision"] == "allow"
    assert program.post(f"{at}/submit", {}).json()["status"] == "in_review"
    assert program.post(f"{at}/withdraw").json()["status"] == "draft"


def test_a_campaign_is_run_from_funding_to_the_end(program: Program, organisation: Any) -> None:
    campaign = factories.approved_campaign(organisation=organisation, places=12)
    at = f"/campaigns/{campaign.pk}"
    body = problem(program.post(f"{at}/fund"), 409, "insufficient_balance")
    assert body["detail"]
    books.give_advertiser(organisation.pk, 100_000)
    assert program.post(f"{at}/fund").json()["budget"]["places"] == 12
    assert program.post(f"{at}/publish").json()["status"] == "live"
    assert program.post(f"{at}/pause").json()["status"] == "paused"
    assert program.post(f"{at}/resume").json()["status"] == "live"
    assert program.post(f"{at}/grow", {"places": 15}).json()["budget"]["places"] == 15
    problem(program.post(f"{at}/grow", {"places": 15}), 422, "places_only_grow")
    assert program.get(f"{at}/pace").json()["places"] == 15
    assert program.get(f"{at}/report").json()["opinions"] is None
    assert program.get(f"{at}/comments").json() == {"items": [], "next_cursor": None}
    problem(program.get(f"{at}/submissions"), 409, "too_few_answers")
    problem(program.get(f"{at}/delivery"), 404, "not_found")
    assert program.post(f"{at}/close").json()["status"] in {"closing", "closed"}


def test_the_same_key_writes_once(program: Program, organisation: Any) -> None:
    body = {"kind": "reaction", "title": "一次", "brief": "说实话。"}
    first = program.post("/campaigns", body, key="k1")
    again = program.post("/campaigns", body, key="k1")
    assert (first.json(), again.status_code) == (again.json(), 201)
    assert (first["Idempotency-Replayed"], again["Idempotency-Replayed"]) == ("false", "true")
    assert Campaign.objects.count() == 1
    problem(program.post("/campaigns", {**body, "title": "两次"}, key="k1"), 409, "key_reused")
    asked = program.post("/deposits", {"amount_fen": 5000}, key="d1")
    other = Program(key_of(organisation))  # a new key of the same organisation repeats, and does not do it twice
    assert other.post("/deposits", {"amount_fen": 5000}, key="d1").json() == asked.json()
    assert len(program.get("/deposits").json()["items"]) == 1


def test_a_refusal_is_not_kept_under_its_key(program: Program, organisation: Any) -> None:
    campaign = factories.approved_campaign(organisation=organisation)
    at = f"/campaigns/{campaign.pk}/fund"
    problem(program.post(at, key="f"), 409, "insufficient_balance")
    books.give_advertiser(organisation.pk, 100_000)
    before = balance_fen("advertiser", organisation.pk)
    assert program.post(at, key="f").status_code == 200
    spent = before - balance_fen("advertiser", organisation.pk)
    assert program.post(at, key="f")["Idempotency-Replayed"] == "true"
    assert before - balance_fen("advertiser", organisation.pk) == spent > 0


def test_writes_need_a_key_and_known_fields(program: Program) -> None:
    bare = program.client.post(
        "/api/v1/campaigns", '{"kind": "reaction"}', content_type="application/json", headers=program.headers
    )
    where = [error["where"] for error in problem(bare, 422, "malformed")["errors"]]
    assert ["header", "Idempotency-Key"] in where
    assert ["body", "title"] in where
    problem(program.post("/campaigns", {"kind": "survey", "title": "x", "brief": "x"}), 422, "malformed")
    extra = {"kind": "reaction", "title": "x", "brief": "x", "likes": 100}
    problem(program.post("/campaigns", extra), 422, "malformed")
    problem(program.post("/campaigns", {"kind": "reaction", "title": "a\x00b", "brief": "x"}), 422, "malformed")
    broken = program.client.generic(
        "POST",
        "/api/v1/quotes",
        "{",
        content_type="application/json",
        headers=program.headers,
    )
    problem(broken, 400, "bad_request")


def test_pages_follow_their_cursors(program: Program, organisation: Any) -> None:
    for _ in range(5):
        factories.draft_campaign(organisation=organisation)
    factories.draft_campaign()
    seen, cursor = [], ""
    for _ in range(4):
        page = program.get("/campaigns", limit=2, cursor=cursor).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    every = Campaign.objects.filter(organisation=organisation).order_by("-created_at", "-id")
    assert seen == [str(pk) for pk in every.values_list("pk", flat=True)]
    assert program.get("/campaigns", status="live").json()["items"] == []
    problem(program.get("/campaigns", cursor="nonsense"), 422, "invalid")
    problem(program.get("/statement", cursor="nonsense"), 422, "invalid")
    problem(program.get("/campaigns", limit=101), 422, "malformed")
    for fen in (100, 200, 300):
        books.give_advertiser(organisation.pk, fen)
    first = program.get("/statement", limit=2).json()
    rest = program.get("/statement", limit=2, cursor=first["next_cursor"]).json()
    amounts = sorted(line["amount_fen"] for line in first["items"] + rest["items"])
    assert (amounts, rest["next_cursor"]) == ([100, 200, 300], None)


def test_problems_speak_the_language_that_was_asked_for(organisation: Any) -> None:
    token = key_of(organisation)
    nothing = "/campaigns/01900000-0000-7000-8000-000000000000"
    chinese, english = Program(token).get(nothing), Program(token, **{"Accept-Language": "en"}).get(nothing)
    assert problem(chinese, 404, "not_found")["detail"] == "没有找到，或您无权查看。"
    assert problem(english, 404, "not_found")["detail"].isascii()


def test_addresses_and_methods_that_do_not_exist_are_problems_too(program: Program) -> None:
    problem(program.get("/nothing"), 404, "not_found")
    refused = program.send("DELETE", "/campaigns")
    problem(refused, 405, "method_not_allowed")
    assert set(refused["Allow"].split(", ")) == {"GET", "POST"}


def test_a_key_has_so_many_requests_a_minute(organisation: Any) -> None:
    owner = factories.member(organisation)
    set_setting(actor_id=owner.pk, key="api_requests_a_minute", value=10, reason="test")
    program, other = Program(key_of(organisation)), Program(key_of(organisation))
    answers = [program.get("/balance") for _ in range(10)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0]["RateLimit-Policy"] == '"key";q=10;w=60'
    assert answers[0]["RateLimit"].startswith('"key";r=9;t=')
    refused = program.get("/balance")
    problem(refused, 429, "rate_limited")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["RateLimit"].startswith('"key";r=0;t=')
    assert other.get("/balance").status_code == 200


def test_an_agent_sees_recruits_in_aggregate_and_its_commission() -> None:
    agent = factories.agent()
    for _ in range(3):
        factories.participant(agent=agent)
    program = Program(agent_key(agent))
    body = program.get("/agent").json()
    assert (body["recruits_count"], body["last_7_days"]["claimed_count"]) == (3, 0)
    assert program.get("/agent/commission").json() == {"balance_fen": 0, "earned_fen": 0}
    assert program.get("/agent/statement").json() == {"items": [], "next_cursor": None}
    problem(program.get("/campaigns"), 403, "scope_missing")


def test_owners_hand_in_papers_and_manage_people(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    organisation = factories.organisation(status="draft")
    program = Program(key_of(organisation))
    png = SimpleUploadedFile("licence.png", pictures.made("PNG"))
    papers = {"name": "白桃饮料", "credit_code": "91350100M000100Y43", "trade": "retail", "licence": png}
    headers = {**program.headers, "Idempotency-Key": "p"}
    first = program.client.post("/api/v1/organisation/papers", papers, headers=headers)
    assert first.json()["status"] == "pending", first.content
    png.seek(0)
    again = program.client.post("/api/v1/organisation/papers", papers, headers=headers)
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    png.seek(0)
    permit = {"kind": "food", "number": "JY1", "expires_on": "2099-01-01", "picture": png}
    made = program.client.post("/api/v1/organisation/licences", permit, headers={**headers, "Idempotency-Key": "l"})
    assert (made.status_code, made.json()["is_checked"]) == (201, False)
    invited = program.post("/organisation/invitations", {"phone": "13800001234", "role": "viewer"}).json()
    assert invited["invitations"][0]["phone_tail"] == "1234"
    gone = program.send("DELETE", f"/organisation/invitations/{invited['invitations'][0]['id']}").json()
    assert gone["invitations"] == []
    member = factories.member(organisation, "viewer")
    changed = program.send("PUT", f"/organisation/members/{member.pk}", {"role": "editor"}).json()
    assert [row["role"] for row in changed["members"]] == ["owner", "editor"]
    left = program.send("DELETE", f"/organisation/members/{member.pk}").json()["members"]
    problem(program.send("DELETE", f"/organisation/members/{left[0]['user_id']}"), 409, "last_owner")
    assert program.get("/organisation/people").json()["members"] == left


def test_history_says_what_happened_and_hides_who_of_the_operators(program: Program, organisation: Any) -> None:
    campaign = factories.live_campaign(organisation=organisation)
    program.post(f"/campaigns/{campaign.pk}/pause")
    history = program.get(f"/campaigns/{campaign.pk}/history").json()["history"]
    assert [(row["action"], row["is_ours"]) for row in history] == [("campaign.pause", True)]
    event = Event.objects.get(action="campaign.pause")
    assert event.detail == {"api_key": ApiKey.objects.get().prefix}
    record(actor_id=None, action="x.y", subject_kind="x")
    assert Event.objects.get(action="x.y").detail == {}, "the key is forgotten with its request"
