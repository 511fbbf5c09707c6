"""Where people are logged in: written down, seen again, ended at once."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from rushi.audit import actions as audit
from rushi.db import sql
from rushi.db.retry import transactional
from rushi.identity import devices, sealing
from rushi.identity.models import Login, User
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.kernel.ids import uuid7

LOGIN_KEPT_DAYS: Final = 180


@transactional
def note_login(*, user_id: UUID, session_key: str, agent: str, device: str) -> Login:
    """Write down a login by its session, the browser's own words (`agent`) and the device's own cookie.

    A device that this person never used is new, unless it is the very first. Seen again: only the time changes.
    """
    now = clock.now()
    digest = _digest(device)
    earlier = Login.objects.filter(user_id=user_id)
    is_new = earlier.exists() and not (digest and earlier.filter(device_digest=digest).exists())
    login, _ = Login.objects.update_or_create(
        session_key=session_key,
        defaults={"seen_at": now},
        create_defaults={
            "user_id": user_id, "device": _words(agent), "device_digest": digest,
            "is_new_device": is_new, "began_at": now, "seen_at": now,
        },
    )  # fmt: skip
    return login


def see_login(*, user_id: UUID, session_key: str, agent: str, device: str) -> None:
    """Note that a session is in use now; one that nobody wrote down is written down. One statement."""
    facts = {"id": uuid7(), "user": user_id, "key": session_key, "device": _words(agent), "digest": _digest(device)}
    sql.rows("identity", "see_login", {**facts, "at": clock.now()})


def _words(agent: str) -> str:
    return " · ".join(filter(None, devices.words(agent)))


def _digest(device: str) -> bytes | None:
    return sealing.digest(device, context="device") if device else None


@transactional
def end_login(*, actor_id: UUID, login_id: UUID) -> None:
    """End one of one's own logins; from the next request on nobody is there. Raises NotFound."""
    if not _end(Login.objects.filter(pk=login_id, user_id=actor_id, ended_at=None)):
        raise NotFound
    audit.record(actor_id=actor_id, action="login.end", subject_kind="user", subject_id=actor_id)


@transactional
def end_other_logins(*, actor_id: UUID, session_key: str) -> int:
    """End all of one's own logins but the present one; returns how many.

    Also those that nobody wrote down: no session made before this one holds. The door signs the present one anew.
    """
    count = _end(Login.objects.filter(user_id=actor_id, ended_at=None).exclude(session_key=session_key))
    _void_sessions(actor_id)
    audit.record(
        actor_id=actor_id, action="login.end_others", subject_kind="user", subject_id=actor_id, detail={"count": count}
    )
    return count


def end_logins(user_id: UUID) -> int:
    """End all logins of somebody, inside a larger action; returns how many."""
    _void_sessions(user_id)
    return _end(Login.objects.filter(user_id=user_id, ended_at=None))


def _end(logins: QuerySet[Login]) -> int:
    keys = list(logins.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    return Login.objects.filter(session_key__in=keys).update(ended_at=clock.now())


def _void_sessions(user_id: UUID) -> None:
    """Sessions are signed for the password there is; nobody has one, so another random one voids them all."""
    User.objects.filter(pk=user_id).update(password=make_password(None))


def move_login(*, session_key: str, to: str) -> None:
    """The same login under the new key that its session was given."""
    Login.objects.filter(session_key=session_key).update(session_key=to)


def close_login(session_key: str) -> None:
    """Note that a login ended by logging out; its session is gone with that."""
    Login.objects.filter(session_key=session_key, ended_at=None).update(ended_at=clock.now())


@transactional
def own_login(*, actor_id: UUID, login_id: UUID) -> None:
    """The person says of a new device: that was me. Raises NotFound."""
    if not Login.objects.filter(pk=login_id, user_id=actor_id).update(noticed_at=clock.now()):
        raise NotFound


def forget_logins() -> int:
    """Drop logins that nobody used for half a year, and sessions that ran out; returns how many. Run nightly."""
    Session.objects.filter(expire_date__lt=clock.now()).delete()
    old = clock.now() - dt.timedelta(days=LOGIN_KEPT_DAYS)
    deleted, _ = Login.objects.filter(seen_at__lt=old).delete()
    return deleted
