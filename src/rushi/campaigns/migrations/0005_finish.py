"""Closing and refunding many campaigns at once."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0004_set_based"),
        ("ledger", "0003_settlement"),
        ("transparency", "0001_initial"),
    ]

    operations = [function_migration("campaigns", ["campaigns_finish_v1"])]
