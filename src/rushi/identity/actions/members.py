"""Who acts for an organisation: invited, accepted, changed, gone."""

from __future__ import annotations

from uuid import UUID

from rushi.db.retry import transactional
from rushi.identity import rules
from rushi.identity.actions.organisations import locked_organisation, owned, record_organisation
from rushi.identity.errors import (
    LastOwner,
)
from rushi.identity.models import (
    Invitation,
    Membership,
    User,
)
from rushi.kernel import clock
from rushi.kernel.errors import Conflict, NotFound


@transactional
def invite_member(*, actor_id: UUID, organisation_id: UUID, phone: str, role: str) -> Invitation:
    """Invite whoever holds a phone; they say yes under 我的. A second invitation replaces the open one's role."""
    organisation = owned(actor_id, organisation_id)
    number = rules.normal_phone(phone)
    if Membership.objects.filter(organisation=organisation, user__phone=number).exists():
        raise Conflict
    invitation, _ = Invitation.objects.update_or_create(
        organisation=organisation,
        phone=number,
        answered_at=None,
        defaults={"role": Membership.Role(role), "invited_by": actor_id, "invited_at": clock.now()},
    )
    record_organisation(actor_id, organisation_id, "organisation.invite", role=role)
    return invitation


@transactional
def answer_invitation(*, actor_id: UUID, invitation_id: UUID, accept: bool) -> None:
    """Say yes or no to an invitation that went to one's own phone. Raises NotFound."""
    user = User.objects.get(pk=actor_id)
    invitation = (
        Invitation.objects.select_for_update(no_key=True)
        .filter(pk=invitation_id, answered_at=None)
        .exclude(phone="")
        .filter(phone=user.phone or "")
        .first()
    )
    if invitation is None:
        raise NotFound
    invitation.accepted, invitation.answered_at = accept, clock.now()
    invitation.save(update_fields=["accepted", "answered_at"])
    if accept:
        Membership.objects.get_or_create(
            user=user,
            organisation_id=invitation.organisation_id,
            defaults={"role": invitation.role, "joined_at": clock.now()},
        )
    verb = "organisation.join" if accept else "organisation.decline"
    record_organisation(actor_id, invitation.organisation_id, verb, role=invitation.role)


@transactional
def cancel_invitation(*, actor_id: UUID, organisation_id: UUID, invitation_id: UUID) -> None:
    """Take an open invitation back. Owners only."""
    owned(actor_id, organisation_id)
    Invitation.objects.filter(pk=invitation_id, organisation_id=organisation_id, answered_at=None).delete()
    record_organisation(actor_id, organisation_id, "organisation.cancel_invitation")


@transactional
def set_member_role(*, actor_id: UUID, organisation_id: UUID, user_id: UUID, role: str | None) -> None:
    """Change a member's role, or let them go (None). Owners only; members may leave. Raises LastOwner."""
    if actor_id == user_id and role is None:
        locked_organisation(organisation_id)
    else:
        owned(actor_id, organisation_id)
    membership = Membership.objects.filter(organisation_id=organisation_id, user_id=user_id).first()
    if membership is None:
        raise NotFound
    owners = Membership.objects.filter(organisation_id=organisation_id, role=Membership.Role.OWNER)
    if membership.role == Membership.Role.OWNER and role != Membership.Role.OWNER and owners.count() == 1:
        raise LastOwner
    if role is None:
        membership.delete()
    else:
        membership.role = Membership.Role(role)
        membership.save(update_fields=["role"])
    record_organisation(actor_id, organisation_id, "organisation.set_role", member_id=user_id, role=role)
