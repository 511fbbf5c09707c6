"""Anybody can read the public pages, in Chinese first and in English when asked."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from tests import watching

pytestmark = pytest.mark.django_db
PAGES = ["/", "/totals/", "/prices/", "/terms/", "/privacy/", "/contact/", "/style/"]


@pytest.mark.parametrize("page", PAGES)
def test_public_pages_open_without_login(client: Client, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 200
    assert response["Content-Language"] == "zh-hans"


def test_every_page_that_can_be_got_answers_head_alike_without_a_body(client: Client) -> None:
    client.force_login(watching.participant().user, backend="django.contrib.auth.backends.ModelBackend")
    names = {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    looked_at = 0
    for name in sorted(names):
        try:
            path = reverse(name)
        except NoReverseMatch:  # needs an id: a view of the same kind
            continue
        got = client.get(path)
        if got.status_code == 405:
            continue
        head = client.head(path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        looked_at += got.status_code == 200
    assert looked_at > 20


def test_chinese_comes_first_whatever_the_browser_says(client: Client) -> None:
    page = client.get("/", headers={"accept-language": "en-US"}).content.decode()
    assert "问真实的人" in page
    assert 'lang="zh-CN"' in page


def test_english_is_one_press_away_and_stays(client: Client) -> None:
    response = client.post("/language/", {"language": "en", "next": "/prices/"})
    assert response["Location"] == "/prices/"
    assert client.get("/prices/")["Content-Language"] == "en"


def test_the_language_form_sends_nobody_to_another_site(client: Client) -> None:
    response = client.post("/language/", {"language": "xx", "next": "https://evil.example/"})
    assert response["Location"] == "/"
    assert "django_language" not in response.cookies


def test_the_price_list_states_the_rates_in_force(client: Client) -> None:
    page = client.get("/prices/").content.decode()
    assert "¥20.00" in page
    assert "20.0%" in page


def test_an_unknown_address_gets_a_page_that_helps(client: Client) -> None:
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "没有这个页面" in response.content.decode()
