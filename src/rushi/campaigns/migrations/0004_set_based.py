"""Budgets change by functions over arrays that keep their plans; what they replace is gone."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_no_open_days")]

    operations = [
        migrations.RunSQL(
            [
                "DROP FUNCTION campaigns_lock_budgets_v1(uuid[])",
                "DROP FUNCTION campaigns_take_v1(uuid[], integer[])",
                "DROP FUNCTION campaigns_give_back_v1(uuid[], integer[], bigint[])",
                "DROP FUNCTION campaigns_spend_v1(uuid[], integer[], bigint[], bigint[])",
            ],
            elidable=False,
        ),
        function_migration(
            "campaigns",
            ["campaigns_lock_budgets_v2", "campaigns_take_v2", "campaigns_give_back_v2", "campaigns_spend_v2"],
        ),
    ]
