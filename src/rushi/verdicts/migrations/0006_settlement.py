"""Work is paid by one wide settlement row instead of five postings."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """The callers of the ledger's new function."""

    dependencies = [("verdicts", "0005_reports"), ("ledger", "0003_settlement")]
    operations = [
        migrations.RunSQL(
            """
            DO $$ DECLARE old regprocedure; BEGIN
                FOR old IN SELECT p.oid FROM pg_proc p
                            WHERE p.proname IN ('verdicts_pay_v1', 'verdicts_settle_v2', 'verdicts_hand_in_v1')
                LOOP
                    EXECUTE format('DROP FUNCTION %s', old);
                END LOOP;
            END $$;
            """,
            elidable=False,
        ),
        function_migration("verdicts", ["verdicts_pay_v2", "verdicts_settle_v3", "verdicts_hand_in_v2"]),
    ]
