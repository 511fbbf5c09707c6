"""The review desk: who may sit there, one case a screen with all its evidence, decisions that go on to the next."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rushi.campaigns.models import Campaign, Question
from rushi.identity.models import Organisation, StaffRole, User
from rushi.kernel import clock
from rushi.kernel.ids import uuid7
from rushi.policy import actions
from rushi.policy.models import Reading, Review
from rushi.verdicts import actions as verdicts
from rushi.verdicts.models import Delivery, SampleItem
from tests import factories as make

pytestmark = pytest.mark.django_db
REASON = "视频里没有出现产品，请补充后再提交。"
VERDICT_REASON = "播放记录显示只看了视频的前一半，没有看完，也没有再看。"
QUEUES = ("campaigns", "organisations", "submissions", "appeals", "samples")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def reviewer() -> User:
    return make.staff("reviewer")


@pytest.fixture
def desk(reviewer: User) -> Client:
    return signed_in(reviewer)


def submitted(title: str = "白桃气泡水新片", contest: str = "", **fields: Any) -> Campaign:
    campaign = make.draft_campaign(title=title, **fields)
    actions.submit(actor_id=campaign.created_by, campaign_id=campaign.pk, contest=contest)
    return campaign


def in_review(**facts: int) -> UUID:
    """Work that the facts did not accept."""
    campaign, person = make.live_campaign(), make.participant()
    assignment = make.claim(campaign, person)
    make.handed_in(assignment, **{"coverage_bps": 5_000, **facts})
    verdicts.judge_submitted()
    return assignment.pk


def case_url(campaign: Campaign) -> str:
    return reverse("review_campaign", args=[campaign.pk])


def shown(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    return response.content.decode()


def hidden(page: str) -> dict[str, str]:
    """The form's digest and key."""
    return dict(re.findall(r'name="(digest|key)" value="([^"]*)"', page))


@pytest.mark.parametrize("who", ["visitor", "participant", "member", "finance", "operator"])
def test_only_reviewers_enter(who: str) -> None:
    campaign = submitted()
    people = {
        "visitor": None,
        "participant": make.participant().user,
        "member": make.member(campaign.organisation),
        "finance": make.staff("finance"),
        "operator": make.staff("operator"),
    }
    client = signed_in(people[who]) if people[who] else Client()  # type: ignore[arg-type]
    paths = ["/review/", *(f"/review/{name}/" for name in QUEUES), case_url(campaign)]
    expected = 302 if who == "visitor" else 403
    assert {client.get(path).status_code for path in paths} == {expected}
    assert client.post(case_url(campaign), {"decision": "approve", "key": "k"}).status_code == expected
    campaign.refresh_from_db()
    assert campaign.status == "in_review"


def test_an_empty_desk_says_that_all_is_done(desk: Client) -> None:
    for path in ["/review/", *(f"/review/{name}/" for name in QUEUES)]:
        assert "都处理完了" in shown(desk, path)


def test_the_overview_counts_and_tells_the_oldest(desk: Client) -> None:
    campaign = submitted()
    Campaign.objects.filter(pk=campaign.pk).update(submitted_at=clock.now() - clock.dt.timedelta(hours=3))
    in_review()
    page = shown(desk, "/review/")
    assert "最早的已等 3 小时" in page.replace("\xa0", " ")
    assert "最近到期" in page
    assert "都处理完了" not in page


def test_a_campaign_is_one_screen_with_all_evidence(desk: Client) -> None:
    campaign = make.draft_campaign(title="国家级气泡水", brief="请勿点赞。看完说实话。")
    Question.objects.filter(campaign=campaign, position=1).update(options=["史上最好喝", "青柠"])
    actions.submit(actor_id=campaign.created_by, campaign_id=campaign.pk)
    page = shown(desk, case_url(campaign))
    assert '<mark class="review" title="ADV-03">国家级</mark>气泡水' in page
    assert '<mark class="review" title="ADV-03">史上最好</mark>' in page
    assert "中华人民共和国广告法" in page
    assert "第9条第3项" in page
    assert "<video" in page
    assert "文中说的是禁止或不需要" in page
    assert "¥0.40" in page
    for key in ("a", "r", "n", "help"):
        assert f'data-key="{key}"' in page
    assert "正确答案" in page


def test_what_people_wrote_is_shown_and_never_run(desk: Client) -> None:
    campaign = submitted(title="<script>alert(1)</script>", brief="国家级<b>好</b>")
    page = shown(desk, case_url(campaign))
    assert "<script>alert(1)" not in page
    assert "&lt;b&gt;" in page


def test_approving_goes_on_to_the_next(desk: Client, reviewer: User) -> None:
    first, second = submitted(), submitted(title="露营灯新片")
    form = hidden(shown(desk, case_url(first)))
    response = desk.post(case_url(first), {"decision": "approve", **form})
    assert response["Location"] == case_url(second)
    first.refresh_from_db()
    assert first.status == "approved"
    assert Review.objects.get(campaign=first).reviewer_id == reviewer.pk
    assert desk.post(case_url(first), {"decision": "approve", **form})["Location"] == case_url(second)
    last = desk.post(case_url(second), {"decision": "approve", **hidden(shown(desk, case_url(second)))})
    assert last["Location"] == reverse("review_campaigns")


def test_rejecting_needs_a_reason_and_keeps_what_was_typed(desk: Client) -> None:
    campaign = submitted(title="国家级气泡水")
    form = {"decision": "reject", "rules": ["ADV-03"], **hidden(shown(desk, case_url(campaign)))}
    page = desk.post(case_url(campaign), {**form, "reason": "不行"}).content.decode()
    assert "请用 10 到 500 个字" in page
    assert ">不行</textarea>" in page
    desk.post(case_url(campaign), {**form, "reason": REASON})
    campaign.refresh_from_db()
    assert (campaign.status, campaign.status_reason) == ("rejected", REASON)
    assert Review.objects.get(campaign=campaign).rules_cited == ["ADV-03"]


def test_content_that_changed_under_the_reviewers_eyes_is_not_approved(desk: Client) -> None:
    campaign = submitted()
    form = hidden(shown(desk, case_url(campaign)))
    Campaign.objects.filter(pk=campaign.pk).update(brief="换过的说明")
    page = desk.post(case_url(campaign), {"decision": "approve", **form}).content.decode()
    assert "内容与审核通过时不一致" in page
    campaign.refresh_from_db()
    assert campaign.status == "in_review"


def test_a_member_of_the_organisation_looks_but_does_not_decide() -> None:
    campaign = submitted()
    own = make.member(campaign.organisation)
    StaffRole.objects.create(user=own, role="reviewer", given_at=clock.now())
    page = shown(signed_in(own), case_url(campaign))
    assert "请由其他审核员处理" in page
    assert 'name="decision"' not in page
    assert campaign.title not in shown(signed_in(own), "/review/campaigns/")


def test_a_contested_block_takes_two(desk: Client) -> None:
    campaign = submitted("点赞糖新片", "这是品牌名“点赞糖”，不是要求点赞。")
    page = shown(desk, case_url(campaign))
    assert "须两位审核员都同意" in page
    desk.post(case_url(campaign), {"decision": "approve", **hidden(page)})
    assert "您已同意" in shown(desk, case_url(campaign))
    assert campaign.title not in shown(desk, "/review/campaigns/")
    other = signed_in(make.staff("reviewer"))
    other.post(case_url(campaign), {"decision": "approve", **hidden(shown(other, case_url(campaign)))})
    campaign.refresh_from_db()
    assert campaign.status == "approved"


def test_two_reviewers_do_not_collide(desk: Client) -> None:
    first, second = submitted(), submitted(title="露营灯新片")
    shown(desk, case_url(first))
    other = signed_in(make.staff("reviewer"))
    page = shown(other, case_url(first))
    assert "另一位审核员正在看这一件" in page
    assert f'href="{case_url(second)}" data-key="n"' in page
    assert "有人在看" in shown(other, "/review/campaigns/")
    assert "有人在看" not in shown(desk, "/review/campaigns/")
    shown(desk, case_url(second))
    assert Reading.objects.count() == 1
    assert "另一位审核员正在看这一件" not in shown(other, case_url(first))


def test_a_submission_shows_facts_and_no_opinion(desk: Client) -> None:
    assignment_id = in_review()
    page = shown(desk, reverse("review_submission", args=[assignment_id]))
    assert "50.0%" in page
    assert "没有看完视频" in page
    assert '<svg class="interval' in page
    assert "喜欢" not in page
    assert "like" not in re.sub(r"<[^>]*>", "", page)


def test_a_submission_is_judged_and_its_person_limited(desk: Client) -> None:
    assignment_id = in_review()
    url = reverse("review_submission", args=[assignment_id])
    shown(desk, url)
    response = desk.post(url, {"decision": "reject", "code": "not_watched", "reason": VERDICT_REASON})
    assert response["Location"] == reverse("review_submissions")
    assert "已经有审核结果" in shown(desk, url)
    person = make.Assignment.objects.get(pk=assignment_id).participant
    standing = reverse("review_standing", args=[person.pk])
    desk.post(standing, {"standing": "suspended", "reason": "同时用两台设备做任务。", "back": str(assignment_id)})
    person.refresh_from_db()
    assert (person.standing, person.standing_reason) == ("suspended", "同时用两台设备做任务。")


def test_an_appeal_is_for_somebody_else(desk: Client) -> None:
    assignment_id = in_review()
    url = reverse("review_submission", args=[assignment_id])
    desk.post(url, {"decision": "reject", "code": "not_watched", "reason": VERDICT_REASON})
    person = make.Assignment.objects.get(pk=assignment_id).participant_id
    verdicts.appeal(actor_id=person, assignment_id=assignment_id, text="我看完了，网络断了一次，请再核对记录。")
    appeal = reverse("review_appeal", args=[assignment_id])
    assert "须由另一位审核员处理" in shown(desk, appeal)
    other = signed_in(make.staff("reviewer"))
    assert "网络断了一次" in shown(other, appeal)
    note = "复核播放记录，断线前后合起来已看完，原结果撤销。"
    assert other.post(appeal, {"decision": "approve", "reason": note})["Location"] == reverse("review_appeals")
    assert "这件申诉已有结果" in shown(other, appeal)


@pytest.mark.parametrize("path", ["/review/", "/review/campaigns/", "/review/organisations/", "/review/submissions/"])
def test_queries_do_not_grow_with_rows(desk: Client, path: str) -> None:
    def fill(count: int) -> int:
        for i in range(count):
            submitted(title=f"新片第{i}版")
            make.organisation(status="pending", submitted_at=clock.now())
            in_review()
        shown(desk, path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            shown(desk, path)
        return len(queries)

    few = fill(1)
    assert fill(3) == few


def test_a_case_costs_the_same_however_long_the_queue(desk: Client) -> None:
    campaign = submitted()

    def cost() -> int:
        shown(desk, case_url(campaign))
        with CaptureQueriesContext(connection) as queries:
            shown(desk, case_url(campaign))
        return len(queries)

    few = cost()
    for i in range(4):
        submitted(title=f"新片第{i}版")
    assert cost() == few


def test_english(desk: Client, reviewer: User) -> None:
    campaign = submitted(title="国家级气泡水")
    User.objects.filter(pk=reviewer.pk).update(language="en")
    page = shown(desk, case_url(campaign))
    assert "Superlatives" in page
    assert "审核台" not in page


def pending(name: str = "白桃饮料") -> Organisation:
    return make.organisation(name=name, status="pending", submitted_at=clock.now(), trade="retail")


def test_an_organisation_is_approved_or_sent_back_with_a_reason(desk: Client, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    first, second = pending(), pending("青果食品")
    first.licence.save("a.png", ContentFile(b"\x89PNG\r\n\x1a\n" + b"0" * 64))
    url = reverse("review_organisation", args=[first.pk])
    page = shown(desk, url)
    assert f'<img src="{reverse("paper", args=[first.pk])}"' in page
    assert "资料审核中" in desk.post(url, {"decision": "reject", "reason": ""}).content.decode()
    response = desk.post(url, {"decision": "approve"})
    assert response["Location"] == reverse("review_organisation", args=[second.pk])
    desk.post(response["Location"], {"decision": "reject", "reason": "执照照片看不清，请重新拍摄后上传。"})
    assert list(Organisation.objects.order_by("submitted_at").values_list("status", flat=True)) == [
        "approved", "rejected",
    ]  # fmt: skip


def test_a_sample_of_a_disputed_delivery_is_examined(desk: Client) -> None:
    campaign = make.live_campaign(places=1)
    assignment = make.claim(campaign, make.participant())
    make.handed_in(assignment)
    verdicts.judge_submitted()
    Campaign.objects.filter(pk=campaign.pk).update(status="closing")
    Delivery.objects.create(
        campaign=campaign, status="disputed", opened_at=clock.now(), due_at=clock.now(), reason="觉得有人没看完。"
    )
    item = SampleItem.objects.create(delivery_id=campaign.pk, assignment=assignment)
    url = reverse("review_sample", args=[item.pk, assignment.pk])
    assert "觉得有人没看完" in shown(desk, url)
    assert campaign.title in shown(desk, "/review/samples/")
    assert desk.post(url, {"decision": "approve"})["Location"] == reverse("review_samples")
    item.refresh_from_db()
    assert item.is_faulty is False


def test_what_is_refused_is_said_on_the_page(desk: Client) -> None:
    assignment_id = in_review()
    url = reverse("review_submission", args=[assignment_id])
    page = desk.post(url, {"decision": "reject", "code": "recall", "reason": VERDICT_REASON})
    assert page.status_code == 200
    assert VERDICT_REASON in page.content.decode()
    desk.post(url, {"decision": "approve"})
    person = make.Assignment.objects.get(pk=assignment_id)
    assert person.status == "accepted"
    response = desk.post(reverse("review_standing", args=[person.participant_id]), {"standing": "nonsense"})
    assert response.status_code == 302


def test_a_strange_case_is_not_found(desk: Client) -> None:
    for name in ("review_campaign", "review_organisation", "review_submission", "review_appeal"):
        assert desk.get(reverse(name, args=[uuid7()])).status_code == 404
