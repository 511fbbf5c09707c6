"""Who is asking, as the actor that actions record."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from rushi.identity.models import User


def actor(request: HttpRequest) -> UUID:
    """The id of the person behind a request that passed a login check."""
    assert isinstance(request.user, User)
    return request.user.pk
