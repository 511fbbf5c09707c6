"""The lock before the desks, the site as passkeys know it, and who may use the demo's door."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from rushi.identity import assurance, passkeys
from rushi.identity import queries as identity
from rushi.identity.errors import SecondFactorMissing

View = Callable[..., HttpResponseBase]


def desk(*roles: str) -> Callable[[View], View]:
    """Lets in people with one of these staff roles whose session proved a second factor.

    Visitors go to the login page, people without the role get a 403, the others first prove their factor.
    """

    def decorate(view: View) -> View:
        @login_required
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            identity.require_staff(request.user, *roles)
            return view(request, *args, **kwargs) if assurance.has_second_factor(request) else locked(request)

        return guarded

    return decorate


def locked(request: HttpRequest) -> HttpResponseRedirect:
    """The way to the page that opens the desk. Raises SecondFactorMissing for anything but a page."""
    if request.method not in {"GET", "HEAD"} or "HX-Request" in request.headers:
        raise SecondFactorMissing
    return HttpResponseRedirect(f"{reverse('desk_locked')}?{urlencode({'next': request.get_full_path()})}")


def site(request: HttpRequest) -> passkeys.Site:
    """This site as passkeys know it: the host and origin of the page (Django checked it against ALLOWED_HOSTS)."""
    host = request.get_host()
    return passkeys.Site(settings.BRAND, host.rsplit(":", 1)[0], f"{request.scheme}://{host}")


def may_use_demo(request: HttpRequest) -> bool:
    """Whether demo people may be used: the demo profile, and nobody in between but this machine."""
    try:
        near = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        near = False
    return settings.IS_DEMO and near and "HTTP_X_FORWARDED_FOR" not in request.META
