"""Verbs that speak to the database: doctor, operator create, the nightly check, the walk of `bench pages`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rushi.cli import doctor, ready, verbs, weighing
from rushi.db import invariants, jobs
from rushi.db.invariants import Check
from rushi.identity.models import StaffRole, User

pytestmark = pytest.mark.django_db
BROKEN = Check(name="ledger.balanced", ok=False, rows=[{"entry": 1}])


@pytest.fixture(autouse=True)
def _django_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "setup_django", lambda quiet=False: None)


def test_doctor_lists_every_invariant(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert len(told["checks"]) >= 10
    assert all(set(check) == {"name", "ok", "rows"} for check in told["checks"])


def test_doctor_shows_what_is_broken_and_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invariants, "run", lambda: [BROKEN, Check(name="audit.x", ok=True, rows=[])])
    assert verbs.main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "BROKEN ledger.balanced" in told
    assert "2 checks, 1 broken" in told
    assert doctor.run.__doc__


def test_the_nightly_check_fails_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.check_invariants(0)
    monkeypatch.setattr(invariants, "run", lambda: [BROKEN])
    with pytest.raises(AssertionError, match=r"ledger\.balanced"):
        jobs.check_invariants(0)


def test_an_operator_is_made_once_and_logs_in_by_phone(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["operator", "create", "--phone", "13800000001", "--name", "阿运"]) == 0
    user = User.objects.get(phone="+8613800000001")
    assert (user.nickname, user.has_usable_password()) == ("阿运", False)
    assert StaffRole.objects.get(user=user).role == StaffRole.Role.OPERATOR
    assert verbs.main(["operator", "create", "--phone", "+8613800000001"]) == 1
    assert "registered already" in capsys.readouterr().err


def test_bench_pages_wants_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert verbs.main(["bench", "pages"]) == 1
    assert "nobody lives here" in capsys.readouterr().err


def test_bench_pages_walks_the_site_and_weighs_it(capsys: pytest.CaptureFixture[str]) -> None:
    operator = User.objects.create_user("+8613800000001")
    StaffRole.objects.create(user=operator, role="operator", given_at=operator.joined_at)
    assert verbs.main(["bench", "pages", "--json"]) == 0
    walked: list[dict[str, Any]] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line[0] == "{"]
    front = next(page for page in walked if page["path"] == "/")
    assert (front["role"], front["status"]) == ("visitor", 200)
    assert 1_000 < front["html_bytes"] < 60_000
    assert 1_000 < front["asset_bytes"] < 60_000
    assert {page["role"] for page in walked} == {"visitor", "operator"}
    assert all(page["status"] < 500 for page in walked)
    assert len(walked) / 2 <= weighing.PAGES_MAX
    assert verbs.main(["bench", "pages"]) == 0
