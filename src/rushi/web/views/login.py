"""Getting in and out: phone and code, joining, invitation links, demo people, the way home."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from rushi.audit import queries as audit
from rushi.identity import actions, assurance, queries, rules
from rushi.identity.models import User
from rushi.kernel import clock
from rushi.kernel.errors import NotFound, RushiError
from rushi.web import lock, presence, proving
from rushi.web.forms import add_refusal, posted
from rushi.web.forms.login import CodeForm, JoinForm, PhoneForm
from rushi.web.methods import page_with_form
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
SECOND_STEP_SECONDS = 600
_NEXT, _JOINING, _INVITE, _SECOND = "login_next", "joining_phone", "invite_code", "second_step"


@never_cache
@page_with_form
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
        except RushiError as error:
            add_refusal(form, error)
    people = queries.demo_people() if lock.may_use_demo(request) else []
    return render(request, "web/login/phone.html", {"form": form, "demo_people": people, **_inviter(request)})


@never_cache
@page_with_form
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
@page_with_form
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
    """The phone is proved: in, or on to the second step for whoever has a factor."""
    if not user.is_active:
        return render(request, "web/login/inactive.html", status=403)
    if queries.has_factor(user.pk):
        request.session[_SECOND] = {"user": str(user.pk), "at": clock.now().timestamp()}
        return redirect("login_second")
    return _complete(request, user, "code")


def _complete(request: HttpRequest, user: User, how: str) -> HttpResponse:
    record_authentication(request, user, method="code")
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=_next(request)))
    assurance.note(request, how)
    presence.begin(request, response, user)
    return response


@sensitive_post_parameters()
@never_cache
@page_with_form
def second(request: HttpRequest) -> HttpResponse:
    """The second step of whoever has a factor: an app's code, a passkey or a recovery code."""
    user = _halfway(request)
    if user is None:
        return redirect("login")
    error = ""
    if request.method == "POST":
        try:
            how = proving.prove_factor(request, user)
            del request.session[_SECOND]
            return _complete(request, user, how)
        except RushiError as refusal:
            error = tr(refusal)
    context = {"ways": replace(proving.ways(request, user), demo=False), "error": error}
    return render(request, "web/login/second.html", context, status=422 if error else 200)


@never_cache
@require_POST
def second_passkey(request: HttpRequest) -> JsonResponse:
    """What the browser asks the passkey of whoever is halfway in. Raises NotFound."""
    user = _halfway(request)
    if user is None:
        raise NotFound
    return proving.ask_passkey(request, user)


def _halfway(request: HttpRequest) -> User | None:
    """Whose phone was proved in this session, at most ten minutes ago."""
    begun = request.session.get(_SECOND)
    if not begun or clock.now().timestamp() - begun["at"] > SECOND_STEP_SECONDS:
        return None
    return User.objects.filter(pk=begun["user"], is_active=True).first()


@never_cache
@require_POST
def demo_login(request: HttpRequest) -> HttpResponse:
    """One tap into a demo person's shoes: in the demo only, from this machine only."""
    if not lock.may_use_demo(request):
        raise Http404
    try:
        user = User.objects.filter(pk=UUID(request.POST.get("user", "")), is_demo=True, is_active=True).first()
    except ValueError:
        user = None
    if user is None:
        raise Http404
    start_session(request, user, backend="django.contrib.auth.backends.ModelBackend")
    assurance.note(request, assurance.DEMO)
    response = redirect(_next(request))
    presence.begin(request, response, user)
    return response


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    key = request.session.session_key
    end_session(request)
    if key:
        actions.close_login(key)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@login_required
@require_safe
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
    path("login/second/", second, name="login_second"),
    path("login/second/passkey/", second_passkey, name="login_second_passkey"),
    path("login/demo/", demo_login, name="demo_login"),
    path("logout/", logout, name="logout"),
    path("home/", home, name="home"),
    path("i/<str:code>/", invitation, name="invitation"),
]
