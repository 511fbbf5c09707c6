"""The lean way of the busiest routes: the same answers as the usual way, and no stale idea of who somebody is."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import Client
from django.test.client import ClientHandler

from rushi.dispatch.models import Assignment
from rushi.identity import sessions
from rushi.identity.models import Participant, User
from rushi.web.lean import LeanHandler, is_lean
from tests import watching

pytestmark = pytest.mark.django_db
SCRIPT = {"Accept": "application/json"}


class _LeanClientHandler(ClientHandler, LeanHandler):
    """The test client's handler with the lean middleware and resolver."""


def lean_client(user: User, **more: Any) -> Client:
    client = Client(**more)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.handler = _LeanClientHandler(client.handler.enforce_csrf_checks)
    return client


def claim(client: Client, campaign_id: Any, **headers: str) -> Any:
    return client.post(f"/tasks/{campaign_id}/claim/", {"key": uuid4().hex}, headers={**SCRIPT, **headers})


def test_a_claim_answers_with_where_to_go() -> None:
    person, campaign = watching.participant(), watching.live_campaign()
    answer = claim(lean_client(person.user), campaign.pk)
    made = Assignment.objects.get(participant=person)
    assert answer.json() == {"next": f"/work/{made.pk}/"}


def test_a_refusal_is_json_in_the_persons_language() -> None:
    person, campaign = watching.participant(), watching.live_campaign(places=1)
    claim(lean_client(watching.participant().user), campaign.pk)
    answer = claim(lean_client(person.user), campaign.pk)
    assert (answer.status_code, answer.json()["code"]) == (409, "full")
    User.objects.filter(pk=person.pk).update(language="en")
    english = claim(lean_client(person.user), campaign.pk).json()["message"]
    assert english.isascii()


def test_scripts_posts_and_clips_go_the_lean_way_and_pages_do_not() -> None:
    def goes(path: str, accept: str = "text/html") -> bool:
        return is_lean({"PATH_INFO": path, "HTTP_ACCEPT": accept})

    task = f"/tasks/{uuid4()}/claim/"
    assert goes(task, "application/json")
    assert goes("/work/beat/")
    assert goes(f"/media/{uuid4()}/rendition")
    assert not goes(task)
    assert not goes("/tasks/")


def test_forged_forms_are_refused_there_too() -> None:
    person, campaign = watching.participant(), watching.live_campaign()
    answer = claim(lean_client(person.user, enforce_csrf_checks=True), campaign.pk)
    assert answer.status_code == 403
    assert not Assignment.objects.filter(participant=person).exists()


def test_strangers_are_sent_to_the_login() -> None:
    client = Client()
    client.handler = _LeanClientHandler(False)
    answer = claim(client, watching.live_campaign().pk)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/")


def test_a_logout_holds_from_the_next_request_on() -> None:
    person, first, second = watching.participant(), watching.live_campaign(), watching.live_campaign()
    client = lean_client(person.user)
    assert claim(client, first.pk).status_code == 200
    key = client.cookies["sessionid"].value
    assert sessions.user_of(key) == person.user
    usual = Client()
    usual.cookies["sessionid"] = key
    usual.post("/logout/")
    assert sessions.user_of(key) is None
    assert claim(client, second.pk).status_code == 302


def test_who_was_closed_out_or_suspended_claims_nothing_more() -> None:
    person = watching.participant()
    client = lean_client(person.user)
    assert claim(client, watching.live_campaign().pk).status_code == 200
    Participant.objects.filter(pk=person.pk).update(standing="suspended")
    assert claim(client, watching.live_campaign().pk).json()["code"] == "suspended"
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert claim(client, watching.live_campaign().pk).status_code == 302


def test_a_session_of_an_earlier_password_is_none() -> None:
    person = watching.participant()
    client = lean_client(person.user)
    assert claim(client, watching.live_campaign().pk).status_code == 200
    User.objects.filter(pk=person.pk).update(password="!other")
    assert claim(client, watching.live_campaign().pk).status_code == 302


def test_a_known_session_costs_one_statement(django_assert_num_queries: Any) -> None:
    person = watching.participant()
    key = lean_client(person.user).cookies["sessionid"].value
    assert sessions.user_of(key) == person.user
    with django_assert_num_queries(0):  # prepared by psycopg itself, past Django's log
        assert sessions.user_of(key) == person.user


def test_nothing_waits_for_ever(settings: Any) -> None:
    from rushi.db import limits

    with connection.cursor() as cursor, limits.patient(123_000):
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("123s",)
    options = limits.options()
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        assert f"-c {name}=" in options
    assert WSGIHandler is not LeanHandler
