import django.db.models.deletion
from django.db import migrations, models

from rushi.db.sql import function_migration


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0003_no_open_days'),
        ('dispatch', '0002_sql'),
    ]

    operations = [
        migrations.CreateModel(
            name='ShadowPrice',
            fields=[
                ('campaign', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='campaigns.campaign')),
                ('price', models.FloatField()),
                ('lag_bps', models.IntegerField()),
                ('refreshed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('hour', models.DateTimeField()),
                ('region', models.CharField(blank=True, max_length=2)),
                ('age_band', models.CharField(blank=True, max_length=5)),
                ('gender', models.CharField(blank=True, max_length=1)),
                ('visits', models.PositiveIntegerField(default=0)),
            ],
            options={
                'indexes': [models.Index(fields=['hour'], name='visit_hour')],
            },
        ),
        function_migration("dispatch", ["dispatch_visit_v1"]),
    ]
