"""Agents: become one, stop one."""

from __future__ import annotations

import secrets
from uuid import UUID

from rushi.audit import actions as audit
from rushi.db.retry import transactional
from rushi.identity.actions.people import check_staff
from rushi.identity.errors import (
    NotVerified,
    ReasonMissing,
)
from rushi.identity.models import (
    Agent,
    RealName,
    StaffRole,
    User,
)
from rushi.kernel import clock
from rushi.kernel.errors import Invalid, NotFound

_CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@transactional
def become_agent(*, actor_id: UUID, name: str, user_id: UUID | None = None) -> Agent:
    """Make oneself an agent (needs the real name), or somebody else as operator. Again returns the same agent."""
    subject_id = user_id or actor_id
    if subject_id != actor_id:
        check_staff(actor_id, StaffRole.Role.OPERATOR)
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
    check_staff(actor_id, StaffRole.Role.OPERATOR)
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
