"""A campaign with answered, accepted work, written straight into the tables: for tests of reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from rushi.campaigns.models import Budget, Campaign, Material, Question
from rushi.db import sql
from rushi.dispatch.models import Assignment, Undecided
from rushi.evidence.models import Answers, FreeLook, Submission
from rushi.identity.models import Organisation, Participant, User

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
CLIP_MS = 12_400
OPEN_STATUSES = {"claimed", "started", "submitted", "in_review"}


@dataclass(frozen=True)
class Person:
    """What one accepted person did and said."""

    main: str
    recall: str = "0"
    text: str = ""
    left_ms: int = CLIP_MS
    region: str = "11"
    age_band: str = "25-34"
    gender: str = "f"
    first: str = "a"
    status: str = "accepted"


def answered_campaign(people: Sequence[Person], kind: str = "reaction", title: str = "白桃气泡水") -> UUID:
    """A live campaign with three questions (main, recall, text) and one assignment a person. Returns its id."""
    organisation = Organisation.objects.create(name=f"测试机构 {uuid4()}", created_at=NOON)
    campaign = Campaign.objects.create(
        organisation=organisation, kind=kind, status="live", title=title, reward_fen=30, commission_fen_max=5,
        fee_fen=6, places_wanted=200, expected_seconds=45, created_by=uuid4(), created_at=NOON, published_at=NOON,
    )  # fmt: skip
    Budget.objects.create(campaign=campaign, is_open=True, unit_fen=41, places=200, budget_fen=41 * 200)
    for cut in "ab" if kind == "compare" else "a":
        Material.objects.create(
            campaign=campaign, cut=cut, status="ready", mime="video/mp4", sha256="0" * 64, bytes=1,
            duration_ms=CLIP_MS, width=1, height=1, uploaded_at=NOON,
        )  # fmt: skip
    main = "preference" if kind == "compare" else "reaction"
    questions = [
        Question.objects.create(campaign=campaign, position=0, kind=main, text="您觉得怎么样？"),
        Question.objects.create(
            campaign=campaign, position=1, kind="recall", text="是什么味道？", options=["白桃", "青柠"], right_option=0
        ),
        Question.objects.create(campaign=campaign, position=2, kind="text", text="想说什么？"),
    ]
    for index, person in enumerate(people):
        _answer(campaign, questions, person, NOON + dt.timedelta(minutes=index))
    _tell_reports(campaign, [person.status for person in people])
    return campaign.pk


def _tell_reports(campaign: Campaign, statuses: Sequence[str]) -> None:
    """What verdicts would have left behind: the budget's counters, the queue of the tally, rejections by code."""
    accepted, open_work = statuses.count("accepted"), sum(status in OPEN_STATUSES for status in statuses)
    Budget.objects.filter(pk=campaign.pk).update(accepted=accepted, taken=accepted + open_work)
    ids = {status: list(campaign.assignments.filter(status=status).values_list("pk", flat=True)) for status in statuses}
    done, refused = ids.get("accepted", []), ids.get("rejected", [])
    for one in done:
        sql.call("evidence_accepted_v1", [campaign.pk], [one])
    sql.call("evidence_rejected_v1", [campaign.pk] * len(refused), ["recall"] * len(refused), 1)
    for waiting in ids.get("in_review", []):
        Undecided.objects.update_or_create(assignment_id=waiting, defaults={"status": "in_review"})


def _answer(campaign: Campaign, questions: list[Question], person: Person, at: dt.datetime) -> None:
    user = User.objects.create(phone=None)
    participant = Participant.objects.create(user=user, adult_declared_at=NOON, joined_at=NOON)
    assignment = Assignment.objects.create(
        campaign=campaign, participant=participant, status=person.status, reward_fen=30, commission_fen=5, fee_fen=6,
        unit_fen=41, day=NOON.date(), region=person.region, age_band=person.age_band, gender=person.gender,
        claimed_at=at, lease_expires_at=at + dt.timedelta(days=3650), submitted_at=at, closed_at=at,
    )  # fmt: skip
    Submission.objects.create(
        assignment=assignment, submitted_at=at, active_from=at - dt.timedelta(seconds=40), active_to=at,
        coverage_bps=10_000, watched_ms=CLIP_MS, answer_ms=27_600, item_count=3, recall_asked=1,
        recall_right=int(person.recall == "0"), first_cut=person.first,
    )  # fmt: skip
    for material in campaign.materials.all():
        FreeLook.objects.create(assignment=assignment, cut=material.cut, left_at_ms=person.left_ms, duration_ms=CLIP_MS)
    asked = questions if person.text else questions[:2]
    Answers.objects.create(
        assignment=assignment, campaign_id=campaign.pk, questions=[one.pk for one in asked],
        choices=[person.main, person.recall, ""][: len(asked)], texts=["", "", person.text] if person.text else [],
    )  # fmt: skip
