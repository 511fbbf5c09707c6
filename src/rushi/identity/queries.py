"""Reads of people and organisations. `access_*` is the only way a door gets an object."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from rushi.identity.models import Agent, Membership, Organisation, Participant, StaffRole, User
from rushi.identity.rules import commission_ends
from rushi.kernel.clock import shanghai_day
from rushi.kernel.errors import NotAllowed, NotFound

_RANK = {Membership.Role.VIEWER: 0, Membership.Role.EDITOR: 1, Membership.Role.OWNER: 2}


@dataclass(frozen=True, slots=True)
class OrganisationDoor:
    """An organisation that somebody acts for."""

    id: UUID
    name: str
    role: str
    status: str


@dataclass(frozen=True, slots=True)
class Doors:
    """Which portals a person has; everything is false for a visitor."""

    participant: bool = False
    agent: bool = False
    reviewer: bool = False
    finance: bool = False
    operator: bool = False
    organisations: tuple[OrganisationDoor, ...] = ()

    @property
    def advertiser(self) -> bool:
        """Whether the person acts for any organisation."""
        return bool(self.organisations)

    @property
    def home(self) -> str:
        """The first door of this person: operator, finance, reviewer, console, agent, or tasks."""
        if self.operator or self.finance or self.reviewer:
            return "operator" if self.operator else "finance" if self.finance else "reviewer"
        if self.advertiser:
            return "console"
        return "agent" if self.agent else "tasks"


def doors(user: User | AnonymousUser) -> Doors:
    """The portals of a user, for navigation: three queries."""
    if not isinstance(user, User) or not user.is_active:
        return Doors()
    roles = set(StaffRole.objects.filter(user=user).values_list("role", flat=True))
    memberships = Membership.objects.filter(user=user).select_related("organisation").order_by("organisation__name")
    return Doors(
        participant=Participant.objects.filter(user=user).exists(),
        agent=Agent.objects.filter(user=user).exists(),
        reviewer=StaffRole.Role.REVIEWER in roles,
        finance=StaffRole.Role.FINANCE in roles,
        operator=StaffRole.Role.OPERATOR in roles,
        organisations=tuple(
            OrganisationDoor(row.organisation_id, row.organisation.name, row.role, row.organisation.status)
            for row in memberships
        ),
    )


def access_participant(user: User | AnonymousUser) -> Participant:
    """The participant that this user is. Raises NotFound."""
    if not isinstance(user, User):
        raise NotFound
    participant = Participant.objects.select_related("user").filter(user=user).first()
    if participant is None:
        raise NotFound
    return participant


def access_agent(user: User | AnonymousUser) -> Agent:
    """The agent that this user is (a suspended one may still look). Raises NotFound."""
    if not isinstance(user, User):
        raise NotFound
    agent = Agent.objects.select_related("user").filter(user=user).first()
    if agent is None:
        raise NotFound
    return agent


def access_organisation(user: User | AnonymousUser, organisation_id: UUID, role: str = "viewer") -> Organisation:
    """An organisation this user acts for with at least `role` (viewer < editor < owner).

    Raises NotFound for strangers, NotAllowed for members whose role is too small.
    """
    if not isinstance(user, User):
        raise NotFound
    membership = (
        Membership.objects.select_related("organisation").filter(user=user, organisation_id=organisation_id).first()
    )
    if membership is None:
        raise NotFound
    if _RANK[Membership.Role(membership.role)] < _RANK[Membership.Role(role)]:
        raise NotAllowed
    return membership.organisation


def require_staff(user: User | AnonymousUser, *roles: str) -> User:
    """The user, who holds at least one of these staff roles. Raises NotAllowed."""
    assert roles
    if not isinstance(user, User) or not user.is_active:
        raise NotAllowed
    if not StaffRole.objects.filter(user=user, role__in=roles).exists():
        raise NotAllowed
    return user


def is_staff(user_id: UUID, *roles: str) -> bool:
    """Whether this person holds one of these staff roles."""
    return StaffRole.objects.filter(user_id=user_id, role__in=roles).exists()


def earning_agent(participant_id: UUID, at: dt.datetime) -> UUID | None:
    """The agent who earns commission on this person's work at `at`, or None: one level, twelve months, active."""
    row = Participant.objects.filter(pk=participant_id, agent__status=Agent.Status.ACTIVE).first()
    if row is None or row.recruited_at is None or row.agent_id is None:
        return None
    return row.agent_id if shanghai_day(at) < commission_ends(shanghai_day(row.recruited_at)) else None
