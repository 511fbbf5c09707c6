"""Chinese is found wherever it is said, complained about where it cannot be translated, and compiled to English."""

from __future__ import annotations

import argparse
import gettext
from pathlib import Path

import pytest

from rushi.cli import catalogue, messages

PO_HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for folder in ("room", "web/templates/web", "web/static/web", "web/static/web/vendor", "market", "locale/en"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def said(package: Path) -> list[tuple[str | None, str, str | None]]:
    return sorted((f.context or "", f.msgid, f.plural or "") for f in catalogue.collect(package)[0])  # type: ignore[misc]


def faults(package: Path) -> list[str]:
    return catalogue.collect(package)[1]


def test_literals_are_found_and_docstrings_are_not(package: Path) -> None:
    (package / "room/errors.py").write_text(
        '"""说明"""\nclass E:\n    """说明"""\n    message = "没有找到"\n    code = "plain"\n'
    )
    assert said(package) == [("", "没有找到", "")]
    assert catalogue.collect(package)[0][0].place == "room/errors.py:4"


def test_chinese_in_an_f_string_is_a_fault_unless_exempt(package: Path) -> None:
    (package / "room/actions.py").write_text(
        'x = f"第 {1} 页"\ny = f"第 {1} 页"  # messages: keep\nz = "数据"  # messages: keep\n'
    )
    assert said(package) == []
    assert faults(package) == ["room/actions.py:1: Chinese in an f-string"]


def test_template_tags_are_found_with_plural_and_context(package: Path) -> None:
    (package / "web/templates/web/a.html").write_text(
        '{% load i18n %}{% translate "任务" %}{{ _("钱包") }}{% translate "评" context "动词" %}'
        "{% blocktranslate count n=n %}{{ n }} 个名额{% plural %}{{ n }} 个名额们{% endblocktranslate %}"
        '{% comment %}旁白{% endcomment %}{# 旁白 #}<!-- 旁白 -->{% translate "english" %}'
    )
    assert said(package) == [
        ("", "%(n)s 个名额", "%(n)s 个名额们"),
        ("", "任务", ""),
        ("", "钱包", ""),
        ("动词", "评", ""),
    ]
    assert faults(package) == []


def test_bare_chinese_in_templates_and_scripts_is_a_fault(package: Path) -> None:
    (package / "web/templates/web/a.html").write_text(
        '<p>你好</p>\n<p>{{ x|default:"无" }}</p>\n<p>中文</p>{# messages: keep #}\n'
    )
    (package / "web/static/web/a.js").write_text('// 注释\nalert("你好");\n')
    (package / "web/static/web/vendor/b.js").write_text('alert("你好");\n')
    assert faults(package) == [
        "web/static/web/a.js:2: Chinese in a script",
        "web/templates/web/a.html:1: Chinese outside translate",
        "web/templates/web/a.html:2: Chinese outside translate",
    ]


def test_the_simulated_market_speaks_as_it_likes(package: Path) -> None:
    (package / "market/people.py").write_text('NAMES = ["小林"]\n')
    assert said(package) == []


def test_files_are_merged_first_wins_and_compiled(package: Path) -> None:
    (package / "locale/en/a.po").write_text(PO_HEADER + 'msgid "任务"\nmsgstr "Tasks"\n\nmsgid "空"\nmsgstr ""\n')
    (package / "locale/en/b.po").write_text(
        PO_HEADER + 'msgid "任务"\nmsgstr "Jobs"\n\nmsgid "钱包"\nmsgstr "Wallet"\n'
    )
    target = package / "locale/en/LC_MESSAGES/django.mo"
    catalogue.write_mo(sorted((package / "locale/en").glob("*.po")), target)
    with target.open("rb") as compiled:
        english = gettext.GNUTranslations(compiled)
    assert [english.gettext(word) for word in ("任务", "钱包", "空")] == ["Tasks", "Wallet", "空"]


@pytest.fixture
def here(package: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(messages, "PACKAGE", package)
    monkeypatch.setattr(messages, "LOCALE", package / "locale/en")
    monkeypatch.setattr(messages, "COMPILED", package / "locale/en/LC_MESSAGES/django.mo")
    return package


def test_the_verb_reports_what_lacks_english(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "room/errors.py").write_text('a = "没有找到"\n')
    assert messages.run(argparse.Namespace(check=True, skeleton=None)) == 1
    assert "room/errors.py:1: no English: '没有找到'" in capsys.readouterr().out
    assert messages.run(argparse.Namespace(check=False, skeleton=None)) == 0
    assert messages.run(argparse.Namespace(check=False, skeleton="room")) == 0
    assert 'msgid "没有找到"\nmsgstr ""' in capsys.readouterr().out
    (here / "locale/en/room.po").write_text(PO_HEADER + 'msgid "没有找到"\nmsgstr "Not found"\n')
    assert messages.run(argparse.Namespace(check=True, skeleton=None)) == 0


def test_two_files_may_not_say_the_same_string_differently(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, english in (("a", "Tasks"), ("b", "Tasks"), ("c", "Jobs")):
        (here / f"locale/en/{name}.po").write_text(PO_HEADER + f'msgid "任务"\nmsgstr "{english}"\n')
    assert messages.run(argparse.Namespace(check=True, skeleton=None)) == 1
    assert "c.po: '任务' is said differently in a.po" in capsys.readouterr().out
    assert messages.run(argparse.Namespace(check=False, skeleton=None)) == 0


def test_compiling_is_skipped_when_nothing_changed(here: Path) -> None:
    messages.compile_catalogue(if_needed=True)
    first = messages.COMPILED.stat().st_mtime_ns
    messages.compile_catalogue(if_needed=True)
    assert messages.COMPILED.stat().st_mtime_ns == first
    (here / "locale/en/new.po").write_text(PO_HEADER)
    messages.compile_catalogue(if_needed=True)
    assert messages.COMPILED.stat().st_mtime_ns > first
