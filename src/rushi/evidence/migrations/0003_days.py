"""Tables by day, without foreign keys: new ones are made, rows move over, the old ones go."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# `old` is renamed first (its indexes with it), so that names are free; rows of days that have no partition lie in
# the default one.
TABLES = {
    "submission": (
        """
        assignment_id uuid PRIMARY KEY,
        submitted_at timestamptz NOT NULL,
        active_from timestamptz NOT NULL,
        active_to timestamptz NOT NULL,
        watched_ms integer NOT NULL,
        hidden_ms integer NOT NULL,
        refused_ms integer NOT NULL,
        overlap_ms integer NOT NULL,
        answer_ms integer NOT NULL,
        coverage_bps smallint NOT NULL,
        item_count smallint NOT NULL,
        recall_asked smallint NOT NULL,
        recall_right smallint NOT NULL,
        first_cut varchar(1) NOT NULL,
        CONSTRAINT evidence_facts_sane CHECK (coverage_bps BETWEEN 0 AND 10000
            AND recall_right BETWEEN 0 AND recall_asked
            AND least(watched_ms, hidden_ms, refused_ms, overlap_ms, answer_ms, item_count) >= 0)
        """,
        """
        SELECT assignment_id, submitted_at, active_from, active_to, watched_ms, hidden_ms, refused_ms, overlap_ms,
               answer_ms, coverage_bps, item_count, recall_asked, recall_right, coalesce(attention ->> 'first', 'a')
          FROM evidence_old_submission
        """,
    ),
    "attention": (
        """
        assignment_id uuid PRIMARY KEY,
        participant_id uuid NOT NULL,
        active_from timestamptz NOT NULL,
        active_to timestamptz NOT NULL,
        segments bigint[] NOT NULL,
        watched jsonb NOT NULL
        """,
        """
        SELECT s.assignment_id, a.participant_id, s.active_from, s.active_to,
               coalesce((SELECT array_agg(x.ms::bigint ORDER BY g.n, x.n)
                           FROM jsonb_array_elements(s.attention -> 'segments') WITH ORDINALITY AS g (span, n)
                          CROSS JOIN LATERAL jsonb_array_elements_text(g.span) WITH ORDINALITY AS x (ms, n)), '{}'),
               s.attention - 'segments' - 'first'
          FROM evidence_old_submission s
          JOIN dispatch_assignment a ON a.id = s.assignment_id
        """,
    ),
    "answer": (
        """
        question_id uuid NOT NULL,
        submission_id uuid NOT NULL,
        choice varchar(10) NOT NULL,
        text text NOT NULL,
        PRIMARY KEY (question_id, submission_id)
        """,
        "SELECT question_id, submission_id, choice, text FROM evidence_old_answer",
    ),
    "watch": (
        """
        assignment_id uuid PRIMARY KEY,
        nonce uuid NOT NULL,
        started_at timestamptz NOT NULL,
        restarts smallint NOT NULL CHECK (restarts >= 0)
        """,
        "SELECT assignment_id, nonce, started_at, restarts FROM evidence_old_watch",
    ),
    "checkpoint": (
        """
        assignment_id uuid NOT NULL,
        slot integer NOT NULL,
        nonce uuid NOT NULL,
        at timestamptz NOT NULL,
        covered_ms integer NOT NULL,
        hidden_ms integer NOT NULL,
        refused_ms integer NOT NULL,
        state jsonb NOT NULL,
        PRIMARY KEY (assignment_id, slot)
        """,
        """
        SELECT DISTINCT ON (1, 2) assignment_id, (extract(epoch FROM at) / 3)::integer, nonce, at, covered_ms,
               hidden_ms, refused_ms, state
          FROM evidence_old_checkpoint ORDER BY 1, 2, at DESC
        """,
    ),
    "freelook": (
        """
        assignment_id uuid NOT NULL,
        cut varchar(1) NOT NULL,
        left_at_ms integer NOT NULL,
        duration_ms integer NOT NULL,
        PRIMARY KEY (assignment_id, cut)
        """,
        "SELECT assignment_id, cut, left_at_ms, duration_ms FROM evidence_old_freelook",
    ),
    "draft": (
        "assignment_id uuid PRIMARY KEY, answers jsonb NOT NULL, saved_at timestamptz NOT NULL",
        "SELECT assignment_id, answers, saved_at FROM evidence_old_draft",
    ),
}
FILLFACTOR = {"watch": 85, "checkpoint": 85, "draft": 70}


def _statements() -> list[str]:
    made = []
    for name in TABLES:
        if name != "attention":
            made.append(f"ALTER TABLE evidence_{name} RENAME TO evidence_old_{name}")
    for name, (columns, rows) in TABLES.items():
        key = "submission_id" if name == "answer" else "assignment_id"
        fill = f" WITH (fillfactor = {FILLFACTOR[name]})" if name in FILLFACTOR else ""
        made += [
            f"CREATE TABLE evidence_new_{name} ({columns}) PARTITION BY RANGE ({key})",
            f"CREATE TABLE evidence_{name}_default PARTITION OF evidence_new_{name} DEFAULT{fill}",
            f"INSERT INTO evidence_new_{name} {rows}",
        ]
    # Whoever points at an old table goes first.
    made += [f"DROP TABLE evidence_old_{name}" for name in ("answer", "draft", "freelook", "checkpoint", "watch")]
    made.append("DROP TABLE evidence_old_submission")
    for name in TABLES:
        made.append(f"ALTER TABLE evidence_new_{name} RENAME TO evidence_{name}")
        made.append(f"ALTER INDEX evidence_new_{name}_pkey RENAME TO evidence_{name}_pkey")
    made.append("CREATE INDEX attention_of_participant ON evidence_attention (participant_id, active_to)")
    return made


def _to_assignment(kind: type[models.ForeignKey], name: str, **more: object) -> models.ForeignKey:
    return kind(to="dispatch.assignment", related_name=name, db_constraint=False, **more)


_CASCADE, _PROTECT = django.db.models.deletion.CASCADE, django.db.models.deletion.PROTECT
_ONE = {"primary_key": True, "serialize": False}


class Migration(migrations.Migration):
    """Every row that was there is kept."""

    dependencies = [("evidence", "0002_assignment_unchecked"), ("dispatch", "0004_days"), ("campaigns", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_statements(), elidable=False)],
            state_operations=[
                migrations.DeleteModel("Answer"),
                migrations.DeleteModel("Checkpoint"),
                migrations.DeleteModel("FreeLook"),
                migrations.RemoveField("submission", "attention"),
                migrations.AddField("submission", "first_cut", models.CharField(default="a", max_length=1)),
                migrations.CreateModel(
                    "Attention",
                    [
                        (
                            "assignment",
                            _to_assignment(models.OneToOneField, "attention", on_delete=_PROTECT, **_ONE),
                        ),
                        ("participant_id", models.UUIDField()),
                        ("active_from", models.DateTimeField()),
                        ("active_to", models.DateTimeField()),
                        (
                            "segments",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(), default=list, size=None
                            ),
                        ),
                        ("watched", models.JSONField(default=dict)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["participant_id", "active_to"], name="attention_of_participant")
                        ]
                    },
                ),
                migrations.CreateModel(
                    "Checkpoint",
                    [
                        ("pk", models.CompositePrimaryKey("assignment_id", "slot", primary_key=True, serialize=False)),
                        ("slot", models.PositiveIntegerField()),
                        ("nonce", models.UUIDField()),
                        ("at", models.DateTimeField()),
                        ("covered_ms", models.PositiveIntegerField()),
                        ("hidden_ms", models.PositiveIntegerField()),
                        ("refused_ms", models.PositiveIntegerField()),
                        ("state", models.JSONField()),
                        (
                            "assignment",
                            _to_assignment(models.ForeignKey, "checkpoints", on_delete=_CASCADE, db_index=False),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    "FreeLook",
                    [
                        ("pk", models.CompositePrimaryKey("assignment_id", "cut", primary_key=True, serialize=False)),
                        ("cut", models.CharField(max_length=1)),
                        ("left_at_ms", models.PositiveIntegerField()),
                        ("duration_ms", models.PositiveIntegerField()),
                        (
                            "assignment",
                            _to_assignment(models.ForeignKey, "free_looks", on_delete=_CASCADE, db_index=False),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    "Answer",
                    [
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "question_id", "submission_id", primary_key=True, serialize=False
                            ),
                        ),
                        ("choice", models.CharField(blank=True, max_length=10)),
                        ("text", models.TextField(blank=True, max_length=1000)),
                        (
                            "question",
                            models.ForeignKey(
                                on_delete=_PROTECT,
                                related_name="answers",
                                to="campaigns.question",
                                db_constraint=False,
                                db_index=False,
                            ),
                        ),
                        (
                            "submission",
                            models.ForeignKey(
                                on_delete=_CASCADE,
                                related_name="answers",
                                to="evidence.submission",
                                db_constraint=False,
                                db_index=False,
                            ),
                        ),
                    ],
                ),
            ],
        )
    ]
