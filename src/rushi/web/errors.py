"""How pages of the web door say that something was not done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

from rushi.kernel.errors import RushiError
from rushi.web.templatetags.rushi import tr


def refused(request: HttpRequest, error: RushiError) -> None:
    """Tell on the next page why something was not done."""
    messages.error(request, tr(error))
