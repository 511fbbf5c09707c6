"""What reports count, folded: a tally a campaign, the queue of what it does not hold yet; the room's functions."""

import django.contrib.postgres.fields
from django.db import migrations, models

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """New tables; verdicts fill the queue with what was accepted before."""

    dependencies = [("evidence", "0002_days")]

    operations = [
        migrations.CreateModel(
            "Tally",
            [
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "campaign_id",
                        "topic",
                        "subject",
                        "key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("campaign_id", models.UUIDField()),
                ("topic", models.CharField(max_length=10)),
                ("subject", models.CharField(max_length=36)),
                ("key", models.CharField(max_length=20)),
                ("n", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            "Untallied",
            [
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "campaign_id", "first_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("campaign_id", models.UUIDField()),
                ("first_id", models.UUIDField()),
                ("assignment_ids", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
            ],
        ),
        migrations.RunSQL(
            [
                "ALTER TABLE evidence_tally SET (fillfactor = 80)",
                "ALTER TABLE evidence_untallied ALTER COLUMN assignment_ids SET STORAGE EXTERNAL",
            ],
            elidable=False,
        ),
        function_migration(
            "evidence",
            [
                "evidence_first_id_v1",
                "evidence_overlap_ms_v1",
                "evidence_start_v1",
                "evidence_checkpoint_v1",
                "evidence_hand_in_v1",
                "evidence_accepted_v1",
                "evidence_rejected_v1",
                "evidence_counts_v1",
                "evidence_fold_v1",
            ],
        ),
    ]
