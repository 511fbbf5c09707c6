"""A settlement becomes one wide row, kept by day; readers get views over settlements and plain entries."""

import uuid

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from rushi.db.sql import function_migration

KINDS = [
    ('deposit', '广告主充值'),
    ('funding', '活动注资'),
    ('settlement', '任务结算'),
    ('refund', '活动退款'),
    ('release', '核实后转可提现'),
    ('payout_request', '申请提现'),
    ('payout_paid', '提现成功'),
    ('payout_failed', '提现退回'),
    ('fee_refund', '服务费退回'),
]

MODELS = [
        migrations.DeleteModel(name='Posting'),
        migrations.DeleteModel(name='Entry'),
        migrations.CreateModel(
            name='PlainEntry',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=KINDS, max_length=20)),
                ('subject_id', models.UUIDField()),
                ('actor_id', models.UUIDField(null=True)),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'ledger_entry',
            },
        ),
        migrations.CreateModel(
            name='PlainPosting',
            fields=[
                ('pk', models.CompositePrimaryKey('entry_id', 'account_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('amount_fen', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'ledger_posting',
            },
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('escrow_owner', models.UUIDField()),
                ('payee_owner', models.UUIDField()),
                ('agent_owner', models.UUIDField(null=True)),
                ('actor_id', models.UUIDField(null=True)),
                ('at', models.DateTimeField()),
                ('gross_fen', models.BigIntegerField()),
                ('reward_fen', models.BigIntegerField()),
                ('commission_fen', models.BigIntegerField()),
                ('fee_fen', models.BigIntegerField()),
                ('fee_shard', models.SmallIntegerField()),
                ('payee_kind', models.CharField(choices=[('bank', '银行存款'), ('advertiser', '广告主余额'), ('escrow', '活动预算'), ('participant_pending', '参与者待核实'), ('participant_available', '参与者可提现'), ('agent_available', '代理可提现'), ('payout_clearing', '提现处理中'), ('tax_payable', '应缴税款'), ('platform_fee', '平台服务费')], max_length=30)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='account',
            name='account_owner_fits_kind',
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['bank', 'tax_payable']), ('owner_id', uuid.UUID('00000000-0000-0000-0000-000000000000'))), models.Q(('kind', 'platform_fee'), ('owner_id__lte', uuid.UUID('00000000-0000-0000-0000-00000000000f'))), models.Q(('kind__in', ['advertiser', 'escrow', 'participant_pending', 'participant_available', 'agent_available', 'payout_clearing']), ('owner_id__gt', uuid.UUID('00000000-0000-0000-0000-00000000000f'))), _connector='OR'), name='account_owner_fits_kind'),
        ),
        migrations.AddIndex(
            model_name='plainentry',
            index=models.Index(fields=['at', 'id'], name='entry_at'),
        ),
        migrations.AddIndex(
            model_name='plainentry',
            index=models.Index(fields=['kind', 'at', 'id'], name='entry_kind_at'),
        ),
        migrations.AddConstraint(
            model_name='plainentry',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['deposit', 'funding', 'refund', 'release', 'payout_request', 'payout_paid', 'payout_failed', 'fee_refund'])), name='entry_kind_known'),
        ),
        migrations.AddField(
            model_name='plainposting',
            name='account',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ledger.account'),
        ),
        migrations.AddField(
            model_name='plainposting',
            name='entry',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='postings', to='ledger.plainentry'),
        ),
        migrations.AddIndex(
            model_name='settlement',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['at'], pages_per_range=16, name='settlement_at'),
        ),
        migrations.AddIndex(
            model_name='settlement',
            index=models.Index(fields=['payee_owner', 'at'], name='settlement_of_payee'),
        ),
        migrations.AddIndex(
            model_name='settlement',
            index=models.Index(fields=['escrow_owner', 'at'], name='settlement_of_escrow'),
        ),
        migrations.AddIndex(
            model_name='settlement',
            index=models.Index(condition=models.Q(('agent_owner__isnull', False)), fields=['agent_owner', 'at'], name='settlement_of_agent'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('commission_fen__gte', 0), ('fee_fen__gte', 0), ('fee_shard__range', (0, 15)), ('gross_fen', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('reward_fen'), '+', models.F('commission_fen')), '+', models.F('fee_fen'))), ('payee_kind__in', ['participant_pending', 'participant_available']), ('reward_fen__gt', 0), models.Q(models.Q(('agent_owner', None), ('commission_fen', 0)), models.Q(('agent_owner__isnull', False), ('commission_fen__gt', 0)), _connector='OR')), name='settlement_adds_up'),
        ),
        migrations.AddIndex(
            model_name='plainposting',
            index=models.Index(fields=['account', 'at', 'entry'], name='posting_statement'),
        ),
        migrations.AddConstraint(
            model_name='plainposting',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen', 0), _negated=True), name='posting_not_zero'),
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=KINDS, max_length=20)),
                ('subject_id', models.UUIDField()),
                ('actor_id', models.UUIDField(null=True)),
                ('at', models.DateTimeField()),
                ('gross_fen', models.BigIntegerField(null=True)),
                ('reward_fen', models.BigIntegerField(null=True)),
                ('commission_fen', models.BigIntegerField(null=True)),
                ('fee_fen', models.BigIntegerField(null=True)),
            ],
            options={'db_table': 'ledger_movement', 'managed': False},
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('pk', models.CompositePrimaryKey('entry_id', 'account_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('amount_fen', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('account_kind', models.CharField(choices=[('bank', '银行存款'), ('advertiser', '广告主余额'), ('escrow', '活动预算'), ('participant_pending', '参与者待核实'), ('participant_available', '参与者可提现'), ('agent_available', '代理可提现'), ('payout_clearing', '提现处理中'), ('tax_payable', '应缴税款'), ('platform_fee', '平台服务费')], max_length=30)),
                ('owner_id', models.UUIDField()),
                ('account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='postings', to='ledger.account')),
                ('entry', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='postings', to='ledger.entry')),
            ],
            options={'db_table': 'ledger_leg', 'managed': False},
        ),
]


class Migration(migrations.Migration):
    """Every settlement that was in the books is kept, to the fen."""

    dependencies = [("ledger", "0002_sql"), ("db", "0001_days")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=MODELS,
            database_operations=[
                function_migration(
                    "ledger",
                    [
                        "ledger_fee_shard_v1",
                        "ledger_fee_owner_v1",
                        "ledger_settlement_v1",
                        "ledger_views_v1",
                        "ledger_settled_v1",
                        "ledger_settle_v1",
                        "ledger_since_v1",
                        "ledger_post_v2",
                        "ledger_release_v2",
                    ],
                ),
                migrations.RunSQL(
                    "DROP FUNCTION ledger_post_v1(uuid[], text[], uuid[], uuid, timestamptz, bigint[], bigint[],"
                    " bigint[], bigint[], uuid[], text[], uuid[], bigint[]);"
                    "DROP FUNCTION ledger_release_v1(uuid, uuid, uuid, timestamptz);",
                    elidable=False,
                ),
            ],
        )
    ]
