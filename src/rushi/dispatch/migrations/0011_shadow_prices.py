"""Shadow prices and published shares; the hall that was oldest first is gone."""

import django.contrib.postgres.fields
from django.db import migrations, models

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0010_hand_in_told")]

    operations = [
        migrations.RemoveField("shadowprice", "lag_bps"),
        migrations.AddField("shadowprice", "step", models.FloatField(default=0), preserve_default=False),
        migrations.AddField("shadowprice", "per_hour", models.FloatField(default=0), preserve_default=False),
        migrations.AddField("shadowprice", "taken", models.PositiveIntegerField(default=0), preserve_default=False),
        migrations.AddField(
            "shadowprice",
            "topics",
            django.contrib.postgres.fields.ArrayField(models.CharField(max_length=20), default=list, size=None),
        ),
        migrations.CreateModel(
            "Fairness",
            [
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("people", models.PositiveIntegerField()),
                (
                    "tasks_bps",
                    django.contrib.postgres.fields.ArrayField(models.PositiveIntegerField(), size=None),
                ),
                (
                    "rewards_bps",
                    django.contrib.postgres.fields.ArrayField(models.PositiveIntegerField(), size=None),
                ),
            ],
        ),
        migrations.RunSQL(
            "DROP FUNCTION dispatch_eligible_v1(uuid, timestamptz, timestamptz, uuid, integer)", elidable=False
        ),
        function_migration("dispatch", ["dispatch_price_v1", "dispatch_fairness_v1"]),
    ]
