"""What happened before there was an outbox enters it."""

from django.db import migrations

ENTER = """
INSERT INTO transparency_outbox (first_id, kind, at, subjects)
SELECT id, 'erasure', erased_at, ARRAY[id] FROM identity_user WHERE erased_at IS NOT NULL
"""


class Migration(migrations.Migration):
    """The log will hold it like everything later."""

    dependencies = [("identity", "0001_initial"), ("transparency", "0001_initial")]
    operations = [migrations.RunSQL(ENTER, elidable=False)]
