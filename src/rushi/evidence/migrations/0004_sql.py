"""The room's SQL functions."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    """Handing in and checkpoints."""

    dependencies = [("evidence", "0003_days")]
    operations = [
        function_migration(
            "evidence",
            ["evidence_first_id_v1", "evidence_overlap_ms_v1", "evidence_checkpoint_v1", "evidence_hand_in_v1"],
        )
    ]
