"""Accepted submissions as CSV and XLSX: columns people know, pseudonyms instead of people, nothing that computes."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import hashlib
import hmac
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext
from openpyxl import Workbook

from rushi.campaigns.models import Question
from rushi.identity.models import AgeBand, Gender
from rushi.identity.rules import REGIONS
from rushi.kernel.clock import SHANGHAI
from rushi.measurement.queries import SubmissionRow, Submissions
from rushi.measurement.reports import without_numbers

Cell = str | int | float
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\s]+')
_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand over: its name, media type and content."""

    name: str
    content_type: str
    body: bytes


def make(found: Submissions, form: Literal["csv", "xlsx"], at: dt.datetime) -> File:
    """The submissions as a file; headers and labels in the language in force, times in Shanghai's."""
    table = [_headers(found), *_rows(found)]
    body = _csv(table) if form == "csv" else _xlsx(table)
    return File(file_name(found.campaign.title, form, at), _TYPES[form], body)


def file_name(title: str, form: str, at: dt.datetime) -> str:
    """`活动名_20261124-1635.csv`, without characters that file systems refuse."""
    stem = _NOT_IN_NAMES.sub("-", title).strip("-.") or "rushi"
    return f"{stem}_{at.astimezone(SHANGHAI):%Y%m%d-%H%M}.{form}"


def pseudonym(campaign_id: UUID, participant_id: UUID) -> str:
    """A person's name in one campaign's files: the same each time, another in every campaign, not reversible."""
    key = hashlib.sha256(b"rushi export pseudonym:" + settings.BLIND_INDEX_KEY).digest()
    digest = hmac.new(key, campaign_id.bytes + participant_id.bytes, hashlib.sha256).digest()
    return "P" + base64.b32encode(digest[:10]).decode()[:10]


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula, and without characters that files of this kind refuse."""
    clean = _CONTROL.sub("", text)
    return "'" + clean if clean.lstrip(" \n").startswith(_FORMULA) else clean


def _cuts(found: Submissions) -> Sequence[str]:
    return ("a", "b") if found.campaign.kind == "compare" else ("a",)


def _headers(found: Submissions) -> list[Cell]:
    cuts = _cuts(found)
    looks = (
        [gettext("自由观看到第几秒")]
        if len(cuts) == 1
        else [gettext("A 版自由观看到第几秒"), gettext("B 版自由观看到第几秒")]
    )
    facts = [gettext("编号"), gettext("提交日期"), gettext("地区"), gettext("年龄段"), gettext("性别")]
    work = [gettext("观看比例（%）"), gettext("用时（秒）"), gettext("报酬（元）")]
    return [*facts, *work, *looks, *(safe_text(question.text) for question in found.questions)]


def _rows(found: Submissions) -> Iterator[list[Cell]]:
    cuts = _cuts(found)
    for row in found.rows:
        yield [
            pseudonym(found.campaign.pk, row.participant_id),
            f"{row.submitted_at.astimezone(SHANGHAI):%Y-%m-%d}",
            *_segment(row),
            row.coverage_bps / 100,
            row.seconds,
            row.reward_fen / 100,
            *(row.free_looks[cut] / 1000 if cut in row.free_looks else "" for cut in cuts),
            *(_answer(question, *row.answers.get(question.pk, ("", ""))) for question in found.questions),
        ]


def _segment(row: SubmissionRow) -> tuple[str, str, str]:
    other = gettext("其他（不足 10 人）")
    region = other if row.region is None else gettext(REGIONS[row.region]) if row.region else gettext("未填写")
    age = other if row.age_band is None else gettext(AgeBand(row.age_band).label) if row.age_band else gettext("未填写")
    gender = other if row.gender is None else gettext(Gender(row.gender).label)
    return region, age, gender


def _answer(question: Question, choice: str, text: str) -> str:
    if question.kind == Question.Kind.TEXT:
        return safe_text(without_numbers(text))
    if question.kind in {Question.Kind.RECALL, Question.Kind.SINGLE}:
        index = int(choice) if choice.isdigit() else -1
        return safe_text(question.options[index]) if 0 <= index < len(question.options) else ""
    return choice_label(choice)


def choice_label(choice: str) -> str:
    """A reaction or preference in the language in force; empty for no answer."""
    labels = {
        "like": gettext("喜欢"),
        "neutral": gettext("一般"),
        "dislike": gettext("不喜欢"),
        "a": gettext("A 版更好"),
        "same": gettext("差不多"),
        "b": gettext("B 版更好"),
    }
    return labels.get(choice, "")


def _csv(table: Sequence[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    return ("\ufeff" + out.getvalue()).encode()


def _xlsx(table: Sequence[Sequence[Cell]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(gettext("已通过的提交"))
    sheet.freeze_panes = "A2"
    for row in table:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
