from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):

    dependencies = [("dispatch", "0001_initial")]

    operations = [
        function_migration(
            "dispatch",
            [
                "dispatch_day_id_v1",
                "dispatch_matches_v1",
                "dispatch_eligible_v1",
                "dispatch_claim_v1",
                "dispatch_lock_v1",
                "dispatch_start_v1",
                "dispatch_submit_v1",
                "dispatch_return_v1",
                "dispatch_expire_v1",
                "dispatch_decide_v1",
            ],
        )
    ]
