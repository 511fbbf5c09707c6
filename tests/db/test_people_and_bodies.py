"""Joining, standing, organisations, members, agents, leaving: who may do what, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile

from rushi.audit.models import Event
from rushi.db import invariants
from rushi.dispatch import actions as dispatch
from rushi.identity import actions, queries, rules
from rushi.identity.errors import (
    BadPicture,
    CreditCodeTaken,
    LastOwner,
    LicenceExpired,
    MoneyOwed,
    NotAdult,
    NotVerified,
    PapersMissing,
    ReasonMissing,
    WorkOpen,
)
from rushi.identity.models import Agent, Membership, Organisation, Participant, RealName, User
from rushi.kernel import clock
from rushi.kernel.errors import Conflict, NotAllowed, NotFound
from rushi.payouts import actions as payouts
from rushi.payouts.errors import RecruitsAtWork
from rushi.payouts.models import BankAccount
from rushi.verdicts import actions as verdicts
from tests import books, factories
from tests.pictures import PNG

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def picture(content: bytes = PNG) -> ContentFile[bytes]:
    return ContentFile(content, name="licence.exe")


def credit_code(order: int = 1) -> str:
    body = f"91110105MA{order:07d}"
    return body + rules.credit_check_character(body)


def submit(owner: User, organisation_id: Any, **fields: Any) -> Organisation:
    values: dict[str, Any] = {"name": "白桃饮料", "credit_code": credit_code(), "trade": "retail", "licence": picture()}
    return actions.submit_organisation(actor_id=owner.id, organisation_id=organisation_id, **(values | fields))


class TestJoining:
    def test_again_changes_nothing(self) -> None:
        first = actions.join(phone="13700000001", adult_declared=True, agreed=True)
        agent = factories.agent()
        again = actions.join(phone="+8613700000001", adult_declared=True, agreed=True, invite_code=agent.code)
        assert again == first
        assert Participant.objects.get(pk=first.id).agent is None

    def test_needs_the_declaration(self) -> None:
        with pytest.raises(NotAdult):
            actions.join(phone="13700000001", adult_declared=False, agreed=True)

    def test_by_a_stopped_agent_joins_without_one(self) -> None:
        agent = factories.agent(status=Agent.Status.SUSPENDED)
        user = actions.join(phone="13700000001", adult_declared=True, agreed=True, invite_code=agent.code)
        assert user.participant.agent is None

    def test_commission_is_one_level(self) -> None:
        above = factories.agent()
        recruit = actions.join(phone="13700000001", adult_declared=True, agreed=True, invite_code=above.code)
        below = Agent.objects.create(user=recruit, name="下级", code="BELOW234", joined_at=clock.now())
        second = actions.join(phone="13700000002", adult_declared=True, agreed=True, invite_code=below.code)
        now = clock.now()
        assert queries.recruits(below.id, now).ids == (second.id,)
        assert queries.recruits(above.id, now).ids == (recruit.id,)


class TestStanding:
    def test_reviewers_set_it_with_a_reason(self) -> None:
        person, reviewer = factories.participant(), factories.staff("reviewer")
        with pytest.raises(ReasonMissing):
            actions.set_standing(actor_id=reviewer.id, user_id=person.pk, standing="limited")
        actions.set_standing(actor_id=reviewer.id, user_id=person.pk, standing="limited", reason="核实设备")
        person.refresh_from_db()
        assert (person.standing, person.standing_reason) == ("limited", "核实设备")
        actions.set_standing(actor_id=reviewer.id, user_id=person.pk, standing="active")
        assert Event.objects.filter(action="standing.set", subject_id=person.pk).count() == 2

    def test_others_may_not(self) -> None:
        person = factories.participant()
        for actor in (person.user, factories.staff("finance")):
            with pytest.raises(NotAllowed):
                actions.set_standing(actor_id=actor.id, user_id=person.pk, standing="active")


class TestOrganisations:
    def test_an_approved_name_stands_until_a_reviewer_agrees_to_another(self) -> None:
        organisation = factories.organisation(name="白桃饮料", credit_code=credit_code(9), trade="retail")
        owner, reviewer = factories.member(organisation), factories.staff("reviewer")
        submit(owner, organisation.pk, name="好评返现加微信", credit_code=credit_code(9))
        assert Organisation.objects.get(pk=organisation.pk).name == "白桃饮料"
        ids = {"actor_id": reviewer.id, "organisation_id": organisation.pk}
        actions.decide_organisation(**ids, approve=False, reason="名称不符")
        submit(owner, organisation.pk, name="白桃食品", credit_code=credit_code(9))
        assert Organisation.objects.get(pk=organisation.pk).name == "白桃饮料"
        actions.decide_organisation(**ids, approve=True)
        assert Organisation.objects.get(pk=organisation.pk).name == "白桃食品"

    def test_from_papers_to_approval(self) -> None:
        owner, reviewer = factories.user(), factories.staff("reviewer")
        id_ = actions.create_organisation(actor_id=owner.id, name="白桃", key="k")
        assert actions.create_organisation(actor_id=owner.id, name="白桃", key="k") == id_
        assert queries.publication_obstacle(id_)
        found = submit(owner, id_)
        assert found.status == "pending"
        assert found.licence.name.endswith(".png")
        assert [row.pk for row in queries.organisation_queue()] == [id_]
        assert queries.organisation_queue_length()[0] == 1
        with pytest.raises(ReasonMissing):
            actions.decide_organisation(actor_id=reviewer.id, organisation_id=id_, approve=False)
        actions.decide_organisation(actor_id=reviewer.id, organisation_id=id_, approve=False, reason="执照不清楚")
        assert "执照不清楚" in queries.organisation_case(id_).organisation.status_reason
        submit(owner, id_, licence=None)
        actions.decide_organisation(actor_id=reviewer.id, organisation_id=id_, approve=True)
        assert queries.publication_obstacle(id_) is None
        with pytest.raises(Conflict):
            actions.decide_organisation(actor_id=reviewer.id, organisation_id=id_, approve=True)

    def test_nobody_decides_on_their_own(self) -> None:
        reviewer = factories.staff("reviewer")
        id_ = actions.create_organisation(actor_id=reviewer.id, name="自家", key="k")
        submit(reviewer, id_)
        with pytest.raises(NotAllowed):
            actions.decide_organisation(actor_id=reviewer.id, organisation_id=id_, approve=True)

    def test_papers_are_needed_and_checked_by_content(self) -> None:
        owner = factories.user()
        id_ = actions.create_organisation(actor_id=owner.id, name="白桃", key="k")
        with pytest.raises(PapersMissing):
            submit(owner, id_, licence=None)
        with pytest.raises(BadPicture):
            submit(owner, id_, licence=picture(b"MZ\x90\x00 not a picture"))

    def test_a_code_belongs_to_one_organisation(self) -> None:
        owner = factories.user()
        first = actions.create_organisation(actor_id=owner.id, name="甲", key="1")
        second = actions.create_organisation(actor_id=owner.id, name="乙", key="2")
        submit(owner, first)
        with pytest.raises(CreditCodeTaken):
            submit(owner, second)

    def test_some_trades_need_a_licence_that_runs(self) -> None:
        owner, reviewer = factories.user(), factories.staff("reviewer")
        id_ = actions.create_organisation(actor_id=owner.id, name="白桃", key="k")
        with pytest.raises(PapersMissing):
            submit(owner, id_, trade="food")
        today = clock.shanghai_day(clock.now())
        licence: dict[str, Any] = {"kind": "food", "number": "JY1", "picture": picture()}
        with pytest.raises(LicenceExpired):
            actions.add_trade_licence(
                actor_id=owner.id, organisation_id=id_, expires_on=today - dt.timedelta(days=1), **licence
            )
        actions.add_trade_licence(actor_id=owner.id, organisation_id=id_, expires_on=today, **licence)
        submit(owner, id_, trade="food")
        actions.decide_organisation(actor_id=reviewer.id, organisation_id=id_, approve=True)
        assert queries.publication_obstacle(id_) is None
        assert queries.publication_obstacle(id_, clock.now() + dt.timedelta(days=1, hours=1))

    def test_only_owners_hand_in_papers(self) -> None:
        organisation = factories.organisation()
        for role in ("editor", "viewer"):
            with pytest.raises(NotAllowed):
                submit(factories.member(organisation, role), organisation.pk)
        with pytest.raises(NotFound):
            submit(factories.user(), organisation.pk)


class TestMembers:
    def test_an_invitation_waits_for_a_yes(self) -> None:
        organisation = factories.organisation()
        owner, guest = factories.member(organisation), factories.user()
        invitation = actions.invite_member(
            actor_id=owner.id, organisation_id=organisation.pk, phone=str(guest.phone), role="editor"
        )
        assert not Membership.objects.filter(user=guest).exists()
        with pytest.raises(NotFound):
            actions.answer_invitation(actor_id=factories.user().id, invitation_id=invitation.pk, accept=True)
        actions.answer_invitation(actor_id=guest.id, invitation_id=invitation.pk, accept=True)
        assert queries.access_organisation(guest, organisation.pk, "editor") == organisation
        with pytest.raises(NotFound):
            actions.answer_invitation(actor_id=guest.id, invitation_id=invitation.pk, accept=True)
        with pytest.raises(Conflict):
            actions.invite_member(
                actor_id=owner.id, organisation_id=organisation.pk, phone=str(guest.phone), role="viewer"
            )

    def test_an_organisation_keeps_an_owner(self) -> None:
        organisation = factories.organisation()
        owner = factories.member(organisation)
        for role in ("editor", None):
            with pytest.raises(LastOwner):
                actions.set_member_role(actor_id=owner.id, organisation_id=organisation.pk, user_id=owner.id, role=role)
        editor = factories.member(organisation, "editor")
        actions.set_member_role(actor_id=owner.id, organisation_id=organisation.pk, user_id=editor.id, role="owner")
        actions.set_member_role(actor_id=owner.id, organisation_id=organisation.pk, user_id=owner.id, role=None)
        assert [row.user for row in queries.members(organisation.pk)] == [editor]

    def test_members_may_leave_but_not_rule(self) -> None:
        organisation = factories.organisation()
        owner, viewer = factories.member(organisation), factories.member(organisation, "viewer")
        with pytest.raises(NotAllowed):
            actions.set_member_role(
                actor_id=viewer.id, organisation_id=organisation.pk, user_id=owner.id, role="viewer"
            )
        with pytest.raises(NotAllowed):
            actions.set_member_role(
                actor_id=viewer.id, organisation_id=organisation.pk, user_id=viewer.id, role="owner"
            )
        actions.set_member_role(actor_id=viewer.id, organisation_id=organisation.pk, user_id=viewer.id, role=None)


class TestAgents:
    def test_the_real_name_comes_first(self) -> None:
        person = factories.participant()
        with pytest.raises(NotVerified):
            actions.become_agent(actor_id=person.pk, name="小林")
        RealName.objects.create(
            user_id=person.pk, name_sealed=b"x", number_sealed=b"x", verified_at=clock.now(), provider="x",
            provider_reference="x",
        )  # fmt: skip
        agent = actions.become_agent(actor_id=person.pk, name="小林")
        assert actions.become_agent(actor_id=person.pk, name="别名") == agent
        assert queries.inviting_agent(agent.code.lower()) == agent

    def test_operators_make_and_stop_them(self) -> None:
        person, operator = factories.user(), factories.staff("operator")
        with pytest.raises(NotAllowed):
            actions.become_agent(actor_id=factories.user().id, name="小林", user_id=person.id)
        agent = actions.become_agent(actor_id=operator.id, name="小林", user_id=person.id)
        with pytest.raises(ReasonMissing):
            actions.set_agent_status(actor_id=operator.id, agent_id=agent.id, status="suspended")
        actions.set_agent_status(actor_id=operator.id, agent_id=agent.id, status="suspended", reason="承诺收入")
        agent.refresh_from_db()
        assert agent.status == "suspended"


class TestLeaving:
    def test_personal_data_goes(self) -> None:
        person = factories.participant()
        User.objects.filter(pk=person.pk).update(nickname="阿青")
        actions.erase_user(actor_id=person.pk, user_id=person.pk)
        actions.erase_user(actor_id=person.pk, user_id=person.pk)
        user = User.objects.get(pk=person.pk)
        assert (user.phone, user.nickname, user.is_active) == (None, "", False)
        assert not user.has_usable_password()
        person.refresh_from_db()
        assert (person.region, person.age_band, person.gender, person.interests) == ("", "", "", [])

    def test_not_while_money_is_owed(self) -> None:
        person = factories.participant()
        books.give_person(person.pk, 5, to="participant_pending")
        with pytest.raises(MoneyOwed):
            actions.erase_user(actor_id=person.pk, user_id=person.pk)

    def test_not_while_a_payout_is_under_way(self) -> None:
        user = books.verified_person()
        books.ask_payout(user, 500)
        with pytest.raises(MoneyOwed):
            payouts.leave(actor_id=user.id)

    def test_not_while_work_is_open(self) -> None:
        person = factories.participant()
        campaign = factories.live_campaign()
        dispatch.claim(actor_id=person.pk, campaign_id=campaign.pk, key="k")
        with pytest.raises(WorkOpen):
            payouts.leave(actor_id=person.pk)

    def test_an_agent_not_while_recruits_work_may_still_pay_them(self) -> None:
        """Open, in review, rejected with its money kept, appealed: each may end in a commission for nobody."""
        agent = factories.agent()
        person = factories.participant(agent=agent)

        def refused() -> dict[str, object]:
            with pytest.raises(RecruitsAtWork) as refusal:
                payouts.leave(actor_id=agent.user_id)
            return refusal.value.params

        work = dispatch.claim(actor_id=person.pk, campaign_id=factories.live_campaign().pk, key="k")
        today = clock.shanghai_day(clock.now())
        assert refused()["count"] == 1
        assert today + dt.timedelta(days=17) <= dt.date.fromisoformat(str(refused()["day"]))  # 3 + 2 × 7
        factories.handed_in(work, coverage_bps=5_000)
        assert refused()["count"] == 1
        first, second = factories.staff("reviewer"), factories.staff("reviewer")
        said = "播放记录显示只看了视频的前一半，没有看完。"
        verdicts.reject(actor_id=first.pk, assignment_id=work.pk, code="not_watched", reason=said)
        assert refused()["count"] == 1
        verdicts.appeal(actor_id=person.pk, assignment_id=work.pk, text="我看完了。")
        assert refused()["count"] == 1
        verdicts.decide_appeal(actor_id=second.pk, assignment_id=work.pk, overturn=False, note=said)
        returned = dispatch.claim(actor_id=person.pk, campaign_id=factories.live_campaign().pk, key="l")
        dispatch.return_assignment(actor_id=person.pk, assignment_id=returned.pk)
        payouts.leave(actor_id=agent.user_id)
        later = dispatch.claim(actor_id=person.pk, campaign_id=factories.live_campaign().pk, key="m")
        assert (later.agent_id, later.commission_fen) == (None, 0)

    def test_money_of_somebody_erased_is_found(self) -> None:
        agent = factories.agent()
        campaign, person = factories.live_campaign(), factories.participant(agent=agent)
        books.settle(settlements=[books.settlement(campaign.pk, person.pk, commission=3, agent_id=agent.pk)])
        assert invariants.check("identity", "erased_people_are_owed_nothing").ok
        User.objects.filter(pk=agent.user_id).update(erased_at=clock.now())
        assert not invariants.check("identity", "erased_people_are_owed_nothing").ok

    def test_who_has_left_cannot_appeal(self) -> None:
        work = factories.claim(factories.live_campaign(), factories.participant())
        factories.handed_in(work, coverage_bps=5_000)
        said = "播放记录显示只看了视频的前一半，没有看完。"
        reviewer = factories.staff("reviewer")
        verdicts.reject(actor_id=reviewer.pk, assignment_id=work.pk, code="not_watched", reason=said)
        payouts.leave(actor_id=work.participant_id)
        with pytest.raises(NotFound):
            verdicts.appeal(actor_id=work.participant_id, assignment_id=work.pk, text="我看完了。")

    def test_cards_that_paid_nobody_are_forgotten(self) -> None:
        user = books.verified_person()
        payouts.add_bank_account(actor_id=user.id, bank="中国工商银行", number=books.CARD)
        payouts.leave(actor_id=user.id)
        assert not BankAccount.objects.filter(user_id=user.id).exists()
        user.refresh_from_db()
        assert user.erased_at is not None

    def test_not_by_strangers_nor_as_the_last_owner(self) -> None:
        organisation = factories.organisation()
        owner = factories.member(organisation)
        with pytest.raises(NotAllowed):
            actions.erase_user(actor_id=factories.user().id, user_id=owner.id)
        with pytest.raises(LastOwner):
            actions.erase_user(actor_id=owner.id, user_id=owner.id)


class TestRoles:
    def test_operators_give_and_take(self) -> None:
        operator, person = factories.staff("operator"), factories.user()
        actions.give_role(actor_id=operator.id, user_id=person.id, role="finance")
        assert queries.doors(person).finance
        assert queries.require_staff(person, "finance", "operator") == person
        actions.take_role(actor_id=operator.id, user_id=person.id, role="finance")
        with pytest.raises(NotAllowed):
            queries.require_staff(person, "finance")
        with pytest.raises(NotAllowed):
            actions.give_role(actor_id=person.id, user_id=person.id, role="operator")


def test_doors_lead_where_a_person_works() -> None:
    organisation = factories.organisation()
    homes = {
        factories.participant().user: "tasks",
        factories.agent().user: "agent",
        factories.member(organisation): "console",
        factories.staff("reviewer"): "reviewer",
        factories.staff("finance"): "finance",
        factories.staff("operator"): "operator",
    }
    assert {user: queries.doors(user).home for user in homes} == homes


def test_the_twelve_months_are_counted_by_shanghai_days() -> None:
    with time_machine.travel(dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC), tick=False):
        person = factories.participant(agent=factories.agent())
    last = dt.datetime(2027, 11, 23, 15, 59, tzinfo=dt.UTC)
    assert person.agent_id is not None
    assert queries.recruits(person.agent_id, last).earning_ids == (person.pk,)
    assert queries.recruits(person.agent_id, last + dt.timedelta(minutes=1)).earning_ids == ()
