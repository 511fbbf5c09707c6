"""Tables by day, without foreign keys: new ones are made, rows move over, the old ones go."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# The old tables are renamed first (their indexes with them), so that names are free; rows of days that have no partition
# lie in the default one. A watch becomes two columns of its assignment.
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
        assignment_id uuid NOT NULL,
        participant_id uuid NOT NULL,
        active_from timestamptz NOT NULL,
        active_to timestamptz NOT NULL,
        segments bigint[] NOT NULL,
        watched jsonb NOT NULL,
        PRIMARY KEY (participant_id, active_to, assignment_id)
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
    "answers": (
        """
        assignment_id uuid PRIMARY KEY,
        campaign_id uuid NOT NULL,
        questions uuid[] NOT NULL,
        choices text[] NOT NULL,
        texts text[] NOT NULL,
        CONSTRAINT evidence_answers_parallel CHECK (cardinality(choices) = cardinality(questions)
            AND cardinality(texts) IN (0, cardinality(questions)))
        """,
        """
        SELECT w.submission_id, (array_agg(q.campaign_id))[1], array_agg(w.question_id ORDER BY q.position),
               array_agg(w.choice::text ORDER BY q.position),
               CASE WHEN bool_or(w.text <> '') THEN array_agg(w.text ORDER BY q.position) ELSE '{}' END
          FROM evidence_old_answer w JOIN campaigns_question q ON q.id = w.question_id
         GROUP BY w.submission_id
        """,
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
FILLFACTOR = {"checkpoint": 85, "draft": 70}
OLD = ("submission", "answer", "watch", "checkpoint", "freelook", "draft")


def _statements() -> list[str]:
    made = [f"ALTER TABLE evidence_{name} RENAME TO evidence_old_{name}" for name in OLD]
    for name, (columns, rows) in TABLES.items():
        fill = f" WITH (fillfactor = {FILLFACTOR[name]})" if name in FILLFACTOR else ""
        made += [
            f"CREATE TABLE evidence_new_{name} ({columns}) PARTITION BY RANGE (assignment_id)",
            f"CREATE TABLE evidence_{name}_default PARTITION OF evidence_new_{name} DEFAULT{fill}",
            f"INSERT INTO evidence_new_{name} {rows}",
        ]
    made.append(
        "UPDATE dispatch_assignment a SET nonce = w.nonce, restarts = w.restarts"
        " FROM evidence_old_watch w WHERE w.assignment_id = a.id"
    )
    # Whoever points at an old table goes first.
    made += [f"DROP TABLE evidence_old_{name}" for name in reversed(OLD)]
    for name in TABLES:
        made.append(f"ALTER TABLE evidence_new_{name} RENAME TO evidence_{name}")
        made.append(f"ALTER INDEX evidence_new_{name}_pkey RENAME TO evidence_{name}_pkey")
    made.append(
        "CREATE INDEX answers_in_words ON evidence_answers (campaign_id, assignment_id) WHERE cardinality(texts) > 0"
    )
    return made


def _to_assignment(kind: type[models.ForeignKey], name: str, on_delete: object, **more: object) -> tuple:
    return ("assignment", kind(to="dispatch.assignment", related_name=name, db_constraint=False, on_delete=on_delete, **more))


def _one(name: str, on_delete: object) -> tuple:
    return _to_assignment(models.OneToOneField, name, on_delete, primary_key=True, serialize=False)


def _key(*fields: str) -> tuple:
    return ("pk", models.CompositePrimaryKey(*fields, blank=True, editable=False, primary_key=True, serialize=False))


_CASCADE, _PROTECT = django.db.models.deletion.CASCADE, django.db.models.deletion.PROTECT
_MOMENT, _COUNT, _FEW = models.DateTimeField, models.PositiveIntegerField, models.PositiveSmallIntegerField
_LIST = django.contrib.postgres.fields.ArrayField

STATE = [
    *(migrations.DeleteModel(name) for name in ("Answer", "Checkpoint", "FreeLook", "Draft", "Watch", "Submission")),
    migrations.CreateModel(
        "Submission",
        [
            _one("submission", _PROTECT),
            ("submitted_at", _MOMENT()),
            ("active_from", _MOMENT()),
            ("active_to", _MOMENT()),
            ("watched_ms", _COUNT()),
            ("hidden_ms", _COUNT(default=0)),
            ("refused_ms", _COUNT(default=0)),
            ("overlap_ms", _COUNT(default=0)),
            ("answer_ms", _COUNT()),
            ("coverage_bps", _FEW()),
            ("item_count", _FEW()),
            ("recall_asked", _FEW()),
            ("recall_right", _FEW()),
            ("first_cut", models.CharField(default="a", max_length=1)),
        ],
    ),
    migrations.CreateModel(
        "Attention",
        [
            _key("participant_id", "active_to", "assignment_id"),
            _to_assignment(models.ForeignKey, "+", _PROTECT, db_index=False),
            ("participant_id", models.UUIDField()),
            ("active_from", _MOMENT()),
            ("active_to", _MOMENT()),
            ("segments", _LIST(base_field=models.BigIntegerField(), default=list, size=None)),
            ("watched", models.JSONField(default=dict)),
        ],
    ),
    migrations.CreateModel(
        "Answers",
        [
            _one("answers", _PROTECT),
            ("campaign_id", models.UUIDField()),
            ("questions", _LIST(base_field=models.UUIDField(), size=None)),
            ("choices", _LIST(base_field=models.TextField(), size=None)),
            ("texts", _LIST(base_field=models.TextField(), default=list, size=None)),
        ],
        options={
            "indexes": [
                models.Index(
                    fields=["campaign_id", "assignment"],
                    condition=models.Q(texts__len__gt=0),
                    name="answers_in_words",
                )
            ]
        },
    ),
    migrations.CreateModel(
        "Checkpoint",
        [
            _key("assignment_id", "slot"),
            _to_assignment(models.ForeignKey, "checkpoints", _CASCADE, db_index=False),
            ("slot", _COUNT()),
            ("nonce", models.UUIDField()),
            ("at", _MOMENT()),
            ("covered_ms", _COUNT()),
            ("hidden_ms", _COUNT()),
            ("refused_ms", _COUNT()),
            ("state", models.JSONField()),
        ],
    ),
    migrations.CreateModel(
        "FreeLook",
        [
            _key("assignment_id", "cut"),
            _to_assignment(models.ForeignKey, "free_looks", _CASCADE, db_index=False),
            ("cut", models.CharField(max_length=1)),
            ("left_at_ms", _COUNT()),
            ("duration_ms", _COUNT()),
        ],
    ),
    migrations.CreateModel(
        "Draft", [_one("draft", _CASCADE), ("answers", models.JSONField(default=dict)), ("saved_at", _MOMENT())]
    ),
]


class Migration(migrations.Migration):
    """Every row that was there is kept."""

    dependencies = [("evidence", "0001_initial"), ("dispatch", "0003_days"), ("campaigns", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_statements(), elidable=False)], state_operations=STATE
        )
    ]
