"""Append-only triggers of the audit room."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """The room's SQL functions and triggers."""

    dependencies = [("audit", "0001_initial")]
    operations = [function_migration("audit", ["audit_append_only_v1", "audit_append_only_triggers_v1"])]
