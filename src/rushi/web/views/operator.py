"""What operators change: settings, with their history; the second factors of somebody who lost them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from rushi.audit import queries as audit
from rushi.audit.actions import set_setting
from rushi.audit.rules import SETTINGS
from rushi.identity import actions, queries
from rushi.identity.models import StaffRole
from rushi.kernel.errors import RushiError
from rushi.payouts.desk import owner_labels
from rushi.web.actor import actor
from rushi.web.forms import add_refusal, posted
from rushi.web.forms.security import ResetForm, SettingForm
from rushi.web.lock import desk
from rushi.web.views.again import asked_again


@never_cache
@require_http_methods(["GET", "POST"])
@desk(StaffRole.Role.OPERATOR)
def reset_factors(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Clear somebody's second factors, with a reason; they are logged out and begin anew with their phone."""
    person = queries.access_person(request.user, user_id)
    form = ResetForm(posted(request))
    if form.is_valid():
        if page := asked_again(request, gettext("清除验证方式")):
            return page
        try:
            actions.reset_factors(actor_id=actor(request), user_id=person.pk, reason=form.cleaned_data["reason"])
            messages.success(request, gettext("已清除，并让其所有设备退出登录。"))
            return redirect("reset_factors", user_id)
        except RushiError as error:
            add_refusal(form, error)
    context = {
        "form": form,
        "person": person,
        "factors": queries.factors(person.pk),
        "roles": queries.doors(person).role_labels,
        "history": [row for row in audit.history(person.pk, 50) if row.action.startswith(("factor.", "recovery."))],
    }
    return render(request, "web/operator/factors.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@desk(StaffRole.Role.OPERATOR)
def settings(request: HttpRequest) -> HttpResponse:
    """The market's settings in force, their history, and a change with its reason."""
    form = SettingForm(posted(request), initial={"key": request.GET.get("key", "")})
    if form.is_valid():
        if page := asked_again(request, gettext("修改设置")):
            return page
        try:
            set_setting(actor_id=actor(request), **form.cleaned_data)
            messages.success(request, gettext("已生效，并记入历史。"))
            return redirect("operator_settings")
        except RushiError as error:
            add_refusal(form, error)
    changes = audit.setting_changes()
    people = owner_labels(row.set_by for row in changes if row.set_by)
    context = {
        "form": form,
        "rows": [(key, rule, audit.setting(key)) for key, rule in SETTINGS.items()],
        "changes": [(row, SETTINGS[row.key].meaning, people.get(row.set_by, "")) for row in changes],
    }
    return render(request, "web/operator/settings.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("operator/people/<uuid:user_id>/factors/", reset_factors, name="reset_factors"),
    path("operator/settings/", settings, name="operator_settings"),
]
