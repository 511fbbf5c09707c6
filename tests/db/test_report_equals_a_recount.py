"""Reports are added from tallies kept with every verdict: always exactly what a recount of accepted work says."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushi.campaigns.models import Campaign
from rushi.db import invariants, sql
from rushi.evidence import actions as evidence
from rushi.evidence.models import Tally, Untallied
from rushi.kernel import clock
from rushi.measurement import queries
from rushi.measurement.estimators import share
from rushi.verdicts import actions as verdicts
from tests import factories
from tests.answered import CLIP_MS, NOON, Person, answered_campaign

pytestmark = pytest.mark.django_db

people = st.lists(
    st.builds(
        Person,
        main=st.sampled_from(["like", "neutral", "dislike"]),
        recall=st.sampled_from(["0", "1"]),
        left_ms=st.integers(0, CLIP_MS),
        region=st.sampled_from(["11", "44", ""]),
        gender=st.sampled_from(["f", "m", ""]),
        status=st.sampled_from(["accepted", "accepted", "accepted", "rejected", "in_review"]),
    ),
    min_size=8,
    max_size=24,
)


def fold(campaign: UUID, wanted: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT evidence_fold_v1(%s, %s)", [campaign, wanted])
        return int(cursor.fetchone()[0])


def recount(found: list[Person]) -> dict[str, object]:
    """What the report must say, counted from the people themselves."""
    seconds = [round((CLIP_MS + 27_600) / 1000)] * len(found)
    return {
        "accepted": len(found),
        "reaction": dict(Counter(person.main for person in found)),
        "recall": share(sum(person.recall == "0" for person in found), len(found)),
        "finished": sum(person.left_ms >= CLIP_MS - 250 for person in found),
        "seconds": seconds[0] if seconds else None,
        "gender": Counter(person.gender for person in found),
    }


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people, st.integers(0, 30), st.booleans())
def test_it_equals_a_recount_whatever_is_folded(who: list[Person], wanted: int, all_of_it: bool) -> None:
    with transaction.atomic():
        campaign = answered_campaign(who)
        accepted = [person for person in who if person.status == "accepted"]
        assert fold(campaign, wanted) == min(wanted, len(accepted))
        if all_of_it:
            fold(campaign, 1000)
        expected, found = recount(accepted), queries.report(campaign, NOON)
        assert found.progress.accepted == expected["accepted"]
        assert found.progress.seconds_median == expected["seconds"]
        assert found.progress.rejected == sum(person.status == "rejected" for person in who)
        assert found.progress.in_review == sum(person.status == "in_review" for person in who)
        if len(accepted) < 10:
            assert found.opinions is None
        else:
            assert found.opinions
            assert found.opinions.reaction
            said = {part.key: part.count for part in found.opinions.reaction.parts if part.count}
            assert said == expected["reaction"]
            assert found.opinions.recall == expected["recall"]
            curve = found.opinions.retention[0]
            assert round(curve.finished.estimate * curve.n) == expected["finished"]
            shown = next(s for s in found.opinions.segments if s.dimension == "gender")
            assert sum(row.n for row in shown.rows) == len(accepted)
        assert _broken() == []
        transaction.set_rollback(True)


def _broken() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_recount_statement())
        return [str(row) for row in cursor.fetchall()]


def _recount_statement() -> str:
    return sql.load("evidence", "invariants.sql")["tally_is_a_recount"]


def handed_in(campaign: Campaign, answer: str, **facts: int) -> UUID:
    assignment = factories.claim(campaign, factories.participant())
    factories.handed_in(assignment, answer=answer, **facts)
    return assignment.pk


def test_every_way_to_be_accepted_is_counted() -> None:
    campaign = factories.live_campaign(places=20)
    reviewer, other = factories.staff("reviewer"), factories.staff("reviewer")
    for _ in range(9):
        handed_in(campaign, "like")
    refused, appealed = (handed_in(campaign, answer, recall_right=0) for answer in ("dislike", "neutral"))
    for one in (refused, appealed):
        verdicts.reject(
            actor_id=reviewer.pk, assignment_id=one, code="recall", reason="记忆题没有答对，与片中内容不符。" * 2
        )
    verdicts.judge_submitted()
    before = queries.report(campaign.pk, NOON).progress
    assert (before.accepted, before.rejected_by_code) == (9, {"recall": 2})
    person = campaign.assignments.get(pk=appealed).participant_id
    verdicts.appeal(actor_id=person, assignment_id=appealed, text="我确实看完了，请再核对一下观看记录，谢谢。")
    verdicts.decide_appeal(actor_id=other.pk, assignment_id=appealed, overturn=True, note="记录可信，改为通过。" * 3)
    for _ in range(2):
        found = queries.report(campaign.pk, NOON)
        assert (found.progress.accepted, found.progress.rejected_by_code) == (10, {"recall": 1})
        assert found.opinions
        assert found.opinions.reaction
        assert [part.count for part in found.opinions.reaction.parts] == [9, 1, 0]
        fold(campaign.pk, 1000)
    assert not Untallied.objects.exists()
    assert Tally.objects.filter(topic="choice").exists()
    assert [check.name for check in invariants.run() if check.rows] == []
    Tally.objects.filter(topic="choice", key="like").update(n=8)
    [row] = invariants.check("evidence", "tally_is_a_recount").rows
    assert (row["campaign_id"], row["topic"], row["key"], row["too_many"]) == (campaign.pk, "choice", "like", -1)
    Tally.objects.filter(topic="choice", key="like").update(n=9)
    Untallied.objects.create(campaign_id=campaign.pk, first_id=refused, assignment_ids=[refused])
    assert [row["topic"] for row in invariants.check("evidence", "tally_is_a_recount").rows] == ["waiting"]


def test_the_sweep_folds_what_is_many_or_old() -> None:
    campaign = answered_campaign([Person("like")] * 12)
    assert evidence.fold_tallies() == 0  # claimed just now, and far from a thousand
    with clock.pretend(clock.now() + evidence.FOLD_AFTER * 2):
        assert evidence.fold_tallies() == 12
    assert queries.report(campaign, NOON).progress.seconds_median == 40
