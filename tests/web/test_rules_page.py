"""/rules/ tells everybody what can be bought, what cannot, and which law says so; in both languages."""

from __future__ import annotations

import gzip

import pytest
from django.conf import settings
from django.test import Client

from rushi.policy.rulebook import rulebook
from rushi.web.views.rules import CHAPTERS

pytestmark = pytest.mark.django_db
KB_MAX = 60


def test_it_shows_every_rule_with_its_laws(client: Client) -> None:
    page = client.get("/rules/").content.decode()
    book = rulebook()
    for rule in book.rules.values():
        assert page.count(f'id="{rule.id}"') == 1
        assert rule.explain_zh in page
    for law in book.laws.values():
        assert law.title in page
    assert "第9条第5项" in page
    assert book.version in page


def test_every_rule_has_a_chapter_or_is_ours() -> None:
    names = tuple(name for name, _ in CHAPTERS)
    assert all(rule.id.startswith(names) or rule.is_operators for rule in rulebook().rules.values())


def test_it_says_which_articles_are_still_to_be_confirmed(client: Client) -> None:
    assert "待核对" in client.get("/rules/").content.decode()


def test_english(client: Client) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get("/rules/").content.decode()
    assert "Paying for likes" in page
    assert "Cannot be published" in page
    assert "不能为点赞付费" not in page


def test_it_is_linked_from_the_footer_and_needs_no_database(
    client: Client, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    assert 'href="/rules/"' in client.get("/prices/").content.decode()
    with django_assert_num_queries(0):  # type: ignore[operator]
        response = client.get("/rules/")
    assert len(gzip.compress(response.content)) < KB_MAX * 1024
