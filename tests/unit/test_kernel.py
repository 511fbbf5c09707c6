"""Money never loses a fen, ids sort by time, days are Shanghai's, production refuses the demo."""

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushi.kernel import environment
from rushi.kernel.clock import shanghai_day, shanghai_midnight
from rushi.kernel.ids import derived_id, uuid7
from rushi.kernel.money import Money

fen = st.integers(min_value=-(10**15), max_value=10**15)


@given(fen)
def test_yuan_text_round_trips(amount: int) -> None:
    assert Money.from_yuan(Money(amount).yuan) == Money(amount)


@given(fen, fen)
def test_sums_are_exact(a: int, b: int) -> None:
    assert (Money(a) + Money(b) - Money(b)).fen == a
    assert (-Money(a)).fen == -a


@given(st.integers(min_value=0, max_value=10**12), st.integers(min_value=0, max_value=10_000))
def test_a_share_is_rounded_up_by_less_than_a_fen(amount: int, bps: int) -> None:
    share = Money(amount).share_up(bps).fen
    assert 0 <= share * 10_000 - amount * bps < 10_000


@pytest.mark.parametrize("text", ["", "1.234", "abc", "NaN", "Infinity", "1,000"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        Money.from_yuan(text)


@pytest.mark.parametrize("value", [1.5, "3", True])
def test_money_is_whole_fen_only(value: object) -> None:
    with pytest.raises(TypeError):
        Money(value)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(100) * value  # type: ignore[operator]


def test_money_knows_zero_and_prints_yuan() -> None:
    assert not Money(0)
    assert str(Money(-5)) == "-0.05"
    assert (Money(30) * 3).yuan == "0.90"


@given(st.integers(min_value=0, max_value=2**47))
def test_uuid7_carries_its_time_and_sorts_by_it(ms: int) -> None:
    first, second = uuid7(ms), uuid7(ms + 1)
    assert first.version == 7
    assert first.variant == uuid.RFC_4122
    assert first.int >> 80 == ms
    assert first < second


def test_derived_ids_are_the_same_for_the_same_words_only() -> None:
    assert derived_id("a", 1) == derived_id("a", "1") != derived_id("a", 2)


def test_the_shanghai_day_begins_at_four_in_the_afternoon_utc() -> None:
    before = dt.datetime(2026, 11, 24, 15, 59, 59, tzinfo=dt.UTC)
    assert shanghai_day(before) == dt.date(2026, 11, 24)
    assert shanghai_day(before + dt.timedelta(seconds=1)) == dt.date(2026, 11, 25)
    assert shanghai_midnight(dt.date(2026, 11, 25)) == before + dt.timedelta(seconds=1)


FIT = {
    "RUSHI_PROFILE": "production",
    "RUSHI_SECRET_KEY": "a" * 40,
    "RUSHI_ATTENTION_KEY": "b" * 40,
    "RUSHI_IDENTITY_KEY": "c" * 40,
    "RUSHI_BLIND_INDEX_KEY": "d" * 40,
    "RUSHI_ALIYUN_KEY_SECRET": "e" * 40,
    "RUSHI_SETTLEMENT_MODE": "custody",
    "RUSHI_DATABASE_URL": "postgresql://rushi_app@db/rushi",
    "RUSHI_SMS_URL": "https://sms.example",
    "RUSHI_REALNAME_URL": "https://names.example",
    "RUSHI_SMS_TEMPLATE_CODE": "SMS_154950909",
    "RUSHI_ALLOWED_HOSTS": "rushi.example",
    "RUSHI_PUBLIC_URL": "https://rushi.example",
}


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in list(environment._DEFAULTS):
        monkeypatch.delenv(name, raising=False)
    for name, value in FIT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_fit_production_starts(production: pytest.MonkeyPatch) -> None:
    environment.refuse_unfit_production()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RUSHI_SECRET_KEY", environment.DEMO_SECRET),
        ("RUSHI_ATTENTION_KEY", "short"),
        ("RUSHI_IDENTITY_KEY", ""),
        ("RUSHI_BLIND_INDEX_KEY", "a" * 40),
        ("RUSHI_DEBUG", "1"),
        ("RUSHI_INSECURE_COOKIES", "1"),
        ("RUSHI_CLOCK_FILE", "/tmp/clock"),
        ("RUSHI_SETTLEMENT_MODE", ""),
        ("RUSHI_SETTLEMENT_MODE", "pool"),
        ("RUSHI_DATABASE_URL", ""),
        ("RUSHI_SMS_URL", ""),
        ("RUSHI_REALNAME_URL", ""),
        ("RUSHI_PUBLIC_URL", "http://rushi.example"),
    ],
)
def test_production_refuses_each_fault(production: pytest.MonkeyPatch, name: str, value: str) -> None:
    production.setenv(name, value)
    with pytest.raises(environment.Misconfigured, match="refusing to start"):
        environment.refuse_unfit_production()


def test_the_demo_starts_with_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUSHI_PROFILE", raising=False)
    environment.refuse_unfit_production()
    assert environment.get("RUSHI_BRAND") == "如实"
