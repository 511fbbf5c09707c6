"""The organisation's papers and people, as its owners hand them in and change them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import JsonResponse
from ninja import File, Form, Router
from ninja.files import UploadedFile

from rushi.api.keys import ApiRequest, needs, organisation
from rushi.api.schemas import bodies as shapes
from rushi.api.views.organisation import shown_organisation
from rushi.api.writing import IdempotencyKey, digest, once
from rushi.identity import actions, queries

router = Router(tags=["organisation"])
READ, WRITE = "organisation:read", "organisation:write"


def _people(organisation_id: UUID) -> shapes.PeopleOut:
    found = {"members": queries.members(organisation_id), "invitations": queries.open_invitations(organisation_id)}
    return shapes.PeopleOut.from_orm(found)


def _change(
    request: ApiRequest, key: str, payload: Any, verb: Callable[..., Any], status: int = 200, **what: Any
) -> JsonResponse:
    """One change of who acts for the organisation, once; the answer is everybody now."""
    owner = organisation(request, "owner")

    def run() -> shapes.PeopleOut:
        verb(actor_id=request.auth.user.pk, organisation_id=owner.pk, **what)
        return _people(owner.pk)

    return once(request, key, run, payload, status=status)


@router.get("/organisation/people", **needs(READ, "成员", shapes.PeopleOut))
def list_people(request: ApiRequest) -> Any:
    """Members, owners first, and open invitations."""
    return _people(organisation(request).pk)


@router.post("/organisation/invitations", **needs(WRITE, "邀请成员", shapes.PeopleOut, 201))
def invite_member(request: ApiRequest, body: shapes.InvitationAsked, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Invite whoever holds a phone; nothing happens until that person says yes."""
    return _change(request, idempotency_key, body, actions.invite_member, 201, phone=body.phone, role=body.role)


@router.delete("/organisation/invitations/{invitation_id}", **needs(WRITE, "撤回邀请", shapes.PeopleOut))
def cancel_invitation(request: ApiRequest, invitation_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Take an open invitation back."""

    def cancel(*, actor_id: UUID, organisation_id: UUID) -> None:
        found = queries.access_invitation(request.auth.user, organisation_id, invitation_id)
        actions.cancel_invitation(actor_id=actor_id, organisation_id=organisation_id, invitation_id=found.pk)

    return _change(request, idempotency_key, None, cancel)


@router.put("/organisation/members/{user_id}", **needs(WRITE, "改成员角色", shapes.PeopleOut))
def set_member_role(
    request: ApiRequest, user_id: UUID, body: shapes.RoleBody, idempotency_key: IdempotencyKey
) -> JsonResponse:
    """Change what a member may do. An organisation keeps at least one owner."""
    return _change(request, idempotency_key, body, actions.set_member_role, user_id=user_id, role=body.role)


@router.delete("/organisation/members/{user_id}", **needs(WRITE, "移除成员", shapes.PeopleOut))
def remove_member(request: ApiRequest, user_id: UUID, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Let a member go; their keys end with it."""
    return _change(request, idempotency_key, None, actions.set_member_role, user_id=user_id, role=None)


@router.post("/organisation/papers", **needs(WRITE, "提交机构资料", shapes.OrganisationOut))
def submit_papers(
    request: ApiRequest,
    body: Form[shapes.PapersBody],
    idempotency_key: IdempotencyKey,
    licence: File[UploadedFile | None] = None,
) -> JsonResponse:
    """Hand in the papers for the check (licence as PNG, JPEG or PDF, 10 MB; may be left out when one is there)."""
    owner = organisation(request, "owner")

    def run() -> shapes.OrganisationOut:
        found = actions.submit_organisation(
            actor_id=request.auth.user.pk, organisation_id=owner.pk, licence=licence, **body.model_dump()
        )
        return shapes.OrganisationOut.model_validate(shown_organisation(found))

    return once(request, idempotency_key, run, {**body.model_dump(), "licence": digest(licence)})


@router.post("/organisation/licences", **needs(WRITE, "提交行业许可证", shapes.LicenceOut, 201))
def add_licence(
    request: ApiRequest,
    body: Form[shapes.LicenceBody],
    idempotency_key: IdempotencyKey,
    picture: File[UploadedFile],
) -> JsonResponse:
    """Hand in a permit that the trade needs; then hand in the papers for the check."""
    owner = organisation(request, "owner")

    def run() -> shapes.LicenceOut:
        made = actions.add_trade_licence(
            actor_id=request.auth.user.pk, organisation_id=owner.pk, picture=picture, **body.model_dump()
        )
        return shapes.LicenceOut.from_orm(made)

    content = {**body.model_dump(mode="json"), "picture": digest(picture)}
    return once(request, idempotency_key, run, content, status=201)
