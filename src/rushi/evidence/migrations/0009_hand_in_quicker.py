"""Taking work in quicker; the bulky evidence has one index, which begins with the person."""

from django.db import migrations, models

from rushi.db.sql import function_migration

ONE_INDEX = """
DROP INDEX attention_of_participant;
ALTER TABLE evidence_attention DROP CONSTRAINT evidence_attention_pkey,
    ADD PRIMARY KEY (participant_id, active_to, assignment_id);
"""


class Migration(migrations.Migration):
    """Beside the earlier form until the room above has let go of it."""

    dependencies = [("evidence", "0008_start_in_order")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ONE_INDEX, elidable=False)],
            state_operations=[
                migrations.RemoveIndex("attention", "attention_of_participant"),
                migrations.AlterField(
                    "attention",
                    "assignment",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="dispatch.assignment",
                    ),
                ),
                migrations.AddField(
                    "attention",
                    "pk",
                    models.CompositePrimaryKey(
                        "participant_id",
                        "active_to",
                        "assignment_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
        ),
        function_migration("evidence", ["evidence_hand_in_v2"]),
    ]
