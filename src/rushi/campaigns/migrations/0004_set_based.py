"""Functions with kept plans for the budgets."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_no_open_days")]

    operations = [
        function_migration(
            "campaigns", ["campaigns_lock_budgets_v2", "campaigns_take_v2", "campaigns_give_back_v2"]
        )
    ]
