"""Joining, the profile, consents, standing and staff roles."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.hashers import make_password

from rushi.audit import actions as audit
from rushi.db.retry import transactional
from rushi.identity import queries, rules
from rushi.identity.errors import (
    ConsentMissing,
    NotAdult,
    ReasonMissing,
    UnknownInvite,
)
from rushi.identity.models import (
    AgeBand,
    Agent,
    Consent,
    Gender,
    Participant,
    RealNameDigest,
    StaffRole,
    User,
)
from rushi.kernel import clock
from rushi.kernel.errors import Invalid, NotAllowed, NotFound
from rushi.kernel.ids import uuid7
from rushi.ledger.actions import release_pending


@transactional
def join(
    *, phone: str, adult_declared: bool, agreed: bool, invite_code: str | None = None, language: str = "zh-hans"
) -> User:
    """Make a participant of whoever holds `phone` (proved by a code before), with consents and the recruiting agent.

    Somebody who joined already is returned unchanged: nobody can be recruited twice.
    Raises BadPhone, NotAdult, ConsentMissing.
    """
    number = rules.normal_phone(phone)
    if not adult_declared:
        raise NotAdult(field="adult")
    if not agreed:
        raise ConsentMissing(field="agreed")
    now = clock.now()
    user, created = User.objects.get_or_create(
        phone=number,
        defaults={"phone_verified_at": now, "language": language, "password": make_password(None)},
    )
    if not created and Participant.objects.filter(user=user).exists():
        return user
    agent = _recruiter(invite_code, user)
    Participant.objects.create(
        user=user, adult_declared_at=now, joined_at=now, agent=agent, recruited_at=now if agent else None
    )
    for document in (Consent.Document.TERMS, Consent.Document.PRIVACY):
        give_consent(user_id=user.id, document=document)
    audit.record(
        actor_id=user.id,
        action="user.join",
        subject_kind="user",
        subject_id=user.id,
        detail={"agent_id": agent.id if agent else None},
    )
    return user


def _recruiter(invite_code: str | None, user: User) -> Agent | None:
    """An invitation that lapsed meanwhile must not keep somebody from joining."""
    if not invite_code:
        return None
    try:
        agent = queries.inviting_agent(invite_code)
    except UnknownInvite:
        return None
    return None if agent.user_id == user.id else agent


def give_consent(*, user_id: UUID, document: str) -> None:
    """Record that a user agrees to a document's present version; again changes nothing."""
    Consent.objects.get_or_create(
        user_id=user_id,
        document=document,
        version=rules.TERMS_VERSION,
        withdrawn_at=None,
        defaults={"given_at": clock.now()},
    )


@transactional
def update_profile(
    *,
    actor_id: UUID,
    nickname: str = "",
    region: str = "",
    age_band: str = "",
    gender: str = "",
    interests: Sequence[str] = (),
) -> Participant:
    """Save what a participant says of themselves; a verified birth date fixes the age band. Raises Invalid."""
    known = {"", *rules.REGIONS}, {"", *AgeBand.values}, {*Gender.values}
    if region not in known[0] or age_band not in known[1] or gender not in known[2]:
        raise Invalid(field="profile")
    if not set(interests) <= set(rules.INTERESTS):
        raise Invalid(field="interests")
    participant = locked_participant(actor_id)
    participant.region, participant.gender = region, gender
    participant.interests = sorted(set(interests))
    if participant.real_name_verified_at is None:
        participant.age_band = age_band
    participant.save(update_fields=["region", "gender", "interests", "age_band"])
    User.objects.filter(pk=actor_id).update(nickname=nickname.strip()[:30])
    return participant


def set_language(*, actor_id: UUID, language: str) -> None:
    """Remember the language a user reads in."""
    User.objects.filter(pk=actor_id).update(language=language)


def locked_participant(user_id: UUID) -> Participant:
    """The participant, locked for the rest of the transaction. Raises NotFound."""
    participant = Participant.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if participant is None:
        raise NotFound
    return participant


@transactional
def set_standing(*, actor_id: UUID, user_id: UUID, standing: str, reason: str = "", ban: bool = False) -> None:
    """Say what a participant may do now; staff only. `ban` also keeps the person from coming back.

    Whoever is active again gets what was held meanwhile: pending rewards become available at once.

    Raises NotAllowed, Invalid, ReasonMissing, NotFound.
    """
    check_staff(actor_id, StaffRole.Role.REVIEWER, StaffRole.Role.OPERATOR)
    if standing not in Participant.Standing.values:
        raise Invalid(field="standing")
    if standing != Participant.Standing.ACTIVE and not reason.strip():
        raise ReasonMissing(field="reason")
    participant = locked_participant(user_id)
    participant.standing, participant.standing_reason = standing, reason.strip()[:200]
    participant.standing_since = clock.now()
    participant.save(update_fields=["standing", "standing_reason", "standing_since"])
    kept_reason = (reason.strip() or "banned")[:200] if ban and standing == Participant.Standing.SUSPENDED else ""
    RealNameDigest.objects.filter(user_id=user_id).update(banned_reason=kept_reason)
    audit.record(
        actor_id=actor_id,
        action="standing.set",
        subject_kind="user",
        subject_id=user_id,
        detail={"standing": standing, "reason": participant.standing_reason, "ban": bool(kept_reason)},
    )
    if standing == Participant.Standing.ACTIVE:
        release_pending(actor_id=actor_id, participant_id=user_id, subject_id=uuid7())


@transactional
def give_role(*, actor_id: UUID | None, user_id: UUID, role: str) -> None:
    """Make a user reviewer, finance or operator; by an operator, or by the command line (actor None)."""
    if actor_id is not None:
        check_staff(actor_id, StaffRole.Role.OPERATOR)
    StaffRole.objects.get_or_create(
        user_id=user_id, role=StaffRole.Role(role), defaults={"given_by": actor_id, "given_at": clock.now()}
    )
    audit.record(actor_id=actor_id, action="role.give", subject_kind="user", subject_id=user_id, detail={"role": role})


@transactional
def take_role(*, actor_id: UUID, user_id: UUID, role: str) -> None:
    """Take a staff role away; operators only."""
    check_staff(actor_id, StaffRole.Role.OPERATOR)
    StaffRole.objects.filter(user_id=user_id, role=role).delete()
    audit.record(actor_id=actor_id, action="role.take", subject_kind="user", subject_id=user_id, detail={"role": role})


def check_staff(user_id: UUID, *roles: str) -> None:
    """Raise NotAllowed unless this person holds one of the roles."""
    if not queries.is_staff(user_id, *roles):
        raise NotAllowed
