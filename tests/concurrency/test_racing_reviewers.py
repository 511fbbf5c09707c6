"""Reviewers on real connections: one decision a campaign, one reader a case, two different people for a block."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from rushi.campaigns.models import Campaign
from rushi.db import invariants
from rushi.policy import actions, errors
from rushi.policy.models import Review
from tests.factories import draft_campaign, staff
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "视频里没有出现产品，请补充后再提交。"


def submitted(title: str = "白桃气泡水新片", contest: str = "") -> UUID:
    campaign = draft_campaign(title=title)
    actions.submit(actor_id=campaign.created_by, campaign_id=campaign.pk, contest=contest)
    return campaign.pk


def test_approving_and_rejecting_at_once_decides_once() -> None:
    for _ in range(3):
        campaign_id, one, other = submitted(), staff("reviewer").pk, staff("reviewer").pk
        answers = race(
            lambda c=campaign_id, who=one: actions.approve(actor_id=who, campaign_id=c, key="a"),
            lambda c=campaign_id, who=other: actions.reject(actor_id=who, campaign_id=c, reason=REASON, key="r"),
        )
        assert sum(isinstance(answer, errors.NotInReview) for answer in answers) == 1
        assert Review.objects.filter(campaign_id=campaign_id).count() == 1
        assert Campaign.objects.get(pk=campaign_id).status in {"approved", "rejected"}


def test_one_person_twice_at_once_is_still_one_person() -> None:
    campaign_id, who = submitted("点赞糖新片", "这是品牌名“点赞糖”，不是要求点赞。"), staff("reviewer").pk
    answers = race(*(lambda k=key: actions.approve(actor_id=who, campaign_id=campaign_id, key=k) for key in ("a", "b")))
    assert sorted(str(getattr(a, "code", a)) for a in answers) == ["second_needed", "second_reviewer_needed"]
    assert Campaign.objects.get(pk=campaign_id).status == "in_review"
    assert [check.name for check in invariants.run() if check.name.startswith("policy.") and not check.ok] == []


def test_two_people_at_once_agree_together() -> None:
    campaign_id = submitted("点赞糖新片", "这是品牌名“点赞糖”，不是要求点赞。")
    people = [staff("reviewer").pk for _ in range(2)]
    answers = race(*(lambda p=p: actions.approve(actor_id=p, campaign_id=campaign_id, key="a") for p in people))
    assert sorted(map(str, answers)) == ["approved", "second_needed"]
    assert Campaign.objects.get(pk=campaign_id).status == "approved"


def test_one_reads_a_case() -> None:
    case, people = uuid4(), [uuid4() for _ in range(6)]
    answers = race(*(lambda p=p: actions.open_case(actor_id=p, kind="campaign", subject_id=case) for p in people))
    assert len(set(answers)) == 1
