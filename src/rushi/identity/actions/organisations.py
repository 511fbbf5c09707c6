"""Organisations and their papers: opened, handed in, decided."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.db import IntegrityError, transaction

from rushi.audit import actions as audit
from rushi.db.retry import transactional
from rushi.identity import rules
from rushi.identity.actions.people import check_staff
from rushi.identity.errors import (
    BadPicture,
    CreditCodeTaken,
    LicenceExpired,
    PapersMissing,
    ReasonMissing,
)
from rushi.identity.models import (
    Membership,
    Organisation,
    StaffRole,
    TradeLicence,
)
from rushi.kernel import clock, pictures
from rushi.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from rushi.kernel.ids import uuid7


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
    record_organisation(actor_id, organisation.id, "organisation.create")
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
    organisation = owned(actor_id, organisation_id)
    code = rules.check_credit_code(credit_code)
    if not name.strip() or trade not in rules.TRADES:
        raise Invalid(field="name" if not name.strip() else "trade")
    if Organisation.objects.filter(credit_code=code).exclude(pk=organisation_id).exists():
        raise CreditCodeTaken(field="credit_code")
    if organisation.status == Organisation.Status.APPROVED or organisation.name_wanted:
        organisation.name_wanted = name.strip()[:80]  # its campaigns go on under the name that was approved
    else:
        organisation.name = name.strip()[:80]
    organisation.credit_code, organisation.trade = code, trade
    if licence is not None:
        organisation.licence.save(*_paper(licence), save=False)
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
    record_organisation(actor_id, organisation_id, "organisation.submit")
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
    organisation = owned(actor_id, organisation_id)
    if kind not in rules.LICENCE_KINDS or not number.strip():
        raise Invalid(field="kind" if kind not in rules.LICENCE_KINDS else "number")
    if expires_on < clock.shanghai_day(clock.now()):
        raise LicenceExpired(field="expires_on")
    licence = TradeLicence(organisation=organisation, kind=kind, number=number.strip()[:60], expires_on=expires_on)
    licence.picture.save(*_paper(picture), save=False)
    licence.save()
    record_organisation(actor_id, organisation_id, "organisation.add_licence", kind=kind)
    return licence


@transactional
def decide_organisation(*, actor_id: UUID, organisation_id: UUID, approve: bool, reason: str = "") -> None:
    """A reviewer's word on an organisation's papers; never on one's own. A refusal needs a reason."""
    check_staff(actor_id, StaffRole.Role.REVIEWER)
    if not approve and not reason.strip():
        raise ReasonMissing(field="reason")
    organisation = locked_organisation(organisation_id)
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
    if approve and organisation.name_wanted:
        organisation.name, organisation.name_wanted = organisation.name_wanted, ""
    organisation.save(update_fields=["name", "name_wanted", "status", "status_reason", "decided_by", "decided_at"])
    if approve:
        organisation.trade_licences.filter(checked_at=None).update(checked_by=actor_id, checked_at=now)
    verb = "approve" if approve else "reject"
    record_organisation(actor_id, organisation_id, f"organisation.{verb}", reason=organisation.status_reason)


def _paper(file: File[bytes]) -> tuple[str, ContentFile[bytes]]:
    """A random name and the paper as it is kept: pictures written anew. Raises BadPicture."""
    if (file.size or 0) > pictures.BYTES_MAX:
        raise BadPicture(field="picture")
    try:
        paper = pictures.clean(file.read(), takes_pdf=True)
    except pictures.PictureRefused as error:
        raise BadPicture(field="picture") from error
    return f"{uuid7()}.{paper.kind}", ContentFile(paper.data)


def owned(actor_id: UUID, organisation_id: UUID) -> Organisation:
    """An organisation, locked, that this person owns. Raises NotFound for strangers, NotAllowed for other members."""
    organisation = locked_organisation(organisation_id)
    membership = Membership.objects.filter(user_id=actor_id, organisation=organisation).first()
    if membership is None:
        raise NotFound
    if membership.role != Membership.Role.OWNER:
        raise NotAllowed
    return organisation


def locked_organisation(organisation_id: UUID) -> Organisation:
    """An organisation, locked for the rest of the transaction. Raises NotFound."""
    organisation = Organisation.objects.select_for_update(no_key=True).filter(pk=organisation_id).first()
    if organisation is None:
        raise NotFound
    return organisation


def record_organisation(actor_id: UUID, organisation_id: UUID, action: str, **detail: object) -> None:
    """Write down what was done to an organisation."""
    audit.record(
        actor_id=actor_id, action=action, subject_kind="organisation", subject_id=organisation_id, detail=detail
    )
