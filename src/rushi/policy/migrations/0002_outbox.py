"""What happened before there was an outbox enters it."""

from django.db import migrations

ENTER = """
INSERT INTO transparency_outbox (first_id, kind, at, subjects)
SELECT DISTINCT ON (rules_version) id, 'policy', at, ARRAY[id] FROM policy_screening ORDER BY rules_version, at, id
"""


class Migration(migrations.Migration):
    """The log will hold it like everything later."""

    dependencies = [("policy", "0001_initial"), ("transparency", "0001_initial")]
    operations = [migrations.RunSQL(ENTER, elidable=False)]
