"""Assignments by day, no index on what changes, no foreign key on the hot path; a person's days count what they hold."""

import django.db.models.deletion
from django.db import migrations, models

# Whoever points at assignments or from a hot row stops checking it row by row; the columns stay.
DROP_FOREIGN_KEYS = """
DO $$
DECLARE
  c record;
BEGIN
  FOR c IN SELECT conrelid::regclass AS held_by, conname FROM pg_constraint
            WHERE contype = 'f' AND confrelid = 'dispatch_assignment'::regclass
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.held_by, c.conname);
  END LOOP;
END
$$;
"""

# The table is made anew, its rows are copied into the partitions of their days (a UUIDv7 begins with its
# milliseconds), what carries no plausible day goes to the default partition. Claimed, started, handed in: within one
# batch the first two versions of every row of a page stand side by side before the first can be pruned, so half of a
# page is left free. New days take the parameters of the default partition.
CONVERT = """
ALTER TABLE dispatch_assignment RENAME TO dispatch_assignment_whole;

CREATE TABLE dispatch_assignment (LIKE dispatch_assignment_whole, nonce uuid,
                                  restarts smallint NOT NULL DEFAULT 0 CHECK (restarts >= 0)) PARTITION BY RANGE (id);
CREATE TABLE dispatch_assignment_default PARTITION OF dispatch_assignment DEFAULT WITH (fillfactor = 45);

DO $$
DECLARE
  d date;
BEGIN
  FOR d IN SELECT DISTINCT (to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
                            AT TIME ZONE 'Asia/Shanghai')::date
             FROM dispatch_assignment_whole
            WHERE id BETWEEN '01900000-0000-0000-0000-000000000000' AND '01b00000-0000-0000-0000-000000000000'
  LOOP
    EXECUTE format(
      'CREATE TABLE %I PARTITION OF dispatch_assignment FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = 45)',
      'dispatch_assignment_' || to_char(d, 'YYYYMMDD'), db_day_bound_v1(d), db_day_bound_v1(d + 1));
  END LOOP;
END
$$;

INSERT INTO dispatch_assignment SELECT w.*, NULL, 0 FROM dispatch_assignment_whole w;
DROP TABLE dispatch_assignment_whole;

ALTER TABLE dispatch_assignment ADD CONSTRAINT dispatch_assignment_pkey PRIMARY KEY (id);
CREATE INDEX assignment_of_participant ON dispatch_assignment (participant_id, claimed_at);
CREATE INDEX assignment_of_campaign ON dispatch_assignment (campaign_id);
CREATE INDEX assignment_leases ON dispatch_assignment (lease_expires_at);
ALTER TABLE dispatch_undecided SET (fillfactor = 80);

INSERT INTO dispatch_undecided (assignment_id, status, due_at, campaign_id, participant_id, agent_id)
SELECT id, status, decision_due_at, campaign_id, participant_id, agent_id
  FROM dispatch_assignment WHERE status IN ('submitted', 'in_review');
"""

# One index a row: what a person has been in, and a person's day, are found by the person.
NATURAL_KEYS = """
DROP INDEX participant_day_once;
ALTER TABLE dispatch_participantday DROP COLUMN id, ADD PRIMARY KEY (participant_id, day);
ALTER TABLE dispatch_participantday SET (fillfactor = 70);
DROP INDEX participation_once_for_ever;
ALTER TABLE dispatch_participation DROP CONSTRAINT dispatch_participation_pkey,
                                   ADD PRIMARY KEY (participant_id, campaign_id);
"""

COUNT_WHAT_IS_HELD = """
UPDATE dispatch_participantday d SET held_fen = u.fen
  FROM (SELECT participant_id, day, sum(reward_fen) AS fen FROM dispatch_assignment
         WHERE status NOT IN ('returned', 'expired', 'rejected') GROUP BY participant_id, day) AS u
 WHERE d.participant_id = u.participant_id AND d.day = u.day;
"""
STATUSES = [
    ("claimed", "待开始"),
    ("started", "进行中"),
    ("submitted", "待审核"),
    ("in_review", "审核中"),
    ("accepted", "已通过"),
    ("rejected", "未通过"),
    ("returned", "已放弃"),
    ("expired", "已超时"),
    ("withdrawn", "已撤回"),
]


def _key(to, related_name="+", **options):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        to=to,
        **options,
    )


def _keys(*columns):
    return models.CompositePrimaryKey(*columns, blank=True, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0003_no_open_days"),
        ("db", "0001_days"),
        ("dispatch", "0002_sql"),
        ("identity", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="LeaseSweep",
            fields=[
                ("id", models.SmallIntegerField(editable=False, primary_key=True, serialize=False)),
                ("done_until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Undecided",
            fields=[
                (
                    "assignment",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="undecided",
                        serialize=False,
                        to="dispatch.assignment",
                    ),
                ),
                ("status", models.CharField(choices=STATUSES, max_length=10)),
                ("due_at", models.DateTimeField(null=True)),
                ("campaign", _key("campaigns.campaign")),
                ("participant", _key("identity.participant")),
                ("agent", _key("identity.agent", null=True)),
            ],
            options={"indexes": [models.Index(fields=["due_at"], name="undecided_due")]},
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL([DROP_FOREIGN_KEYS, CONVERT], elidable=False)],
            state_operations=[
                migrations.RemoveIndex(model_name="assignment", name="assignment_of_campaign"),
                migrations.RemoveIndex(model_name="assignment", name="assignment_leases"),
                migrations.RemoveIndex(model_name="assignment", name="assignment_due"),
                migrations.RemoveIndex(model_name="assignment", name="assignment_of_agent"),
                migrations.AlterField("assignment", "agent", _key("identity.agent", "assignments", null=True)),
                migrations.AlterField("assignment", "campaign", _key("campaigns.campaign", "assignments")),
                migrations.AlterField("assignment", "participant", _key("identity.participant", "assignments")),
                migrations.AddIndex("assignment", models.Index(fields=["campaign"], name="assignment_of_campaign")),
                migrations.AddIndex("assignment", models.Index(fields=["lease_expires_at"], name="assignment_leases")),
                migrations.AddField("assignment", "nonce", models.UUIDField(null=True)),
                migrations.AddField(
                    "assignment", "restarts", models.PositiveSmallIntegerField(db_default=0, default=0)
                ),
            ],
        ),
        migrations.AlterField("participantday", "participant", _key("identity.participant")),
        migrations.AlterField("participation", "campaign", _key("campaigns.campaign")),
        migrations.AlterField("participation", "participant", _key("identity.participant")),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(NATURAL_KEYS, elidable=False)],
            state_operations=[
                migrations.RemoveConstraint("participantday", "participant_day_once"),
                migrations.RemoveField("participantday", "id"),
                migrations.AddField("participantday", "pk", _keys("participant_id", "day")),
                migrations.RemoveConstraint("participation", "participation_once_for_ever"),
                migrations.AlterField("participation", "id", models.UUIDField(editable=False)),
                migrations.AddField("participation", "pk", _keys("participant_id", "campaign_id")),
            ],
        ),
        migrations.AddField("participantday", "held_fen", models.BigIntegerField(default=0)),
        migrations.AddField("participantday", "excess", models.PositiveSmallIntegerField(default=0)),
        migrations.RunSQL(COUNT_WHAT_IS_HELD, elidable=False),
    ]
