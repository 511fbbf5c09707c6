"""Starting keeps the moments of a task in order."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """The last that called the earlier forms of starting."""

    dependencies = [("evidence", "0007_tally"), ("dispatch", "0008_in_order")]
    operations = [
        migrations.RunSQL("DROP FUNCTION evidence_start_v2(uuid[], uuid[], uuid[], timestamptz)", elidable=False),
        function_migration("evidence", ["evidence_start_v3"]),
        migrations.RunSQL(
            "DROP FUNCTION dispatch_start_v1(uuid[], timestamptz); DROP FUNCTION dispatch_start_v2(uuid[], timestamptz)",
            elidable=False,
        ),
    ]
