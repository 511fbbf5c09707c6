"""The Python client asks exactly what the OpenAPI document declares, and is patient the way the API asks for."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import jsonschema_rs
import pytest

from rushi.api.site import api
from rushi.client import Problem, Rushi
from tools import client_shapes

ID = "01900000-0000-7000-8000-000000000000"
DAY = dt.date(2026, 12, 1)
QUESTION = {"kind": "recall", "text": "?", "options": ["a", "b"], "right_option": 0}
CALLS: dict[str, Callable[[Rushi], Any]] = {
    "get_organisation": lambda r: r.organisation(),
    "list_people": lambda r: r.people(),
    "invite_member": lambda r: r.invite("13800000000", "editor"),
    "cancel_invitation": lambda r: r.cancel_invitation(ID),
    "set_member_role": lambda r: r.set_role(ID, "viewer"),
    "remove_member": lambda r: r.remove_member(ID),
    "submit_papers": lambda r: r.submit_papers(name="n", credit_code="c", trade="food", licence=("a.png", b"x")),
    "add_licence": lambda r: r.add_licence(kind="food", number="1", expires_on=DAY, picture=("a.png", b"x")),
    "get_history": lambda r: r.history(ID),
    "get_rates": lambda r: r.rates(),
    "get_choices": lambda r: r.choices(),
    "get_balance": lambda r: r.balance(),
    "list_statement": lambda r: list(r.statement()),
    "list_deposits": lambda r: list(r.deposits()),
    "get_deposit": lambda r: r.deposit(ID),
    "request_deposit": lambda r: r.request_deposit(100),
    "list_campaigns": lambda r: list(r.campaigns("live")),
    "get_campaign": lambda r: r.campaign(ID),
    "create_campaign": lambda r: r.create_campaign(kind="compare", title="t", brief="b"),
    "edit_campaign": lambda r: r.edit_campaign(ID, title="t"),
    "get_questions": lambda r: r.questions(ID),
    "set_questions": lambda r: r.set_questions(ID, [QUESTION]),
    "set_audience": lambda r: r.set_audience(ID, regions=["11"], genders=["f"]),
    "set_price": lambda r: r.set_price(ID, reward_fen=20, places=10, closes_on=DAY),
    "get_quote": lambda r: r.quote(20, 10),
    "get_cost": lambda r: r.cost(ID),
    "get_reach": lambda r: r.reach(ID),
    "list_materials": lambda r: r.materials(ID),
    "add_material": lambda r: r.add_material(ID, "a", "clip.mp4", b"x"),
    "remove_material": lambda r: r.remove_material(ID, "a"),
    "check_campaign": lambda r: r.check(ID),
    "submit_campaign": lambda r: r.submit(ID),
    "withdraw_campaign": lambda r: r.withdraw(ID),
    "fund_campaign": lambda r: r.fund(ID),
    "publish_campaign": lambda r: r.publish(ID),
    "pause_campaign": lambda r: r.pause(ID),
    "resume_campaign": lambda r: r.resume(ID),
    "grow_campaign": lambda r: r.grow(ID, 20),
    "extend_campaign": lambda r: r.extend(ID, DAY),
    "close_campaign": lambda r: r.close_campaign(ID),
    "get_pace": lambda r: r.pace(ID),
    "get_delivery": lambda r: r.delivery(ID),
    "confirm_delivery": lambda r: r.confirm_delivery(ID),
    "dispute_delivery": lambda r: r.dispute_delivery(ID, "x" * 20),
    "get_report": lambda r: r.report(ID),
    "list_comments": lambda r: list(r.comments(ID)),
    "export_submissions": lambda r: r.export(ID, "xlsx"),
    "get_agent": lambda r: r.agent(),
    "get_commission": lambda r: r.commission(),
    "list_commission": lambda r: list(r.commission_statement()),
    "list_webhooks": lambda r: r.webhooks(),
    "get_webhook": lambda r: r.webhook(ID),
    "add_webhook": lambda r: r.add_webhook(url="https://example.com/", events=["report.ready"]),
    "change_webhook": lambda r: r.change_webhook(ID, is_active=False),
    "remove_webhook": lambda r: r.remove_webhook(ID),
    "get_webhook_secret": lambda r: r.webhook_secret(ID),
    "rotate_webhook_secret": lambda r: r.rotate_webhook_secret(ID),
    "test_webhook": lambda r: r.test_webhook(ID),
    "list_messages": lambda r: list(r.messages(ID, "dead")),
    "replay_message": lambda r: r.replay(ID, ID),
    "replay_dead_messages": lambda r: r.replay_dead(ID),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="api/v1/")))
    return plain


def operations(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Each operation's method, path and details by id."""
    return {
        details["operationId"]: (method.upper(), path, details)
        for path, methods in document["paths"].items()
        for method, details in methods.items()
    }


def test_every_operation_has_its_method(document: dict[str, Any]) -> None:
    assert set(operations(document)) == set(CALLS)


@pytest.mark.parametrize("operation", CALLS)
def test_a_method_asks_what_is_declared(document: dict[str, Any], operation: str) -> None:
    method, path, details = operations(document)[operation]
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"items": [], "next_cursor": None, "secret": ""})

    with Rushi("k", base_url="https://rushi.example", transport=httpx.MockTransport(answer)) as rushi:
        CALLS[operation](rushi)
    (request,) = asked
    assert request.method == method
    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path)
    declared = {item["name"]: item for item in details["parameters"]}
    assert set(request.url.params) <= {name for name, item in declared.items() if item["in"] == "query"}
    assert ("Idempotency-Key" in request.headers) or not declared.get("Idempotency-Key", {}).get("required")
    content = details.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        jsonschema_rs.validator_for(schema).validate(json.loads(request.content))
    elif content:
        assert request.headers["Content-Type"].startswith("multipart/form-data")
    else:
        assert request.content == b""


def test_the_shapes_are_the_documents(document: dict[str, Any]) -> None:
    fresh = client_shapes.written(document)
    kept = client_shapes.TARGET.read_text("utf-8")
    assert re.sub(r"[\s,]+", "", fresh) == re.sub(r"[\s,]+", "", kept), "run tools/client_shapes.py"


def test_a_write_is_repeated_under_its_key_and_waits_as_told() -> None:
    keys, slept = [], []
    answers: list[Any] = [
        httpx.ConnectError("cut"),
        httpx.Response(503, headers={"Retry-After": "2"}, json={}),
        httpx.Response(429, headers={"Retry-After": "7"}, json={}),
        httpx.Response(201, json={"id": ID}),
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        said = answers.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    with Rushi(
        "k", base_url="https://rushi.example", transport=httpx.MockTransport(answer), sleep=slept.append
    ) as rushi:
        assert rushi.request_deposit(100)["id"] == ID
    assert (len(keys), len(set(keys)), slept) == (4, 1, [1.0, 2.0, 7.0])


def test_a_problem_says_what_it_is() -> None:
    body = {"code": "below_hourly_floor", "detail": "低于最低时薪", "field": "reward", "request_id": "r", "status": 422}
    transport = httpx.MockTransport(
        lambda _request: httpx.Response(422, json=body, headers={"Content-Type": "application/problem+json"})
    )
    with Rushi("k", base_url="https://rushi.example", transport=transport) as rushi, pytest.raises(Problem) as caught:
        rushi.set_price(ID, reward_fen=1, places=1)
    found = caught.value
    assert (found.status, found.code, found.field, found.request_id) == (422, "below_hourly_floor", "reward", "r")
