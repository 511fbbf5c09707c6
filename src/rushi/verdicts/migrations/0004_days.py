"""Verdicts by day, one call for a hand-in; what was decided enters the outbox."""

from django.db import migrations

from rushi.db.sql import function_migration

PARTITION = """
ALTER TABLE verdicts_verdict RENAME TO verdicts_old_verdict;
CREATE TABLE verdicts_new_verdict (
    assignment_id uuid PRIMARY KEY,
    decided_at timestamptz NOT NULL,
    appeal_until timestamptz,
    reserve_released_at timestamptz,
    decided_by uuid,
    outcome varchar(10) NOT NULL,
    basis varchar(10) NOT NULL,
    code varchar(20) NOT NULL,
    reason varchar(500) NOT NULL,
    CONSTRAINT rejection_has_code_text_and_person
        CHECK (outcome = 'accepted' OR code <> '' AND reason <> '' AND decided_by IS NOT NULL)
) PARTITION BY RANGE (assignment_id);
CREATE TABLE verdicts_verdict_default PARTITION OF verdicts_new_verdict DEFAULT;
INSERT INTO verdicts_new_verdict (
       assignment_id, decided_at, appeal_until, reserve_released_at, decided_by, outcome, basis, code, reason)
SELECT assignment_id, decided_at, appeal_until, reserve_released_at, decided_by, outcome, basis, code, reason
  FROM verdicts_old_verdict;
DROP TABLE verdicts_old_verdict;
ALTER TABLE verdicts_new_verdict RENAME TO verdicts_verdict;
ALTER INDEX verdicts_new_verdict_pkey RENAME TO verdicts_verdict_pkey;
CREATE INDEX verdict_appeal_windows ON verdicts_verdict (appeal_until)
 WHERE outcome = 'rejected' AND reserve_released_at IS NULL;
INSERT INTO transparency_outbox (subject_id, kind, at)
SELECT assignment_id, CASE outcome WHEN 'accepted' THEN 'settlement' ELSE 'rejection' END, decided_at
  FROM verdicts_verdict
UNION ALL
SELECT assignment_id, 'appeal', decided_at FROM verdicts_appeal WHERE status <> 'open'
UNION ALL
SELECT assignment_id, 'rejection', opened_at FROM verdicts_appeal WHERE status = 'overturned';
"""


class Migration(migrations.Migration):
    """Every verdict that was there is kept."""

    dependencies = [
        ("verdicts", "0003_assignment_unchecked"),
        ("evidence", "0004_sql"),
        ("dispatch", "0005_hand_in"),
        ("transparency", "0002_sql"),
    ]

    operations = [
        migrations.RunSQL(PARTITION, elidable=False),
        migrations.RunSQL(
            "DROP FUNCTION verdicts_settle_v1(uuid[], text, uuid, timestamptz);"
            "DROP FUNCTION verdicts_reject_v1(uuid[], text, text, uuid, timestamptz, timestamptz);",
            elidable=False,
        ),
        function_migration(
            "verdicts",
            ["verdicts_hold_v1", "verdicts_pay_v1", "verdicts_settle_v2", "verdicts_reject_v2", "verdicts_hand_in_v1"],
        ),
    ]
