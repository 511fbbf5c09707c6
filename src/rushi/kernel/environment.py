"""Settings from the environment: one table of names, defaults and meanings, and the production gate."""

from __future__ import annotations

import os
from dataclasses import dataclass

DEMO_SECRET = "demo-only-not-a-secret"  # noqa: S105 - production refuses to start with it


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its default and what it sets. `./rushi help settings` prints the table."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("RUSHI_PROFILE", "demo", "demo or production; production refuses demo secrets and DEBUG"),
    Variable("RUSHI_DEBUG", "0", "1 shows Django's error pages; never in production"),
    Variable("RUSHI_DATABASE_URL", "", "PostgreSQL for the application's role; empty starts the embedded server"),
    Variable("RUSHI_OWNER_DATABASE_URL", "", "the role that owns the tables, for migrations; empty: the same"),
    Variable("RUSHI_DATA_DIR", ".data", "where the embedded database and uploaded files live"),
    Variable("RUSHI_SECRET_KEY", DEMO_SECRET, "signs sessions and links"),
    Variable("RUSHI_ATTENTION_KEY", DEMO_SECRET, "HMAC key of attention tokens and media links"),
    Variable("RUSHI_IDENTITY_KEY", DEMO_SECRET, "encrypts identity numbers and bank accounts at rest"),
    Variable("RUSHI_IDENTITY_KEYS_RETIRED", "", "earlier identity keys, comma separated: they open, never seal"),
    Variable("RUSHI_BLIND_INDEX_KEY", DEMO_SECRET, "HMAC key of the one-person-one-account index"),
    Variable("RUSHI_SETTLEMENT_MODE", "", "custody or principal; the demo is principal, production must choose"),
    Variable("RUSHI_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", "host names the site answers to"),
    Variable("RUSHI_PUBLIC_URL", "http://127.0.0.1:8000", "the site's address in invitations and QR codes"),
    Variable(
        "RUSHI_INSECURE_COOKIES",
        "",
        "1 sends cookies over plain http; the demo's default, refused in production",
    ),
    Variable("RUSHI_SANDBOX_URL", "http://127.0.0.1:8001", "the sandbox of outside services that the demo runs"),
    Variable("RUSHI_SMS_URL", "", "base URL of the SMS service (Aliyun Dysms protocol); empty: the sandbox"),
    Variable(
        "RUSHI_REALNAME_URL",
        "",
        "base URL of the real-name service (Aliyun Id2Meta protocol); empty: the sandbox",
    ),
    Variable("RUSHI_ALIYUN_KEY_ID", "sandbox", "access key id for both"),
    Variable("RUSHI_ALIYUN_KEY_SECRET", DEMO_SECRET, "access key secret for both"),
    Variable("RUSHI_SMS_SIGN_NAME", "如实", "the signature of SMS, as approved by the service"),
    Variable("RUSHI_SMS_TEMPLATE_CODE", "SMS_000000000", "the service's template of the login code"),
    Variable("RUSHI_TRUSTED_PROXIES", "0", "how many proxies in front add to X-Forwarded-For (for limits per address)"),
    Variable(
        "RUSHI_BEHIND_PROXY",
        "",
        "1: a proxy in front ends TLS and sets X-Forwarded-Proto itself; without it that header is not believed",
    ),
    Variable("RUSHI_WEB_WORKERS", "2", "processes that answer requests: one a core"),
    Variable(
        "RUSHI_WEB_THREADS",
        "24",
        "threads of each; two stay free for health and desks, two for long ones, beyond it 429",
    ),
    Variable("RUSHI_METRICS_TOKEN", "", "bearer token for /metrics; empty: only this machine may read it"),
    Variable(
        "RUSHI_CLOCK_FILE", "", "for fault trials: 8 bytes, milliseconds added to the clock; refused in production"
    ),
    Variable("RUSHI_COLLECTING", "", "1 while static files are being collected; set by ./rushi up"),
    Variable("RUSHI_BRAND", "如实", "the name on the pages"),  # messages: keep
    Variable("RUSHI_COMPANY", "如实演示（未备案）", "the operator's company in the footer"),  # messages: keep
    Variable("RUSHI_ICP", "", "ICP number in the footer"),
    Variable("RUSHI_POLICE_RECORD", "", "public security record number in the footer"),
)
_DEFAULTS = {variable.name: variable.default for variable in VARIABLES}
_SECRETS = (
    "RUSHI_SECRET_KEY",
    "RUSHI_ATTENTION_KEY",
    "RUSHI_IDENTITY_KEY",
    "RUSHI_BLIND_INDEX_KEY",
    "RUSHI_ALIYUN_KEY_SECRET",
)


class Misconfigured(SystemExit):
    """The environment cannot be run with; the text says what to set."""


def get(name: str) -> str:
    """The value of a known variable, or its documented default."""
    return os.environ.get(name) or _DEFAULTS[name]


def flag(name: str) -> bool:
    """Whether a known variable is switched on."""
    return get(name) in {"1", "true", "yes", "on"}


def production_faults() -> list[str]:
    """Why this environment must not run as production; empty when it may."""
    faults = [f"{name} is unset or the demo secret" for name in _SECRETS if get(name) == DEMO_SECRET]
    faults += [
        f"{name} is shorter than 32 characters" for name in _SECRETS if len(get(name)) < 32 and get(name) != DEMO_SECRET
    ]
    if len({get(name) for name in _SECRETS}) < len(_SECRETS) and not faults:
        faults.append("the secrets must differ from each other")
    if flag("RUSHI_DEBUG"):
        faults.append("RUSHI_DEBUG is on")
    if flag("RUSHI_INSECURE_COOKIES"):
        faults.append("RUSHI_INSECURE_COOKIES is on")
    if get("RUSHI_CLOCK_FILE"):
        faults.append("RUSHI_CLOCK_FILE is set")
    if get("RUSHI_SETTLEMENT_MODE") not in {"custody", "principal"}:
        faults.append("RUSHI_SETTLEMENT_MODE must be custody or principal")
    if not get("RUSHI_DATABASE_URL"):
        faults.append("RUSHI_DATABASE_URL is unset")
    faults += [
        f"{name} is unset: production may not use the sandbox"
        for name in ("RUSHI_SMS_URL", "RUSHI_REALNAME_URL")
        if not get(name)
    ]
    if get("RUSHI_SMS_TEMPLATE_CODE") == _DEFAULTS["RUSHI_SMS_TEMPLATE_CODE"]:
        faults.append("RUSHI_SMS_TEMPLATE_CODE is unset: no SMS service knows the default")
    if not get("RUSHI_PUBLIC_URL").startswith("https://"):
        faults.append("RUSHI_PUBLIC_URL must be https")
    if not set(_hosts()) - {"localhost", "127.0.0.1", "[::1]"} or "*" in _hosts():
        faults.append("RUSHI_ALLOWED_HOSTS must name the site's hosts")
    return faults


def _hosts() -> list[str]:
    return [host.strip() for host in get("RUSHI_ALLOWED_HOSTS").split(",")]


def refuse_unfit_production() -> None:
    """Raise Misconfigured, listing every fault, when the profile is production and the environment is not fit."""
    if get("RUSHI_PROFILE") == "production" and (faults := production_faults()):
        raise Misconfigured("rushi: refusing to start in production:\n  - " + "\n  - ".join(faults))
