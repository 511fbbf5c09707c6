"""What operators do for people: clear the second factors of somebody who lost them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from rushi.audit import queries as audit
from rushi.identity import actions, queries
from rushi.identity.models import StaffRole
from rushi.kernel.errors import RushiError
from rushi.web.actor import actor
from rushi.web.forms import add_refusal, posted
from rushi.web.forms.security import ResetForm
from rushi.web.lock import desk
from rushi.web.methods import page_with_form
from rushi.web.views.again import asked_again


@never_cache
@page_with_form
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


urlpatterns = [
    path("operator/people/<uuid:user_id>/factors/", reset_factors, name="reset_factors"),
]
