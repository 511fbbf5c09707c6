"""Claims and hand-ins answered together: the very answers of the lean way, and nothing that is in doubt."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.signals import request_finished, request_started
from django.db import DatabaseError, OperationalError, close_old_connections
from django.test import RequestFactory

from rushi.dispatch.models import Assignment, AssignmentStatus
from rushi.identity.models import Participant, User
from rushi.web import together
from rushi.web.lean import LeanHandler
from tests import factories, watching

pytestmark = pytest.mark.django_db
CSRF = "c" * 32
Answer = tuple[str, dict[str, str], bytes]


def post(path: str, session: str, form: dict[str, str], **changed: str) -> dict[str, Any]:
    headers = {
        "HTTP_ACCEPT": "application/json",
        "HTTP_HOST": "localhost",
        "HTTP_ORIGIN": "http://localhost",
        "HTTP_COOKIE": f"sessionid={session}; csrftoken={CSRF}",
        "HTTP_X_CSRFTOKEN": CSRF,
    }
    kind = changed.pop("content_type", "application/x-www-form-urlencoded")
    environ: dict[str, Any] = RequestFactory().post(path, urlencode(form), content_type=kind).environ
    return environ | headers | changed


def asked(application: Any, environ: dict[str, Any]) -> Answer | None:
    told: list[Any] = []
    body = application(environ, lambda status, headers, exc=None: told.extend((status, headers)))
    if body is None:
        return None
    content, headers = b"".join(body), dict(told[1])
    assert headers.pop("Content-Length", None) in {None, str(len(content))}  # granian adds what is missing
    return told[0], headers, content


def together_told(environ: dict[str, Any]) -> Answer:
    answer = asked(together.answer, environ)
    assert answer is not None
    return answer


def lean_told(environ: dict[str, Any]) -> Answer | None:
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # as Django's own test client does: the test's connection stays
    try:
        return asked(LeanHandler(), environ)
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def claim(session: str, campaign_id: Any, **changed: str) -> dict[str, Any]:
    return post(f"/tasks/{campaign_id}/claim/", session, {"key": uuid4().hex}, **changed)


def test_a_claim_is_answered_as_on_the_lean_way() -> None:
    person, first, second = watching.participant(), watching.live_campaign(), watching.live_campaign()
    session = watching.session_of(person.user)
    status, headers, body = together_told(claim(session, first.pk))
    lean = lean_told(claim(session, second.pk))
    assert lean is not None
    made = Assignment.objects.get(participant=person, campaign=first)
    assert (status, json.loads(body)) == ("200 OK", {"next": f"/work/{made.pk}/"})
    assert (lean[0], lean[1]) == (status, headers)
    assert len(lean[2]) == len(body)


def test_a_refusal_too_in_the_persons_language() -> None:
    person, campaign = watching.participant(), watching.live_campaign(places=1)
    watching.claimed(watching.participant(), campaign)
    session = watching.session_of(person.user)
    for language in ("zh-hans", "en"):
        User.objects.filter(pk=person.pk).update(language=language)
        told = together_told(claim(session, campaign.pk))
        lean = lean_told(claim(session, campaign.pk))
        assert told == lean
        assert told[0] == "409 Conflict"
        assert json.loads(told[2])["code"] == "full"


def test_work_is_handed_in_and_paid() -> None:
    person, campaign = factories.participant(), factories.live_campaign()
    work = factories.claim(campaign, person)
    token = factories.watched(work)
    form = {f"q-{key}": value for key, value in factories.answers(campaign, "like", text="好看。").items()}
    form["token"] = token
    environ = post(f"/work/{work.pk}/submit/", watching.session_of(person.user), form)
    status, _, body = together_told(environ)
    assert (status, json.loads(body)) == ("200 OK", {"next": f"/work/{work.pk}/"})
    work.refresh_from_db()
    assert work.status in {AssignmentStatus.ACCEPTED, AssignmentStatus.IN_REVIEW}


def test_somebody_elses_work_is_not_found() -> None:
    work = watching.claimed(watching.participant(), watching.live_campaign())
    environ = post(f"/work/{work.pk}/submit/", watching.session_of(watching.participant().user), {"token": "x"})
    assert together_told(environ)[0] == "404 Not Found"


ODD: list[dict[str, str]] = [
    {"HTTP_ORIGIN": "http://evil.example"},
    {"HTTP_X_CSRFTOKEN": "d" * 32},
    {"HTTP_COOKIE": f"csrftoken={CSRF}"},
    {"HTTP_COOKIE": f"sessionid={'z' * 32}; csrftoken={CSRF}"},
    {"HTTP_COOKIE": f"sessionid={{}}'\"; csrftoken={CSRF}"},
    {"HTTP_HOST": "evil.example", "HTTP_ORIGIN": "http://evil.example"},
    {"content_type": "multipart/form-data; boundary=x"},
    {"REQUEST_METHOD": "PUT"},
    {"CONTENT_LENGTH": "99999999"},
]


@pytest.mark.parametrize("changed", ODD)
def test_what_is_in_doubt_is_left_as_it_came(changed: dict[str, str]) -> None:
    person, campaign = watching.participant(), watching.live_campaign()
    environ = claim(watching.session_of(person.user), campaign.pk, **changed)
    assert asked(together.answer, environ) is None
    if changed.get("CONTENT_LENGTH") is None:
        assert b"key=" in environ["wsgi.input"].read()
    assert not Assignment.objects.filter(participant=person).exists()


def test_who_logged_out_was_closed_or_is_no_participant_is_looked_at_closer() -> None:
    person, campaign = watching.participant(), watching.live_campaign()
    session = watching.session_of(person.user)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert asked(together.answer, claim(session, campaign.pk)) is None
    User.objects.filter(pk=person.pk).update(is_active=True)
    SessionStore(session).delete()
    assert asked(together.answer, claim(session, campaign.pk)) is None
    stranger = watching.participant()
    kept = watching.session_of(stranger.user)
    Participant.objects.filter(pk=stranger.pk).delete()
    assert asked(together.answer, claim(kept, campaign.pk)) is None


def test_while_the_database_is_away_it_says_503_and_any_other_fault_is_left(monkeypatch: Any) -> None:
    session = watching.session_of(watching.participant().user)

    def fail(error: Exception) -> None:
        def users_of(keys: Any) -> Any:
            raise error

        monkeypatch.setattr("rushi.identity.sessions.users_of", users_of)

    fail(OperationalError("gone"))
    status, headers, body = together_told(claim(session, uuid4()))
    assert (status, json.loads(body)["code"]) == ("503 Service Unavailable", "away")
    assert int(headers["Retry-After"]) >= 1
    fail(DatabaseError("a bug"))
    assert asked(together.answer, claim(session, uuid4())) is None
