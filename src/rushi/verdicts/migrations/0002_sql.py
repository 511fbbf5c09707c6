from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):

    dependencies = [("verdicts", "0001_initial"), ("dispatch", "0002_sql")]

    operations = [function_migration("verdicts", ["verdicts_settle_v1", "verdicts_reject_v1", "verdicts_release_v1"])]
