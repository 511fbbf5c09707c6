"""The real name: asked of the source of record, sealed, withdrawn."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from rushi.audit import actions as audit
from rushi.db.retry import transactional
from rushi.identity import rules, sealing
from rushi.identity.actions.people import give_consent, locked_participant
from rushi.identity.errors import (
    AlreadyRegistered,
    AlreadyVerified,
    Banned,
    ConsentMissing,
    NameMismatch,
    ProviderUnavailable,
    TooManyAttempts,
)
from rushi.identity.models import (
    Consent,
    RealName,
    RealNameAttempt,
    RealNameDigest,
)
from rushi.integrations import realname
from rushi.integrations.errors import ServiceError
from rushi.kernel import clock


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
    participant = locked_participant(user_id)
    if participant.real_name_verified_at is not None:
        raise AlreadyVerified
    if RealNameAttempt.objects.filter(user_id=user_id, day=today).count() >= rules.VERIFICATION_ATTEMPTS_PER_DAY:
        raise TooManyAttempts
    return RealNameAttempt.objects.create(user_id=user_id, day=today, outcome="asked").pk


@transactional
def _keep_real_name(user_id: UUID, attempt_id: UUID, name: str, identity: rules.IdentityNumber, reference: str) -> None:
    now = clock.now()
    participant = locked_participant(user_id)
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
    participant = locked_participant(actor_id)
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
