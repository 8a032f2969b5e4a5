"""Runs and bills. Lines lie in partitions by month, and keys name the organisation: SQL of our own."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import tongdian.identifiers

LINE = """
create table billing_billline (
    issued_on date not null,
    bill_id uuid not null,
    position smallint not null,
    organisation_id uuid not null,
    agreement_id uuid not null,
    utility varchar(5) not null,
    meter varchar(40) not null,
    first_on date not null,
    last_on date not null,
    before numeric(11, 3),
    now numeric(11, 3),
    multiplier numeric(8, 2) not null,
    notes jsonb not null,
    title jsonb not null,
    quantity numeric(14, 2),
    price numeric(14, 8),
    fen bigint not null,
    cite jsonb not null,
    is_example boolean not null,
    primary key (issued_on, bill_id, position)
) partition by range (issued_on);
create index line_of_an_agreement on billing_billline (agreement_id, first_on);
"""


def _key(table: str, column: str, to: str, when: str = "") -> str:
    """A key that names the organisation, looked at with each statement."""
    return (
        f"alter table billing_{table} add constraint {table}_and_its_{column}_are_of_one_organisation"
        f" foreign key (organisation_id, {column}_id) references {to} (organisation_id, id){when};"
    )


ACCOUNT, POSTING = "accounts_billingaccount", "accounts_posting"
RUN, PREVIEW, BILL = "billing_billingrun", "billing_runpreview", "billing_bill"
KEYS = "".join(
    _key(*one)
    for one in [
        ("runpreview", "run", RUN),
        ("runitem", "preview", PREVIEW, " deferrable initially deferred"),  # it is counted from its items
        ("runitem", "account", ACCOUNT),
        ("runrelease", "preview", PREVIEW),
        ("runrelease", "item", "billing_runitem"),
        ("runposting", "run", RUN),
        ("runposting", "preview", PREVIEW),
        ("runitem", "agreement", "agreements_agreement"),
        ("billline", "agreement", "agreements_agreement"),
        ("billedperiod", "agreement", "agreements_agreement"),
        ("bill", "account", ACCOUNT),
        ("bill", "run", RUN),
        ("bill", "posting", POSTING),
        ("bill", "corrects", BILL),
        ("billline", "bill", BILL),
        ("billedperiod", "bill", BILL),
        ("billcancellation", "bill", BILL),
        ("billcancellation", "posting", POSTING),
        ("billdelivery", "bill", BILL),
        ("dispute", "bill", BILL),
        ("disputeanswer", "dispute", "billing_dispute"),
    ]
)
# It acts for its owner: the application may not make partitions.
MONTHS = """
create function billing_make_month(day date) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    first date := date_trunc('month', day)::date;
    part text := 'billing_billline_' || to_char(day, 'YYYY_MM');
begin
    if day < '2000-01-01' or day > current_date + 400 then
        raise exception 'there are no bills of %', day;
    end if;
    if to_regclass('public.' || part) is null then
        perform pg_advisory_xact_lock(7368013);
        -- asked of the table itself: what was found before another made it is remembered
        if not exists (select from pg_class where relname = part and relnamespace = 'public'::regnamespace) then
            execute format('create table public.%I (like public.billing_billline including all)', part);
            execute format('alter table public.billing_billline attach partition public.%I'
                           ' for values from (%L) to (%L)', part, first, (first + interval '1 month')::date);
        end if;
    end if;
end $$;
"""
UNDONE = "drop function billing_make_month(date);"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('agreements', '0007_what_billing_refers_to'),
        ('parties', '0010_consents_outlast_an_undone_import'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Bill',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('number', models.CharField(max_length=30)),
                ('starts', models.DateField()),
                ('ends', models.DateField()),
                ('issued_on', models.DateField()),
                ('due_on', models.DateField()),
                ('fen', models.BigIntegerField()),
                ('electricity_fen', models.BigIntegerField()),
                ('water_fen', models.BigIntegerField()),
                ('parts', models.JSONField()),
                ('hash', models.CharField(max_length=64)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('is_example', models.BooleanField(default=False)),
                ('is_demo', models.BooleanField(default=False)),
                ('account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='bills', to='accounts.billingaccount')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('corrects', models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='billing.bill')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('posting', models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bill', to='accounts.posting')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BillDelivery',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('way', models.CharField(choices=[('handed', 'Handed over'), ('message', 'By message'), ('payslip', 'With the payslip'), ('seen', 'Seen by the customer')], max_length=7)),
                ('on', models.DateField()),
                ('bill', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='billing.bill')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BilledPeriod',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('service', models.CharField(max_length=5)),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('is_cancelled', models.BooleanField(default=False)),
                ('agreement', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='billed_periods', to='agreements.agreement')),
                ('bill', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='periods', to='billing.bill')),
                ('organisation', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='BillingRun',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('first_on', models.DateField()),
                ('until', models.DateField()),
                ('due_on', models.DateField()),
                ('accounts', models.JSONField(default=list)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('is_demo', models.BooleanField(default=False)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='bill',
            name='run',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bills', to='billing.billingrun'),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(LINE, reverse_sql='drop table billing_billline')],
            state_operations=[
                migrations.CreateModel(
                    name='BillLine',
                    fields=[
                        ('pk', models.CompositePrimaryKey('issued_on', 'bill', 'position', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('issued_on', models.DateField()),
                        ('position', models.SmallIntegerField()),
                        ('utility', models.CharField(max_length=5)),
                        ('meter', models.CharField(max_length=40)),
                        ('first_on', models.DateField()),
                        ('last_on', models.DateField()),
                        ('before', models.DecimalField(decimal_places=3, max_digits=11, null=True)),
                        ('now', models.DecimalField(decimal_places=3, max_digits=11, null=True)),
                        ('multiplier', models.DecimalField(decimal_places=2, max_digits=8)),
                        ('notes', models.JSONField(default=list)),
                        ('title', models.JSONField()),
                        ('quantity', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                        ('price', models.DecimalField(decimal_places=8, max_digits=14, null=True)),
                        ('fen', models.BigIntegerField()),
                        ('cite', models.JSONField(default=list)),
                        ('is_example', models.BooleanField(default=False)),
                        ('agreement', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agreements.agreement')),
                        ('bill', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.bill')),
                        ('organisation', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('on', models.DateField()),
                ('text', models.CharField(max_length=1000)),
                ('last_on', models.DateField(null=True)),
                ('answer_by', models.DateField(null=True)),
                ('bill', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='billing.bill')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DisputeAnswer',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('outcome', models.CharField(choices=[('upheld', 'Upheld: the bill is corrected'), ('rejected', 'Rejected: the bill stands')], max_length=8)),
                ('text', models.CharField(max_length=1000)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dispute', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='answer', to='billing.dispute')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RunPreview',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('number', models.PositiveSmallIntegerField()),
                ('hash', models.CharField(max_length=64)),
                ('bills', models.PositiveIntegerField()),
                ('fen', models.BigIntegerField()),
                ('supplied', models.BigIntegerField()),
                ('billed', models.BigIntegerField()),
                ('work', models.BigIntegerField()),
                ('later', models.BigIntegerField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('run', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='previews', to='billing.billingrun')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RunPosting',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('bills', models.PositiveIntegerField()),
                ('fen', models.BigIntegerField()),
                ('changed', models.JSONField(default=list)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('run', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='posting', to='billing.billingrun')),
                ('preview', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.runpreview')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RunItem',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('outcome', models.CharField(choices=[('bill', 'billed'), ('work', 'on the work list'), ('later', 'not due')], max_length=5)),
                ('starts', models.DateField()),
                ('ends', models.DateField()),
                ('fen', models.BigIntegerField(null=True)),
                ('quantity', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('parts', models.JSONField(default=list)),
                ('findings', models.JSONField(default=list)),
                ('score', models.PositiveIntegerField(default=0)),
                ('is_held', models.BooleanField(default=False)),
                ('reason', models.JSONField(default=dict)),
                ('hash', models.CharField(max_length=64)),
                ('account', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.billingaccount')),
                ('agreement', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agreements.agreement')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('preview', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='billing.runpreview')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RunRelease',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='release', to='billing.runitem')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('preview', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='billing.runpreview')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BillCancellation',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(max_length=200)),
                ('bill', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='cancellation', to='billing.bill')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('posting', models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.posting')),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='bill_is_cancelled_for_a_reason')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billcancellation',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='498e6f6ffb072bc9d6ab146ce3a86c40238e44b2', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_80422', table='billing_billcancellation', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billcancellation',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='20992838bd4ffa380ffce9cc49ca9322c529747c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_9e9bb', table='billing_billcancellation', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='billdelivery',
            index=models.Index(fields=['bill', 'on'], name='delivery_of_a_bill'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billdelivery',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f531ae0617d88e0b6eccfc27ea220b712672f40f', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_fa434', table='billing_billdelivery', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billdelivery',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='4231fc5c7bd837b8679e76305fb795c5e911090c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_5ad35', table='billing_billdelivery', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='billedperiod',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('is_cancelled', False)), expressions=[('agreement', '='), ('service', '='), ('period', '&&')], name='days_of_a_service_are_billed_once'),
        ),
        migrations.AddConstraint(
            model_name='billedperiod',
            constraint=models.CheckConstraint(condition=models.Q(('period__isempty', False)), name='billed_period_is_of_a_day_at_least'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billedperiod',
            trigger=pgtrigger.compiler.Trigger(name='billed_period_is_only_ever_cancelled', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    if tg_op = 'UPDATE' and new.is_cancelled and not old.is_cancelled\n                       and to_jsonb(new) - 'is_cancelled' = to_jsonb(old) - 'is_cancelled'\n                       and exists (select from billing_billcancellation gone where gone.bill_id = new.bill_id)\n                    then\n                        return new;\n                    end if;\n                    raise exception 'a billed period is cancelled with its bill, and stays as it is';\n                ", hash='b8848f938a35c584ef545b67ec943f981c3f9888', operation='UPDATE OR DELETE', pgid='pgtrigger_billed_period_is_only_ever_cancelled_cb070', table='billing_billedperiod', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='billingrun',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='billing_run_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='billingrun',
            constraint=models.CheckConstraint(condition=models.Q(('due_on__gt', models.F('until')), ('until__gte', models.F('first_on'))), name='billing_run_has_its_days_in_order'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingrun',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e01a45177de2c2ff741dde7e1f12ab402d4dc888', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_b0569', table='billing_billingrun', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingrun',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='e7ce40a52052201aa04d855f28447868c0e4cd37', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_99888', table='billing_billingrun', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(fields=['account', '-issued_on'], name='bill_of_an_account_newest'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='bill_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.UniqueConstraint(fields=('organisation', 'number'), name='bill_number_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('issued_on')), ('ends__gt', models.F('starts'))), name='bill_has_its_days_in_order'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(('fen', django.db.models.expressions.CombinedExpression(models.F('electricity_fen'), '+', models.F('water_fen')))), name='bill_is_its_electricity_and_its_water'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bill',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e0d3825d00075d74e846554a644d0844c3c75bd0', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_205a3', table='billing_bill', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bill',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='f47aaa9c5f83dbda80231267c838e76157fea795', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_0c3b9', table='billing_bill', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billline',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='21aa0bba83e8fe232ea49481cebc5529f5b7faac', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_6574a', table='billing_billline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billline',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='9f51018e7cfb809ab4c250587c41ba5a31cb95f7', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_5bffb', table='billing_billline', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='dispute_of_its_organisation'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dispute',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6cb72966a524332ff16509099163d8354a38c22c', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_b0e88', table='billing_dispute', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dispute',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='4d02a61c5c36cf34bf7c7fe25c05cd04e6a8e40b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_2f93e', table='billing_dispute', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='disputeanswer',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='44e84d1af890e1b72510ecded3c20764bae6ae26', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_4ab2f', table='billing_disputeanswer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='disputeanswer',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='802f280af0f6b7892de26dedfffee33ce14909a4', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_fe978', table='billing_disputeanswer', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='runpreview',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='run_preview_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='runpreview',
            constraint=models.UniqueConstraint(fields=('run', 'number'), name='previews_of_a_run_are_numbered'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runpreview',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d17d73fbed1cb67eed0ea72af3a0b83339014954', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_a5da2', table='billing_runpreview', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runpreview',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='57fe69071f8372f43e70129f6093317b889b1c92', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_31e97', table='billing_runpreview', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runposting',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='16df1a14a66a4cc4682482651accad1893e2324a', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_46078', table='billing_runposting', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runposting',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='a72a0485f1257adcbcb397a7626d2d1ce40612df', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_44026', table='billing_runposting', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='runitem',
            index=models.Index(fields=['preview', 'outcome', 'id'], name='run_item_by_outcome'),
        ),
        migrations.AddConstraint(
            model_name='runitem',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='run_item_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='runitem',
            constraint=models.CheckConstraint(condition=models.Q(('ends__gt', models.F('starts'))), name='run_item_is_of_a_day_at_least'),
        ),
        migrations.AddConstraint(
            model_name='runitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account__isnull', False), ('fen__isnull', False), ('outcome', 'bill')), models.Q(models.Q(('outcome', 'bill'), _negated=True), ('fen', None)), _connector='OR'), name='run_item_that_is_billed_has_an_amount'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runitem',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='568b526c432e32e08d249f907d42e8ad3f4c044b', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_5c6f3', table='billing_runitem', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runitem',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='91106009291f538f43fa5f61d6e034be281c6be7', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_5bade', table='billing_runitem', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='runrelease',
            constraint=models.UniqueConstraint(condition=models.Q(('item', None)), fields=('preview',), name='preview_is_released_once'),
        ),
        migrations.AddConstraint(
            model_name='runrelease',
            constraint=models.CheckConstraint(condition=models.Q(('item', None), models.Q(('reason', ''), _negated=True), _connector='OR'), name='item_that_was_held_is_released_with_a_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runrelease',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8d30c6b2a60236267acd8fff1949f41e3470badf', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_394f3', table='billing_runrelease', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runrelease',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='7aa6465c6669e7ed80798885f004fafe5babc1da', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_0b966', table='billing_runrelease', when='BEFORE')),
        ),
        migrations.RunSQL(KEYS + MONTHS, reverse_sql=UNDONE),
    ]
