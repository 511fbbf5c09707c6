"""A person's own pages: profile, real name, consents, invitations, becoming an agent, leaving."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from rushi.identity import actions, queries
from rushi.identity.models import Participant, User
from rushi.kernel.errors import RushiError
from rushi.payouts import actions as payouts
from rushi.web.forms import add_refusal, posted
from rushi.web.forms.me import AgentForm, EraseForm, ProfileForm, RealNameForm
from rushi.web.methods import page_with_form
from rushi.web.views.again import asked_again


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _layout(participant: Participant | None) -> str:
    """Only participants have the tabs of tasks and wallet below; for everybody else they would lead nowhere."""
    return "web/phone.html" if participant else "web/login/base.html"


@never_cache
@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """Who I am here, and the doors to everything about me."""
    user = _user(request)
    participant = queries.participant_of(user)
    context = {
        "layout": _layout(participant),
        "participant": participant,
        "invitations": queries.invitations_for(user),
        "masked_name": queries.masked_name(user.id),
        "unknown_logins": queries.unknown_logins(user.id),
        "has_factor": queries.has_factor(user.id),
    }
    return render(request, "web/me/me.html", context)


@never_cache
@login_required
@page_with_form
def profile(request: HttpRequest) -> HttpResponse:
    """What I say of myself, for finding tasks that fit."""
    user, participant = _user(request), queries.access_participant(request.user)
    now = {name: getattr(participant, name) for name in ("region", "age_band", "gender", "interests")}
    form = ProfileForm(posted(request), initial={"nickname": user.nickname, **now})
    if participant.real_name_verified_at:
        form.fields["age_band"].disabled = True
    if form.is_valid():
        actions.update_profile(actor_id=user.id, **form.cleaned_data)
        messages.success(request, gettext("资料已保存。"))
        return redirect("me")
    return render(request, "web/me/profile.html", {"form": form, "participant": participant})


@sensitive_post_parameters()
@never_cache
@login_required
@page_with_form
def real_name(request: HttpRequest) -> HttpResponse:
    """Prove my name, once; needed for the first cash-out."""
    user, participant = _user(request), queries.access_participant(request.user)
    form = RealNameForm(posted(request))
    if form.is_valid():
        try:
            actions.verify_real_name(actor_id=user.id, **form.cleaned_data)
            messages.success(request, gettext("实名认证已完成。"))
            wanted = request.GET.get("next", "")
            return redirect(wanted if url_has_allowed_host_and_scheme(wanted, None) else "me")
        except RushiError as error:
            add_refusal(form, error)
    context = {"form": form, "participant": participant, "masked_name": queries.masked_name(user.id)}
    return render(request, "web/me/real_name.html", context)


@never_cache
@login_required
@require_safe
def consents(request: HttpRequest) -> HttpResponse:
    """What I agreed to, when, and how to take it back."""
    return render(request, "web/me/consents.html", {"consents": queries.consents(_user(request).id)})


@login_required
@require_POST
def withdraw_real_name(request: HttpRequest) -> HttpResponse:
    """Take back the consent to keep my name and number."""
    actions.withdraw_real_name(actor_id=_user(request).id)
    messages.success(request, gettext("已撤回同意，姓名和身份证号已删除。"))
    return redirect("me_consents")


@login_required
@require_POST
def answer_invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Say yes or no to an organisation's invitation."""
    accept = request.POST.get("answer") == "yes"
    actions.answer_invitation(actor_id=_user(request).id, invitation_id=invitation_id, accept=accept)
    messages.success(request, gettext("已加入机构。") if accept else gettext("已谢绝邀请。"))
    return redirect("me")


@login_required
@page_with_form
def become_agent(request: HttpRequest) -> HttpResponse:
    """Become an agent, by oneself, once the name is verified."""
    user = _user(request)
    if queries.doors(user).agent:
        return redirect("agent")
    form = AgentForm(posted(request), initial={"name": user.nickname})
    if form.is_valid():
        try:
            actions.become_agent(actor_id=user.id, name=form.cleaned_data["name"])
            return redirect("agent")
        except RushiError as error:
            add_refusal(form, error)
    return render(request, "web/me/become_agent.html", {"form": form, "verified": queries.has_real_name(user.id)})


@never_cache
@login_required
@page_with_form
def erase(request: HttpRequest) -> HttpResponse:
    """Leave for good: refused while work is open or money is owed."""
    user = _user(request)
    form = EraseForm(posted(request))
    if form.is_valid():
        if page := asked_again(request, gettext("注销账号")):
            return page
        try:
            payouts.leave(actor_id=user.id)
            end_session(request)
            return render(request, "web/me/erased.html")
        except RushiError as error:
            add_refusal(form, error)
    return render(request, "web/me/erase.html", {"form": form, "layout": _layout(queries.participant_of(user))})


urlpatterns = [
    path("me/", me, name="me"),
    path("me/profile/", profile, name="me_profile"),
    path("me/name/", real_name, name="real_name"),
    path("me/consents/", consents, name="me_consents"),
    path("me/consents/name/", withdraw_real_name, name="withdraw_real_name"),
    path("me/invitations/<uuid:invitation_id>/", answer_invitation, name="answer_invitation"),
    path("me/agent/", become_agent, name="become_agent"),
    path("me/erase/", erase, name="me_erase"),
]
