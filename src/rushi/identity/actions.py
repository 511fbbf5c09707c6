"""Every write of the identity room: joining, real names, organisations, standing, agents, erasure."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import IO
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.core.files.base import File
from django.db import IntegrityError, transaction

from rushi.audit import actions as audit
from rushi.db.retry import transactional
from rushi.identity import queries, rules, sealing
from rushi.identity.errors import (
    AlreadyRegistered,
    AlreadyVerified,
    BadPicture,
    Banned,
    ConsentMissing,
    CreditCodeTaken,
    LastOwner,
    LicenceExpired,
    MoneyOwed,
    NameMismatch,
    NotAdult,
    NotVerified,
    PapersMissing,
    ProviderUnavailable,
    ReasonMissing,
    TooManyAttempts,
    UnknownInvite,
)
from rushi.identity.models import (
    AgeBand,
    Agent,
    Consent,
    Gender,
    Invitation,
    Membership,
    Organisation,
    Participant,
    RealName,
    RealNameAttempt,
    RealNameDigest,
    StaffRole,
    TradeLicence,
    User,
)
from rushi.integrations import realname
from rushi.integrations.errors import ServiceError
from rushi.kernel import clock
from rushi.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from rushi.kernel.ids import uuid7
from rushi.ledger.models import Account

PICTURE_BYTES_MAX = 10 * 1024 * 1024
_CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_OWED_KINDS = ("participant_pending", "participant_available", "agent_available", "payout_clearing")


# --- joining and the profile ---------------------------------------------------------------------------------


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
    participant = _locked_participant(actor_id)
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


def _locked_participant(user_id: UUID) -> Participant:
    participant = Participant.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if participant is None:
        raise NotFound
    return participant


# --- the real name -------------------------------------------------------------------------------------------


def verify_real_name(*, actor_id: UUID, name: str, number: str, consent: bool) -> None:
    """Ask the source of record about name and number, and seal them when they match. Five answers a day.

    The provider is asked outside any transaction. "Already registered" is said only after the name matched, so
    nobody learns from us whose number is known. Raises the errors of this room; nothing is logged.
    """
    now = clock.now()
    today = clock.shanghai_day(now)
    if not consent:
        raise ConsentMissing(field="consent")
    clean_name = rules.normal_name(name)
    identity = rules.parse_identity_number(number, today)
    attempt_id = _begin_attempt(actor_id, today)
    try:
        answer = realname.verify(clean_name, identity.number)
    except ServiceError as error:
        RealNameAttempt.objects.filter(pk=attempt_id).delete()  # nothing was answered: not counted
        raise ProviderUnavailable from error
    if not isinstance(answer, realname.Match):
        RealNameAttempt.objects.filter(pk=attempt_id).update(outcome=type(answer).__name__.lower())
        raise NameMismatch(field="name")
    _keep_real_name(actor_id, attempt_id, clean_name, identity, answer.reference)


@transactional
def _begin_attempt(user_id: UUID, today: dt.date) -> UUID:
    participant = _locked_participant(user_id)
    if participant.real_name_verified_at is not None:
        raise AlreadyVerified
    if RealNameAttempt.objects.filter(user_id=user_id, day=today).count() >= rules.VERIFICATION_ATTEMPTS_PER_DAY:
        raise TooManyAttempts
    return RealNameAttempt.objects.create(user_id=user_id, day=today, outcome="asked").pk


@transactional
def _keep_real_name(user_id: UUID, attempt_id: UUID, name: str, identity: rules.IdentityNumber, reference: str) -> None:
    now = clock.now()
    participant = _locked_participant(user_id)
    if participant.real_name_verified_at is not None:
        raise AlreadyVerified
    _claim_digest(user_id, sealing.digest(identity.number))
    RealName.objects.create(
        user_id=user_id,
        name_sealed=sealing.seal(name, context=_context("name", user_id)),
        number_sealed=sealing.seal(identity.number, context=_context("number", user_id)),
        verified_at=now,
        provider=realname.PROVIDER,
        provider_reference=reference,
    )
    participant.real_name_verified_at = now
    participant.age_band = rules.age_band(identity.born_on, clock.shanghai_day(now))
    participant.gender = participant.gender or identity.gender
    participant.save(update_fields=["real_name_verified_at", "age_band", "gender"])
    RealNameAttempt.objects.filter(pk=attempt_id).update(outcome="match")
    give_consent(user_id=user_id, document=Consent.Document.REAL_NAME)
    audit.record(actor_id=user_id, action="real_name.verify", subject_kind="user", subject_id=user_id)


def _claim_digest(user_id: UUID, digest: bytes) -> None:
    """Bind the number's digest to this user. The digest of an erased account may be bound anew, a banned one never."""
    RealNameDigest.objects.bulk_create([RealNameDigest(digest=digest, user_id=user_id)], ignore_conflicts=True)
    row = RealNameDigest.objects.select_for_update(no_key=True).get(digest=digest)
    if row.banned_reason:
        raise Banned
    if row.user_id not in {None, user_id}:
        raise AlreadyRegistered
    row.user_id, row.kept_until = user_id, None
    row.save(update_fields=["user_id", "kept_until"])


@transactional
def withdraw_real_name(*, actor_id: UUID) -> None:
    """Take back the separate consent: name and number go, the blind digest stays bound to the account.

    What was earned stays; the next cash-out asks for the name again.
    """
    participant = _locked_participant(actor_id)
    if not RealName.objects.filter(user_id=actor_id).delete()[0]:
        return
    participant.real_name_verified_at = None
    participant.save(update_fields=["real_name_verified_at"])
    Consent.objects.filter(user_id=actor_id, document=Consent.Document.REAL_NAME, withdrawn_at=None).update(
        withdrawn_at=clock.now()
    )
    audit.record(actor_id=actor_id, action="real_name.withdraw", subject_kind="user", subject_id=actor_id)


def _context(what: str, user_id: UUID) -> str:
    return f"real_name.{what}:{user_id}"


# --- standing ------------------------------------------------------------------------------------------------


@transactional
def set_standing(*, actor_id: UUID, user_id: UUID, standing: str, reason: str = "", ban: bool = False) -> None:
    """Say what a participant may do now; staff only. `ban` also keeps the person from coming back.

    Raises NotAllowed, ReasonMissing, NotFound.
    """
    _staff(actor_id, StaffRole.Role.REVIEWER, StaffRole.Role.OPERATOR)
    standing = Participant.Standing(standing)
    if standing != Participant.Standing.ACTIVE and not reason.strip():
        raise ReasonMissing(field="reason")
    participant = _locked_participant(user_id)
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


@transactional
def give_role(*, actor_id: UUID | None, user_id: UUID, role: str) -> None:
    """Make a user reviewer, finance or operator; by an operator, or by the command line (actor None)."""
    if actor_id is not None:
        _staff(actor_id, StaffRole.Role.OPERATOR)
    StaffRole.objects.get_or_create(
        user_id=user_id, role=StaffRole.Role(role), defaults={"given_by": actor_id, "given_at": clock.now()}
    )
    audit.record(actor_id=actor_id, action="role.give", subject_kind="user", subject_id=user_id, detail={"role": role})


@transactional
def take_role(*, actor_id: UUID, user_id: UUID, role: str) -> None:
    """Take a staff role away; operators only."""
    _staff(actor_id, StaffRole.Role.OPERATOR)
    StaffRole.objects.filter(user_id=user_id, role=role).delete()
    audit.record(actor_id=actor_id, action="role.take", subject_kind="user", subject_id=user_id, detail={"role": role})


def _staff(user_id: UUID, *roles: str) -> None:
    if not queries.is_staff(user_id, *roles):
        raise NotAllowed


# --- organisations -------------------------------------------------------------------------------------------


@transactional
def create_organisation(*, actor_id: UUID, name: str, key: str) -> UUID:
    """Open an organisation; whoever does it is its owner. Returns its id."""
    title = name.strip()[:80]
    if not title:
        raise Invalid(field="name")
    answer = audit.once(
        actor_id=actor_id,
        key=key,
        action="organisation.create",
        payload={"name": title},
        run=lambda: {"organisation_id": _open_organisation(actor_id, title)},
    )
    return UUID(answer["organisation_id"])


def _open_organisation(actor_id: UUID, name: str) -> UUID:
    now = clock.now()
    organisation = Organisation.objects.create(name=name, created_at=now)
    Membership.objects.create(user_id=actor_id, organisation=organisation, role=Membership.Role.OWNER, joined_at=now)
    _record_organisation(actor_id, organisation.id, "organisation.create")
    return organisation.id


@transactional
def submit_organisation(
    *,
    actor_id: UUID,
    organisation_id: UUID,
    name: str,
    credit_code: str,
    trade: str,
    licence: File[bytes] | None = None,
) -> Organisation:
    """Hand in an organisation's papers for the check; anything approved before is checked anew.

    `licence` may be left out when one was uploaded before. Owners only.
    Raises BadCreditCode, CreditCodeTaken, BadPicture, PapersMissing, LicenceExpired.
    """
    organisation = _owned(actor_id, organisation_id)
    code = rules.check_credit_code(credit_code)
    if not name.strip() or trade not in rules.TRADES:
        raise Invalid(field="name" if not name.strip() else "trade")
    if Organisation.objects.filter(credit_code=code).exclude(pk=organisation_id).exists():
        raise CreditCodeTaken(field="credit_code")
    organisation.name, organisation.credit_code, organisation.trade = name.strip()[:80], code, trade
    if licence is not None:
        organisation.licence.save(_picture_name(licence), licence, save=False)
    if not organisation.licence:
        raise PapersMissing(missing="营业执照", field="licence")
    _need_licence(organisation)
    organisation.status, organisation.status_reason = Organisation.Status.PENDING, ""
    organisation.submitted_at = clock.now()
    try:
        with transaction.atomic():
            organisation.save()
    except IntegrityError as error:
        raise CreditCodeTaken(field="credit_code") from error
    _record_organisation(actor_id, organisation_id, "organisation.submit")
    return organisation


def _need_licence(organisation: Organisation) -> None:
    kind = rules.needed_licence(organisation.trade)
    if kind is None:
        return
    held = TradeLicence.objects.filter(organisation=organisation, kind=kind)
    if not held.exists():
        raise PapersMissing(missing=rules.LICENCE_KINDS[kind], field="trade")
    if not held.filter(expires_on__gte=clock.shanghai_day(clock.now())).exists():
        raise LicenceExpired(field="trade")


@transactional
def add_trade_licence(
    *, actor_id: UUID, organisation_id: UUID, kind: str, number: str, expires_on: dt.date, picture: File[bytes]
) -> TradeLicence:
    """Keep a permit of the organisation's trade. Owners only. Raises Invalid, LicenceExpired, BadPicture."""
    organisation = _owned(actor_id, organisation_id)
    if kind not in rules.LICENCE_KINDS or not number.strip():
        raise Invalid(field="kind" if kind not in rules.LICENCE_KINDS else "number")
    if expires_on < clock.shanghai_day(clock.now()):
        raise LicenceExpired(field="expires_on")
    licence = TradeLicence(organisation=organisation, kind=kind, number=number.strip()[:60], expires_on=expires_on)
    licence.picture.save(_picture_name(picture), picture, save=False)
    licence.save()
    _record_organisation(actor_id, organisation_id, "organisation.add_licence", kind=kind)
    return licence


@transactional
def decide_organisation(*, actor_id: UUID, organisation_id: UUID, approve: bool, reason: str = "") -> None:
    """A reviewer's word on an organisation's papers; never on one's own. A refusal needs a reason."""
    _staff(actor_id, StaffRole.Role.REVIEWER)
    if not approve and not reason.strip():
        raise ReasonMissing(field="reason")
    organisation = _locked_organisation(organisation_id)
    if organisation.status != Organisation.Status.PENDING:
        raise Conflict
    if Membership.objects.filter(user_id=actor_id, organisation=organisation).exists():
        raise NotAllowed
    if approve:
        _need_licence(organisation)
    now = clock.now()
    organisation.status = Organisation.Status.APPROVED if approve else Organisation.Status.REJECTED
    organisation.status_reason = "" if approve else reason.strip()[:300]
    organisation.decided_by, organisation.decided_at = actor_id, now
    organisation.save(update_fields=["status", "status_reason", "decided_by", "decided_at"])
    if approve:
        organisation.trade_licences.filter(checked_at=None).update(checked_by=actor_id, checked_at=now)
    verb = "approve" if approve else "reject"
    _record_organisation(actor_id, organisation_id, f"organisation.{verb}", reason=organisation.status_reason)


def _picture_name(picture: IO[bytes] | File[bytes]) -> str:
    """A random name with the ending that the content says. Raises BadPicture."""
    head = picture.read(16)
    picture.seek(0)
    kind = rules.picture_kind(head)
    if kind is None or (getattr(picture, "size", None) or 0) > PICTURE_BYTES_MAX:
        raise BadPicture(field="picture")
    return f"{uuid7()}.{kind}"


def _owned(actor_id: UUID, organisation_id: UUID) -> Organisation:
    organisation = _locked_organisation(organisation_id)
    membership = Membership.objects.filter(user_id=actor_id, organisation=organisation).first()
    if membership is None:
        raise NotFound
    if membership.role != Membership.Role.OWNER:
        raise NotAllowed
    return organisation


def _locked_organisation(organisation_id: UUID) -> Organisation:
    organisation = Organisation.objects.select_for_update(no_key=True).filter(pk=organisation_id).first()
    if organisation is None:
        raise NotFound
    return organisation


def _record_organisation(actor_id: UUID, organisation_id: UUID, action: str, **detail: object) -> None:
    audit.record(
        actor_id=actor_id, action=action, subject_kind="organisation", subject_id=organisation_id, detail=detail
    )


# --- members -------------------------------------------------------------------------------------------------


@transactional
def invite_member(*, actor_id: UUID, organisation_id: UUID, phone: str, role: str) -> Invitation:
    """Invite whoever holds a phone; they say yes under 我的. A second invitation replaces the open one's role."""
    organisation = _owned(actor_id, organisation_id)
    number = rules.normal_phone(phone)
    if Membership.objects.filter(organisation=organisation, user__phone=number).exists():
        raise Conflict
    invitation, _ = Invitation.objects.update_or_create(
        organisation=organisation,
        phone=number,
        answered_at=None,
        defaults={"role": Membership.Role(role), "invited_by": actor_id, "invited_at": clock.now()},
    )
    _record_organisation(actor_id, organisation_id, "organisation.invite", role=role)
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
    _record_organisation(actor_id, invitation.organisation_id, verb, role=invitation.role)


@transactional
def cancel_invitation(*, actor_id: UUID, organisation_id: UUID, invitation_id: UUID) -> None:
    """Take an open invitation back. Owners only."""
    _owned(actor_id, organisation_id)
    Invitation.objects.filter(pk=invitation_id, organisation_id=organisation_id, answered_at=None).delete()
    _record_organisation(actor_id, organisation_id, "organisation.cancel_invitation")


@transactional
def set_member_role(*, actor_id: UUID, organisation_id: UUID, user_id: UUID, role: str | None) -> None:
    """Change a member's role, or let them go (None). Owners only; members may leave. Raises LastOwner."""
    if actor_id == user_id and role is None:
        _locked_organisation(organisation_id)
    else:
        _owned(actor_id, organisation_id)
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
    _record_organisation(actor_id, organisation_id, "organisation.set_role", member_id=user_id, role=role)


# --- agents --------------------------------------------------------------------------------------------------


@transactional
def become_agent(*, actor_id: UUID, name: str, user_id: UUID | None = None) -> Agent:
    """Make oneself an agent (needs the real name), or somebody else as operator. Again returns the same agent."""
    subject_id = user_id or actor_id
    if subject_id != actor_id:
        _staff(actor_id, StaffRole.Role.OPERATOR)
    elif not RealName.objects.filter(user_id=actor_id).exists():
        raise NotVerified
    title = name.strip()[:40]
    if not title:
        raise Invalid(field="name")
    User.objects.select_for_update(no_key=True).get(pk=subject_id)
    existing = Agent.objects.filter(user_id=subject_id).first()
    if existing is not None:
        return existing
    agent = Agent.objects.create(user_id=subject_id, name=title, code=_invite_code(), joined_at=clock.now())
    audit.record(actor_id=actor_id, action="agent.become", subject_kind="agent", subject_id=agent.id)
    return agent


def _invite_code() -> str:
    while True:
        code = "".join(secrets.choice(_CODE_SIGNS) for _ in range(8))
        if not Agent.objects.filter(code=code).exists():
            return code


@transactional
def set_agent_status(*, actor_id: UUID, agent_id: UUID, status: str, reason: str = "") -> None:
    """Stop an agent from recruiting and earning, or let it go on; operators only, with a reason."""
    _staff(actor_id, StaffRole.Role.OPERATOR)
    if status != Agent.Status.ACTIVE and not reason.strip():
        raise ReasonMissing(field="reason")
    if not Agent.objects.filter(pk=agent_id).update(status=Agent.Status(status)):
        raise NotFound
    audit.record(
        actor_id=actor_id,
        action="agent.set_status",
        subject_kind="agent",
        subject_id=agent_id,
        detail={"status": status, "reason": reason.strip()},
    )


# --- leaving -------------------------------------------------------------------------------------------------


@transactional
def erase_user(*, actor_id: UUID, user_id: UUID) -> None:
    """Remove a person's data; the books and the blind digest stay as long as law or a ban asks.

    By the person or an operator. Refuses while money is owed (MoneyOwed) or while an organisation would be
    left without an owner (LastOwner). Open work is the door's to check: it lies in higher rooms.
    """
    if actor_id != user_id:
        _staff(actor_id, StaffRole.Role.OPERATOR)
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise NotFound
    if user.erased_at is not None:
        return
    _refuse_if_owed(user)
    _leave_organisations(user)
    now = clock.now()
    RealName.objects.filter(user=user).delete()
    RealNameAttempt.objects.filter(user=user).delete()
    RealNameDigest.objects.filter(user_id=user_id).update(
        user_id=None, kept_until=now + dt.timedelta(days=rules.DIGEST_KEPT_DAYS)
    )
    Participant.objects.filter(user=user).update(
        region="", age_band="", gender="", interests=[], standing=Participant.Standing.SUSPENDED,
        standing_reason="账号已注销", standing_since=now, real_name_verified_at=None,
    )  # fmt: skip
    Agent.objects.filter(user=user).update(name="已注销", status=Agent.Status.SUSPENDED)
    StaffRole.objects.filter(user=user).delete()
    Consent.objects.filter(user=user, withdrawn_at=None).update(withdrawn_at=now)
    Invitation.objects.filter(phone=user.phone or "").delete()
    user.phone, user.phone_verified_at, user.nickname = None, None, ""
    user.is_active, user.is_staff, user.is_superuser, user.erased_at = False, False, False, now
    user.set_unusable_password()
    user.save()
    audit.record(actor_id=actor_id, action="user.erase", subject_kind="user", subject_id=user_id)


def _refuse_if_owed(user: User) -> None:
    agent_id = Agent.objects.filter(user=user).values_list("id", flat=True).first()
    owners = [user.id, agent_id] if agent_id else [user.id]
    if Account.objects.filter(owner_id__in=owners, kind__in=_OWED_KINDS).exclude(balance_fen=0).exists():
        raise MoneyOwed


def _leave_organisations(user: User) -> None:
    for membership in Membership.objects.filter(user=user).select_related("organisation"):
        set_member_role(actor_id=user.id, organisation_id=membership.organisation_id, user_id=user.id, role=None)


@transactional
def forget_digests() -> int:
    """Drop the digests that nothing asks to keep any longer; returns how many. Run daily."""
    deleted, _ = RealNameDigest.objects.filter(user_id=None, banned_reason="", kept_until__lt=clock.now()).delete()
    return deleted
