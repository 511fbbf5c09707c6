"""What a session has proved: how long ago, and whether with a second factor. Desks and money ask for it."""

from __future__ import annotations

from django.http import HttpRequest

from rushi.kernel import clock

FRESH_SECONDS = 600
DEMO = "demo"
_PROVED_AT, _SECOND = "proved_at", "second_factor"


def note(request: HttpRequest, how: str) -> None:
    """Remember that this person just proved who they are: by `code` (SMS), a factor's kind, `recovery` or `demo`."""
    request.session[_PROVED_AT] = clock.now().timestamp()
    if how != "code":
        request.session[_SECOND] = how


def is_fresh(request: HttpRequest) -> bool:
    """Whether this session proved who it is within the last ten minutes."""
    return 0 <= clock.now().timestamp() - float(request.session.get(_PROVED_AT, 0)) <= FRESH_SECONDS


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session proved a second factor since it began (for demo people the demo's door stands for it)."""
    return bool(request.session.get(_SECOND))
