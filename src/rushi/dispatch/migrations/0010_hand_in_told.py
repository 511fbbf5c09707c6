"""Handing in answers what paying needs; an assignment's three versions of a day fit on its page."""

from django.db import migrations

from rushi.db.sql import function_migration

# Claimed, started, handed in: within one batch the first two of every row of a page stand side by side before the
# first can be pruned, so half of a page is left free. New days take the parameters of the default partition.
FILLFACTOR = """
ALTER TABLE dispatch_assignment_default SET (fillfactor = 45);
"""


class Migration(migrations.Migration):
    """Beside the earlier form until the room above has let go of it."""

    dependencies = [("dispatch", "0009_claim")]
    operations = [migrations.RunSQL(FILLFACTOR, elidable=False), function_migration("dispatch", ["dispatch_hand_in_v3"])]
