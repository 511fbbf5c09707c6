"""Real connections racing for one identity, one phone, the last owner, one invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rushi.identity import actions
from rushi.identity.errors import AlreadyRegistered, LastOwner
from rushi.identity.models import Agent, Invitation, Membership, Participant, RealName, RealNameAttempt, User
from tests import factories
from tests.racing import race

if TYPE_CHECKING:
    from tests.loopback import Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]
NUMBER = "11010519491231002X"


def test_one_identity_is_one_account(sandbox: Sandbox) -> None:
    people = [factories.participant(is_verified=False) for _ in range(4)]

    def verify(person: Participant) -> object:
        return actions.verify_real_name(actor_id=person.pk, name="林知夏", number=NUMBER, consent=True)

    answers = race(*(lambda person=person: verify(person) for person in people))  # type: ignore[misc]
    assert sum(answer is None for answer in answers) == 1
    assert sum(isinstance(answer, AlreadyRegistered) for answer in answers) == 3
    assert RealName.objects.count() == 1


def test_five_attempts_stay_five(sandbox: Sandbox) -> None:
    person = factories.participant(is_verified=False)

    def try_once() -> object:
        return actions.verify_real_name(actor_id=person.pk, name="不符之人", number=NUMBER, consent=True)

    race(*[try_once] * 8)
    assert RealNameAttempt.objects.filter(user_id=person.pk).count() == 5


def test_one_phone_joins_once() -> None:
    agents = [factories.agent() for _ in range(4)]

    def join(agent: Agent) -> object:
        return actions.join(phone="13700000001", adult_declared=True, agreed=True, invite_code=agent.code)

    answers = race(*(lambda agent=agent: join(agent) for agent in agents))  # type: ignore[misc]
    assert len({answer.pk for answer in answers if isinstance(answer, User)}) == 1, answers
    assert all(isinstance(answer, User) for answer in answers), answers
    assert Participant.objects.filter(user__phone="+8613700000001").count() == 1


def test_two_owners_cannot_both_leave() -> None:
    organisation = factories.organisation()
    owners = [factories.member(organisation), factories.member(organisation)]

    def leave(owner: User) -> object:
        return actions.set_member_role(actor_id=owner.pk, organisation_id=organisation.pk, user_id=owner.pk, role=None)

    answers = race(*(lambda owner=owner: leave(owner) for owner in owners))  # type: ignore[misc]
    assert sorted(type(answer) for answer in answers if answer) == [LastOwner]
    assert Membership.objects.filter(organisation=organisation, role="owner").count() == 1


def test_inviting_twice_at_once_is_one_invitation() -> None:
    organisation = factories.organisation()
    owner = factories.member(organisation)

    def invite() -> object:
        return actions.invite_member(
            actor_id=owner.pk, organisation_id=organisation.pk, phone="13700000002", role="viewer"
        )

    answers = race(*[invite] * 4)
    assert all(isinstance(answer, Invitation) for answer in answers), answers
    assert Invitation.objects.count() == 1
