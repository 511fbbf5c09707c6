from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0002_sql'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='campaign',
            name='open_days',
        ),
    ]
