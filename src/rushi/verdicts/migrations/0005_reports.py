"""Verdicts tell reports what was accepted and what was rejected; what was decided before is told now."""

from django.db import migrations

from rushi.db.sql import function_migration

EARLIER = """
SELECT evidence_accepted_v1(array_agg(assignment_id)) FROM verdicts_verdict WHERE outcome = 'accepted' HAVING count(*) > 0;
SELECT evidence_rejected_v1(array_agg(assignment_id), array_agg(code::text), 1)
  FROM verdicts_verdict WHERE outcome = 'rejected' HAVING count(*) > 0;
"""


class Migration(migrations.Migration):
    dependencies = [("evidence", "0007_tally"), ("verdicts", "0004_days")]

    operations = [
        migrations.RunSQL(EARLIER, elidable=False),
        function_migration("verdicts", ["verdicts_tell_reports_v1", "verdicts_tell_of_appeals_v1"]),
    ]
