"""Reads of people and organisations. `access_*` is the only way a door gets an object."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.db.models import Count, F, Min, Q
from django.db.models.fields.files import FieldFile

from rushi.audit import actions as audit
from rushi.identity import sealing
from rushi.identity.errors import UnknownInvite
from rushi.identity.models import (
    Agent,
    ApiKey,
    Consent,
    Factor,
    Invitation,
    Login,
    Membership,
    Organisation,
    Participant,
    RealName,
    RecoveryCode,
    StaffRole,
    TradeLicence,
    User,
)
from rushi.identity.rules import LICENCE_KINDS, TRADES, commission_ends, needed_licence
from rushi.kernel import clock
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

    @property
    def role_label(self) -> str:
        """The role in Chinese (for the `tr` filter)."""
        return str(Membership.Role(self.role).label)

    @property
    def status_label(self) -> str:
        """Where the papers stand, in Chinese (for the `tr` filter)."""
        return str(Organisation.Status(self.status).label)


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
    def role_labels(self) -> list[str]:
        """The staff roles in Chinese (for the `tr` filter)."""
        held = {"reviewer": self.reviewer, "finance": self.finance, "operator": self.operator}
        return [str(StaffRole.Role(role).label) for role, has in held.items() if has]

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


def participant_of(user: User | AnonymousUser) -> Participant | None:
    """The participant that this user is, or None (staff of the operator's need not be one)."""
    if not isinstance(user, User):
        return None
    return Participant.objects.select_related("user").filter(user=user).first()


def access_participant(user: User | AnonymousUser) -> Participant:
    """The participant that this user is. Raises NotFound."""
    participant = participant_of(user)
    if participant is None:
        raise NotFound
    return participant


def access_participant_id(user: User | AnonymousUser) -> UUID:
    """The id of the participant that this user is, without reading the rest. Raises NotFound."""
    if not isinstance(user, User):
        raise NotFound
    if not is_participant(user):
        raise NotFound
    return user.pk


def is_participant(user: User) -> bool:
    """Whether this user is a participant; no query when whoever read the user knew."""
    known = user.is_known_participant
    return Participant.objects.filter(pk=user.pk).exists() if known is None else known


def access_agent(user: User | AnonymousUser) -> Agent:
    """The agent that this user is (a suspended one may still look). Raises NotFound."""
    if not isinstance(user, User):
        raise NotFound
    agent = Agent.objects.select_related("user").filter(user=user).first()
    if agent is None or (user.api_key is not None and user.api_key.agent_id != agent.pk):
        raise NotFound
    return agent


def access_organisation(user: User | AnonymousUser, organisation_id: UUID, role: str = "viewer") -> Organisation:
    """An organisation this user acts for with at least `role` (viewer < editor < owner); by a key, the key's only.

    Raises NotFound for strangers, NotAllowed for members whose role is too small.
    """
    if not isinstance(user, User) or (user.api_key is not None and user.api_key.organisation_id != organisation_id):
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


def has_real_name(user_id: UUID) -> bool:
    """Whether this person's name was verified."""
    return RealName.objects.filter(user_id=user_id).exists()


def verified_name(user_id: UUID, *, actor_id: UUID | None = None, purpose: str = "payout") -> str | None:
    """The verified name of a person, opened for a purpose; every opening is audited. None when unverified.

    `actor_id` is who reads it; None: the system on the person's own order.
    """
    row = RealName.objects.filter(user_id=user_id).first()
    if row is None:
        return None
    audit.record(
        actor_id=actor_id,
        action="real_name.read",
        subject_kind="user",
        subject_id=user_id,
        detail={"purpose": purpose},
    )
    return sealing.unseal(row.name_sealed, context=f"real_name.name:{user_id}")


def masked_name(user_id: UUID) -> str | None:
    """`张*三`-like form of one's own verified name, for the own page only."""
    row = RealName.objects.filter(user_id=user_id).first()
    if row is None:
        return None
    name = sealing.unseal(row.name_sealed, context=f"real_name.name:{user_id}")
    return "*" * (len(name) - 1) + name[-1]


def consents(user_id: UUID) -> list[Consent]:
    """What somebody agreed to, newest first."""
    return list(Consent.objects.filter(user_id=user_id).order_by("-given_at", "document"))


def access_person(user: User | AnonymousUser, user_id: UUID) -> User:
    """Anybody, for an operator. Raises NotAllowed, NotFound."""
    require_staff(user, StaffRole.Role.OPERATOR)
    person = User.objects.filter(pk=user_id).first()
    if person is None:
        raise NotFound
    return person


# --- keys and logins -----------------------------------------------------------------------------------------


def factors(user_id: UUID) -> list[Factor]:
    """Somebody's second factors, oldest first."""
    return list(Factor.objects.filter(user_id=user_id).order_by("added_at", "pk"))


def has_factor(user_id: UUID) -> bool:
    """Whether somebody has a second factor, and so is asked for it."""
    return Factor.objects.filter(user_id=user_id).exists()


def passkeys(user_id: UUID) -> list[str]:
    """The credentials of somebody's passkeys, opened, in the order of `actions.prove_passkey`."""
    rows = Factor.objects.filter(user_id=user_id, kind=Factor.Kind.PASSKEY).order_by("pk")
    return [sealing.unseal(row.sealed, context=f"factor:{row.pk}") for row in rows]


def recovery_codes_left(user_id: UUID) -> int:
    """How many recovery codes are still good."""
    return RecoveryCode.objects.filter(user_id=user_id, used_at=None).count()


def logins(user_id: UUID) -> list[Login]:
    """Where somebody is logged in, last seen first: what ended or ran out in any way is not on it."""
    running = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    rows = Login.objects.filter(user_id=user_id, ended_at=None, session_key__in=running)
    return list(rows.order_by("-seen_at", "-pk")[:50])


def unknown_logins(user_id: UUID) -> list[Login]:
    """Logins on new devices of which the person did not say yet: that was me. Ended ones too: one wants to know."""
    return list(Login.objects.filter(user_id=user_id, is_new_device=True, noticed_at=None).order_by("-began_at")[:5])


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demo market whom a visitor may be."""

    id: UUID
    group: str
    name: str
    hint: str


def demo_people(participants_max: int = 6) -> list[DemoPerson]:
    """The demo's people by group (Chinese message ids): everybody with a role, and a few participants."""
    people = [
        DemoPerson(row.user_id, "广告主", str(row.user), row.organisation.name)
        for row in Membership.objects.filter(user__is_demo=True, user__is_active=True)
        .select_related("user", "organisation")
        .order_by("joined_at")
    ]
    taken = {person.id for person in people}
    fresh = Participant.objects.filter(user__is_demo=True, user__is_active=True)
    plain = fresh.exclude(user__in=taken).exclude(user__agent__isnull=False).exclude(user__staff_roles__isnull=False)
    joined = plain.select_related("user").order_by("joined_at", "pk")
    few = [*joined.exclude(real_name_verified_at=None)[: participants_max - 2]]
    few += joined.filter(real_name_verified_at=None)[: participants_max - len(few)]
    people += [
        DemoPerson(row.user_id, "参与者", str(row.user), "已实名" if row.real_name_verified_at else "未实名")
        for row in few
    ]
    agents = Agent.objects.filter(user__is_demo=True, user__is_active=True).select_related("user")
    people += [DemoPerson(row.user_id, "代理", row.name, "") for row in agents.order_by("joined_at")]
    roles = StaffRole.objects.filter(user__is_demo=True, user__is_active=True).select_related("user")
    people += [
        DemoPerson(row.user_id, "平台人员", str(row.user), row.get_role_display())
        for row in roles.order_by("given_at", "pk")
    ]
    return people


# --- organisations -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrganisationCase:
    """An organisation's papers as a reviewer sees them."""

    organisation: Organisation
    trade: str
    licences: tuple[TradeLicence, ...]
    needed_licence: str | None
    members_count: int


def organisation_queue(limit: int = 50) -> list[Organisation]:
    """Organisations waiting for a reviewer, oldest first."""
    pending = Organisation.objects.filter(status=Organisation.Status.PENDING)
    return list(pending.order_by("submitted_at", "id")[:limit])


def organisation_queue_length() -> tuple[int, dt.datetime | None]:
    """How many organisations wait for a reviewer, and since when the oldest."""
    pending = Organisation.objects.filter(status=Organisation.Status.PENDING)
    found = pending.aggregate(count=Count("id"), oldest=Min("submitted_at"))
    return found["count"], found["oldest"]


def organisation_case(organisation_id: UUID) -> OrganisationCase:
    """All the papers of one organisation, for a reviewer or its owner. Raises NotFound."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is None:
        raise NotFound
    kind = needed_licence(organisation.trade)
    return OrganisationCase(
        organisation=organisation,
        trade=TRADES.get(organisation.trade, ""),
        licences=tuple(organisation.trade_licences.order_by("kind", "-expires_on")),
        needed_licence=LICENCE_KINDS[kind] if kind else None,
        members_count=organisation.memberships.count(),
    )


def publication_obstacle(organisation_id: UUID, at: dt.datetime | None = None) -> str | None:
    """Why an organisation may not publish at `at`, as a Chinese message id; None when it may."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is None or organisation.status != Organisation.Status.APPROVED:
        return "机构资料尚未通过审核，暂不能发布活动。"
    kind = needed_licence(organisation.trade)
    if kind is None:
        return None
    day = shanghai_day(at or clock.now())
    held = organisation.trade_licences.filter(kind=kind, expires_on__gte=day, checked_at__isnull=False)
    return None if held.exists() else "行业许可证已过期或未经审核，请更新后再发布。"


def role_in(user_id: UUID, organisation_id: UUID) -> str | None:
    """A user's role in an organisation, or None."""
    rows = Membership.objects.filter(user_id=user_id, organisation_id=organisation_id)
    return rows.values_list("role", flat=True).first()


def members(organisation_id: UUID) -> list[Membership]:
    """The people of an organisation, owners first."""
    rows = Membership.objects.filter(organisation_id=organisation_id).select_related("user")
    return sorted(rows, key=lambda row: (-_RANK[Membership.Role(row.role)], row.joined_at))


def open_invitations(organisation_id: UUID) -> list[Invitation]:
    """Invitations nobody answered yet."""
    return list(Invitation.objects.filter(organisation_id=organisation_id, answered_at=None).order_by("invited_at"))


def access_invitation(user: User | AnonymousUser, organisation_id: UUID, invitation_id: UUID) -> Invitation:
    """An open invitation of an organisation that this person owns. Raises NotFound, NotAllowed."""
    access_organisation(user, organisation_id, Membership.Role.OWNER)
    found = Invitation.objects.filter(pk=invitation_id, organisation_id=organisation_id, answered_at=None).first()
    if found is None:
        raise NotFound
    return found


def invitations_for(user: User) -> list[Invitation]:
    """Invitations that went to this user's phone and wait for an answer."""
    if not user.phone:
        return []
    waiting = Invitation.objects.filter(phone=user.phone, answered_at=None).select_related("organisation")
    return list(waiting.order_by("invited_at"))


def access_paper(
    user: User | AnonymousUser, organisation_id: UUID, licence_id: UUID | None, *, is_assured: bool
) -> FieldFile:
    """The licence picture (or a trade licence's, by id) for a member, or for a reviewer whose session `is_assured`.

    Raises NotFound.
    """
    if not isinstance(user, User):
        raise NotFound
    if not (is_assured and is_staff(user.id, StaffRole.Role.REVIEWER, StaffRole.Role.OPERATOR)):
        access_organisation(user, organisation_id)
    if licence_id is None:
        organisation = Organisation.objects.filter(pk=organisation_id).first()
        paper = organisation.licence if organisation else None
    else:
        licence = TradeLicence.objects.filter(pk=licence_id, organisation_id=organisation_id).first()
        paper = licence.picture if licence else None
    if not paper:
        raise NotFound
    return paper


# --- agents --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recruits:
    """An agent's recruits in aggregate; ids are for other rooms' sums, never for pages."""

    ids: tuple[UUID, ...]
    earning_ids: tuple[UUID, ...]
    joined_30_days_count: int
    verified_count: int

    @property
    def count(self) -> int:
        """How many ever joined by this agent's invitation."""
        return len(self.ids)


def inviting_agent(code: str) -> Agent:
    """The active agent whose invitation code this is. Raises UnknownInvite."""
    agent = Agent.objects.filter(code=code.strip().upper(), status=Agent.Status.ACTIVE).first()
    if agent is None:
        raise UnknownInvite
    return agent


def recruits(agent_id: UUID, now: dt.datetime) -> Recruits:
    """Who joined by an agent's invitation, in one query."""
    rows = list(
        Participant.objects.filter(agent_id=agent_id).values_list("pk", "recruited_at", "real_name_verified_at")
    )
    today = shanghai_day(now)
    month_ago = now - dt.timedelta(days=30)
    return Recruits(
        ids=tuple(pk for pk, _, _ in rows),
        earning_ids=tuple(pk for pk, at, _ in rows if at and today < commission_ends(shanghai_day(at))),
        joined_30_days_count=sum(1 for _, at, _ in rows if at and at >= month_ago),
        verified_count=sum(1 for _, _, verified in rows if verified),
    )


# --- API keys -------------------------------------------------------------------------------------------------


def api_keys(owner_id: UUID) -> list[ApiKey]:
    """The keys of an organisation or agent: those in force first, newest first."""
    rows = ApiKey.objects.filter(Q(organisation_id=owner_id) | Q(agent_id=owner_id)).select_related("made_by")
    return list(rows.order_by(F("revoked_at").desc(nulls_first=True), "-made_at"))


def access_api_key(user: User | AnonymousUser, key_id: UUID) -> ApiKey:
    """A key of an organisation that this person owns, or of the agent that they are. Raises NotFound, NotAllowed."""
    key = ApiKey.objects.select_related("organisation", "agent").filter(pk=key_id).first()
    if key is None:
        raise NotFound
    if key.organisation_id is not None:
        access_organisation(user, key.organisation_id, Membership.Role.OWNER)
    elif access_agent(user).pk != key.agent_id:
        raise NotFound
    return key
