"""Handing in and deciding in one update."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """One function."""

    dependencies = [("dispatch", "0004_days")]
    operations = [function_migration("dispatch", ["dispatch_hand_in_v1"])]
