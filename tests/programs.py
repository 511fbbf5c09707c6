"""Programs that speak to the API: keys, and a client that says what a program would."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django.test import Client

from rushi.identity import actions
from rushi.identity.models import Agent, Organisation, User
from rushi.identity.rules import AGENT_SCOPES, ORGANISATION_SCOPES
from tests import factories


def key_of(organisation: Organisation, *scopes: str, owner: User | None = None) -> str:
    """The secret of a new key with these scopes, or all."""
    maker = owner or factories.member(organisation)
    wanted = scopes or tuple(ORGANISATION_SCOPES)
    return actions.make_api_key(actor_id=maker.pk, organisation_id=organisation.pk, name="测试", scopes=wanted)[1]


def agent_key(agent: Agent, *scopes: str) -> str:
    """The secret of a new key of an agent."""
    wanted = scopes or tuple(AGENT_SCOPES)
    return actions.make_api_key(actor_id=agent.user_id, agent_id=agent.pk, name="测试", scopes=wanted)[1]


class Program:
    """A client with a key; every write brings a fresh Idempotency-Key unless told."""

    def __init__(self, token: str, **headers: str) -> None:
        self.client = Client(raise_request_exception=True)
        self.headers = {"Authorization": f"Bearer {token}", **headers}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query, headers=self.headers)

    def send(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = {**self.headers, "Idempotency-Key": key or uuid4().hex}
        given = "" if body is None else json.dumps(body)
        return self.client.generic(method, f"/api/v1{path}", given, content_type="application/json", headers=headers)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        return self.send("POST", path, body, key=key)
