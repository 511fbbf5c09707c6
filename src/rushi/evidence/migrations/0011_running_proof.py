"""The running proof of attention moves to its assignment; a watch has no row of its own."""

from django.db import migrations

from rushi.db.sql import function_migration

MOVE = """
UPDATE dispatch_assignment a SET nonce = w.nonce, restarts = w.restarts
  FROM evidence_watch w WHERE w.assignment_id = a.id;
DROP FUNCTION evidence_start_v3(uuid[], uuid[], uuid[], timestamptz);
DROP FUNCTION evidence_checkpoint_v1(uuid, uuid, integer, timestamptz, integer, integer, integer, jsonb);
DROP FUNCTION dispatch_start_v3(uuid[], timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("evidence", "0010_look_ups"), ("dispatch", "0014_running_proof")]

    operations = [
        migrations.RunSQL(MOVE, elidable=False),
        migrations.DeleteModel("Watch"),
        function_migration("evidence", ["evidence_start_v4", "evidence_checkpoint_v2"]),
    ]
