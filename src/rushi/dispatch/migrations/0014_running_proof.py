"""The running proof of attention stands with the assignment: starting is one update and nothing else."""

from django.db import migrations, models

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0013_lock_people")]

    operations = [
        migrations.AddField("assignment", "nonce", models.UUIDField(null=True)),
        migrations.AddField("assignment", "restarts", models.PositiveSmallIntegerField(db_default=0, default=0)),
        function_migration("dispatch", ["dispatch_start_v4"]),
    ]
