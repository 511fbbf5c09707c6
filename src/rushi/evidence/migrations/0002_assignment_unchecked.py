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
            WHERE k.contype = 'f' AND k.conparentid = 0 AND t.relname LIKE 'evidence\\_%'
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
        ('evidence', '0001_initial'),
    ]

    operations = [
migrations.SeparateDatabaseAndState(database_operations=[migrations.RunSQL(DROP_FOREIGN_KEYS, elidable=False)], state_operations=[
        migrations.AlterField(
            model_name='checkpoint',
            name='assignment',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='checkpoints', to='dispatch.assignment'),
        ),
        migrations.AlterField(
            model_name='draft',
            name='assignment',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='draft', serialize=False, to='dispatch.assignment'),
        ),
        migrations.AlterField(
            model_name='freelook',
            name='assignment',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='free_looks', to='dispatch.assignment'),
        ),
        migrations.AlterField(
            model_name='submission',
            name='assignment',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='submission', serialize=False, to='dispatch.assignment'),
        ),
        migrations.AlterField(
            model_name='watch',
            name='assignment',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='watch', serialize=False, to='dispatch.assignment'),
        ),
    ])]
