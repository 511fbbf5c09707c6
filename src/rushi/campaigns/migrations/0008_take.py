"""Taking places counts them itself."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0007_spend")]
    operations = [
        migrations.RunSQL("DROP FUNCTION campaigns_take_v2(uuid[], integer[])", elidable=False),
        function_migration("campaigns", ["campaigns_take_v3"]),
    ]
