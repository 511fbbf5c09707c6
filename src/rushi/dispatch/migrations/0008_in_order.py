"""The moments of a task stay in order when the clock is put back."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """Beside the earlier forms until the rooms above have let go of them."""

    dependencies = [("dispatch", "0007_set_based")]
    operations = [function_migration("dispatch", ["dispatch_start_v3", "dispatch_hand_in_v2"])]
