"""A database of the first release, with work of every kind in it, becomes today's without losing a row or a fen."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from rushi.db import invariants, launcher
from rushi.kernel.ids import uuid7
from rushi.ledger.rules import account_id, entry_id
from tests import server

pytestmark = pytest.mark.django_db(transaction=True)
NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
RELEASED = {
    "audit": "0002_sql", "identity": "0001_initial", "campaigns": "0003_no_open_days", "dispatch": "0002_sql",
    "evidence": "0001_initial", "verdicts": "0002_sql", "ledger": "0002_sql", "payouts": "0001_initial",
    "policy": "0001_initial",
}  # fmt: skip
ATTENTION = {
    "first": "b", "segments": [[1_000, 21_000], [30_000, 35_000]], "unfocused_ms": 7, "cuts": {"a": [[0, 12_400]]}
}  # fmt: skip


@pytest.fixture
def released() -> Iterator[Any]:
    """The tables of the first release in a database of their own, with the models of that time."""
    owner, name, before = server.url("postgres"), f"test_{os.getpid()}_released", dict(connection.settings_dict)
    with psycopg.connect(owner, autocommit=True) as there:
        there.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    connection.settings_dict.update(NAME=name, USER=launcher.OWNER)
    try:
        executor = MigrationExecutor(connection)
        leaves = {app: last for app, last in executor.loader.graph.leaf_nodes()}
        ours = set(RELEASED) | {"transparency", "db", "backoffice", "notices"}
        targets = [(app, last) for app, last in leaves.items() if app not in ours] + list(RELEASED.items())
        executor.migrate(targets)
        yield executor.loader.project_state(list(RELEASED.items())).apps
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)
        with psycopg.connect(owner, autocommit=True) as there:
            there.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class World:
    """What lived in the first release: one campaign, its questions, and people who worked."""

    def __init__(self, then: Any) -> None:
        self.then = then
        body = self.make("identity.Organisation", name="机构", status="approved", created_at=NOON)
        self.campaign = self.make(
            "campaigns.Campaign", organisation=body, kind="reaction", status="live", title="白桃气泡水", reward_fen=20,
            commission_fen_max=3, fee_fen=4, places_wanted=10, created_by=uuid4(), created_at=NOON, published_at=NOON,
        )  # fmt: skip
        self.questions = [
            self.make(
                "campaigns.Question", campaign=self.campaign, position=n, kind=kind, text=f"第 {n} 题",
                options=["白桃", "青柠"] if kind == "recall" else [], right_option=0 if kind == "recall" else None,
            )
            for n, kind in enumerate(("reaction", "recall", "text"))
        ]  # fmt: skip

    def make(self, model: str, **facts: Any) -> Any:
        return self.then.get_model(model).objects.create(**facts)

    def worked(self, status: str, text: str = "") -> Any:
        user = self.make("identity.User")
        person = self.make("identity.Participant", user=user, adult_declared_at=NOON, joined_at=NOON)
        work = self.make(
            "dispatch.Assignment", campaign=self.campaign, participant=person, status=status, reward_fen=20,
            commission_fen=0, fee_fen=4, unit_fen=27, day=NOON.date(), claimed_at=NOON, lease_expires_at=NOON,
            started_at=NOON, submitted_at=NOON, closed_at=NOON, id=uuid7(),
        )  # fmt: skip
        self.make("dispatch.Participation", id=work.pk, campaign=self.campaign, participant=person)
        self.make("dispatch.ParticipantDay", id=uuid4(), participant=person, day=NOON.date(), claims=1)
        self.make("evidence.Watch", assignment=work, nonce=uuid4(), started_at=NOON, restarts=2)
        self.make("evidence.FreeLook", assignment=work, cut="a", left_at_ms=4_000, duration_ms=12_400)
        handed_in = self.make(
            "evidence.Submission", assignment=work, submitted_at=NOON, active_from=NOON,
            active_to=NOON + dt.timedelta(seconds=40), coverage_bps=9_900, watched_ms=12_400, answer_ms=9_000,
            item_count=3 if text else 2, recall_asked=1, recall_right=1, attention=ATTENTION,
        )  # fmt: skip
        self.make("evidence.Answer", submission=handed_in, question=self.questions[1], choice="0")
        self.make("evidence.Answer", submission=handed_in, question=self.questions[0], choice="like")
        if text:
            self.make("evidence.Answer", submission=handed_in, question=self.questions[2], text=text)
        return work

    def judged(self, work: Any, outcome: str, **facts: Any) -> None:
        self.make("verdicts.Verdict", assignment=work, outcome=outcome, basis="facts", decided_at=NOON, **facts)

    def paid(self, work: Any) -> None:
        """The books of that time: an entry with its postings; the triggers moved the balances."""
        legs = (("escrow", self.campaign.pk, -24), ("participant_available", work.participant_id, 20))
        fee = ("platform_fee", UUID(int=0), 4)
        entry = entry_id("settlement", work.pk)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(
                "INSERT INTO ledger_entry (id, kind, subject_id, at, gross_fen, reward_fen, commission_fen, fee_fen)"
                " VALUES (%s, 'settlement', %s, %s, 24, 20, 0, 4)",
                [entry, work.pk, NOON],
            )
            for kind, owner, fen in (*legs, fee):
                cursor.execute(
                    "INSERT INTO ledger_account (id, kind, owner_id, balance_fen, credited_fen, opened_at)"
                    " VALUES (%s, %s, %s, %s, %s, %s)",
                    [account_id(kind, owner), kind, owner, 100 + fen if kind == "escrow" else fen,
                     100 if kind == "escrow" else fen, NOON],
                )  # fmt: skip
                cursor.execute(
                    "INSERT INTO ledger_posting (entry_id, account_id, amount_fen, at) VALUES (%s, %s, %s, %s)",
                    [entry, account_id(kind, owner), fen, NOON],
                )
            cursor.execute("SET session_replication_role = origin")


def today() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_work_facts_answers_verdicts_and_money_are_kept(released: Any) -> None:
    from rushi.dispatch.models import Assignment
    from rushi.evidence.models import Answers, Attention, FreeLook, Submission, Untallied
    from rushi.ledger.models import Settlement
    from rushi.transparency.models import Waiting
    from rushi.verdicts.models import Verdict

    world = World(released)
    accepted, refused, won = world.worked("accepted", "好看。"), world.worked("rejected"), world.worked("accepted")
    why = {"code": "recall", "reason": "记忆题没有答对", "decided_by": uuid4()}
    world.judged(accepted, "accepted")
    world.judged(refused, "rejected", **why)
    world.judged(won, "accepted")
    world.make(
        "verdicts.Appeal", assignment=won, text="我看完了", rejected_by=uuid4(), status="overturned", opened_at=NOON,
        due_at=NOON, decided_by=uuid4(), decided_at=NOON,
    )  # fmt: skip
    world.paid(accepted)
    today()

    assert {(one.status, one.restarts) for one in Assignment.objects.all()} == {("accepted", 2), ("rejected", 2)}
    assert Assignment.objects.filter(nonce=None).count() == 0
    assert Submission.objects.get(pk=accepted.pk).first_cut == "b"
    kept = Attention.objects.get(assignment_id=accepted.pk)
    assert (kept.segments, kept.watched["unfocused_ms"]) == ([1_000, 21_000, 30_000, 35_000], 7)
    assert FreeLook.objects.count() == 3
    questions = [question.pk for question in world.questions]
    said = Answers.objects.get(pk=accepted.pk)
    assert (said.campaign_id, said.questions) == (world.campaign.pk, questions)
    assert (said.choices, said.texts) == (["like", "0", ""], ["", "", "好看。"])
    silent = Answers.objects.get(pk=refused.pk)
    assert (silent.questions, silent.choices, silent.texts) == (questions[:2], ["like", "0"], [])
    assert dict(Verdict.objects.values_list("outcome", "code")) == {"accepted": "", "rejected": "recall"}
    assert {tuple(sorted(one.assignment_ids)) for one in Untallied.objects.all()} == {
        tuple(sorted([accepted.pk, won.pk]))
    }
    assert set(Waiting.objects.values_list("subject_id", "kind")) == {
        (accepted.pk, "settlement"), (won.pk, "settlement"), (refused.pk, "rejection"), (won.pk, "rejection"),
        (won.pk, "appeal"),
    }  # fmt: skip
    paid = Settlement.objects.get()
    assert (paid.pk, paid.escrow_owner, paid.payee_owner) == (accepted.pk, world.campaign.pk, accepted.participant_id)
    assert (paid.gross_fen, paid.reward_fen, paid.commission_fen, paid.fee_fen) == (24, 20, 0, 4)
    rooms = ("evidence.", "transparency.", "ledger.every_settlement", "ledger.no_settlement", "verdicts.verdict_is")
    assert [one.name for one in invariants.run() if not one.ok and one.name.startswith(rooms)] == []
