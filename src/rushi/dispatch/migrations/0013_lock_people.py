"""Persons are locked before whatever pays them."""

from django.db import migrations

from rushi.db.sql import function_migration


class Migration(migrations.Migration):

    dependencies = [("dispatch", "0012_undecided")]

    operations = [function_migration("dispatch", ["dispatch_lock_people_v1"])]
