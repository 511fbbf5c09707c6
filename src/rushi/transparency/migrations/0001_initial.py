"""The outbox of the public log: a row a call and kind, a view that says it subject by subject, the one way in."""

import django.contrib.postgres.fields
from django.db import migrations, models

from rushi.db.sql import function_migration

KINDS = [
    ("settlement", "通过并结算"),
    ("rejection", "未通过"),
    ("appeal", "申诉结果"),
    ("payout", "提现"),
    ("refund", "活动退款"),
    ("erasure", "账号注销"),
    ("policy", "规则版本"),
]

# Ids do not compress, and a batch of thousands is longer than a page.
VIEW = """
ALTER TABLE transparency_outbox ALTER COLUMN subjects SET STORAGE EXTERNAL;
CREATE VIEW transparency_waiting AS
SELECT u.subject AS subject_id, o.kind, o.at FROM transparency_outbox o CROSS JOIN LATERAL unnest(o.subjects) AS u (subject);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.SmallAutoField(primary_key=True, serialize=False)),
                ("sequenced_until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "first_id", "kind", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("first_id", models.UUIDField()),
                ("kind", models.CharField(choices=KINDS, max_length=12)),
                ("at", models.DateTimeField()),
                ("subjects", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(kind__in=[kind for kind, _ in KINDS]), name="outbox_kind_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id", "kind", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("subject_id", models.UUIDField()),
                ("kind", models.CharField(choices=KINDS, max_length=12)),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "transparency_waiting", "managed": False},
        ),
        migrations.RunSQL(VIEW, elidable=False),
        function_migration("transparency", ["transparency_enqueue_v1"]),
    ]
