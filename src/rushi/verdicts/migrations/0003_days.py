"""Verdicts by day, one call for a hand-in, work paid by one wide row; what was decided enters outbox and reports."""

import django.db.models.deletion
from django.db import migrations, models

from rushi.db.sql import function_migration

# Whichever tables were made first: on a fresh database the keys point at partitions, on an old one they are gone.
DROP_FOREIGN_KEYS = """
DO $$
DECLARE
  c record;
BEGIN
  FOR c IN SELECT k.conrelid::regclass AS held_by, k.conname
             FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
            WHERE k.contype = 'f' AND k.conparentid = 0 AND t.relname LIKE 'verdicts\\_%'
              AND k.confrelid = 'dispatch_assignment'::regclass
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.held_by, c.conname);
  END LOOP;
END
$$;
"""

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
"""

EARLIER = """
INSERT INTO transparency_outbox (first_id, kind, at, subjects)
SELECT assignment_id, CASE outcome WHEN 'accepted' THEN 'settlement' ELSE 'rejection' END, decided_at,
       ARRAY[assignment_id]
  FROM verdicts_verdict
UNION ALL
SELECT assignment_id, 'appeal', decided_at, ARRAY[assignment_id] FROM verdicts_appeal WHERE status <> 'open'
UNION ALL
SELECT assignment_id, 'rejection', opened_at, ARRAY[assignment_id] FROM verdicts_appeal WHERE status = 'overturned';
SELECT evidence_accepted_v1(array_agg(a.campaign_id), array_agg(a.id))
  FROM verdicts_verdict v JOIN dispatch_assignment a ON a.id = v.assignment_id
 WHERE v.outcome = 'accepted' HAVING count(*) > 0;
SELECT evidence_rejected_v1(array_agg(a.campaign_id), array_agg(v.code::text), 1)
  FROM verdicts_verdict v JOIN dispatch_assignment a ON a.id = v.assignment_id
 WHERE v.outcome = 'rejected' HAVING count(*) > 0;
"""


def _to_assignment(kind: type[models.ForeignKey], name: str, **more: object) -> models.ForeignKey:
    return kind(
        db_constraint=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=name,
        to="dispatch.assignment",
        **more,
    )


class Migration(migrations.Migration):
    """Every verdict that was there is kept."""

    dependencies = [
        ("verdicts", "0002_sql"),
        ("campaigns", "0005_finish"),
        ("dispatch", "0005_functions"),
        ("evidence", "0003_tally"),
        ("ledger", "0003_settlement"),
        ("transparency", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL([DROP_FOREIGN_KEYS, PARTITION, EARLIER], elidable=False)],
            state_operations=[
                migrations.AlterField(
                    "appeal",
                    "assignment",
                    _to_assignment(models.OneToOneField, "appeal", primary_key=True, serialize=False),
                ),
                migrations.AlterField("sampleitem", "assignment", _to_assignment(models.ForeignKey, "+")),
                migrations.AlterField(
                    "verdict",
                    "assignment",
                    _to_assignment(models.OneToOneField, "verdict", primary_key=True, serialize=False),
                ),
            ],
        ),
        migrations.RunSQL(
            "DROP FUNCTION verdicts_settle_v1(uuid[], text, uuid, timestamptz);"
            "DROP FUNCTION verdicts_reject_v1(uuid[], text, text, uuid, timestamptz, timestamptz);"
            "DROP FUNCTION verdicts_release_v1(uuid[], timestamptz);",
            elidable=False,
        ),
        function_migration(
            "verdicts",
            [
                "verdicts_meets_v1",
                "verdicts_pay_v1",
                "verdicts_settle_v2",
                "verdicts_reject_v2",
                "verdicts_release_v2",
                "verdicts_hand_in_v1",
            ],
        ),
    ]
