"""Asking again who somebody is, before money moves or an account ends; what was typed comes along unharmed."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from rushi.audit.queries import setting
from rushi.identity import assurance
from rushi.identity.models import User
from rushi.kernel.errors import NotFound, RushiError
from rushi.kernel.money import Money
from rushi.web import proving
from rushi.web.templatetags.rushi import tr

PLAIN = "again_plain"
DOING = "again_doing"
OURS = proving.FIELDS | {PLAIN, DOING}


def asked_again(request: HttpRequest, doing: str) -> HttpResponse | None:
    """The page that asks who it is, when that was proved longer than ten minutes ago; None: go on.

    `doing` says in the reader's language what waits. The page holds the fields that were posted and sends them on.
    """
    if assurance.is_fresh(request):
        return None
    return _page(request, to=request.get_full_path(), doing=doing, is_plain=request.method != "POST", status=403)


def asked_for_payout(request: HttpRequest, amount_fen: int) -> HttpResponse | None:
    """The same for money on its way out, from the amount on that the setting `ask_again_fen` names."""
    if amount_fen < setting("ask_again_fen"):
        return None
    return asked_again(request, gettext("提现 %(yuan)s 元") % {"yuan": Money(amount_fen).yuan})


def _page(request: HttpRequest, *, to: str, doing: str, is_plain: bool, status: int, error: str = "") -> HttpResponse:
    context = {
        "to": to,
        "doing": doing,
        "is_plain": is_plain,
        "error": error,
        "kept": [(name, value) for name in request.POST if name not in OURS for value in request.POST.getlist(name)],
        "ways": proving.ways(request, cast(User, request.user)),
    }
    return render(request, "web/security/again.html", context, status=status)


@sensitive_post_parameters()
@never_cache
@login_required
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Take the proof and go on: to a page by 302, with the same form as before by 307 (RFC 9110 15.4.8)."""
    to, doing, is_plain = request.GET.get("to", ""), request.POST.get(DOING, ""), PLAIN in request.POST
    if not to.startswith("/") or not url_has_allowed_host_and_scheme(to, allowed_hosts=None):
        raise NotFound
    if proving.WAY not in request.POST:  # a form sent on from the back office: ask, then send it back as it was
        return _page(request, to=to, doing=gettext("继续"), is_plain=False, status=200)
    error = ""
    try:
        how = proving.prove_again(request, cast(User, request.user))
        if how is not None:
            assurance.note(request, how)
            return HttpResponseRedirect(to, preserve_request=not is_plain)
    except RushiError as refusal:
        error = tr(refusal)
    return _page(
        request, to=to, doing=doing or gettext("继续"), is_plain=is_plain, status=422 if error else 200, error=error
    )


@never_cache
@login_required
@require_POST
def again_passkey(request: HttpRequest) -> JsonResponse:
    """What the browser asks the passkey."""
    return proving.ask_passkey(request, cast(User, request.user))


urlpatterns = [
    path("me/again/", again, name="again"),
    path("me/again/passkey/", again_passkey, name="again_passkey"),
]
