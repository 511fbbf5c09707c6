"""What happened before there was an outbox enters it."""

from django.db import migrations

ENTER = """
INSERT INTO transparency_outbox (first_id, kind, at, subjects)
SELECT id, 'payout', settled_at, ARRAY[id] FROM payouts_payout WHERE status = 'paid'
UNION ALL
SELECT subject_id, 'refund', at, ARRAY[subject_id] FROM ledger_entry WHERE kind = 'refund'
"""


class Migration(migrations.Migration):
    """The log will hold it like everything later."""

    dependencies = [("payouts", "0001_initial"), ("ledger", "0002_sql"), ("transparency", "0001_initial")]
    operations = [migrations.RunSQL(ENTER, elidable=False)]
