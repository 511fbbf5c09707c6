"""Claims that read each row once and look at exclusions with the day locked."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0008_take"), ("dispatch", "0014_running_proof")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION dispatch_claim_v3(uuid[], uuid[], uuid[], timestamptz, bigint)", elidable=False
        ),
        function_migration("dispatch", ["dispatch_earns_v1", "dispatch_claim_v4"]),
    ]
