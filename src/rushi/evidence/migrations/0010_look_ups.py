"""Counting by look-ups only: in place of the first form, whose time grew with the square of a batch."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    dependencies = [("evidence", "0009_hand_in_quicker")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION evidence_fold_v1(uuid, integer); DROP FUNCTION evidence_counts_v1(uuid, uuid[])",
            elidable=False,
        ),
        function_migration("evidence", ["evidence_counts_v2", "evidence_fold_v2"]),
    ]
