"""Day partitions: the functions that make and drop them. Rooms with tables of days depend on this."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """The room's SQL functions."""

    initial = True
    dependencies = []
    operations = [function_migration("db", ["db_day_bound_v1", "db_make_days_v1", "db_drop_day_v1"])]
