"""Forms of functions that nothing calls any more."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0005_finish")]

    operations = [
        migrations.RunSQL(
            [
                "DROP FUNCTION campaigns_take_v1(uuid[], integer[])",
                "DROP FUNCTION campaigns_give_back_v1(uuid[], integer[], bigint[])",
            ],
            elidable=False,
        )
    ]
