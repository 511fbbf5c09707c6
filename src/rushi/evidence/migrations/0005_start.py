"""Starting for one or a thousand."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """One call where there were five statements."""

    dependencies = [("evidence", "0004_sql")]
    operations = [function_migration("evidence", ["evidence_start_v1"])]
