"""API keys: made, used, revoked. The secret is shown once and never kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from rushi.audit import actions as audit
from rushi.audit.queries import setting
from rushi.db import sql
from rushi.db.retry import single, transactional
from rushi.identity import rules
from rushi.identity.actions.organisations import owned
from rushi.identity.errors import BadApiKey, TooManyKeys
from rushi.identity.models import Agent, ApiKey, User
from rushi.identity.queries import access_api_key
from rushi.kernel import clock
from rushi.kernel.errors import Invalid, NotFound
from rushi.kernel.ids import uuid7

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Use:
    """One request by a key: for whom it acts, and what is left of the minute's requests."""

    user: User
    key: ApiKey
    limit: int
    count: int
    reset_seconds: int

    @property
    def remaining(self) -> int:
        """How many requests the key has left in this minute."""
        return max(0, self.limit - self.count)


@transactional
def make_api_key(
    *,
    actor_id: UUID,
    name: str,
    scopes: Sequence[str],
    organisation_id: UUID | None = None,
    agent_id: UUID | None = None,
) -> tuple[ApiKey, str]:
    """A new key of an organisation (by an owner) or of one's own agency, and its secret, which nobody sees again.

    Raises Invalid (name, scopes), TooManyKeys, NotFound, NotAllowed.
    """
    if organisation_id is not None:
        owned(actor_id, organisation_id)
        known, held = rules.ORGANISATION_SCOPES, ApiKey.objects.filter(organisation_id=organisation_id)
    else:
        assert agent_id is not None
        if Agent.objects.select_for_update(no_key=True).filter(pk=agent_id, user_id=actor_id).first() is None:
            raise NotFound
        known, held = rules.AGENT_SCOPES, ApiKey.objects.filter(agent_id=agent_id)
    wanted = [scope for scope in known if scope in scopes]
    if not name.strip():
        raise Invalid(field="name")
    if not wanted or set(scopes) - set(wanted):
        raise Invalid(field="scopes")
    if held.filter(revoked_at=None).count() >= rules.API_KEYS_MAX:
        raise TooManyKeys
    prefix = "rushi_" + _random(8)
    token = f"{prefix}_{_random(40)}"
    key = ApiKey.objects.create(
        id=uuid7(),
        organisation_id=organisation_id,
        agent_id=agent_id,
        name=name.strip()[:40],
        prefix=prefix,
        digest=_digest(token),
        scopes=wanted,
        made_by_id=actor_id,
        made_at=clock.now(),
    )
    _record(actor_id, "api_key.make", key)
    return key, token


@transactional
def revoke_api_key(*, actor_id: UUID, key_id: UUID) -> ApiKey:
    """Take a key back, from this moment on; again changes nothing. Owners only. Raises NotFound, NotAllowed."""
    key = access_api_key(User.objects.get(pk=actor_id), key_id)
    if ApiKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=clock.now()):
        _record(actor_id, "api_key.revoke", key)
    return key


@single
def use_api_key(*, token: str) -> Use:
    """Whom a secret speaks for; counts the request and notes the moment, in one statement. Raises BadApiKey.

    Whether the limit is passed is in the answer: the caller refuses.
    """
    now = clock.now()
    window = now.replace(second=now.second // rules.RATE_WINDOW_SECONDS * rules.RATE_WINDOW_SECONDS, microsecond=0)
    rows = sql.rows("identity", "use_api_key", {"digest": _digest(token), "window": window, "at": now})
    if not rows:
        raise BadApiKey
    key = ApiKey.objects.select_related("made_by").get(pk=rows[0]["id"])
    user = key.made_by
    if not user.is_active:
        raise BadApiKey
    user.api_key = key
    ends = window + dt.timedelta(seconds=rules.RATE_WINDOW_SECONDS)
    reset = max(1, -(-(ends - now) // dt.timedelta(seconds=1)))
    return Use(user, key, setting("api_requests_a_minute"), rows[0]["window_count"], reset)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()  # 238 random bits: nothing to guess, so no slow hash is needed


def _record(actor_id: UUID, action: str, key: ApiKey) -> None:
    audit.record(
        actor_id=actor_id,
        action=action,
        subject_kind="organisation" if key.organisation_id else "agent",
        subject_id=key.owner_id,
        detail={"key_id": key.pk, "prefix": key.prefix, "scopes": key.scopes},
    )
