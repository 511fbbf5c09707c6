"""Pointing at assignments without a row-by-row check; invariants look behind."""

import django.db.models.deletion
from django.db import migrations, models


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


class Migration(migrations.Migration):

    dependencies = [
        ('dispatch', '0004_days'),
        ('verdicts', '0002_sql'),
    ]

    operations = [
migrations.SeparateDatabaseAndState(database_operations=[migrations.RunSQL(DROP_FOREIGN_KEYS, elidable=False)], state_operations=[
        migrations.AlterField(
            model_name='appeal',
            name='assignment',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='appeal', serialize=False, to='dispatch.assignment'),
        ),
        migrations.AlterField(
            model_name='sampleitem',
            name='assignment',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dispatch.assignment'),
        ),
        migrations.AlterField(
            model_name='verdict',
            name='assignment',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='verdict', serialize=False, to='dispatch.assignment'),
        ),
    ])]
