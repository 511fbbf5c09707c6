"""How campaigns get on: quotes, marks, alarms."""

import django.db.models.deletion
from django.db import migrations, models

from rushi.db.sql import function_migration


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0003_no_open_days'),
        ('dispatch', '0005_hand_in'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('campaign', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='pace', serialize=False, to='campaigns.campaign')),
                ('quoted_low', models.PositiveIntegerField(null=True)),
                ('quoted_high', models.PositiveIntegerField(null=True)),
                ('quoted_at', models.DateTimeField(null=True)),
                ('looked_at', models.DateTimeField(null=True)),
                ('open_seconds', models.BigIntegerField(null=True)),
                ('mark_seconds', models.BigIntegerField(db_default=0, default=0)),
                ('mark_delivered', models.IntegerField(db_default=0, default=0)),
                ('next_seconds', models.BigIntegerField(db_default=0, default=0)),
                ('next_delivered', models.IntegerField(db_default=0, default=0)),
                ('peak_taken', models.IntegerField(db_default=0, default=0)),
                ('alarm', models.CharField(blank=True, choices=[('reserve', '预留金用完'), ('deadline', '截止前可能收不齐'), ('quote', '慢于预计'), ('stalled', '没有人领取')], db_default='', default='', max_length=10)),
                ('alarm_since', models.DateTimeField(null=True)),
            ],
        ),
        function_migration("dispatch", ["dispatch_watch_pace_v1"]),
    ]
