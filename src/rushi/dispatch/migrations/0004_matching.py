"""What matching and pacing keep: visits, shadow prices, published shares, the pace of campaigns."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


def _of_campaign(related_name):
    return models.OneToOneField(
        on_delete=django.db.models.deletion.CASCADE,
        primary_key=True,
        related_name=related_name,
        serialize=False,
        to="campaigns.campaign",
    )


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_no_open_days"), ("dispatch", "0003_days")]

    operations = [
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("hour", models.DateTimeField()),
                ("region", models.CharField(blank=True, max_length=2)),
                ("age_band", models.CharField(blank=True, max_length=5)),
                ("gender", models.CharField(blank=True, max_length=1)),
                ("visits", models.PositiveIntegerField(default=0)),
            ],
            options={"indexes": [models.Index(fields=["hour"], name="visit_hour")]},
        ),
        migrations.CreateModel(
            name="ShadowPrice",
            fields=[
                ("campaign", _of_campaign("+")),
                ("price", models.FloatField()),
                ("step", models.FloatField()),
                ("per_hour", models.FloatField()),
                ("taken", models.PositiveIntegerField()),
                (
                    "topics",
                    django.contrib.postgres.fields.ArrayField(
                        models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("refreshed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Fairness",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("people", models.PositiveIntegerField()),
                ("tasks_bps", django.contrib.postgres.fields.ArrayField(models.PositiveIntegerField(), size=None)),
                ("rewards_bps", django.contrib.postgres.fields.ArrayField(models.PositiveIntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name="Pace",
            fields=[
                ("campaign", _of_campaign("pace")),
                ("quoted_low", models.PositiveIntegerField(null=True)),
                ("quoted_high", models.PositiveIntegerField(null=True)),
                ("quoted_at", models.DateTimeField(null=True)),
                ("looked_at", models.DateTimeField(null=True)),
                ("open_seconds", models.BigIntegerField(null=True)),
                ("mark_seconds", models.BigIntegerField(db_default=0, default=0)),
                ("mark_delivered", models.IntegerField(db_default=0, default=0)),
                ("next_seconds", models.BigIntegerField(db_default=0, default=0)),
                ("next_delivered", models.IntegerField(db_default=0, default=0)),
                ("peak_taken", models.IntegerField(db_default=0, default=0)),
                (
                    "alarm",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("reserve", "预留金用完"),
                            ("deadline", "截止前可能收不齐"),
                            ("quote", "慢于预计"),
                            ("stalled", "没有人领取"),
                        ],
                        db_default="",
                        default="",
                        max_length=10,
                    ),
                ),
                ("alarm_since", models.DateTimeField(null=True)),
            ],
        ),
    ]
