"""Claims, starts, returns and expiries for one or a thousand; a person's days count what they hold."""

from django.db import migrations, models

from rushi.db.sql import function_migration

# One index a row: what a person has been in, and a person's day, are found by the person.
NATURAL_KEYS = """
DROP FUNCTION dispatch_claim_v1(uuid[], uuid[], uuid[], timestamptz, bigint);
DROP FUNCTION dispatch_return_v1(uuid[], timestamptz);
DROP FUNCTION dispatch_expire_v1(timestamptz, integer);
DROP FUNCTION dispatch_day_id_v1(uuid, date);
DROP INDEX participant_day_once;
ALTER TABLE dispatch_participantday DROP COLUMN id, ADD PRIMARY KEY (participant_id, day);
DROP INDEX participation_once_for_ever;
ALTER TABLE dispatch_participation DROP CONSTRAINT dispatch_participation_pkey,
                                   ADD PRIMARY KEY (participant_id, campaign_id);
"""

BACKFILL = """
UPDATE dispatch_participantday d SET held_fen = u.fen
  FROM (SELECT participant_id, day, sum(reward_fen) AS fen FROM dispatch_assignment
         WHERE status NOT IN ('returned', 'expired', 'rejected') GROUP BY participant_id, day) AS u
 WHERE d.participant_id = u.participant_id AND d.day = u.day;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_set_based"), ("dispatch", "0006_pace")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(NATURAL_KEYS, elidable=False)],
            state_operations=[
                migrations.RemoveConstraint("participantday", "participant_day_once"),
                migrations.RemoveField("participantday", "id"),
                migrations.AddField(
                    "participantday",
                    "pk",
                    models.CompositePrimaryKey(
                        "participant_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                migrations.RemoveConstraint("participation", "participation_once_for_ever"),
                migrations.AlterField("participation", "id", models.UUIDField(editable=False)),
                migrations.AddField(
                    "participation",
                    "pk",
                    models.CompositePrimaryKey(
                        "participant_id", "campaign_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
        migrations.AddField("participantday", "held_fen", models.BigIntegerField(default=0)),
        migrations.AddField("participantday", "excess", models.PositiveSmallIntegerField(default=0)),
        migrations.RunSQL(BACKFILL, elidable=False),
        function_migration(
            "dispatch",
            [
                "dispatch_count_v1",
                "dispatch_lock_days_v1",
                "dispatch_claim_v2",
                "dispatch_lock_v2",
                "dispatch_start_v2",
                "dispatch_return_v2",
                "dispatch_expire_v2",
            ],
        ),
    ]
