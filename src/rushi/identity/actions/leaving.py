"""Erasure: what goes, what stays, and for how long."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from rushi.audit import actions as audit
from rushi.db.retry import transactional
from rushi.identity import rules
from rushi.identity.actions.logins import end_logins
from rushi.identity.actions.members import set_member_role
from rushi.identity.actions.people import check_staff
from rushi.identity.errors import (
    MoneyOwed,
)
from rushi.identity.models import (
    Agent,
    ApiKey,
    Consent,
    Factor,
    Invitation,
    Login,
    Membership,
    Participant,
    RealName,
    RealNameAttempt,
    RealNameDigest,
    RecoveryCode,
    StaffRole,
    User,
)
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.ledger.models import Account
from rushi.transparency.actions import enqueue
from rushi.transparency.models import Kind

_OWED_KINDS = ("participant_pending", "participant_available", "agent_available", "payout_clearing")


@transactional
def erase_user(*, actor_id: UUID, user_id: UUID) -> None:
    """Remove a person's data; the books and the blind digest stay as long as law or a ban asks.

    By the person or an operator. Refuses while money is owed (MoneyOwed) or while an organisation would be
    left without an owner (LastOwner). Open work is the door's to check: it lies in higher rooms.
    """
    if actor_id != user_id:
        check_staff(actor_id, StaffRole.Role.OPERATOR)
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise NotFound
    if user.erased_at is not None:
        return
    # Hand-ins and settlements lock the participant before they pay: what they paid is seen here.
    Participant.objects.select_for_update(no_key=True).filter(pk=user_id).first()
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
    ApiKey.objects.filter(made_by=user, revoked_at=None).update(revoked_at=now)
    Agent.objects.filter(user=user).update(name="已注销", status=Agent.Status.SUSPENDED)
    StaffRole.objects.filter(user=user).delete()
    _lose_keys(user)
    Consent.objects.filter(user=user, withdrawn_at=None).update(withdrawn_at=now)
    Invitation.objects.filter(phone=user.phone or "").delete()
    user.phone, user.phone_verified_at, user.nickname = None, None, ""
    user.is_active, user.is_staff, user.is_superuser, user.erased_at = False, False, False, now
    user.set_unusable_password()
    user.save()
    audit.record(actor_id=actor_id, action="user.erase", subject_kind="user", subject_id=user_id)
    enqueue(kind=Kind.ERASURE, subjects=[user_id], at=now)


def _refuse_if_owed(user: User) -> None:
    agent_id = Agent.objects.filter(user=user).values_list("id", flat=True).first()
    owners = [user.id, agent_id] if agent_id else [user.id]
    if Account.objects.filter(owner_id__in=owners, kind__in=_OWED_KINDS).exclude(balance_fen=0).exists():
        raise MoneyOwed


def _lose_keys(user: User) -> None:
    """Nobody is logged in as the erased any longer, and nothing tells what they logged in with."""
    end_logins(user.pk)
    Login.objects.filter(user=user).delete()
    Factor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def _leave_organisations(user: User) -> None:
    for membership in Membership.objects.filter(user=user).select_related("organisation"):
        set_member_role(actor_id=user.id, organisation_id=membership.organisation_id, user_id=user.id, role=None)


@transactional
def forget_digests() -> int:
    """Drop the digests that nothing asks to keep any longer; returns how many. Run daily."""
    deleted, _ = RealNameDigest.objects.filter(user_id=None, banned_reason="", kept_until__lt=clock.now()).delete()
    return deleted
