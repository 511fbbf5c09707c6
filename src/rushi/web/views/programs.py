"""Programs of advertisers and agents: their API keys, and webhooks with the log of what was sent."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rushi.audit.queries import setting
from rushi.identity import actions as identity_actions
from rushi.identity import queries as identity
from rushi.identity.models import ApiKey, User
from rushi.identity.rules import AGENT_SCOPES, ORGANISATION_SCOPES
from rushi.kernel.errors import RushiError
from rushi.notices import actions, queries
from rushi.notices.models import Sending
from rushi.web.actor import actor
from rushi.web.errors import refused
from rushi.web.forms import add_refusal, posted
from rushi.web.forms.programs import EndpointForm, KeyForm
from rushi.web.methods import page_with_form

STATUSES = dict(Sending.Status.choices)


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, f"web/programs/{name}.html", context)


# --- keys --------------------------------------------------------------------------------------------------------


@never_cache
@login_required
@page_with_form
def organisation_keys(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """The organisation's keys, for its owners; a new one is shown once."""
    found = identity.access_organisation(request.user, organisation_id, "owner")
    context = {"organisation": found, "base": "web/organisation/base.html"}
    return _keys(request, context, ORGANISATION_SCOPES, organisation_id=organisation_id)


@never_cache
@login_required
@page_with_form
def agent_keys(request: HttpRequest) -> HttpResponse:
    """An agent's own keys."""
    found = identity.access_agent(cast(User, request.user))
    return _keys(request, {"agent": found, "base": "web/agent/base.html"}, AGENT_SCOPES, agent_id=found.pk)


def _keys(request: HttpRequest, context: dict[str, Any], known: Any, **owner: Any) -> HttpResponse:
    form = KeyForm(posted(request), known=known)
    if form.is_valid():
        try:
            made, secret = identity_actions.make_api_key(actor_id=actor(request), **form.cleaned_data, **owner)
            context |= {"made": made, "secret": secret}
            form = KeyForm(known=known)
        except RushiError as error:
            add_refusal(form, error)
    keys = identity.api_keys(next(iter(owner.values())))
    limit = setting("api_requests_a_minute")
    return _page(request, "keys", {**context, "form": form, "keys": keys, "limit": limit})


@never_cache
@login_required
@page_with_form
def revoke_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Confirm, then take a key back for good."""
    key = identity.access_api_key(request.user, key_id)
    if request.method == "POST":
        identity_actions.revoke_api_key(actor_id=actor(request), key_id=key_id)
        messages.success(request, gettext("密钥已撤销，用它的程序从现在起会被拒绝。"))
        return _back(key)
    base = "web/organisation/base.html" if key.organisation else "web/agent/base.html"
    return _page(request, "revoke", {"key": key, "organisation": key.organisation, "base": base})


def _back(key: ApiKey) -> HttpResponse:
    return redirect("organisation_keys", key.organisation_id) if key.organisation_id else redirect("agent_keys")


# --- webhooks ----------------------------------------------------------------------------------------------------


@never_cache
@login_required
@page_with_form
def webhooks(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """The organisation's endpoints, and a new one."""
    found = identity.access_organisation(request.user, organisation_id, "owner")
    form = EndpointForm(posted(request))
    if form.is_valid():
        try:
            made = actions.add_endpoint(actor_id=actor(request), organisation_id=organisation_id, **form.cleaned_data)
            messages.success(request, gettext("已添加。把下面的签名密钥配到您的服务器上，再发一条测试消息。"))
            return redirect("webhook", made.pk)
        except RushiError as error:
            add_refusal(form, error)
    rows = queries.endpoints(organisation_id)
    return _page(request, "webhooks", {"organisation": found, "form": form, "rows": rows})


@never_cache
@login_required
@page_with_form
def webhook(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """One endpoint: what it listens to, its log, and what can be done."""
    endpoint = queries.access_endpoint(request.user, endpoint_id)
    first = {"url": endpoint.url, "description": endpoint.description, "events": endpoint.events}
    form = EndpointForm(posted(request), initial=first)
    if form.is_valid():
        try:
            actions.change_endpoint(actor_id=actor(request), endpoint_id=endpoint_id, **form.cleaned_data)
            messages.success(request, gettext("已保存。"))
            return redirect("webhook", endpoint_id)
        except RushiError as error:
            add_refusal(form, error)
    status = request.GET.get("status", "")
    status = status if status in STATUSES else ""
    rows = queries.sendings(endpoint_id, status=status, before=_uuid(request.GET.get("before")), limit=queries.PAGE + 1)
    context = {"endpoint": endpoint, "organisation": endpoint.organisation, "form": form, "status": status}
    more = {"rows": rows[: queries.PAGE], "more": len(rows) > queries.PAGE, "statuses": STATUSES.items()}
    return _page(request, "webhook", {**context, **more})


@login_required
@require_POST
def webhook_do(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Show the secret, make a new one, send a test, stop, start, or send again what was given up."""
    endpoint = queries.access_endpoint(request.user, endpoint_id)
    whose: dict[str, Any] = {"actor_id": actor(request), "endpoint_id": endpoint_id}
    verb = request.POST.get("do")
    if verb == "reveal":
        context = {"endpoint": endpoint, "organisation": endpoint.organisation}
        return _page(request, "secret", {**context, "secret": actions.reveal_secret(**whose)})
    try:
        if verb == "rotate":
            actions.rotate_secret(**whose)
            messages.success(request, gettext("已换新密钥。24 小时内，消息同时带新旧两个签名。"))
        elif verb == "test":
            actions.send_test(**whose)
            messages.success(request, gettext("测试消息已排队，几秒后出现在记录里。"))
        elif verb in {"stop", "start"}:
            actions.change_endpoint(**whose, is_active=verb == "start")
        elif verb == "replay":
            count = actions.replay(**whose)
            messages.success(request, gettext("重发 %(count)s 条。") % {"count": count})
    except RushiError as error:
        refused(request, error)
    return redirect("webhook", endpoint_id)


@never_cache
@login_required
@page_with_form
def webhook_remove(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Confirm, then stop for good."""
    endpoint = queries.access_endpoint(request.user, endpoint_id)
    if request.method == "POST":
        actions.remove_endpoint(actor_id=actor(request), endpoint_id=endpoint_id)
        messages.success(request, gettext("已删除。"))
        return redirect("webhooks", endpoint.organisation_id)
    return _page(request, "remove", {"endpoint": endpoint, "organisation": endpoint.organisation})


@never_cache
@login_required
@require_safe
def webhook_message(request: HttpRequest, endpoint_id: UUID, sending_id: UUID) -> HttpResponse:
    """One message: what was sent, and every try."""
    sending = queries.access_sending(request.user, endpoint_id, sending_id)
    endpoint = queries.access_endpoint(request.user, endpoint_id)
    context = {"endpoint": endpoint, "organisation": endpoint.organisation, "sending": sending}
    body = queries.body(sending.message).decode()
    return _page(request, "message", {**context, "body": body, "attempts": queries.attempts(sending_id)})


@login_required
@require_POST
def webhook_replay(request: HttpRequest, endpoint_id: UUID, sending_id: UUID) -> HttpResponse:
    """Send one message again."""
    queries.access_sending(request.user, endpoint_id, sending_id)
    actions.replay(actor_id=actor(request), endpoint_id=endpoint_id, sending_id=sending_id)
    messages.success(request, gettext("已排队重发，几秒后更新。"))
    return redirect("webhook_message", endpoint_id, sending_id)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


_HOOK = "console/webhooks/<uuid:endpoint_id>/"
urlpatterns = [
    path("console/organisation/<uuid:organisation_id>/api/", organisation_keys, name="organisation_keys"),
    path("console/organisation/<uuid:organisation_id>/webhooks/", webhooks, name="webhooks"),
    path("console/keys/<uuid:key_id>/revoke/", revoke_key, name="revoke_key"),
    path("agent/api/", agent_keys, name="agent_keys"),
    path(_HOOK, webhook, name="webhook"),
    path(_HOOK + "do/", webhook_do, name="webhook_do"),
    path(_HOOK + "remove/", webhook_remove, name="webhook_remove"),
    path(_HOOK + "messages/<uuid:sending_id>/", webhook_message, name="webhook_message"),
    path(_HOOK + "messages/<uuid:sending_id>/replay/", webhook_replay, name="webhook_replay"),
]
