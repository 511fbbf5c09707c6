"""What waits for a decision carries what a desk asks of it."""

import django.db.models.deletion
from django.db import migrations, models

from rushi.db.sql import function_migration

FILL = """
DROP TRIGGER dispatch_undecided_moved ON dispatch_assignment;
DROP TRIGGER dispatch_undecided_made ON dispatch_assignment;
DROP FUNCTION dispatch_undecided_v1();
DELETE FROM dispatch_undecided;
"""

AGAIN = """
INSERT INTO dispatch_undecided (assignment_id, status, due_at, campaign_id, participant_id, agent_id)
SELECT id, status, decision_due_at, campaign_id, participant_id, agent_id
  FROM dispatch_assignment WHERE status IN ('submitted', 'in_review');
"""


def _key(to, **options):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0011_shadow_prices")]

    operations = [
        migrations.RunSQL(FILL, elidable=False),
        migrations.AddField("undecided", "agent", _key("identity.agent", null=True)),
        migrations.AddField("undecided", "campaign", _key("campaigns.campaign", default=None), preserve_default=False),
        migrations.AddField(
            "undecided", "participant", _key("identity.participant", default=None), preserve_default=False
        ),
        migrations.RunSQL(AGAIN, elidable=False),
        function_migration("dispatch", ["dispatch_undecided_v2"]),
    ]
