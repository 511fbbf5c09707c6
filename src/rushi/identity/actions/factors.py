"""Second factors: added, proved, lost. Secrets are sealed for their owner; recovery codes are kept as digests."""

from __future__ import annotations

import base64
import secrets
from typing import Any, Final
from uuid import UUID

import pyotp
from django.db import IntegrityError, transaction

from rushi.audit import actions as audit
from rushi.db.retry import transactional
from rushi.identity import passkeys, sealing
from rushi.identity.actions.limits import regain, spend
from rushi.identity.actions.logins import end_logins
from rushi.identity.actions.people import check_staff
from rushi.identity.errors import LastFactor, PasskeyTaken, ReasonMissing, TooManyFactors, WrongFactor
from rushi.identity.models import Factor, RecoveryCode, StaffRole, User
from rushi.kernel import clock
from rushi.kernel.errors import NotAllowed, NotFound

FACTORS_MAX: Final = 10
TOTP_STEP_SECONDS: Final = 30
TOTP_STEPS_LATE: Final = 1  # RFC 6238 5.2: one step for a slow person or a clock that is off
RECOVERY_CODES: Final = 10
_ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_PROVING: Final = ((10, 3600),)
"""Ten misses an hour: of a million codes, three good at any time, somebody guesses for years."""


def new_totp_secret() -> str:
    """A fresh secret (160 bits, base32) for an authenticator app; nothing is kept yet."""
    return pyotp.random_base32()


@transactional
def add_totp(*, actor_id: UUID, secret: str, code: str, name: str) -> Factor:
    """Keep an authenticator app, once it showed a code for `secret`. Raises WrongFactor, TooManyFactors."""
    step = _matching_step(secret, code)
    if step is None:
        raise WrongFactor(field="code")
    return _add(actor_id, Factor.Kind.TOTP, name, secret, counter=step, digest=None)


@transactional
def add_passkey(*, actor_id: UUID, site: passkeys.Site, state: Any, answer: str, name: str) -> Factor:
    """Keep a passkey that the browser just made. Raises WrongFactor, PasskeyTaken, TooManyFactors."""
    made = passkeys.register(site, state, answer)
    digest = sealing.digest(base64.b64encode(made.credential_id).decode(), context="passkey")
    try:
        with transaction.atomic():
            return _add(actor_id, Factor.Kind.PASSKEY, name, made.text, counter=made.count, digest=digest)
    except IntegrityError as error:
        raise PasskeyTaken from error


def _add(actor_id: UUID, kind: str, name: str, text: str, *, counter: int, digest: bytes | None) -> Factor:
    user = _locked(actor_id)
    if Factor.objects.filter(user=user).count() >= FACTORS_MAX:
        raise TooManyFactors
    factor = Factor(
        user=user, kind=kind, name=name.strip()[:40] or str(Factor.Kind(kind).label), counter=counter, digest=digest,
        added_at=clock.now(),
    )  # fmt: skip
    factor.sealed = sealing.seal(text, context=f"factor:{factor.pk}")
    factor.save()
    _record(actor_id, actor_id, "factor.add", kind=kind)
    return factor


@transactional
def remove_factor(*, actor_id: UUID, factor_id: UUID) -> None:
    """Take one's own factor away; the recovery codes go with the last. Raises NotFound, LastFactor (desks need one)."""
    user = _locked(actor_id)
    factor = Factor.objects.filter(pk=factor_id, user=user).first()
    if factor is None:
        raise NotFound
    is_last = not Factor.objects.filter(user=user).exclude(pk=factor_id).exists()
    if is_last and StaffRole.objects.filter(user=user).exists():
        raise LastFactor
    factor.delete()
    if is_last:
        RecoveryCode.objects.filter(user=user).delete()
    _record(actor_id, actor_id, "factor.remove", kind=factor.kind)


@transactional
def make_recovery_codes(*, actor_id: UUID) -> list[str]:
    """Ten new codes (`ABCDE-FGHJK`, 49 bits); the old ones are void. This is the only time that they can be read.

    Raises NotFound without a factor that they would replace.
    """
    user = _locked(actor_id)
    if not Factor.objects.filter(user=user).exists():
        raise NotFound
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    now = clock.now()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=_code_digest(actor_id, code), made_at=now) for code in codes
    )
    _record(actor_id, actor_id, "recovery.make")
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def prove_code(*, user_id: UUID, code: str) -> str:
    """Take six digits of an app, or a recovery code; returns `totp` or `recovery`. Each is good once.

    Misses are limited for the person, whatever the session. Raises WrongFactor, TooOften.
    """
    spend(what="factor", whose=str(user_id), limits=_PROVING)
    plain = "".join(code.split()).replace("-", "").upper()
    how = _prove_totp(user_id, plain) if plain.isdigit() else _prove_recovery_code(user_id, plain)
    if how is None:
        raise WrongFactor(field="code")
    regain(what="factor", whose=str(user_id), limits=_PROVING)
    return how


@transactional
def _prove_totp(user_id: UUID, code: str) -> str | None:
    for factor in Factor.objects.select_for_update().filter(user_id=user_id, kind=Factor.Kind.TOTP).order_by("pk"):
        step = _matching_step(sealing.unseal(factor.sealed, context=f"factor:{factor.pk}"), code)
        if step is not None and step > factor.counter:
            factor.counter, factor.used_at = step, clock.now()
            factor.save(update_fields=["counter", "used_at"])
            return str(Factor.Kind.TOTP)
    return None


def _matching_step(secret: str, code: str) -> int | None:
    """The time step (RFC 6238) whose code this is, at most one step early or late."""
    totp, present = pyotp.TOTP(secret, interval=TOTP_STEP_SECONDS), int(clock.now().timestamp()) // TOTP_STEP_SECONDS
    for step in range(present - TOTP_STEPS_LATE, present + TOTP_STEPS_LATE + 1):
        if secrets.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None


@transactional
def _prove_recovery_code(user_id: UUID, code: str) -> str | None:
    waiting = RecoveryCode.objects.filter(user_id=user_id, digest=_code_digest(user_id, code), used_at=None)
    if not waiting.update(used_at=clock.now()):
        return None
    _record(user_id, user_id, "recovery.use")
    return "recovery"


def prove_passkey(*, user_id: UUID, site: passkeys.Site, state: Any, answer: str) -> str:
    """Take a passkey's signature; returns `passkey`. A count that does not grow is a copy.

    Raises WrongFactor, TooOften.
    """
    spend(what="factor", whose=str(user_id), limits=_PROVING)
    _prove_passkey(user_id, site, state, answer)
    regain(what="factor", whose=str(user_id), limits=_PROVING)
    return str(Factor.Kind.PASSKEY)


@transactional
def _prove_passkey(user_id: UUID, site: passkeys.Site, state: Any, answer: str) -> None:
    held = list(Factor.objects.select_for_update().filter(user_id=user_id, kind=Factor.Kind.PASSKEY).order_by("pk"))
    known = [sealing.unseal(factor.sealed, context=f"factor:{factor.pk}") for factor in held]
    place, count = passkeys.prove(site, state, known, answer)
    factor = held[place]
    if (count or factor.counter) and count <= factor.counter:
        raise WrongFactor
    factor.counter, factor.used_at = count, clock.now()
    factor.save(update_fields=["counter", "used_at"])


@transactional
def reset_factors(*, actor_id: UUID | None, user_id: UUID, reason: str) -> None:
    """Take all factors of somebody who lost them: by another person who is an operator, or by the command line.

    They are logged out everywhere and begin anew with their phone. Raises NotAllowed, ReasonMissing, NotFound.
    """
    if actor_id is not None:
        check_staff(actor_id, StaffRole.Role.OPERATOR)
    if actor_id == user_id:
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing(field="reason")
    user = _locked(user_id)
    count, _ = Factor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    end_logins(user_id)
    _record(actor_id, user_id, "factor.reset", count=count, reason=reason.strip()[:200])


def _code_digest(user_id: UUID, code: str) -> bytes:
    return sealing.digest(code, context=f"recovery_code:{user_id}")


def _locked(user_id: UUID) -> User:
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFound
    return user


def _record(actor_id: UUID | None, user_id: UUID, action: str, **detail: object) -> None:
    audit.record(actor_id=actor_id, action=action, subject_kind="user", subject_id=user_id, detail=detail)
