"""Production starts with nothing missing and refuses each fault by name; its cookies are secure and http-only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rushi.kernel import environment
from rushi.kernel.environment import DEMO_SECRET, Misconfigured

FIT = {
    "RUSHI_PROFILE": "production",
    "RUSHI_SECRET_KEY": "a" * 40,
    "RUSHI_ATTENTION_KEY": "b" * 40,
    "RUSHI_IDENTITY_KEY": "c" * 40,
    "RUSHI_BLIND_INDEX_KEY": "d" * 40,
    "RUSHI_ALIYUN_KEY_SECRET": "e" * 40,
    "RUSHI_SETTLEMENT_MODE": "custody",
    "RUSHI_DATABASE_URL": "postgresql://rushi_app@db/rushi",
    "RUSHI_SMS_URL": "https://dysmsapi.aliyuncs.com",
    "RUSHI_REALNAME_URL": "https://cloudauth.aliyuncs.com",
    "RUSHI_SMS_TEMPLATE_CODE": "SMS_154950909",
    "RUSHI_PUBLIC_URL": "https://rushi.example",
    "RUSHI_ALLOWED_HOSTS": "rushi.example",
}
FAULTS = [
    *[(name, DEMO_SECRET, f"{name} is unset or the demo secret") for name in FIT if name.endswith(("_KEY", "_SECRET"))],
    *[(name, None, f"{name} is unset or the demo secret") for name in FIT if name.endswith(("_KEY", "_SECRET"))],
    ("RUSHI_SECRET_KEY", "short", "RUSHI_SECRET_KEY is shorter than 32 characters"),
    ("RUSHI_SECRET_KEY", "b" * 40, "the secrets must differ"),
    ("RUSHI_DEBUG", "1", "RUSHI_DEBUG is on"),
    ("RUSHI_INSECURE_COOKIES", "1", "RUSHI_INSECURE_COOKIES is on"),
    ("RUSHI_CLOCK_FILE", "/tmp/clock", "RUSHI_CLOCK_FILE is set"),
    ("RUSHI_SETTLEMENT_MODE", None, "RUSHI_SETTLEMENT_MODE must be custody or principal"),
    ("RUSHI_SETTLEMENT_MODE", "pool", "RUSHI_SETTLEMENT_MODE must be custody or principal"),
    ("RUSHI_DATABASE_URL", None, "RUSHI_DATABASE_URL is unset"),
    ("RUSHI_SMS_URL", None, "RUSHI_SMS_URL is unset"),
    ("RUSHI_SMS_TEMPLATE_CODE", None, "RUSHI_SMS_TEMPLATE_CODE is unset"),
    ("RUSHI_REALNAME_URL", None, "RUSHI_REALNAME_URL is unset"),
    ("RUSHI_PUBLIC_URL", "http://rushi.example", "RUSHI_PUBLIC_URL must be https"),
    ("RUSHI_ALLOWED_HOSTS", "*", "RUSHI_ALLOWED_HOSTS must name the site's hosts"),
]


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in os.environ:
        if name.startswith("RUSHI_"):
            monkeypatch.delenv(name)
    for name, value in FIT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_fit_environment_is_let_through(production: pytest.MonkeyPatch) -> None:
    assert environment.production_faults() == []
    environment.refuse_unfit_production()


@pytest.mark.parametrize(("name", "value", "fault"), FAULTS)
def test_each_fault_is_refused_by_name(
    production: pytest.MonkeyPatch, name: str, value: str | None, fault: str
) -> None:
    production.delenv(name, raising=False)
    if value is not None:
        production.setenv(name, value)
    with pytest.raises(Misconfigured, match="refusing to start in production") as refusal:
        environment.refuse_unfit_production()
    assert fault in str(refusal.value)


def test_the_demo_may_use_its_demo_secrets(production: pytest.MonkeyPatch) -> None:
    for name in FIT:
        production.delenv(name)
    environment.refuse_unfit_production()


def settings_in(profile: dict[str, str], *names: str) -> dict[str, object]:
    """The values of Django settings in a fresh process with this environment only."""
    script = "import json, sys; from django.conf import settings as s; names = sys.argv[1:]; "
    script += "print(json.dumps({name: getattr(s, name) for name in names}))"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("RUSHI_")}
    kept |= {
        "PYTHONPATH": str(Path(environment.__file__).resolve().parents[2]),
        "DJANGO_SETTINGS_MODULE": "rushi.config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", script, *names], env=kept | profile, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def test_production_cookies_are_secure_and_http_only_and_pages_come_by_https() -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SECURE_SSL_REDIRECT", "DEBUG")
    assert settings_in(FIT, *names) == dict(zip(names, (True, True, True, True, False), strict=True))
    assert settings_in(FIT, "SECURE_HSTS_SECONDS", "ALLOWED_HOSTS") == {
        "SECURE_HSTS_SECONDS": 31_536_000,
        "ALLOWED_HOSTS": ["rushi.example"],
    }


def test_a_header_that_anybody_can_send_is_believed_only_behind_a_proxy_that_sets_it() -> None:
    name = "SECURE_PROXY_SSL_HEADER"
    assert settings_in(FIT, name) == {name: None}
    assert settings_in(FIT | {"RUSHI_BEHIND_PROXY": "1"}, name) == {name: ["HTTP_X_FORWARDED_PROTO", "https"]}


def test_demo_cookies_are_http_only_too() -> None:
    assert settings_in({}, "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SECURE") == {
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": False,
    }


def test_settings_refuse_to_load_in_unfit_production() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        settings_in({"RUSHI_PROFILE": "production"}, "DEBUG")
