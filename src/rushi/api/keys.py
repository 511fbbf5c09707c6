"""Who asks: the API key in the Authorization header, its scope, and its share of this minute's requests."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja.security import HttpBearer

from rushi.audit.actions import speaker
from rushi.identity import actions, queries
from rushi.identity.actions.keys import Use
from rushi.identity.errors import RateLimited, ScopeMissing
from rushi.identity.models import Agent, Organisation
from rushi.identity.rules import API_SCOPES, RATE_WINDOW_SECONDS


class ApiRequest(HttpRequest):
    """A request whose key was found good."""

    auth: Use


class ApiKey(HttpBearer):
    """`Authorization: Bearer rushi_…`, for one scope."""

    openapi_description = "A key of an organisation (console → API) or of an agent (agent portal → API)."

    def __init__(self, scope: str) -> None:
        assert scope in API_SCOPES
        self.scope = scope
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Use:
        """Whom the key speaks for. Raises BadApiKey, RateLimited, ScopeMissing."""
        use = actions.use_api_key(token=token)
        request.api_use = use  # type: ignore[attr-defined]
        speaker.set(use.key.prefix)
        if use.count > use.limit:
            raise RateLimited(seconds=use.reset_seconds)
        if self.scope not in use.key.scopes:
            raise ScopeMissing(scope=self.scope)
        return use


_KEYS = {scope: ApiKey(scope) for scope in API_SCOPES}


def needs(scope: str, summary: str, response: Any, status: int = 200) -> dict[str, Any]:
    """What an operation is declared with: the scope it needs, its name for people, what it answers."""
    extra = {"x-scope": scope}
    return {"auth": _KEYS[scope], "summary": summary, "response": {status: response}, "openapi_extra": extra}


def organisation(request: ApiRequest, role: str = "viewer") -> Organisation:
    """The organisation that the key is for, when its maker still acts for it with at least `role`."""
    key = request.auth.key
    assert key.organisation_id is not None  # no other key has a scope of organisations
    return queries.access_organisation(request.auth.user, key.organisation_id, role)


def agent(request: ApiRequest) -> Agent:
    """The agent that the key is for."""
    return queries.access_agent(request.auth.user)


def say_limits(request: HttpRequest, response: HttpResponse) -> None:
    """What is left of this minute, as draft-ietf-httpapi-ratelimit-headers says it."""
    use: Use | None = getattr(request, "api_use", None)
    if use is not None:
        response["RateLimit-Policy"] = f'"key";q={use.limit};w={RATE_WINDOW_SECONDS}'
        response["RateLimit"] = f'"key";r={use.remaining};t={use.reset_seconds}'
