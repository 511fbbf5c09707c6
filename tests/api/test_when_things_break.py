"""What programs hear when we are at fault: a bug, a database that is away, a site that is full. Always a problem."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from rushi.notices.rules import EVENTS
from rushi.web.turned_away import by_size, for_now
from tests import factories
from tests.programs import key_of


def test_a_bug_is_a_problem_with_an_id_to_ask_by(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise ZeroDivisionError

    token = key_of(factories.organisation())
    monkeypatch.setattr("rushi.ledger.queries.balance_fen", broken)
    client = Client(raise_request_exception=False)
    response = client.get("/api/v1/balance", headers={"Authorization": f"Bearer {token}"})
    assert (response.status_code, response["Content-Type"]) == (500, "application/problem+json")
    assert (response.json()["code"], response.json()["request_id"]) == ("server_error", response["X-Request-Id"])


def test_a_database_that_is_away_is_said_with_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **more: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("rushi.identity.actions.use_api_key", away)
    response = Client().get("/api/v1/balance", headers={"Authorization": "Bearer rushi_x"})
    assert (response.status_code, response.json()["code"]) == (503, "away")
    assert int(response["Retry-After"]) >= 1


def test_a_full_site_says_so_in_the_same_form() -> None:
    said: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        said.update(status=status, headers=dict(headers))

    asked = {"PATH_INFO": "/api/v1/balance", "REQUEST_METHOD": "POST", "HTTP_ACCEPT": "application/json"}
    (body,) = for_now(asked, start)
    assert said["status"].startswith("429")
    assert said["headers"]["Content-Type"] == "application/problem+json"
    assert (json.loads(body)["code"], int(said["headers"]["Retry-After"]) > 0) == ("busy", True)
    for is_unknown, code in ((False, "too_large"), (True, "length_required")):
        (body,) = by_size(asked, start, is_unknown=is_unknown)
        assert (json.loads(body)["code"], said["headers"]["Content-Type"]) == (code, "application/problem+json")


def test_writes_need_no_form_token_of_pages(db: None) -> None:
    token = key_of(factories.organisation())
    client = Client(enforce_csrf_checks=True)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "1"}
    asked = client.post("/api/v1/deposits", {"amount_fen": 5}, content_type="application/json", headers=headers)
    assert asked.status_code == 201


def test_the_documentation_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/v1/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert "https://" not in text
    assert "<script>" not in text
    assert "script-src 'self'" in page["Content-Security-Policy"]


def test_the_document_is_in_two_languages_and_declares_3_1(client: Client) -> None:
    chinese = client.get("/api/v1/openapi.json").json()
    english = client.get("/api/v1/openapi.json", headers={"Accept-Language": "en"}).json()
    assert chinese["openapi"] == "3.1.0"
    assert set(chinese["webhooks"]) == set(EVENTS)
    assert chinese["paths"]["/api/v1/balance"]["get"]["summary"] == "余额"
    assert english["paths"]["/api/v1/balance"]["get"]["summary"].isascii()
