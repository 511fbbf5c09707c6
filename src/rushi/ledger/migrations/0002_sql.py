"""The books' functions, constraints and triggers."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """The room's SQL functions and triggers."""

    dependencies = [("ledger", "0001_initial"), ("audit", "0002_sql")]
    operations = [
        function_migration(
            "ledger",
            [
                "ledger_account_id_v1",
                "ledger_entry_id_v1",
                "ledger_constraints_v1",
                "ledger_posted_v1",
                "ledger_triggers_v1",
                "ledger_post_v1",
                "ledger_release_v1",
                "ledger_rewards_paid_v1",
            ],
        )
    ]
