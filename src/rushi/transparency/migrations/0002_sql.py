"""The room's SQL functions."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """Enqueueing."""

    dependencies = [("transparency", "0001_initial")]
    operations = [function_migration("transparency", ["transparency_enqueue_v1"])]
