"""Assignments by day: partitions through the id, no index on what changes, no foreign keys on the hot path."""

import django.db.models.deletion
from django.db import migrations, models

from rushi.db.sql import function_migration

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
# milliseconds), what carries no plausible day goes to the default partition.
CONVERT = """
ALTER TABLE dispatch_assignment RENAME TO dispatch_assignment_whole;

CREATE TABLE dispatch_assignment (LIKE dispatch_assignment_whole) PARTITION BY RANGE (id);
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
      'CREATE TABLE dispatch_assignment_%s PARTITION OF dispatch_assignment FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = 45)',
      to_char(d, 'YYYYMMDD'),
      (lpad(to_hex((extract(epoch FROM d::timestamp AT TIME ZONE 'Asia/Shanghai') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid,
      (lpad(to_hex((extract(epoch FROM (d + 1)::timestamp AT TIME ZONE 'Asia/Shanghai') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid);
  END LOOP;
END
$$;

INSERT INTO dispatch_assignment SELECT * FROM dispatch_assignment_whole;
DROP TABLE dispatch_assignment_whole;

ALTER TABLE dispatch_assignment ADD CONSTRAINT dispatch_assignment_pkey PRIMARY KEY (id);
CREATE INDEX assignment_of_participant ON dispatch_assignment (participant_id, claimed_at);
CREATE INDEX assignment_of_campaign ON dispatch_assignment (campaign_id);
CREATE INDEX assignment_leases ON dispatch_assignment (lease_expires_at);
ALTER TABLE dispatch_participantday SET (fillfactor = 70);
ALTER TABLE dispatch_undecided SET (fillfactor = 80);

INSERT INTO dispatch_undecided (assignment_id, status, due_at)
SELECT id, status, decision_due_at FROM dispatch_assignment WHERE status IN ('submitted', 'in_review');
"""


def _key(to, **options):
    return models.ForeignKey(
        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to=to, **options
    )


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_no_open_days"), ("dispatch", "0003_matching"), ("identity", "0001_initial")]

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
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("claimed", "待开始"),
                            ("started", "进行中"),
                            ("submitted", "待审核"),
                            ("in_review", "审核中"),
                            ("accepted", "已通过"),
                            ("rejected", "未通过"),
                            ("returned", "已放弃"),
                            ("expired", "已超时"),
                            ("withdrawn", "已撤回"),
                        ],
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField(null=True)),
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
                migrations.AlterField("assignment", "agent", _key("identity.agent", null=True, related_name="assignments")),
                migrations.AlterField("assignment", "campaign", _key("campaigns.campaign", related_name="assignments")),
                migrations.AlterField(
                    "assignment", "participant", _key("identity.participant", related_name="assignments")
                ),
                migrations.AddIndex("assignment", models.Index(fields=["campaign"], name="assignment_of_campaign")),
                migrations.AddIndex("assignment", models.Index(fields=["lease_expires_at"], name="assignment_leases")),
            ],
        ),
        migrations.AlterField("participantday", "participant", _key("identity.participant", related_name="+")),
        migrations.RemoveConstraint("participation", "participation_once_for_ever"),
        migrations.AlterField("participation", "campaign", _key("campaigns.campaign", related_name="+")),
        migrations.AlterField("participation", "participant", _key("identity.participant", related_name="+")),
        migrations.AddConstraint(
            "participation", models.UniqueConstraint("participant", "campaign", name="participation_once_for_ever")
        ),
        function_migration("dispatch", ["dispatch_undecided_v1"]),
    ]
