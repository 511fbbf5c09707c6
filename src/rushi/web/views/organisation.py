"""An organisation's papers, members and invitations; its papers' pictures for those who may see them."""

from __future__ import annotations

from typing import cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rushi.identity import actions, assurance, queries, rules
from rushi.identity.models import Organisation, User
from rushi.kernel.errors import RushiError
from rushi.web.forms import add_refusal, posted
from rushi.web.forms.organisation import LicenceForm, MemberForm, NewOrganisationForm, PapersForm
from rushi.web.methods import page_with_form

_TYPES = {"png": "image/png", "jpg": "image/jpeg", "pdf": "application/pdf"}


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


@login_required
@page_with_form
def organisations(request: HttpRequest) -> HttpResponse:
    """My organisations, and a new one."""
    form = NewOrganisationForm(posted(request), initial={"key": uuid4()})
    if form.is_valid():
        organisation_id = actions.create_organisation(
            actor_id=_user(request).id, name=form.cleaned_data["name"], key=str(form.cleaned_data["key"])
        )
        return redirect("organisation", organisation_id)
    return render(request, "web/organisation/new.html", {"form": form})


def _papers_initial(found: Organisation) -> dict[str, str | None]:
    name = found.name_wanted or found.name
    return {"name": name, "credit_code": found.credit_code, "trade": found.trade or "retail"}


@never_cache
@login_required
@page_with_form
def organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """The papers: hand them in, see what became of them."""
    found = queries.access_organisation(_user(request), organisation_id)
    form = PapersForm(posted(request), request.FILES or None, initial=_papers_initial(found))
    if form.is_valid():
        try:
            actions.submit_organisation(
                actor_id=_user(request).id, organisation_id=organisation_id, **form.cleaned_data
            )
            messages.success(request, gettext("资料已提交，审核通过后即可发布活动。"))
            return redirect("organisation", organisation_id)
        except RushiError as error:
            add_refusal(form, error)
    return _papers(request, organisation_id, form, LicenceForm())


@login_required
@require_POST
def add_licence(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """Add a permit of the trade."""
    found = queries.access_organisation(_user(request), organisation_id)
    form = LicenceForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            actions.add_trade_licence(actor_id=_user(request).id, organisation_id=organisation_id, **form.cleaned_data)
            messages.success(request, gettext("许可证已保存，请提交资料以供审核。"))
            return redirect("organisation", organisation_id)
        except RushiError as error:
            add_refusal(form, error)
    return _papers(request, organisation_id, PapersForm(initial=_papers_initial(found)), form)


def _papers(request: HttpRequest, organisation_id: UUID, form: PapersForm, licence_form: LicenceForm) -> HttpResponse:
    case = queries.organisation_case(organisation_id)
    role = queries.role_in(_user(request).id, organisation_id)
    context = {
        "case": case,
        "organisation": case.organisation,
        "form": form,
        "licence_form": licence_form,
        "is_owner": role == "owner",
        "trades_with_licence": [(rules.TRADES[key], name) for key, name in rules.LICENCE_KINDS.items()],
    }
    return render(request, "web/organisation/papers.html", context)


@never_cache
@login_required
@page_with_form
def members(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """Who acts for the organisation; owners invite and change."""
    found = queries.access_organisation(_user(request), organisation_id)
    form = MemberForm(posted(request))
    if form.is_valid():
        try:
            actions.invite_member(actor_id=_user(request).id, organisation_id=organisation_id, **form.cleaned_data)
            messages.success(request, gettext("邀请已发出，对方登录后在“我的”里接受。"))
            return redirect("organisation_members", organisation_id)
        except RushiError as error:
            add_refusal(form, error)
    context = {
        "organisation": found,
        "form": form,
        "members": queries.members(organisation_id),
        "invitations": queries.open_invitations(organisation_id),
        "is_owner": queries.role_in(_user(request).id, organisation_id) == "owner",
    }
    return render(request, "web/organisation/members.html", context)


@login_required
@require_POST
def set_member(request: HttpRequest, organisation_id: UUID, user_id: UUID) -> HttpResponse:
    """Change a member's role, or let them go."""
    queries.access_organisation(_user(request), organisation_id)
    role = request.POST.get("role", "")
    actions.set_member_role(
        actor_id=_user(request).id,
        organisation_id=organisation_id,
        user_id=user_id,
        role=None if role == "none" else role,
    )
    messages.success(request, gettext("成员已更新。"))
    gone = role == "none" and user_id == _user(request).id
    return redirect("me") if gone else redirect("organisation_members", organisation_id)


@login_required
@require_POST
def cancel_invitation(request: HttpRequest, organisation_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    queries.access_organisation(_user(request), organisation_id)
    actions.cancel_invitation(actor_id=_user(request).id, organisation_id=organisation_id, invitation_id=invitation_id)
    return redirect("organisation_members", organisation_id)


@login_required
@require_safe
def paper(request: HttpRequest, organisation_id: UUID, licence_id: UUID | None = None) -> FileResponse:
    """A licence picture, for members and reviewers only; never stored by anybody in between."""
    is_assured = assurance.has_second_factor(request)
    found = queries.access_paper(_user(request), organisation_id, licence_id, is_assured=is_assured)
    kind = str(found.name).rsplit(".", 1)[-1]
    response = FileResponse(found.open("rb"), content_type=_TYPES.get(kind, "application/octet-stream"))
    shown = "attachment" if kind == "pdf" else "inline"  # a PDF is no picture of ours: nothing of it runs here
    response["Content-Disposition"] = f'{shown}; filename="licence.{kind}"'
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
    return response


urlpatterns = [
    path("console/organisation/", organisations, name="organisations"),
    path("console/organisation/<uuid:organisation_id>/", organisation, name="organisation"),
    path("console/organisation/<uuid:organisation_id>/licences/", add_licence, name="organisation_add_licence"),
    path("console/organisation/<uuid:organisation_id>/members/", members, name="organisation_members"),
    path(
        "console/organisation/<uuid:organisation_id>/members/<uuid:user_id>/",
        set_member,
        name="organisation_set_member",
    ),
    path(
        "console/organisation/<uuid:organisation_id>/invitations/<uuid:invitation_id>/cancel/",
        cancel_invitation,
        name="organisation_cancel_invitation",
    ),
    path("console/organisation/<uuid:organisation_id>/paper/", paper, name="paper"),
    path("console/organisation/<uuid:organisation_id>/paper/<uuid:licence_id>/", paper, name="paper_licence"),
]
