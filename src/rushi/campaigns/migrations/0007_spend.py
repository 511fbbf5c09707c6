"""Spending keeps its plan."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """Beside the earlier form until verdicts have let go of it."""

    dependencies = [("campaigns", "0006_tidy")]
    operations = [function_migration("campaigns", ["campaigns_spend_v2"])]
