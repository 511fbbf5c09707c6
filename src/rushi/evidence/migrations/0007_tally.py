"""What reports count, folded: a tally a campaign, and the queue of what it does not hold yet."""

from django.db import migrations, models

from rushi.db.sql import function_migration


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0003_no_open_days'),
        ('dispatch', '0007_set_based'),
        ('evidence', '0006_start_in_one_look'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('pk', models.CompositePrimaryKey('campaign_id', 'topic', 'subject', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('campaign_id', models.UUIDField()),
                ('topic', models.CharField(max_length=10)),
                ('subject', models.CharField(max_length=36)),
                ('key', models.CharField(max_length=20)),
                ('n', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Untallied',
            fields=[
                ('pk', models.CompositePrimaryKey('campaign_id', 'assignment_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('campaign_id', models.UUIDField()),
                ('assignment_id', models.UUIDField()),
            ],
        ),
        migrations.RunSQL("ALTER TABLE evidence_tally SET (fillfactor = 80)", elidable=False),
        function_migration(
            "evidence",
            ["evidence_accepted_v1", "evidence_rejected_v1", "evidence_counts_v1", "evidence_fold_v1"],
        ),
    ]
