"""Who a session's cookie belongs to, in one prepared statement: for the routes that are asked all the time.

What is remembered in the process is only what a session's text says (its signature was checked) and for which
password it was made. The text itself, and the person, are read from the database at every request: a logout, an
erasure, a suspension or a changed role holds from the next request on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
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
    """What a session's text said: whose it is, and the password it is found to be signed for (None: not looked)."""

    text: str
    user_id: UUID
    hash: str
    password: str | None = None

    @classmethod
    def of(cls, text: str) -> _Read | None:
        """Decode a session as Django does (its signature is checked); None when nobody is logged in there."""
        facts = SessionStore().decode(text)
        if facts.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
            return None
        try:
            return cls(text, UUID(str(facts[SESSION_KEY])), facts[HASH_SESSION_KEY])
        except (KeyError, ValueError):
            return None


_read: dict[str, _Read] = {}


def user_of(session_key: str) -> User | None:
    """The active user whose running session this is, with only id and language loaded; None for anything else."""
    return users_of([session_key])[0]


def users_of(session_keys: Sequence[str]) -> list[User | None]:
    """As `user_of`, for a batch in one statement, and one more when sessions are seen here for the first time."""
    known = [_read.get(key) for key in session_keys]
    users, unread = _match(session_keys, known)
    if unread:
        for place, text in unread.items():
            known[place] = _Read.of(text)
        places = [place for place in unread if known[place] is not None]
        looked, _ = _match([session_keys[place] for place in places], [known[place] for place in places])
        for place, user in zip(places, looked, strict=True):
            users[place] = _remembered(session_keys[place], known[place], user)
    return users


def _match(keys: Sequence[str], known: Sequence[_Read | None]) -> tuple[list[User | None], dict[int, str]]:
    """The active users of running sessions, as far as known; by place, the texts that say something else by now."""
    asked = {
        "keys": sql.array(key if _KEY.fullmatch(key) else "-" for key in keys),
        "users": sql.array(one.user_id if one else "NULL" for one in known),
        "at": clock.now(),
    }
    users: list[User | None] = [None] * len(keys)
    unread: dict[int, str] = {}
    for ordinal, text, *values, is_participant in sql.prepared("identity", "sessions", asked):
        place, one = ordinal - 1, known[ordinal - 1]
        if one is None or one.text != text or one.password not in {None, values[0]}:
            unread[place] = text
        elif values[3]:
            users[place] = user = User.from_db(connection.alias, _FIELDS, values)
            user.is_known_participant = is_participant
    return users, unread


def _remembered(key: str, read: _Read | None, user: User | None) -> User | None:
    """The user when the session was made for the present password, and then known here from now on."""
    if read is None or user is None or not constant_time_compare(read.hash, user.get_session_auth_hash()):
        return None
    if len(_read) >= REMEMBERED_MAX:
        _read.clear()
    _read[key] = replace(read, password=user.password)
    return user
