"""Quotas, reports of usage, and what is used beyond a quota. Keys name the organisation: SQL of our own."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import tongdian.identifiers


def _key(table: str, column: str, to: str) -> str:
    """A key that names the organisation, as in 0001."""
    return (
        f"alter table billing_{table} add constraint {table}_and_its_{column}_are_of_one_organisation"
        f" foreign key (organisation_id, {column}_id) references {to} (organisation_id, id);"
    )


PLAN, ACCOUNT = "billing_quotaplan", "accounts_billingaccount"
KEYS = "".join(
    _key(*one)
    for one in [
        ("quotashare", "plan", PLAN),
        ("quotaplananswer", "plan", PLAN),
        ("usagereport", "plan", PLAN),
        ("usagereportcheck", "report", "billing_usagereport"),
        ("quotaroom", "account", ACCOUNT),
        ("quotaroom", "payer", ACCOUNT),
        ("excesscharge", "room", "billing_quotaroom"),
        ("excesscharge", "posting", "accounts_posting"),
    ]
)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_collecting'),
        ('billing', '0001_initial'),
        ('parties', '0010_consents_outlast_an_undone_import'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='QuotaPlan',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('year', models.PositiveSmallIntegerField()),
                ('number', models.PositiveSmallIntegerField()),
                ('measures', models.CharField(max_length=2000)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('is_demo', models.BooleanField(default=False)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='QuotaPlanAnswer',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('is_approved', models.BooleanField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('plan', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='answer', to='billing.quotaplan')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='QuotaRoom',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(max_length=20)),
                ('first_on', models.DateField()),
                ('equipment', models.JSONField(default=list)),
                ('kwh', models.DecimalField(decimal_places=2, max_digits=9, null=True)),
                ('answer', models.JSONField(null=True)),
                ('paper', models.CharField(max_length=120)),
                ('account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='quota_rooms', to='accounts.billingaccount')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('payer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.billingaccount')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ExcessCharge',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('month', models.DateField()),
                ('number', models.PositiveSmallIntegerField()),
                ('residents', models.JSONField(default=list)),
                ('used_kwh', models.DecimalField(decimal_places=2, max_digits=14)),
                ('used_m3', models.DecimalField(decimal_places=2, max_digits=14)),
                ('over_kwh', models.DecimalField(decimal_places=2, max_digits=14)),
                ('over_m3', models.DecimalField(decimal_places=2, max_digits=14)),
                ('fen', models.BigIntegerField()),
                ('answer', models.JSONField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('posting', models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.posting')),
                ('room', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='charges', to='billing.quotaroom')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='QuotaShare',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('unit', models.CharField(max_length=80)),
                ('kwh', models.DecimalField(decimal_places=2, max_digits=14)),
                ('m3', models.DecimalField(decimal_places=2, max_digits=14)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('plan', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='billing.quotaplan')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='UsageReport',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('month', models.DateField()),
                ('number', models.PositiveSmallIntegerField()),
                ('rows', models.JSONField(default=list)),
                ('unbilled_days', models.BigIntegerField()),
                ('hash', models.CharField(max_length=64)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('is_demo', models.BooleanField(default=False)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('plan', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.quotaplan')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='UsageReportCheck',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('is_right', models.BooleanField()),
                ('remarks', models.CharField(blank=True, max_length=500)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('report', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='verdict', to='billing.usagereport')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='quotaplan',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='quota_plan_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='quotaplan',
            constraint=models.UniqueConstraint(fields=('organisation', 'year', 'number'), name='plans_of_a_year_are_numbered'),
        ),
        migrations.AddConstraint(
            model_name='quotaplan',
            constraint=models.CheckConstraint(condition=models.Q(('year__gte', 2000), ('year__lte', 2099)), name='quota_plan_is_of_a_year'),
        ),
        migrations.AddConstraint(
            model_name='quotaplan',
            constraint=models.CheckConstraint(condition=models.Q(('number', 1), models.Q(('reason', ''), _negated=True), _connector='OR'), name='plan_is_revised_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='quotaplan',
            constraint=models.CheckConstraint(condition=models.Q(('measures', ''), _negated=True), name='plan_says_how_it_saves'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quotaplan',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7fd56e7fb22294e74982adf45ac507784cc55815', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_399c2', table='billing_quotaplan', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quotaplan',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='5c13e51bb8328766b124e0630adf99297daaf4c3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_1c75e', table='billing_quotaplan', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='quotaplananswer',
            constraint=models.CheckConstraint(condition=models.Q(('is_approved', True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='plan_is_refused_with_a_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quotaplananswer',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='82bad26896d6ee728bd01a333d4d4dc711f660fd', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_6f337', table='billing_quotaplananswer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quotaplananswer',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='29cfd818c848f0ce921bc49eaafd8fe4247e5836', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_64e50', table='billing_quotaplananswer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quotaplananswer',
            trigger=pgtrigger.compiler.Trigger(name='nobody_answers_their_own_plan', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            if exists (select from billing_quotaplan where id = new.plan_id and by_id is not distinct from new.by_id) then\n                raise exception 'who drew it up does not check it'\n                    using errcode = 'check_violation', constraint = 'nobody_answers_their_own_plan';\n            end if;\n            return new;\n        ", hash='db730e380f9c180e21fd8c70c15e3550a9221738', operation='INSERT', pgid='pgtrigger_nobody_answers_their_own_plan_8a14e', table='billing_quotaplananswer', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='quotaroom',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='quota_room_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='quotaroom',
            constraint=models.UniqueConstraint(fields=('account', 'first_on'), name='room_has_one_quota_from_a_month'),
        ),
        migrations.AddConstraint(
            model_name='quotaroom',
            constraint=models.CheckConstraint(condition=models.Q(('first_on__day', 1)), name='quota_of_a_room_begins_with_a_month'),
        ),
        migrations.AddConstraint(
            model_name='quotaroom',
            constraint=models.CheckConstraint(condition=models.Q(('paper', ''), _negated=True), name='quota_of_a_room_rests_on_a_paper'),
        ),
        migrations.AddConstraint(
            model_name='quotaroom',
            constraint=models.CheckConstraint(condition=models.Q(('account', models.F('payer')), _negated=True), name='room_does_not_pay_its_own_excess'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quotaroom',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='761b21ccd56d7bc008ad2e16481392228da805e1', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_c42f2', table='billing_quotaroom', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quotaroom',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='81139761a35742ef2859e90c57ef4b5f5de28709', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_44dc4', table='billing_quotaroom', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='excesscharge',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='excess_charge_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='excesscharge',
            constraint=models.UniqueConstraint(fields=('room', 'month', 'number'), name='excess_of_a_month_is_numbered'),
        ),
        migrations.AddConstraint(
            model_name='excesscharge',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='excess_is_of_a_whole_month'),
        ),
        migrations.AddConstraint(
            model_name='excesscharge',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gte', 0), ('over_kwh__gte', 0), ('over_m3__gte', 0)), name='excess_is_not_below_nothing'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='excesscharge',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3cf2f017202e47bf2e846b2dcdff29540f160cae', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_28d43', table='billing_excesscharge', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='excesscharge',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='0096458a65f641ad88c9048fcdae37732642924f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_8da32', table='billing_excesscharge', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='quotashare',
            constraint=models.UniqueConstraint(fields=('plan', 'unit'), name='unit_has_one_quota_in_a_plan'),
        ),
        migrations.AddConstraint(
            model_name='quotashare',
            constraint=models.CheckConstraint(condition=models.Q(('kwh__gte', 0), ('m3__gte', 0), models.Q(('unit', ''), _negated=True)), name='quota_is_of_a_unit_and_not_below_nothing'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quotashare',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='fcc03a030bfe71894144cf2b55a2aa9b28afe136', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_dd64f', table='billing_quotashare', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quotashare',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='7567bca7331a23ccab2962b217559f2bad5d6df8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_8f861', table='billing_quotashare', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='usagereport',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='usage_report_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='usagereport',
            constraint=models.UniqueConstraint(fields=('organisation', 'month', 'number'), name='reports_of_a_month_are_numbered'),
        ),
        migrations.AddConstraint(
            model_name='usagereport',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='usage_report_is_of_a_whole_month'),
        ),
        migrations.AddConstraint(
            model_name='usagereport',
            constraint=models.CheckConstraint(condition=models.Q(('number', 1), models.Q(('reason', ''), _negated=True), _connector='OR'), name='report_is_drawn_up_again_with_a_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usagereport',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a43660fbd78d2287b1038fcca92b812a3ea682e6', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_ac0c3', table='billing_usagereport', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usagereport',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='14b69f18f51ca8be8066f8ad212c4259c1e62233', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_62dfb', table='billing_usagereport', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='usagereportcheck',
            constraint=models.CheckConstraint(condition=models.Q(('is_right', True), models.Q(('remarks', ''), _negated=True), _connector='OR'), name='report_is_sent_back_with_what_is_wrong'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usagereportcheck',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='eb5e7aa805c72f3993c538cf6be750481787e001', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_0d1f6', table='billing_usagereportcheck', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usagereportcheck',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='5cef8d282c483d9a83673e58e5c55863802999f8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_78416', table='billing_usagereportcheck', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usagereportcheck',
            trigger=pgtrigger.compiler.Trigger(name='nobody_answers_their_own_report', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            if exists (select from billing_usagereport where id = new.report_id and by_id is not distinct from new.by_id) then\n                raise exception 'who drew it up does not check it'\n                    using errcode = 'check_violation', constraint = 'nobody_answers_their_own_report';\n            end if;\n            return new;\n        ", hash='d4e62c77e8d047b7bb191aec2c3c81d7e96982f6', operation='INSERT', pgid='pgtrigger_nobody_answers_their_own_report_c4a2d', table='billing_usagereportcheck', when='BEFORE')),
        ),
        migrations.RunSQL(KEYS, reverse_sql=migrations.RunSQL.noop),
    ]
