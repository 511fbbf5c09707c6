"""Claims that make no order where nothing runs short."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0008_in_order")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION dispatch_claim_v2(uuid[], uuid[], uuid[], timestamptz, bigint)", elidable=False
        ),
        function_migration("dispatch", ["dispatch_claim_v3"]),
    ]
