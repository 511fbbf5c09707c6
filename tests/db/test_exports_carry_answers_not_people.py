"""Exports hold accepted answers under pseudonyms, cannot compute, and do not leave below ten people."""

from __future__ import annotations

import csv
import io
from collections import Counter
from uuid import uuid4

import pytest
from django.utils import translation
from openpyxl import load_workbook

from rushi.audit.models import Event
from rushi.dispatch.models import Assignment
from rushi.measurement import exports
from rushi.measurement.actions import export_submissions
from rushi.measurement.errors import TooFewAnswers
from tests.answered import NOON, Person, answered_campaign

pytestmark = pytest.mark.django_db
ACTOR = uuid4()


def _people() -> list[Person]:
    few = [Person("dislike", text="打 13800138000", region="44")] * 2
    return [Person("like", text="=1+1")] * 10 + [Person("like", region="51")] * 10 + few


def test_csv_opens_in_a_spreadsheet_with_chinese_headers() -> None:
    campaign = answered_campaign(_people())
    made = export_submissions(actor_id=ACTOR, campaign_id=campaign, form="csv")
    assert made.body.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(made.body.decode("utf-8-sig"))))
    assert table[0][:5] == ["编号", "提交日期", "地区", "年龄段", "性别"]
    assert table[0][-3:] == ["您觉得怎么样？", "是什么味道？", "想说什么？"]
    assert table[1][1:5] == ["2026-11-24", "北京", "25–34 岁", "女"]
    assert table[1][-3:] == ["喜欢", "白桃", "'=1+1"]
    assert table[22][-1] == "打 ＊＊＊"
    assert len(table) == 23


def test_subtraction_from_the_report_reveals_nobody() -> None:
    """The two of Guangdong could be told apart if both larger regions were named: the smaller one joins them."""
    campaign = answered_campaign(_people())
    made = export_submissions(actor_id=ACTOR, campaign_id=campaign, form="csv").body.decode("utf-8-sig")
    regions = [row[2] for row in csv.reader(io.StringIO(made))][1:]
    assert Counter(regions) == {"北京": 10, "其他（不足 10 人）": 12}


def test_what_only_a_few_share_in_combination_is_blanked() -> None:
    people = [Person("like", region="11", gender="f")] * 10 + [Person("like", region="51", gender="m")] * 10
    people += [Person("like", region="11", gender="m")] * 2
    campaign = answered_campaign(people)
    made = export_submissions(actor_id=ACTOR, campaign_id=campaign, form="csv").body.decode("utf-8-sig")
    rows = [tuple(row[2:5]) for row in csv.reader(io.StringIO(made))][1:]
    shown = {row: n for row, n in Counter(rows).items() if row[0] == "北京"}
    assert all(n >= 10 for n in shown.values())


def test_pseudonyms_differ_between_campaigns_and_name_nobody() -> None:
    campaign = answered_campaign(_people())
    made = export_submissions(actor_id=ACTOR, campaign_id=campaign, form="csv").body.decode()
    for assignment in Assignment.objects.filter(campaign_id=campaign):
        person = assignment.participant_id
        assert str(person) not in made
        assert str(assignment.pk) not in made
        assert exports.pseudonym(campaign, person) in made
        assert exports.pseudonym(campaign, person) != exports.pseudonym(uuid4(), person)


def test_xlsx_holds_the_same_and_no_formula() -> None:
    campaign = answered_campaign(_people())
    made = export_submissions(actor_id=ACTOR, campaign_id=campaign, form="xlsx")
    sheet = load_workbook(io.BytesIO(made.body)).active
    assert sheet is not None
    assert [sheet.cell(2, sheet.max_column).value, sheet.cell(2, sheet.max_column).data_type] == ["'=1+1", "s"]
    assert sheet.max_row == 23


def test_english_headers_for_english_readers() -> None:
    campaign = answered_campaign(_people())
    with translation.override("en"):
        made = export_submissions(actor_id=ACTOR, campaign_id=campaign, form="csv")
    assert made.name.endswith(".csv")


def test_file_name_says_what_and_when_in_shanghai() -> None:
    assert exports.file_name("白桃/气泡水 15s", "csv", NOON) == "白桃-气泡水-15s_20261124-1200.csv"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", " =1", "\r=1"])
def test_nothing_computes(text: str) -> None:
    assert exports.safe_text(text).startswith("'")


def test_refused_below_ten_and_recorded_from_ten() -> None:
    with pytest.raises(TooFewAnswers):
        export_submissions(actor_id=ACTOR, campaign_id=answered_campaign([Person("like")] * 9), form="csv")
    campaign = answered_campaign([Person("like")] * 10)
    export_submissions(actor_id=ACTOR, campaign_id=campaign, form="csv")
    assert Event.objects.get(subject_id=campaign).action == "report.export"
