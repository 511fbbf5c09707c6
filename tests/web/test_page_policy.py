"""Nothing runs in a page but files of ours; nothing frames it, keeps it or reads its cookies."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from rushi.identity.models import User
from tests import factories
from tests.pages import inline_scripts
from tests.unit.test_production_gate import FIT
from tests.web.test_lean_way import claim, lean_client

pytestmark = pytest.mark.django_db
PACKAGE = Path(__file__).resolve().parents[2] / "src" / "rushi"
TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))
SCRIPTS = sorted(PACKAGE.glob("*/static/*/*.js"))
RUNS_TEXT = re.compile(r"\beval\(|new Function|innerHTML|outerHTML|document\.write|insertAdjacentHTML|\bsrcdoc\b")


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/no/such/page", "/healthz"])
def test_pages_carry_the_policy(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert (policy["base-uri"], policy["form-action"], policy["connect-src"]) == ("'none'", "'self'", "'self'")
    assert not [part for part in policy if "script" in part and "unsafe" in policy[part]]
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_answers_of_the_lean_way_carry_it_too() -> None:
    headers = claim(lean_client(factories.participant().user), factories.live_campaign().pk).headers
    assert headers["Content-Security-Policy"] == settings.CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_no_template_holds_a_script_or_a_style_sheet() -> None:
    assert len(TEMPLATES) > 100
    faults = {}
    for path in TEMPLATES:
        plain = re.sub(r"\{%\s*(?:static|url).*?%\}", "x", path.read_text("utf-8"), flags=re.DOTALL)
        plain = re.sub(r"\{%.*?%\}|\{#.*?#\}", "", plain, flags=re.DOTALL)
        plain = re.sub(r"\{\{.*?\}\}", "x", plain, flags=re.DOTALL)
        if found := inline_scripts(plain):
            faults[path.name] = found
    assert faults == {}


def test_our_scripts_make_no_code_and_no_markup_of_text() -> None:
    assert len(SCRIPTS) >= 8
    assert [path.name for path in SCRIPTS if RUNS_TEXT.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    "page",
    [
        "<p onclick='x()'>", "<script>x()</script>", "<a href=' javascript:x()'>", "<style>p{}</style>",
        "<div hx-on:click='x()'>", "<script src='https://cdn.example/x.js'></script>", "<i hx-vals='js:{}'>",
    ],
)  # fmt: skip
def test_the_reader_of_pages_sees_what_it_should(page: str) -> None:
    assert inline_scripts(page)
    assert not inline_scripts('<script src="/static/x.js"></script><p style="width:3%">on</p>')


def test_cookies_are_closed_to_script_and_to_other_sites(client: Client) -> None:
    user = factories.user()
    User.objects.filter(pk=user.pk).update(is_demo=True)
    client.get("/login/?next=/tasks/")
    client.post("/login/demo/", {"user": str(user.pk)})
    client.post("/language/", {"language": "en"})
    assert set(client.cookies) >= {"sessionid", "csrftoken", "device", settings.LANGUAGE_COOKIE_NAME}
    for name, cookie in client.cookies.items():
        assert cookie["httponly"] is True, name
        assert cookie["samesite"] == "Lax", name
        assert not cookie["domain"], name


def test_pages_of_somebody_are_kept_by_nobody(client: Client) -> None:
    client.force_login(factories.member(factories.organisation()))
    for path in ("/me/", "/console/", "/console/balance/", "/terms/"):
        assert "no-store" in client.get(path)["Cache-Control"], path


def test_a_new_session_key_is_made_at_login(client: Client) -> None:
    user = factories.user()
    User.objects.filter(pk=user.pk).update(is_demo=True)
    client.get("/login/?next=/tasks/")
    before = client.cookies["sessionid"].value
    client.post("/login/demo/", {"user": str(user.pk)})
    assert client.cookies["sessionid"].value != before
    other = Client()
    other.cookies["sessionid"] = before
    assert other.get("/me/").status_code == 302


def test_other_hosts_and_origins_get_nothing(client: Client) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    answer = client.get("/", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    strict = Client(enforce_csrf_checks=True)
    strict.get("/login/")
    body = {"phone": "13912345678", "csrfmiddlewaretoken": strict.cookies["csrftoken"].value}
    assert strict.post("/login/", body, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.options("/tasks/").status_code in {302, 405}


SCRIPT = """
import json, django
from django.conf import settings
django.setup()
from django.core.checks import run_checks
names = ("SECURE_HSTS_SECONDS SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_SSL_REDIRECT SESSION_COOKIE_SECURE "
         "CSRF_COOKIE_SECURE SESSION_COOKIE_HTTPONLY CSRF_COOKIE_HTTPONLY SECURE_CONTENT_TYPE_NOSNIFF DEBUG").split()
found = [issue.id for issue in run_checks(include_deployment_checks=True) if issue.id.startswith("security.")]
print(json.dumps({"found": found, **{name: getattr(settings, name) for name in names}}))
"""


def test_production_speaks_https_only_and_django_finds_nothing_to_add() -> None:
    secret = "qT7-Zx0_" * 8 + "rushi.KEY"
    environ = {**os.environ, **FIT, "RUSHI_SECRET_KEY": secret, "DJANGO_SETTINGS_MODULE": "rushi.config.settings"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], env=environ, capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout.strip().splitlines()[-1])
    assert said.pop("found") == ["security.W021"]  # preload: a promise for ever, the operator's to make
    assert said.pop("SECURE_HSTS_SECONDS") >= 31_536_000
    assert said.pop("DEBUG") is False
    assert all(said.values())
