"""While the database is away a request is told so, and when to come again; a bug of ours stays a 500."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from rushi.db.errors import is_away
from rushi.web import errors

raised: list[Exception] = []


def broken(request: HttpRequest) -> HttpResponse:
    raise raised[0]


urlpatterns = [path("broken/", broken)]
handler500 = errors.server_error


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def get(error: Exception, **headers: str) -> Any:
    raised[:] = [error]
    with override_settings(ROOT_URLCONF=__name__):
        return Client(raise_request_exception=False).get("/broken/", headers=headers)


REFUSED = OperationalError("connection refused")


def test_a_page_a_fragment_and_a_script_are_told_each_in_its_way() -> None:
    page = get(REFUSED)
    assert (page.status_code, page["Retry-After"]) == (503, "2")
    assert "稍等一下" in page.content.decode()
    assert "再试也不会重复" in page.content.decode()
    fragment = get(REFUSED, hx_request="true")
    assert (fragment.status_code, b"<html" in fragment.content) == (503, False)
    assert "再试也不会重复" in fragment.content.decode()
    script = get(REFUSED, accept="application/json")
    assert (script.status_code, script.json()["code"], script["Retry-After"]) == (503, "away", "2")


def test_a_form_is_not_offered_as_a_link() -> None:
    assert 'href=""' in get(REFUSED).content.decode()
    raised[:] = [REFUSED]
    with override_settings(ROOT_URLCONF=__name__):
        page = Client(raise_request_exception=False).post("/broken/")
    assert page.status_code == 503
    assert 'href=""' not in page.content.decode()


def test_english_readers_are_told_in_english() -> None:
    assert "nothing is done twice" in get(REFUSED, cookie="django_language=en").content.decode()


def test_a_bug_stays_a_500() -> None:
    page = get(ZeroDivisionError())
    assert page.status_code == 500
    assert "Retry-After" not in page


@pytest.mark.parametrize(
    "error",
    [
        REFUSED,
        InterfaceError("connection already closed"),
        caused(OperationalError(), psycopg.errors.AdminShutdown()),
        caused(OperationalError(), psycopg.errors.CannotConnectNow()),
        caused(OperationalError(), psycopg.errors.DiskFull()),
        caused(OperationalError(), psycopg.errors.TooManyConnections()),
        caused(OperationalError(), psycopg.errors.ReadOnlySqlTransaction()),
    ],
)
def test_what_counts_as_away(error: Exception) -> None:
    assert is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        None,
        ValueError(),
        caused(OperationalError(), psycopg.errors.QueryCanceled()),
        caused(OperationalError(), psycopg.errors.DeadlockDetected()),
    ],
)
def test_what_does_not(error: Exception | None) -> None:
    assert not is_away(error)
