"""The masks of the hall admit whom SQL admits, and one look at the market serves everybody for a moment."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from rushi.dispatch import actions, hall, matching, queries
from rushi.identity.rules import INTERESTS, REGIONS
from tests import factories as make

AGE_BANDS, GENDERS = ("18-24", "25-34", "35-44", "45-54", "55+"), ("f", "m")
WORDS = (tuple(REGIONS), AGE_BANDS, GENDERS, tuple(INTERESTS))
audiences = st.tuples(*(st.lists(st.sampled_from(words), max_size=4, unique=True) for words in WORDS))
people = st.tuples(
    *(st.sampled_from(("", *words)) for words in WORDS[:3]),
    st.lists(st.sampled_from(WORDS[3]), max_size=5, unique=True),
)


class MasksAgreeWithSql(TestCase):
    @settings(max_examples=300, deadline=None)
    @given(audiences, people)
    def test_masks_admit_whom_sql_admits(
        self,
        audience: tuple[list[str], list[str], list[str], list[str]],
        person: tuple[str, str, str, list[str]],
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT dispatch_matches_v1(%s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[],"
                " %s::varchar, %s::varchar, %s::varchar, %s::varchar[])",
                [*audience, *person],
            )
            (by_sql,) = cursor.fetchone()
        wanted = matching.Masks(
            *(matching.asked([one], places) for one, places in zip(audience, hall._PLACES, strict=True))
        )
        own = hall.profile(hall.Person(*person, organisations=frozenset(), been=frozenset()))
        assert bool(matching.eligible(own, wanted)[0, 0]) == by_sql


@pytest.mark.django_db
def test_one_look_serves_everybody_and_a_full_campaign_is_still_not_shown(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(queries, "MARKET_SECONDS", 60.0)
    monkeypatch.setattr(queries, "_held", {})
    last, other = make.live_campaign(places=1), make.live_campaign()
    one, two = make.participant(), make.participant()
    assert len(queries.hall(one.pk).cards) == 2
    actions.claim(actor_id=one.pk, campaign_id=last.pk, key="x")
    with django_assert_num_queries(3):
        assert [card.campaign_id for card in queries.hall(two.pk).cards] == [other.pk]
    assert [card.campaign_id for card in queries.hall(one.pk).cards] == [other.pk]


@pytest.mark.django_db
def test_campaigns_beyond_the_ranked_ones_follow_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hall, "RANKED", 3)
    person = make.participant()
    campaigns = [make.live_campaign(reward_fen=20 + number) for number in range(8)]
    shown, after = [], ""
    while True:
        page = queries.hall(person.pk, after=after, limit=2)
        shown += [card.campaign_id for card in page.cards]
        after = page.after
        if not after:
            break
    best = [campaign.pk for campaign in reversed(campaigns)]
    assert shown == [*best[:3], *(one.pk for one in campaigns[:5])]
