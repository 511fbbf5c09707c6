"""Getting in and out: phone and code, joining, invitation links, demo people, the way home."""

from __future__ import annotations

import ipaddress
from uuid import UUID

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.exceptions import RateLimited
from django.conf import settings
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rushi.audit import queries as audit
from rushi.identity import actions, queries, rules
from rushi.identity.models import User
from rushi.kernel.errors import RushiError
from rushi.web.forms import add_refusal, posted
from rushi.web.forms.login import CodeForm, JoinForm, PhoneForm
from rushi.web.phone_code import PhoneCodeProcess
from rushi.web.templatetags.rushi import tr

HOMES = {
    "operator": "/admin/",
    "finance": "/finance/",
    "reviewer": "/review/",
    "console": "/console/",
    "agent": "/agent/",
    "tasks": "/tasks/",
}
_NEXT, _JOINING, _INVITE = "login_next", "joining_phone", "invite_code"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Ask for the phone and send a code; in the demo also list the demo people."""
    if request.method in {"GET", "HEAD"}:
        _remember_next(request)
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = PhoneForm(posted(request))
    if form.is_valid():
        try:
            PhoneCodeProcess.initiate(request, form.cleaned_data["phone"])
            return redirect("login_code")
        except RateLimited:
            form.add_error("phone", gettext("发送太频繁，请稍后再试。"))
        except RushiError as error:
            add_refusal(form, error)
    people = queries.demo_people() if may_use_demo(request) else []
    return render(request, "web/login/phone.html", {"form": form, "demo_people": people, **_inviter(request)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Take the code: known phones are in, new ones go on to the declaration."""
    process = PhoneCodeProcess.resume(request)
    if process is None:
        return redirect("login")
    form = CodeForm(request.POST if request.POST.get("action") == "verify" else None)
    try:
        if request.method == "POST" and request.POST.get("action") == "resend" and process.can_resend:
            process.resend()
            return redirect("login_code")
        if form.is_valid():
            if fault := _code_fault(process, form.cleaned_data["code"]):
                form.add_error("code", fault)
            else:
                return _prove(request, process)
    except RateLimited:
        form = _with_error(gettext("操作太频繁，请稍后再试。"))
    except RushiError as error:
        form = _with_error(tr(error))
    return render(request, "web/login/code.html", {"form": form, "process": process, **_inviter(request)})


def _code_fault(process: PhoneCodeProcess, entered: str) -> str | None:
    if process.is_over:
        return gettext("错误次数过多，验证码已作废，请重新获取。")
    if not process.is_valid():
        return gettext("验证码已过期，请重新获取。")
    if process.matches(entered):
        return None
    if process.is_over:
        return gettext("错误次数过多，验证码已作废，请重新获取。")
    return gettext("验证码不正确，请核对后再试。")


def _with_error(text: str) -> CodeForm:
    form = CodeForm({"code": ""})
    form.errors.clear()
    form.add_error("code", text)
    return form


def _prove(request: HttpRequest, process: PhoneCodeProcess) -> HttpResponse:
    """The code was right: log in whoever has the phone, or let them join."""
    process.abort()
    user = User.objects.filter(phone=process.phone).first()
    if user is None:
        request.session[_JOINING] = process.phone
        return redirect("join")
    return _enter(request, user)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """The declaration of a new person, once the phone is proved."""
    phone = request.session.get(_JOINING)
    if not phone:
        return redirect("login")
    form = JoinForm(posted(request))
    if form.is_valid():
        user = actions.join(
            phone=phone,
            adult_declared=form.cleaned_data["adult"],
            agreed=form.cleaned_data["agreed"],
            invite_code=request.session.get(_INVITE),
            language=getattr(request, "LANGUAGE_CODE", "zh-hans"),
        )
        del request.session[_JOINING]
        request.session.pop(_INVITE, None)
        return _enter(request, user)
    context = {"form": form, "phone": rules.masked_phone(phone), "version": rules.TERMS_VERSION}
    return render(request, "web/login/join.html", {**context, **_inviter(request)})


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    if not user.is_active:
        return render(request, "web/login/inactive.html", status=403)
    record_authentication(request, user, method="code")
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=_next(request)))
    return response


@never_cache
@require_POST
def demo_login(request: HttpRequest) -> HttpResponse:
    """One tap into a demo person's shoes: in the demo only, from this machine only."""
    if not may_use_demo(request):
        raise Http404
    try:
        user = User.objects.filter(pk=UUID(request.POST.get("user", "")), is_demo=True, is_active=True).first()
    except ValueError:
        user = None
    if user is None:
        raise Http404
    start_session(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(_next(request))


def may_use_demo(request: HttpRequest) -> bool:
    """Whether demo people may be used: the demo profile, and nobody in between but this machine."""
    try:
        near = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        near = False
    return settings.IS_DEMO and near and "HTTP_X_FORWARDED_FOR" not in request.META


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    end_session(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the first portal this person has."""
    return redirect(HOMES[queries.doors(request.user).home])


@never_cache
@require_safe
def invitation(request: HttpRequest, code: str) -> HttpResponse:
    """An agent's invitation: who invites, what it is, the plain facts. The code waits in the session."""
    agent = queries.inviting_agent(code)
    request.session[_INVITE] = agent.code
    context = {"agent": agent, "floor_fen": audit.setting("hourly_floor_fen"), "form": PhoneForm()}
    return render(request, "web/login/invitation.html", context)


def _inviter(request: HttpRequest) -> dict[str, object]:
    try:
        return {"inviter": queries.inviting_agent(request.session[_INVITE])}
    except (KeyError, RushiError):
        return {"inviter": None}


def _remember_next(request: HttpRequest) -> None:
    wanted = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        request.session[_NEXT] = wanted
    else:
        request.session.pop(_NEXT, None)


def _next(request: HttpRequest) -> str:
    return str(request.session.pop(_NEXT, "") or settings.LOGIN_REDIRECT_URL)


urlpatterns = [
    path("login/", login, name="login"),
    path("login/code/", code, name="login_code"),
    path("login/join/", join, name="join"),
    path("login/demo/", demo_login, name="demo_login"),
    path("logout/", logout, name="logout"),
    path("home/", home, name="home"),
    path("i/<str:code>/", invitation, name="invitation"),
]
