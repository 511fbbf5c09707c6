"""Who a session's cookie belongs to, in one prepared statement: for the routes that are asked all the time.

What is remembered in the process is only what a session's text says (its signature was checked) and for which
password it was made. The text itself, and the person, are read from the database at every request: a logout, an
erasure, a suspension or a changed role holds from the next request on.
"""

from __future__ import annotations

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
    known = _read.get(session_key)
    row = sql.prepared("identity", "session", {"user": known and known.user_id, "key": session_key, "at": clock.now()})
    if row is None:
        return None
    text, *values, is_participant = row
    if known is None or known.text != text or values[0] != known.password:
        return _look_closer(session_key, text)
    user = User.from_db(connection.alias, _FIELDS, values)
    user.is_known_participant = is_participant
    return user if user.is_active else None


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
