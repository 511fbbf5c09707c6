"""What people prove themselves with, where they are logged in, and what was tried too often."""

import django.contrib.postgres.fields
import django.db.models.deletion
import rushi.kernel.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Second factors, recovery codes, logins and tries."""

    dependencies = [
        ('identity', '0003_api_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tries',
            fields=[
                ('key', models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ('at', django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None)),
                ('until', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Factor',
            fields=[
                ('id', models.UUIDField(default=rushi.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('totp', '验证器应用'), ('passkey', '通行密钥')], max_length=10)),
                ('name', models.CharField(max_length=40)),
                ('sealed', models.BinaryField()),
                ('digest', models.BinaryField(max_length=32, null=True, unique=True)),
                ('counter', models.BigIntegerField(default=0)),
                ('added_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='factors', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Login',
            fields=[
                ('id', models.UUIDField(default=rushi.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('session_key', models.CharField(max_length=40, unique=True)),
                ('device', models.CharField(max_length=60)),
                ('device_digest', models.BinaryField(max_length=32, null=True)),
                ('is_new_device', models.BooleanField(default=False)),
                ('noticed_at', models.DateTimeField(null=True)),
                ('began_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='logins', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', '-seen_at'], name='login_user_seen')],
            },
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.UUIDField(default=rushi.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('digest', models.BinaryField(max_length=32)),
                ('made_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recovery_codes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('user'), models.F('digest'), name='recovery_code_once')],
            },
        ),
    ]
