"""Who a session's cookie belongs to, in one prepared statement: for the routes that are asked all the time.

What is remembered in the process is only what a session's text says (its signature was checked) and for which
password it was made. The text itself, and the person, are read from the database at every request: a logout, an
erasure, a suspension or a changed role holds from the next request on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils.crypto import constant_time_compare

from rushi.db import sql
from rushi.identity.models import User
from rushi.kernel import clock

REMEMBERED_MAX = 20_000
_KEY = re.compile(r"[a-z0-9]{8,40}", re.ASCII)  # as Django makes them
_FIELDS = ("password", "id", "language", "is_active")  # in the order of the model, as `from_db` wants them


@dataclass(frozen=True, slots=True)
class _Read:
    """What a session's text said: whose it is, and the password (or its absence) it was signed for."""

    text: str
    user_id: UUID
    password: str


_read: dict[str, _Read] = {}


def user_of(session_key: str) -> User | None:
    """The active user whose running session this is, with only id and language loaded; None for anything else."""
    return users_of([session_key])[0]


def users_of(session_keys: Sequence[str]) -> list[User | None]:
    """As `user_of`, for a batch in one statement. Keys that cannot be ours are nobody's."""
    known = [_read.get(key) for key in session_keys]
    keys = {
        "keys": sql.array(key if _KEY.fullmatch(key) else "-" for key in session_keys),
        "users": sql.array(one.user_id if one else "NULL" for one in known),
        "at": clock.now(),
    }
    users: list[User | None] = [None] * len(session_keys)
    for place, text, *values, is_participant in sql.prepared("identity", "sessions", keys):
        one = known[place - 1]
        if one is None or one.text != text or values[0] != one.password:
            users[place - 1] = _look_closer(session_keys[place - 1], text)
            continue
        user = User.from_db(connection.alias, _FIELDS, values)
        user.is_known_participant = is_participant
        users[place - 1] = user if user.is_active else None
    return users


def _look_closer(session_key: str, text: str) -> User | None:
    """Decode the session as Django does, and check that it was made for the present password."""
    facts = SessionStore().decode(text)
    try:
        user_id = UUID(str(facts[SESSION_KEY]))
        backend = facts[BACKEND_SESSION_KEY]
    except (KeyError, ValueError):
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not backend:
        return None
    if not constant_time_compare(facts.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return None
    if len(_read) >= REMEMBERED_MAX:
        _read.clear()
    _read[session_key] = _Read(text, user.pk, user.password)
    return user
