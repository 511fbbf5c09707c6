"""Starting answers with all that a watch needs to go on, in one call."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """In place of the first form, which left the rest to be asked for."""

    dependencies = [("evidence", "0005_start")]
    operations = [
        migrations.RunSQL("DROP FUNCTION evidence_start_v1(uuid[], uuid[], timestamptz)", elidable=False),
        function_migration("evidence", ["evidence_start_v2"]),
    ]
