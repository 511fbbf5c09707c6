"""The functions that change budgets, over arrays."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]

    operations = [
        function_migration(
            "campaigns",
            [
                "campaigns_lock_budgets_v1",
                "campaigns_take_v1",
                "campaigns_give_back_v1",
                "campaigns_reject_v1",
                "campaigns_release_v1",
                "campaigns_spend_v1",
                "campaigns_spend_overturned_v1",
            ],
        )
    ]
