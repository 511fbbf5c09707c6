"""Every verb for one or a thousand; what these functions replace is gone."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_set_based"), ("dispatch", "0004_matching")]

    operations = [
        migrations.RunSQL(
            [
                "DROP FUNCTION dispatch_claim_v1(uuid[], uuid[], uuid[], timestamptz, bigint)",
                "DROP FUNCTION dispatch_start_v1(uuid[], timestamptz)",
                "DROP FUNCTION dispatch_submit_v1(uuid[], timestamptz)",
                "DROP FUNCTION dispatch_return_v1(uuid[], timestamptz)",
                "DROP FUNCTION dispatch_expire_v1(timestamptz, integer)",
                "DROP FUNCTION dispatch_lock_v1(uuid[])",
                "DROP FUNCTION dispatch_day_id_v1(uuid, date)",
                "DROP FUNCTION dispatch_eligible_v1(uuid, timestamptz, timestamptz, uuid, integer)",
            ],
            elidable=False,
        ),
        function_migration(
            "dispatch",
            [
                "dispatch_count_v1",
                "dispatch_undecided_v1",
                "dispatch_lock_days_v1",
                "dispatch_lock_people_v1",
                "dispatch_lock_v2",
                "dispatch_earns_v1",
                "dispatch_claim_v2",
                "dispatch_start_v2",
                "dispatch_at_hand_v1",
                "dispatch_hand_in_v1",
                "dispatch_return_v2",
                "dispatch_expire_v2",
                "dispatch_visit_v1",
                "dispatch_watch_pace_v1",
                "dispatch_price_v1",
                "dispatch_fairness_v1",
            ],
        ),
    ]
