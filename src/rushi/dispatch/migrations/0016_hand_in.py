"""What handing in needs to know comes from one look, and goes into one update; the earlier forms go."""

from django.db import migrations

from rushi.db.sql import function_migration

GONE = """
DO $$ DECLARE old regprocedure; BEGIN
    FOR old IN SELECT p.oid FROM pg_proc p
                WHERE p.proname IN ('dispatch_start_v1', 'dispatch_start_v2', 'dispatch_start_v3',
                                    'dispatch_hand_in_v1', 'dispatch_hand_in_v2', 'dispatch_hand_in_v3')
    LOOP
        EXECUTE format('DROP FUNCTION %s', old);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0015_claim")]

    operations = [
        migrations.RunSQL(GONE, elidable=False),
        function_migration("dispatch", ["dispatch_at_hand_v1", "dispatch_hand_in_v4"]),
    ]
