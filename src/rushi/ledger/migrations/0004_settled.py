"""Balances of a batch of settlements are added up by owner before accounts are looked for."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """The trigger calls the new function."""

    dependencies = [("ledger", "0003_settlement")]
    operations = [function_migration("ledger", ["ledger_settled_v2"])]
