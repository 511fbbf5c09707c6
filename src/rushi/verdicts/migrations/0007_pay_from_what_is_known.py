"""Paying reads nothing again that handing in has just told; the earlier forms go."""

from django.db import migrations

from rushi.db.sql import function_migration

GONE = """
DO $$ DECLARE old regprocedure; BEGIN
    FOR old IN SELECT p.oid FROM pg_proc p
                WHERE p.proname IN ('verdicts_pay_v2', 'verdicts_settle_v3', 'verdicts_hand_in_v2', 'evidence_hand_in_v1',
                                    'dispatch_hand_in_v1', 'dispatch_hand_in_v2', 'campaigns_spend_v1')
    LOOP
        EXECUTE format('DROP FUNCTION %s', old);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    """The caller of all three."""

    dependencies = [
        ("verdicts", "0006_settlement"),
        ("campaigns", "0007_spend"),
        ("evidence", "0009_hand_in_quicker"),
        ("dispatch", "0010_hand_in_told"),
    ]
    operations = [
        function_migration("verdicts", ["verdicts_pay_v3", "verdicts_settle_v4", "verdicts_hand_in_v3"]),
        migrations.RunSQL(GONE, elidable=False),
    ]
