"""A person's keys and logins: second factors, recovery codes, where one is logged in, the lock before the desks."""

from __future__ import annotations

import base64
from typing import cast
from uuid import UUID

import pyotp
import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from rushi.identity import actions, assurance, passkeys, queries, rules, sealing
from rushi.identity.models import User
from rushi.kernel.errors import RushiError
from rushi.web import lock, presence, proving
from rushi.web.errors import refused
from rushi.web.forms import add_refusal, posted
from rushi.web.forms.security import AppForm, PasskeyForm
from rushi.web.methods import page_with_form
from rushi.web.views.again import asked_again

_NEW_SECRET, _DESK = "totp_new", "desk_next"


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


@never_cache
@login_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """My factors, my recovery codes, and where I am logged in."""
    user = _user(request)
    context = {
        "layout": "web/phone.html" if queries.participant_of(user) else "web/login/base.html",
        "factors": queries.factors(user.pk),
        "codes_left": queries.recovery_codes_left(user.pk),
        "logins": queries.logins(user.pk),
        "here": request.session.session_key,
        "unknown_logins": queries.unknown_logins(user.pk),
        "passkey_fits": proving.passkey_fits(request),
        "passkey": PasskeyForm(),
        "needs_factor": bool(queries.doors(user).role_labels),
    }
    return render(request, "web/security/security.html", context)


@sensitive_post_parameters()
@never_cache
@login_required
@page_with_form
def add_app(request: HttpRequest) -> HttpResponse:
    """Scan the code with an authenticator app, type what it shows."""
    if page := asked_again(request, gettext("添加验证器应用")):
        return page
    user, secret = _user(request), _new_secret(request)
    form = AppForm(posted(request))
    if form.is_valid():
        try:
            actions.add_totp(actor_id=user.pk, secret=secret, **form.cleaned_data)
            del request.session[_NEW_SECRET]
            return _added(request, "totp")
        except RushiError as error:
            add_refusal(form, error)
    label = rules.masked_phone(user.phone) or str(user)
    address = pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name=settings.BRAND)
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=2, dark="#1a211e", light="#ffffff")
    context = {"form": form, "secret": secret, "picture": picture, "address": address}
    return render(request, "web/security/app.html", context, status=422 if form.errors else 200)


def _new_secret(request: HttpRequest) -> str:
    """The secret on its way to the app: kept sealed in the session until the app shows a code for it."""
    context = f"totp_new:{_user(request).pk}"
    if kept := request.session.get(_NEW_SECRET):
        return sealing.unseal(base64.b64decode(kept), context=context)
    secret = actions.new_totp_secret()
    request.session[_NEW_SECRET] = base64.b64encode(sealing.seal(secret, context=context)).decode()
    return secret


@never_cache
@login_required
@require_POST
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Keep the passkey that the browser made."""
    if page := asked_again(request, gettext("添加通行密钥")):
        return page
    form = PasskeyForm(request.POST)
    try:
        name = form.cleaned_data["name"] if form.is_valid() else ""
        answer, state = request.POST.get(proving.PASSKEY, ""), proving.take_state(request)
        actions.add_passkey(actor_id=_user(request).pk, site=lock.site(request), state=state, answer=answer, name=name)
        return _added(request, "passkey")
    except RushiError as error:
        refused(request, error)
        return redirect("security")


@never_cache
@login_required
@require_POST
def ask_new_passkey(request: HttpRequest) -> JsonResponse:
    """What the browser asks for a new passkey."""
    user = _user(request)
    label = rules.masked_phone(user.phone) or str(user)
    options, state = passkeys.ask_to_register(lock.site(request), user.pk, label, queries.passkeys(user.pk))
    proving.keep_state(request, state)
    return JsonResponse(options)


def _added(request: HttpRequest, how: str) -> HttpResponse:
    """A factor was added, and with that proved: show recovery codes with the first."""
    assurance.note(request, how)
    messages.success(request, gettext("已添加。以后登录和动用资金时会用到它。"))
    if queries.recovery_codes_left(_user(request).pk):
        return redirect(request.session.pop(_DESK, None) or "security")
    return _codes_page(request)


def _codes_page(request: HttpRequest) -> HttpResponse:
    codes = actions.make_recovery_codes(actor_id=_user(request).pk)
    onward = request.session.pop(_DESK, None)
    return render(request, "web/security/codes.html", {"codes": codes, "onward": onward})


@never_cache
@login_required
@require_POST
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, this once."""
    if page := asked_again(request, gettext("生成新的恢复码")):
        return page
    return _codes_page(request)


@login_required
@require_POST
def remove_factor(request: HttpRequest, factor_id: UUID) -> HttpResponse:
    """Take a factor away."""
    if page := asked_again(request, gettext("删除验证方式")):
        return page
    try:
        actions.remove_factor(actor_id=_user(request).pk, factor_id=factor_id)
        messages.success(request, gettext("已删除。"))
    except RushiError as error:
        if error.status == 404:
            raise
        refused(request, error)
    return redirect("security")


@login_required
@require_POST
def end_login(request: HttpRequest, login_id: UUID) -> HttpResponse:
    """End one of my logins, at once."""
    actions.end_login(actor_id=_user(request).pk, login_id=login_id)
    messages.success(request, gettext("已让那台设备退出登录。"))
    return redirect("security")


@login_required
@require_POST
def end_other_logins(request: HttpRequest) -> HttpResponse:
    """End all my logins but this one, at once."""
    user, before = _user(request), request.session.session_key or ""
    actions.end_other_logins(actor_id=user.pk, session_key=before)
    user.refresh_from_db(fields=["password"])
    update_session_auth_hash(request, user)
    after = request.session.session_key or ""
    actions.move_login(session_key=before, to=after)
    presence.seen(after)
    messages.success(request, gettext("其他设备都已退出登录。"))
    return redirect("security")


@login_required
@require_POST
def own_login(request: HttpRequest, login_id: UUID) -> HttpResponse:
    """Of a new device: that was me."""
    actions.own_login(actor_id=_user(request).pk, login_id=login_id)
    return redirect("security")


@never_cache
@login_required
@require_safe
def desk_locked(request: HttpRequest) -> HttpResponse:
    """Before a desk opens: prove the factor, or set one up."""
    wanted = request.GET.get("next", "")
    onward = wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/home/"
    if assurance.has_second_factor(request):
        return redirect(onward)
    request.session[_DESK] = onward
    user = _user(request)
    context = {"onward": onward, "ways": proving.ways(request, user), "passkey": PasskeyForm()}
    return render(request, "web/security/locked.html", context)


urlpatterns = [
    path("me/security/", security, name="security"),
    path("me/security/app/", add_app, name="add_app"),
    path("me/security/passkey/", add_passkey, name="add_passkey"),
    path("me/security/passkey/ask/", ask_new_passkey, name="ask_new_passkey"),
    path("me/security/codes/", recovery_codes, name="recovery_codes"),
    path("me/security/factors/<uuid:factor_id>/remove/", remove_factor, name="remove_factor"),
    path("me/security/logins/<uuid:login_id>/end/", end_login, name="end_login"),
    path("me/security/logins/<uuid:login_id>/mine/", own_login, name="own_login"),
    path("me/security/logins/end/", end_other_logins, name="end_other_logins"),
    path("me/security/desk/", desk_locked, name="desk_locked"),
]
