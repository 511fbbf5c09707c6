"""Nothing is published that a person has not approved, and nothing the rules block on one person's word."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from rushi.audit.errors import KeyReused
from rushi.audit.models import Event
from rushi.campaigns.errors import ContentChanged
from rushi.campaigns.models import Campaign, Question
from rushi.db import invariants
from rushi.identity.models import StaffRole
from rushi.kernel.errors import NotAllowed, NotFound
from rushi.policy import actions, errors
from rushi.policy.models import Reading, Review, Screening
from tests.factories import draft_campaign, member, staff, user

pytestmark = pytest.mark.django_db
REASON = "视频里没有出现产品，请补充后再提交。"
CONTEST = "这是品牌名“点赞糖”，不是要求点赞，商标注册证可查。"


def reviewer() -> object:
    return staff(StaffRole.Role.REVIEWER).pk


def submitted(**fields: object) -> Campaign:
    campaign = draft_campaign(**fields)
    actions.submit(actor_id=campaign.created_by, campaign_id=campaign.pk)
    campaign.refresh_from_db()
    return campaign


def contested() -> Campaign:
    campaign = draft_campaign(title="点赞糖新片")
    actions.submit(actor_id=campaign.created_by, campaign_id=campaign.pk, contest=CONTEST)
    return campaign


def broken() -> list[str]:
    return [check.name for check in invariants.run() if check.name.startswith("policy.") and not check.ok]


def test_it_works() -> None:
    campaign = submitted()
    assert campaign.status == "in_review"
    who = reviewer()
    assert actions.approve(actor_id=who, campaign_id=campaign.pk, key="k") == "approved"
    campaign.refresh_from_db()
    screening = Screening.objects.get(campaign=campaign)
    assert (campaign.status, campaign.approved_digest) == ("approved", screening.digest)
    review = Review.objects.get(campaign=campaign)
    assert (review.outcome, review.reviewer_id, review.digest) == ("approved", who, screening.digest)
    assert Event.objects.filter(subject_id=campaign.pk, action="review.approved").count() == 1
    assert broken() == []


def test_a_replay_answers_the_same_and_does_nothing() -> None:
    campaign, who = submitted(), reviewer()
    first = actions.approve(actor_id=who, campaign_id=campaign.pk, key="k")
    assert actions.approve(actor_id=who, campaign_id=campaign.pk, key="k") == first
    assert Review.objects.filter(campaign=campaign).count() == 1
    with pytest.raises(KeyReused):
        actions.approve(actor_id=who, campaign_id=submitted().pk, key="k")


def test_a_block_is_refused_at_once_and_the_findings_stay() -> None:
    campaign = draft_campaign(brief="看完给作品点赞，截图上传。")
    with pytest.raises(errors.Refused), transaction.atomic():
        actions.submit(actor_id=campaign.created_by, campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert campaign.status == "draft"
    screening = actions.screen_campaign(campaign_id=campaign.pk)
    assert screening.decision == "block"
    finding = screening.findings[0]
    assert (finding["rule"], finding["law"], finding["article"], finding["field"]) == (
        "ENG-01", "NAUC-91", "9(5)", "brief",
    )  # fmt: skip
    assert finding["law_title"].startswith("网络反不正当竞争")
    assert finding["cite"] == "第9条第5项"


@pytest.mark.parametrize("place", ["title", "question", "option", "material", "organisation"])
def test_everything_that_is_shown_is_screened(place: str) -> None:
    campaign = draft_campaign()
    if place == "title":
        Campaign.objects.filter(pk=campaign.pk).update(title="点赞领红包")
    elif place == "question":
        Question.objects.filter(campaign=campaign, position=0).update(text="请给作品点赞")
    elif place == "option":
        Question.objects.filter(campaign=campaign, position=1).update(options=["白桃", "加我微信"])
    elif place == "material":
        campaign.materials.update(original_name="刷单教程.mp4")
    else:
        type(campaign.organisation).objects.filter(pk=campaign.organisation_id).update(name="刷单小店")
    assert actions.screen_campaign(campaign_id=campaign.pk).decision == "block"


def test_the_same_content_keeps_its_screening_and_another_gets_a_new_one() -> None:
    campaign = draft_campaign()
    first = actions.screen_campaign(campaign_id=campaign.pk)
    assert actions.screen_campaign(campaign_id=campaign.pk).pk == first.pk
    Campaign.objects.filter(pk=campaign.pk).update(brief="看完请如实说。")
    second = actions.screen_campaign(campaign_id=campaign.pk)
    assert (second.pk, second.digest) != (first.pk, first.digest)
    with pytest.raises(NotFound):
        actions.screen_campaign(campaign_id=uuid4())


def test_another_digest_than_the_one_on_the_screen_is_not_approved() -> None:
    campaign, who = submitted(), reviewer()
    seen = Screening.objects.get(campaign=campaign).digest
    Campaign.objects.filter(pk=campaign.pk).update(brief="悄悄换掉的说明。")
    with pytest.raises(ContentChanged), transaction.atomic():
        actions.approve(actor_id=who, campaign_id=campaign.pk, key="k", seen_digest=seen)
    assert not Review.objects.filter(campaign=campaign).exists()


def test_only_a_reviewer_from_outside_decides() -> None:
    campaign = submitted()
    for stranger in (user(), staff(StaffRole.Role.FINANCE), member(campaign.organisation)):
        with pytest.raises(NotAllowed), transaction.atomic():
            actions.approve(actor_id=stranger.pk, campaign_id=campaign.pk, key="k")
    own = member(campaign.organisation)
    StaffRole.objects.create(user=own, role=StaffRole.Role.REVIEWER, given_at=campaign.created_at)
    with pytest.raises(errors.OwnOrganisation), transaction.atomic():
        actions.approve(actor_id=own.pk, campaign_id=campaign.pk, key="k")
    with pytest.raises(errors.OwnOrganisation), transaction.atomic():
        actions.reject(actor_id=own.pk, campaign_id=campaign.pk, reason=REASON, key="k")
    campaign.refresh_from_db()
    assert campaign.status == "in_review"


def test_a_rejection_has_a_reason_and_real_rules() -> None:
    campaign, who = submitted(), reviewer()
    with pytest.raises(errors.ReasonNeeded):
        actions.reject(actor_id=who, campaign_id=campaign.pk, reason=" 不行 ", key="k")
    with pytest.raises(errors.UnknownRule):
        actions.reject(actor_id=who, campaign_id=campaign.pk, reason=REASON, rules_cited=["ENG-99"], key="k")
    actions.reject(actor_id=who, campaign_id=campaign.pk, reason=REASON, rules_cited=["ADV-01", "ADV-01"], key="k")
    campaign.refresh_from_db()
    assert (campaign.status, campaign.status_reason) == ("rejected", REASON)
    assert Review.objects.get(campaign=campaign).rules_cited == ["ADV-01"]


def test_what_is_decided_is_not_decided_again() -> None:
    campaign = submitted()
    actions.reject(actor_id=reviewer(), campaign_id=campaign.pk, reason=REASON, key="k")
    with pytest.raises(errors.NotInReview), transaction.atomic():
        actions.approve(actor_id=reviewer(), campaign_id=campaign.pk, key="k")
    with pytest.raises(NotFound), transaction.atomic():
        actions.approve(actor_id=reviewer(), campaign_id=uuid4(), key="k2")


def test_a_contested_block_needs_two_different_reviewers() -> None:
    campaign, first, second = contested(), reviewer(), reviewer()
    assert actions.approve(actor_id=first, campaign_id=campaign.pk, key="a") == "second_needed"
    campaign.refresh_from_db()
    assert campaign.status == "in_review"
    with pytest.raises(errors.SecondReviewerNeeded), transaction.atomic():
        actions.approve(actor_id=first, campaign_id=campaign.pk, key="b")
    assert actions.approve(actor_id=second, campaign_id=campaign.pk, key="a") == "approved"
    campaign.refresh_from_db()
    assert campaign.status == "approved"
    assert broken() == []


def test_a_contest_says_something_and_cannot_save_crime() -> None:
    campaign = draft_campaign(title="点赞糖新片")
    with pytest.raises(errors.ContestTooShort), transaction.atomic():
        actions.submit(actor_id=campaign.created_by, campaign_id=campaign.pk, contest="不是")
    crime = draft_campaign(brief="长期收快手号，租号一天30。")
    with pytest.raises(errors.NotContestable), transaction.atomic():
        actions.submit(actor_id=crime.created_by, campaign_id=crime.pk, contest=CONTEST)


def test_a_block_that_nobody_contested_is_not_approved_even_in_review() -> None:
    campaign = submitted()
    Campaign.objects.filter(pk=campaign.pk).update(brief="看完给作品点赞，截图上传。")
    with pytest.raises(errors.Refused), transaction.atomic():
        actions.approve(actor_id=reviewer(), campaign_id=campaign.pk, key="k")


def test_invariants_notice_an_approval_that_never_was() -> None:
    campaign = submitted()
    Campaign.objects.filter(pk=campaign.pk).update(approved_digest="f" * 64)
    assert broken() == ["policy.approved_content_was_approved_by_a_person"]


def test_the_database_refuses_a_rejection_without_a_reason() -> None:
    campaign = submitted()
    screening = Screening.objects.get(campaign=campaign)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(
            campaign=campaign, screening=screening, outcome="rejected", reviewer_id=uuid4(), at=screening.at
        )


def test_two_reviewers_do_not_read_one_case() -> None:
    case, first, second = uuid4(), uuid4(), uuid4()
    assert actions.open_case(actor_id=first, kind="campaign", subject_id=case) == first
    assert actions.open_case(actor_id=second, kind="campaign", subject_id=case) == first
    assert actions.open_case(actor_id=first, kind="campaign", subject_id=case) == first
    actions.leave_case(actor_id=second, kind="campaign", subject_id=case)
    assert actions.open_case(actor_id=second, kind="campaign", subject_id=case) == first
    actions.leave_case(actor_id=first, kind="campaign", subject_id=case)
    assert actions.open_case(actor_id=second, kind="campaign", subject_id=case) == second


def test_a_reading_runs_out() -> None:
    case, first, second = uuid4(), uuid4(), uuid4()
    actions.open_case(actor_id=first, kind="appeal", subject_id=case)
    Reading.objects.update(until="2020-01-01T00:00Z")
    assert actions.open_case(actor_id=second, kind="appeal", subject_id=case) == second
