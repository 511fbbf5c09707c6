"""A participant through HTTP, from the hall to the money: each page says what it must, and never an answer."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rushi.dispatch.models import Assignment
from rushi.evidence.models import Draft, FreeLook, Submission
from rushi.identity.models import Participant
from rushi.ledger.queries import balance_fen
from rushi.verdicts import actions as verdicts
from tests import factories, watching

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
JSON = {"Accept": "application/json"}


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(clock: Any) -> Participant:
    return watching.participant(real_name_verified_at=NOON)


@pytest.fixture
def door(person: Participant) -> Client:
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response
    return str(response.content.decode())


class Phone:
    """What player.js does, by hand."""

    def __init__(self, door: Client, work: Assignment, clock: Any) -> None:
        self.door, self.work, self.clock, self.seq, self.at = door, work, clock, 0, 0
        self.take(door.post(f"/work/{work.pk}/start/", headers=JSON))

    def take(self, response: Any) -> Any:
        assert response.status_code == 200, response.content.decode()
        self.token = response.json()["token"]
        return response.json()

    def beat(self, seconds: int = 0, *, cut: str = "a", client: Client | None = None, **more: Any) -> Any:
        self.clock.shift(seconds)
        self.at, self.seq = self.at + seconds * 1000, self.seq + 1
        report = {"cut": cut, "position_ms": self.at, "seq": self.seq, "rate": 1, "visible": True, "focused": True}
        body = json.dumps({"token": self.token, "reports": [report], **more})
        client = client or Client()
        return self.take(client.post("/work/beat/", body, content_type="application/json", headers=JSON))

    def hand_in(self, **answers: str) -> Any:
        form = {f"q-{key}": value for key, value in watching.answers_for(self.work.campaign, **answers).items()}
        return self.door.post(f"/work/{self.work.pk}/submit/", {**form, "token": self.token}, headers=JSON)


def test_from_the_hall_to_the_money(door: Client, person: Participant, clock: Any) -> None:
    campaign = watching.live_campaign(clip_ms=20_000)
    hall = text(door.get("/tasks/"))
    for words in (campaign.title, "¥0.30", "约 50 秒", "¥21.60", "剩 10 个名额", "最迟 3 天", "报酬与评价好坏无关"):
        assert words in hall
    card = text(door.get(f"/tasks/{campaign.pk}/"))
    for words in ("领取任务", "30 分钟", "不影响报酬", "不带姓名和手机号", "可以申诉"):
        assert words in card
    claimed = door.post(f"/tasks/{campaign.pk}/claim/", {"key": uuid4().hex})
    work = Assignment.objects.get()
    assert claimed["Location"] == f"/work/{work.pk}/"
    page = text(door.get(claimed["Location"]))
    for words in ("早划晚划都不影响报酬", "切到后台的时间不计入", "短片里的饮料是什么口味？", 'data-left="1800"'):
        assert words in page
    phone = Phone(door, work, clock)
    phone.beat(6, leave="a")
    for _ in range(3):
        told = phone.beat(5)
    assert told["cuts"]["a"]["is_complete"] is True
    clock.shift(10)
    answer = phone.hand_in(main="dislike", text="前三秒太吵")
    assert answer.json() == {"next": f"/work/{work.pk}/"}
    assert "+¥0.30" in text(door.get(f"/work/{work.pk}/"))
    assert FreeLook.objects.get().left_at_ms == 6_000
    assert balance_fen("participant_available", person.pk) == 30
    assert campaign.title not in text(door.get("/tasks/"))
    wallet = text(door.get("/wallet/"))
    assert "任务结算" in wallet
    assert "+¥0.30" in wallet


def test_no_page_of_a_participant_opens_an_answer(door: Client, clock: Any, person: Participant) -> None:
    work = watching.claimed(person, watching.live_campaign(clip_ms=10_000))
    phone = Phone(door, work, clock)
    phone.beat(10)
    clock.shift(10)
    phone.hand_in(main="dislike", text="这句话不能被看见")
    for address in (f"/work/{work.pk}/", "/my/", "/wallet/", "/tasks/"):
        page = text(door.get(address))
        assert "这句话不能被看见" not in page
        assert "dislike" not in page


def test_a_heartbeat_costs_no_query(
    door: Client, clock: Any, person: Participant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    phone = Phone(door, watching.claimed(person, watching.live_campaign()), clock)
    with django_assert_num_queries(0):
        phone.beat(5)
        phone.beat(5)


def test_what_is_not_watched_cannot_be_handed_in_and_is_told_plainly(
    door: Client, clock: Any, person: Participant
) -> None:
    phone = Phone(door, watching.claimed(person, watching.live_campaign()), clock)
    phone.beat(20, cut="z")
    answer = phone.hand_in()
    assert answer.status_code == 409
    assert answer.json()["code"] == "not_watched"
    assert "请按原速看完" in answer.json()["message"]
    assert not Submission.objects.exists()


def test_doubtful_work_waits_and_says_until_when(door: Client, clock: Any, person: Participant) -> None:
    work = watching.claimed(person, watching.live_campaign(clip_ms=10_000))
    phone = Phone(door, work, clock)
    phone.beat(10)
    clock.shift(10)
    phone.hand_in(recall="0")
    page = text(door.get(f"/work/{work.pk}/"))
    assert "审核中，最迟 11-27 12:00 自动通过" in page
    assert "审核中，最迟" in text(door.get("/my/?status=review"))
    assert "¥0.30" in text(door.get("/wallet/"))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '{"token": 1}',
        '{"token": "x", "reports": [1]}',
        '{"token":"x","reports":[]}',
        '{"token":"x","reports":[{"cut":"a","position_ms":Infinity,"seq":1,"rate":1,"visible":true,"focused":true}]}',
        "[" * 30_000,
        "x" * 40_000,
    ],
)
def test_nonsense_is_refused_without_a_stack_trace(client: Client, body: str) -> None:
    answer = client.post("/work/beat/", body, content_type="application/json", headers=JSON)
    assert answer.status_code == 422
    assert "刷新" in answer.json()["message"] or "输入有误" in answer.json()["message"]


def test_missing_answers_are_named(door: Client, clock: Any, person: Participant) -> None:
    work = watching.claimed(person, watching.live_campaign(clip_ms=10_000))
    phone = Phone(door, work, clock)
    phone.beat(10)
    answer = phone.hand_in(main="")
    assert answer.status_code == 422
    question = work.campaign.questions.get(kind="reaction")
    assert answer.json()["missing"] == [str(question.pk)]


def test_a_draft_comes_back(door: Client, person: Participant) -> None:
    work = watching.claimed(person, watching.live_campaign())
    question = work.campaign.questions.get(kind="text")
    assert door.post(f"/work/{work.pk}/draft/", {f"q-{question.pk}": "写到一半"}).status_code == 204
    assert Draft.objects.get().answers == {str(question.pk): "写到一半"}
    assert "\\u5199\\u5230\\u4e00\\u534a" in text(door.get(f"/work/{work.pk}/"))


def test_giving_back_frees_the_place(door: Client, person: Participant) -> None:
    work = watching.claimed(person, watching.live_campaign(places=1))
    assert door.post(f"/work/{work.pk}/return/")["Location"] == "/tasks/"
    hall = text(door.get("/tasks/"))
    assert "今日已领 0 / 50" in hall
    assert "已放弃" in hall
    assert "已放弃" in text(door.get(f"/work/{work.pk}/"))


def test_an_expired_task_says_so(door: Client, clock: Any, person: Participant) -> None:
    work = watching.claimed(person, watching.live_campaign())
    clock.shift(1801)
    assert "已超时" in text(door.get(f"/work/{work.pk}/"))
    assert "已超时" in text(door.get("/my/"))
    assert door.post(f"/work/{work.pk}/start/", headers=JSON).json()["code"] == "lease_over"


def test_a_refused_claim_is_told_on_the_card(door: Client) -> None:
    campaign = watching.live_campaign(places=1)
    watching.claimed(watching.participant(), campaign)
    response = door.post(f"/tasks/{campaign.pk}/claim/", {"key": "k"}, follow=True)
    assert "名额已被领完" in text(response)


def test_beyond_ten_yuan_the_real_name_comes_first(clock: Any) -> None:
    newcomer = watching.participant()
    door = Client()
    door.force_login(newcomer.user, backend="django.contrib.auth.backends.ModelBackend")
    assert "未实名最多可累计 ¥10.00" in text(door.get("/tasks/"))
    campaign = watching.live_campaign(reward_fen=1001)
    response = door.post(f"/tasks/{campaign.pk}/claim/", {"key": "k"})
    assert response["Location"] == "/me/name/"


def test_a_rejection_gives_its_reason_and_an_appeal(door: Client, person: Participant) -> None:
    work = watching.claimed(person, watching.live_campaign())
    factories.handed_in(work, recall_right=0)
    verdicts.judge(assignment_ids=[work.pk])
    reviewer = factories.staff("reviewer")
    reason = "记忆题问的是饮料口味，片中三次出现白桃，您选了青柠。"
    verdicts.reject(actor_id=reviewer.pk, assignment_id=work.pk, code="recall", reason=reason)
    for address in (f"/work/{work.pk}/", "/my/?status=rejected"):
        page = text(door.get(address))
        assert "记忆题没有答对" in page
        assert reason in page
        assert f"/my/{work.pk}/appeal/" in page
    assert "请说明" in text(door.post(f"/my/{work.pk}/appeal/", {"text": ""}), 422)
    done = text(door.post(f"/my/{work.pk}/appeal/", {"text": "我选的是白桃"}, follow=True))
    assert "申诉处理中" in done
    assert "申诉处理中" in text(door.get("/my/"))
    assert "不能申诉" in text(door.get(f"/my/{work.pk}/appeal/"))


def test_a_stranger_finds_nothing(door: Client) -> None:
    work = watching.claimed(watching.participant(), watching.live_campaign())
    assert door.get(f"/work/{work.pk}/").status_code == 404
    assert door.get(f"/my/{work.pk}/appeal/").status_code == 404
    for verb in ("start", "draft", "submit", "return"):
        assert door.post(f"/work/{work.pk}/{verb}/").status_code == 404
    assert Client().get("/tasks/")["Location"].startswith("/login/")


def test_standing_is_told(door: Client, person: Participant) -> None:
    for standing, words in (("limited", "正在核实"), ("suspended", "已暂停领取任务")):
        Participant.objects.filter(pk=person.pk).update(standing=standing, standing_reason="同一设备登录了多个账号")
        page = text(door.get("/tasks/"))
        assert words in page
        assert "同一设备登录了多个账号" in page


@pytest.mark.parametrize("address", ["/tasks/", "/my/", "/wallet/"])
def test_more_rows_ask_no_more_queries(
    door: Client, person: Participant, address: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for rows in (2, 6):
        for _ in range(rows):
            watching.live_campaign()
            work = watching.claimed(person, watching.live_campaign())
            factories.handed_in(work, recall_right=rows % 2)
            verdicts.judge(assignment_ids=[work.pk])
        door.get(address)
        with django_assert_max_num_queries(30) as asked:
            text(door.get(address))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_long_lists_go_on(door: Client, person: Participant, clock: Any) -> None:
    for _ in range(23):
        clock.shift(1)
        watching.claimed(person, watching.live_campaign(title="做过"))
        watching.live_campaign(title="没做过")
    hall = door.get("/tasks/")
    assert text(hall).count("没做过") == 20
    after = f"/tasks/?after={hall.context['after']}"
    more = text(door.get(after, headers={"HX-Request": "true"}))
    assert more.count("没做过") == 3
    assert "<html" not in more
    mine = door.get("/my/")
    before = f"/my/?before={mine.context['before']}".replace("+", "%2B")
    assert text(door.get(before, headers={"HX-Request": "true"})).count("做过") == 3
    assert text(door.get("/tasks/?after=nonsense&kind=compare")).count("没做过") == 0
    assert text(door.get("/my/?before=nonsense")).count("做过") == 20
