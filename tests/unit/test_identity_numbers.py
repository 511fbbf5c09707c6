"""GB 11643 numbers: check digit, calendar, region, and 18 on the Shanghai day."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushi.identity import rules
from rushi.identity.errors import BadCreditCode, BadIdentityNumber, BadName, BadPhone, NotAdult
from rushi.kernel import clock

TODAY = dt.date(2026, 11, 24)


def number(born_on: dt.date, region: str = "110105", order: int = 2) -> str:
    body = f"{region}{born_on:%Y%m%d}{order:03d}"
    return body + rules.identity_check_digit(body)


def test_it_works() -> None:
    parsed = rules.parse_identity_number("11010519491231002X", TODAY)
    assert (parsed.region, parsed.born_on, parsed.gender) == ("11", dt.date(1949, 12, 31), "f")
    assert rules.parse_identity_number(" １１０１０５19491231002x ", TODAY) == parsed
    assert "1949" not in repr(parsed)


@given(
    st.dates(dt.date(1920, 1, 1), dt.date(2008, 11, 24)), st.sampled_from(sorted(rules.REGIONS)), st.integers(1, 999)
)
def test_every_well_formed_adult_is_read(born_on: dt.date, region: str, order: int) -> None:
    parsed = rules.parse_identity_number(number(born_on, region + "0105", order), TODAY)
    assert (parsed.born_on, parsed.region) == (born_on, region)
    assert parsed.gender == ("m" if order % 2 else "f")


@given(st.dates(dt.date(1920, 1, 1), dt.date(2008, 11, 24)), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_found(born_on: dt.date, place: int, shift: int) -> None:
    right = number(born_on)
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    with pytest.raises((BadIdentityNumber, NotAdult)):
        rules.parse_identity_number(wrong, TODAY)


@given(st.dates(dt.date(1920, 1, 1), dt.date(2008, 11, 24)), st.integers(0, 16))
def test_swapped_neighbours_are_found(born_on: dt.date, place: int) -> None:
    right = number(born_on)
    swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    if swapped != right:
        with pytest.raises((BadIdentityNumber, NotAdult)):
            rules.parse_identity_number(swapped, TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "", "110105491231002", "11010519491231002", "11010519491231002XX", "110105194912310021",
        "A1010519491231002X", "１２３", "11010519491231002Ⅹ",
    ],
)  # fmt: skip
def test_other_lengths_and_signs_are_refused(text: str) -> None:
    with pytest.raises(BadIdentityNumber):
        rules.parse_identity_number(text, TODAY)


@pytest.mark.parametrize("day", ["19490231", "19491301", "19490001", "19490100", "20010229", "18991231"])
def test_days_that_never_were_are_refused(day: str) -> None:
    body = f"110105{day}002"
    with pytest.raises(BadIdentityNumber):
        rules.parse_identity_number(body + rules.identity_check_digit(body), TODAY)


@pytest.mark.parametrize("region", ["000000", "100105", "160105", "990105"])
def test_regions_that_do_not_exist_are_refused(region: str) -> None:
    with pytest.raises(BadIdentityNumber):
        rules.parse_identity_number(number(dt.date(1990, 1, 1), region), TODAY)


def test_the_eighteenth_birthday_counts_and_the_day_before_does_not() -> None:
    born = number(dt.date(2008, 11, 24))
    assert rules.parse_identity_number(born, dt.date(2026, 11, 24)).born_on == dt.date(2008, 11, 24)
    with pytest.raises(NotAdult):
        rules.parse_identity_number(born, dt.date(2026, 11, 23))


def test_the_shanghai_day_decides_not_utc() -> None:
    born = number(dt.date(2008, 11, 24))
    before, after = dt.datetime(2026, 11, 23, 15, 59, tzinfo=dt.UTC), dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)
    with pytest.raises(NotAdult):
        rules.parse_identity_number(born, clock.shanghai_day(before))
    assert rules.parse_identity_number(born, clock.shanghai_day(after))


def test_born_on_29_february_comes_of_age_on_1_march() -> None:
    born = number(dt.date(2008, 2, 29))
    with pytest.raises(NotAdult):
        rules.parse_identity_number(born, dt.date(2026, 2, 28))
    assert rules.parse_identity_number(born, dt.date(2026, 3, 1))


def test_somebody_not_yet_born_is_not_well_formed() -> None:
    with pytest.raises(BadIdentityNumber):
        rules.parse_identity_number(number(TODAY + dt.timedelta(days=1)), TODAY)


@pytest.mark.parametrize(
    ("years", "band"),
    [(18, "18-24"), (24, "18-24"), (25, "25-34"), (35, "35-44"), (45, "45-54"), (55, "55+"), (90, "55+")],
)
def test_age_bands(years: int, band: str) -> None:
    assert rules.age_band(TODAY.replace(year=TODAY.year - years), TODAY) == band


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "+8613800138000",
        "+86 138 0013 8000",
        "8613800138000",
        "0086-138-0013-8000",
        "１３８００１３８０００",
    ],
)
def test_phones_have_one_form(text: str) -> None:
    assert rules.normal_phone(text) == "+8613800138000"


@pytest.mark.parametrize("text", ["", "1380013800", "12800138000", "138001380000", "+1 2025550100", "1380013800a"])
def test_other_phones_are_refused(text: str) -> None:
    with pytest.raises(BadPhone):
        rules.normal_phone(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"),
        (" 张 三 ", "张三"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("古丽.阿依", "古丽·阿依"),
        ("㛃𠮷", "㛃𠮷"),
    ],
)
def test_names_have_one_form(text: str, name: str) -> None:
    assert rules.normal_name(text) == name


@pytest.mark.parametrize("text", ["", "张", "Zhang San", "张3", "·张三", "张三·", "张三<b>"])
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(BadName):
        rules.normal_name(text)


def test_a_published_credit_code_holds() -> None:
    assert rules.check_credit_code("91350100M000100Y43") == "91350100M000100Y43"  # the standard's own example
    assert rules.check_credit_code(" 9135 0100 m000 100y43 ") == "91350100M000100Y43"


_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@given(st.text(_SIGNS, min_size=9, max_size=9), st.integers(0, 16), st.integers(1, 30))
def test_one_wrong_sign_in_a_credit_code_is_found(body: str, place: int, shift: int) -> None:
    start = "91110105" + body
    code = start + rules.credit_check_character(start)
    assert rules.check_credit_code(code) == code
    wrong = code[:place] + _SIGNS[(_SIGNS.index(code[place]) + shift) % 31] + code[place + 1 :]
    with pytest.raises(BadCreditCode):
        rules.check_credit_code(wrong)


@pytest.mark.parametrize(
    "text", ["", "91350100M000100Y4", "91350100M000100Y4I", "O1350100M000100Y43", "91350100M000100Y44"]
)
def test_other_credit_codes_are_refused(text: str) -> None:
    with pytest.raises(BadCreditCode):
        rules.check_credit_code(text)


def test_commission_ends_after_twelve_months() -> None:
    assert rules.commission_ends(dt.date(2026, 11, 24)) == dt.date(2027, 11, 24)
    assert rules.commission_ends(dt.date(2028, 2, 29)) == dt.date(2029, 3, 1)


def test_a_phone_is_shown_in_part() -> None:
    assert rules.masked_phone("+8613800138000") == "138****8000"
    assert rules.masked_phone(None) == ""
