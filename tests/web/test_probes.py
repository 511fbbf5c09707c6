"""/healthz tells the truth about the database; /metrics answers the right machine only."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, connection
from django.test import Client

from rushi.db import schema

pytestmark = pytest.mark.django_db


def test_well_when_the_database_answers_with_todays_tables(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "database": True, "migrated": True})


def test_unwell_when_migrations_are_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "digest", lambda: "rushi schema of tomorrow")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["migrated"]) == (503, False)


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_unwell_when_the_database_is_silent(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def silent() -> bool:
        raise error

    monkeypatch.setattr(schema, "is_current_here", silent)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)


def test_the_stamp_is_read_without_django_too() -> None:
    facts = connection.settings_dict
    url = f"host={facts['HOST']} dbname={facts['NAME']} user={facts['USER']}"
    assert schema.is_current(url)


def test_metrics_name_routes_not_paths_and_the_market(client: Client) -> None:
    client.get("/prices/")
    client.get("/no/such/page")
    told = client.get("/metrics").content.decode()
    assert 'rushi_http_requests_total{method="GET",route="prices/",status="200"}' in told
    assert 'route="(none)",status="404"' in told
    assert "no/such/page" not in told
    assert 'rushi_jobs{status="todo"} ' in told
    assert "rushi_participants 0.0" in told


@pytest.mark.parametrize(
    "who", [{"REMOTE_ADDR": "203.0.113.9"}, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}]
)
def test_strangers_see_no_metrics(client: Client, who: dict[str, Any]) -> None:
    assert client.get("/metrics", **who).status_code == 404


def test_a_token_opens_them_from_anywhere_and_replaces_the_loopback(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "a long token of the scraper"
    stranger = {"REMOTE_ADDR": "203.0.113.9"}
    assert (
        client.get("/metrics", HTTP_AUTHORIZATION="Bearer a long token of the scraper", **stranger).status_code == 200
    )
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer another", **stranger).status_code == 404
    assert client.get("/metrics").status_code == 404


def test_metrics_of_several_processes_are_summed(
    client: Client, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    assert "rushi_participants 0.0" in client.get("/metrics").content.decode()
