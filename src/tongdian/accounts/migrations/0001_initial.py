"""The books. Transfers lie in partitions by month, and keys name the organisation: SQL of our own."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import tongdian.identifiers

TRANSFER = """
create sequence accounts_transfer_id;
create table accounts_transfer (
    event_on date not null,
    id bigint not null default nextval('accounts_transfer_id'),
    organisation_id uuid not null,
    posting_id uuid not null,
    debit_id bigint not null,
    credit_id bigint not null,
    fen bigint not null,
    reason varchar(10) not null,
    item_id uuid,
    primary key (event_on, id)
) partition by range (event_on);
create index transfer_by_debit on accounts_transfer (debit_id, event_on);
create index transfer_by_credit on accounts_transfer (credit_id, event_on);
create index transfer_by_posting on accounts_transfer (posting_id);
create index transfer_by_item on accounts_transfer (item_id) where item_id is not null;
"""


def _key(table: str, column: str, to: str) -> str:
    """A key that names the organisation, looked at with each statement."""
    return (
        f"alter table accounts_{table} add constraint {table}_and_its_{column}_are_of_one_organisation"
        f" foreign key (organisation_id, {column}_id) references {to} (organisation_id, id);"
    )


LEDGER, POSTING, HOLD = "accounts_ledgeraccount", "accounts_posting", "accounts_hold"
KEYS = "".join(
    _key(*one)
    for one in [
        ("billingaccount", "place", "network_place"),
        ("ledgeraccount", "holder", "accounts_billingaccount"),
        ("posting", "reverses", POSTING),
        ("transfer", "posting", POSTING),
        ("transfer", "debit", LEDGER),
        ("transfer", "credit", LEDGER),
        ("debt", "account", "accounts_billingaccount"),
        ("debt", "posting", POSTING),
        ("debt", "of", "accounts_debt"),
        ("transfer", "item", "accounts_debt"),
        ("hold", "item", "accounts_debt"),
        ("limitedbalance", "account", LEDGER),
        ("hold", "debit", LEDGER),
        ("hold", "credit", LEDGER),
        ("holdend", "hold", HOLD),
        ("holdend", "posting", POSTING),
        ("sealedbalance", "account", LEDGER),
        ("balanceassertion", "account", LEDGER),
        ("balanceassertion", "set_aside", "accounts_balanceassertion"),
    ]
)
# The functions act for their owner: the application may not write limits, nor make partitions.
KEEPING = """
create function accounts_make_month(day date) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    first date := date_trunc('month', day)::date;
    part text := 'accounts_transfer_' || to_char(day, 'YYYY_MM');
begin
    if day < '2000-01-01' or day > current_date + 400 then
        raise exception 'there are no books of %', day;
    end if;
    if to_regclass('public.' || part) is null then
        perform pg_advisory_xact_lock(7368012);
        -- asked of the table itself: what was found before another made it is remembered
        if not exists (select from pg_class where relname = part and relnamespace = 'public'::regnamespace) then
            execute format('create table public.%I (like public.accounts_transfer including all)', part);
            execute format('alter table public.accounts_transfer attach partition public.%I'
                           ' for values from (%L) to (%L)', part, first, (first + interval '1 month')::date);
        end if;
    end if;
end $$;

create function accounts_limit_an_account() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    insert into accounts_limitedbalance (account_id, organisation_id, grows_by, fen, held)
    select new.id, new.organisation_id, case new.kind when 'cash' then -1 else 1 end, 0, 0
     where new.kind in ('prepayment', 'deposit', 'cash');
    return null;
end $$;
create trigger ledger_account_is_limited_from_the_first after insert on accounts_ledgeraccount
    for each row execute function accounts_limit_an_account();

create function accounts_keep_transfers() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
declare moved record;
begin
    for moved in
        select organisation_id, min(event_on) as first from new_rows group by 1 order by 1
    loop
        -- who closes a month waits for those who post, and those who post for it
        perform pg_advisory_xact_lock_shared(7368011, hashtext(moved.organisation_id::text));
        if exists (select from accounts_monthseal seal
                    where seal.organisation_id = moved.organisation_id and seal.through >= moved.first)
        then
            raise exception 'the month of % is closed', moved.first
                using errcode = 'check_violation', constraint = 'nothing_is_posted_into_a_closed_month';
        end if;
    end loop;
    for moved in
        select part.account, sum(part.fen)::bigint as fen
          from (select debit_id as account, -fen as fen from new_rows
                union all select credit_id, fen from new_rows) part
          join accounts_limitedbalance own on own.account_id = part.account
         group by part.account having sum(part.fen) <> 0 order by part.account
    loop
        update accounts_limitedbalance set fen = fen + grows_by * moved.fen where account_id = moved.account;
    end loop;
    return null;
end $$;
create trigger transfers_keep_limits_and_closed_months after insert on accounts_transfer
    referencing new table as new_rows for each statement execute function accounts_keep_transfers();

create function accounts_keep_holds() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    one accounts_hold;
    way bigint := 1;
begin
    if tg_table_name = 'accounts_holdend' then
        select * into one from accounts_hold where id = new.hold_id;
        way := -1;
    else
        one := new;
    end if;
    update accounts_limitedbalance set held = held + way * one.fen
     where (account_id = one.debit_id and grows_by = 1) or (account_id = one.credit_id and grows_by = -1);
    return null;
end $$;
create trigger hold_is_held after insert on accounts_hold
    for each row execute function accounts_keep_holds();
create trigger hold_is_let_go after insert on accounts_holdend
    for each row execute function accounts_keep_holds();

create function accounts_limits_that_differ() returns table (account_id bigint)
language sql stable as $$
    with due as (
        select account.id, account.organisation_id, side.grows_by,
               side.grows_by * (coalesce((select sum(fen) from accounts_transfer
                                           where credit_id = account.id), 0)
                              - coalesce((select sum(fen) from accounts_transfer
                                           where debit_id = account.id), 0)) as fen,
               coalesce((select sum(hold.fen) from accounts_hold hold
                          where account.id in (hold.debit_id, hold.credit_id)
                            and (account.id = hold.debit_id) = (side.grows_by = 1)
                            and not exists (select from accounts_holdend e where e.hold_id = hold.id)), 0)
                   as held
          from accounts_ledgeraccount account
          cross join lateral (select case account.kind when 'cash' then -1 else 1 end as grows_by) side
         where account.kind in ('prepayment', 'deposit', 'cash')
    )
    select coalesce(due.id, own.account_id)
      from due full join accounts_limitedbalance own on own.account_id = due.id
     where (own.organisation_id, own.grows_by, own.fen, own.held)
           is distinct from (due.organisation_id, due.grows_by, due.fen, due.held)
$$;
select accounts_make_month(current_date);
"""
UNDONE = """
drop function accounts_make_month(date);
drop trigger ledger_account_is_limited_from_the_first on accounts_ledgeraccount;
drop trigger transfers_keep_limits_and_closed_months on accounts_transfer;
drop trigger hold_is_held on accounts_hold;
drop trigger hold_is_let_go on accounts_holdend;
drop function accounts_limit_an_account();
drop function accounts_keep_transfers();
drop function accounts_keep_holds();
drop function accounts_limits_that_differ();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('network', '0004_place_of_its_organisation'),
        ('parties', '0010_consents_outlast_an_undone_import'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('fen', models.BigIntegerField()),
                ('reason', models.CharField(choices=[('opening', 'Opening balance'), ('bill', 'Bill'), ('charge', 'Charge'), ('late-fee', 'Late fee'), ('receipt', 'Receipt'), ('set-off', 'Set off'), ('deposit', 'Deposit taken'), ('refund', 'Refund'), ('banked', 'Paid into the bank'), ('cleared', 'Arrived'), ('difference', 'Difference of a cash count'), ('write-off', 'Written off')], max_length=10)),
                ('expires_at', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LedgerAccount',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('receivable', 'Owed by a customer'), ('prepayment', 'Prepaid by a customer'), ('deposit', 'Deposit of a customer'), ('cash', 'Cash box'), ('bank', 'Bank account'), ('clearing', 'Under way'), ('electricity', 'Electricity charged'), ('water', 'Water charged'), ('charges', 'Other charges'), ('late_fees', 'Late fees'), ('written_off', 'Written off'), ('opening', 'Opening balances')], max_length=12)),
                ('day', models.DateField(null=True)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('cashier', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BillingAccount',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=30)),
                ('opened_on', models.DateField()),
                ('is_demo', models.BooleanField(default=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='billing_accounts', to='parties.customer')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='billing_accounts', to='parties.organisation')),
                ('place', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='billing_accounts', to='network.place')),
            ],
            options={
                'verbose_name_plural': 'billing accounts',
            },
        ),
        migrations.CreateModel(
            name='Debt',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('subject', models.CharField(choices=[('electricity', 'Electricity'), ('water', 'Water'), ('charge', 'Charge'), ('late_fee', 'Late fee'), ('opening', 'Arrears of former books')], max_length=12)),
                ('title', models.JSONField()),
                ('document', models.UUIDField(null=True)),
                ('fen', models.BigIntegerField()),
                ('due_on', models.DateField()),
                ('cite', models.CharField(blank=True, max_length=80)),
                ('answer', models.JSONField(null=True)),
                ('account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='debts', to='accounts.billingaccount')),
                ('of', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='late_fees', to='accounts.debt')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='HoldEnd',
            fields=[
                ('hold', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='end', serialize=False, to='accounts.hold')),
                ('outcome', models.CharField(choices=[('posted', 'posted'), ('voided', 'given up'), ('expired', 'run out')], max_length=7)),
                ('at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='hold',
            name='item',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.debt'),
        ),
        migrations.AddField(
            model_name='hold',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation'),
        ),
        migrations.CreateModel(
            name='LimitedBalance',
            fields=[
                ('account', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='limited', serialize=False, to='accounts.ledgeraccount')),
                ('grows_by', models.SmallIntegerField()),
                ('fen', models.BigIntegerField(default=0)),
                ('held', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name='ledgeraccount',
            name='holder',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ledger_accounts', to='accounts.billingaccount'),
        ),
        migrations.AddField(
            model_name='ledgeraccount',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation'),
        ),
        migrations.AddField(
            model_name='hold',
            name='credit',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.ledgeraccount'),
        ),
        migrations.AddField(
            model_name='hold',
            name='debit',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.ledgeraccount'),
        ),
        migrations.CreateModel(
            name='BalanceAssertion',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('on', models.DateField()),
                ('fen', models.BigIntegerField()),
                ('source', models.CharField(choices=[('bank_statement', 'Bank statement'), ('cash_count', 'Cash count'), ('old_book', 'Former books')], max_length=14)),
                ('file', models.CharField(blank=True, max_length=64)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('set_aside', models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='set_aside_by', to='accounts.balanceassertion')),
                ('account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='assertions', to='accounts.ledgeraccount')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='MonthSeal',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('month', models.DateField()),
                ('through', models.DateField()),
                ('accounts', models.IntegerField()),
                ('root', models.BinaryField(max_length=32)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(blank=True, max_length=120)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('reverses', models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='accounts.posting')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='debt',
            name='posting',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='debts', to='accounts.posting'),
        ),
        migrations.CreateModel(
            name='SealedBalance',
            fields=[
                ('pk', models.CompositePrimaryKey('account', 'month', blank=True, editable=False, primary_key=True, serialize=False)),
                ('month', models.DateField()),
                ('place', models.IntegerField()),
                ('fen', models.BigIntegerField()),
                ('account', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='sealed_balances', to='accounts.ledgeraccount')),
                ('organisation', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TRANSFER, reverse_sql='drop table accounts_transfer; drop sequence accounts_transfer_id')],
            state_operations=[
                migrations.CreateModel(
                    name='Transfer',
                    fields=[
                        ('pk', models.CompositePrimaryKey('event_on', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('event_on', models.DateField()),
                        ('id', models.BigIntegerField(db_default=models.Func(models.Value('accounts_transfer_id'), function='nextval'))),
                        ('fen', models.BigIntegerField()),
                        ('reason', models.CharField(choices=[('opening', 'Opening balance'), ('bill', 'Bill'), ('charge', 'Charge'), ('late-fee', 'Late fee'), ('receipt', 'Receipt'), ('set-off', 'Set off'), ('deposit', 'Deposit taken'), ('refund', 'Refund'), ('banked', 'Paid into the bank'), ('cleared', 'Arrived'), ('difference', 'Difference of a cash count'), ('write-off', 'Written off')], max_length=10)),
                        ('credit', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.ledgeraccount')),
                        ('debit', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.ledgeraccount')),
                        ('item', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='accounts.debt')),
                        ('organisation', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                        ('posting', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='accounts.posting')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name='billingaccount',
            constraint=models.UniqueConstraint(fields=('organisation', 'number'), name='billing_account_number_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='billingaccount',
            constraint=models.UniqueConstraint(fields=('customer', 'place'), name='customer_has_one_billing_account_at_a_place'),
        ),
        migrations.AddConstraint(
            model_name='billingaccount',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='billing_account_of_its_organisation'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingaccount',
            trigger=pgtrigger.compiler.Trigger(name='billing_account_is_of_a_customer_above_or_below', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    if not exists (\n                        select from parties_customer c\n                        join parties_organisation theirs on theirs.id = c.organisation_id\n                        join parties_organisation own on own.id = new.organisation_id\n                        where c.id = new.customer_id\n                          and (theirs.id = any(own.ancestors) or own.id = any(theirs.ancestors))\n                    ) then\n                        raise exception 'the customer is another organisation''s';\n                    end if;\n                    return new;\n                ", hash='16a5e02dc77d3a3165db272b6965e1b4ea174c12', operation='INSERT OR UPDATE', pgid='pgtrigger_billing_account_is_of_a_customer_above_or_below_e1a77', table='accounts_billingaccount', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='holdend',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation'),
        ),
        migrations.AddField(
            model_name='holdend',
            name='posting',
            field=models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.posting'),
        ),
        migrations.AddField(
            model_name='limitedbalance',
            name='organisation',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.UniqueConstraint(fields=('organisation', 'kind', 'holder', 'cashier', 'day', 'name'), name='ledger_account_is_there_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='ledger_account_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['receivable', 'prepayment', 'deposit', 'cash', 'bank', 'clearing', 'electricity', 'water', 'charges', 'late_fees', 'written_off', 'opening'])), name='ledger_account_has_a_known_kind'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('holder__isnull', False), ('kind__in', ['receivable', 'prepayment', 'deposit'])), models.Q(models.Q(('kind__in', ['receivable', 'prepayment', 'deposit']), _negated=True), ('holder', None)), _connector='OR'), name='ledger_account_of_a_customer_has_a_holder'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cashier__isnull', False), ('day__isnull', False), ('kind', 'cash')), models.Q(models.Q(('kind', 'cash'), _negated=True), ('cashier', None), ('day', None)), _connector='OR'), name='cash_box_is_a_cashiers_and_a_days'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ledgeraccount',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0700f49e3da0cb16ac7b59be51a0508c45f94dc6', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_135b1', table='accounts_ledgeraccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ledgeraccount',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='f4c7f3eb80c3917e649f7c730110380b93b8ca24', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_299c8', table='accounts_ledgeraccount', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='hold_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='hold_is_of_something'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('debit', models.F('credit')), _negated=True), name='hold_has_two_accounts'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('at'))), name='hold_runs_out_after_it_began'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='hold',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ee9b936e15ccebda8f780bd53f98dae68e874e30', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_0bb0e', table='accounts_hold', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='hold',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='faf3a532ece0baea12b5d3fe5ef5af87f4936424', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_08189', table='accounts_hold', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='balanceassertion',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='asserted_balance_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='balanceassertion',
            constraint=models.CheckConstraint(condition=models.Q(('file', ''), ('file__regex', '^[0-9a-f]{64}$'), _connector='OR'), name='asserted_balance_names_a_kept_file'),
        ),
        migrations.AddConstraint(
            model_name='balanceassertion',
            constraint=models.CheckConstraint(condition=models.Q(('set_aside', None), models.Q(('note', ''), _negated=True), _connector='OR'), name='asserted_balance_is_set_aside_with_a_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='balanceassertion',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d95ab47dc9d5298256b765f68d3bf415ad663776', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_13208', table='accounts_balanceassertion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='balanceassertion',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='983983358b1715d2c1f7bb2051938bcef9c80068', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_b7076', table='accounts_balanceassertion', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='monthseal',
            constraint=models.UniqueConstraint(fields=('organisation', 'month'), name='month_is_closed_once'),
        ),
        migrations.AddConstraint(
            model_name='monthseal',
            constraint=models.CheckConstraint(condition=models.Q(('through__gt', models.F('month'))), name='month_ends_after_it_begins'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='monthseal',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='52bf3e72e0f8de4e023b10bc8fc214366f6b99c4', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_16ad1', table='accounts_monthseal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='monthseal',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='0a49401d87a1b38693a9ee1787092e9542bc1145', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_5d605', table='accounts_monthseal', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('organisation', 'key'), name='one_posting_has_a_key_for_ever'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='posting_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(('reverses', None), models.Q(('note', ''), _negated=True), _connector='OR'), name='posting_is_reversed_with_a_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='posting',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1310dc6911597fcd1316fef20095d27d7d86d2e1', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_09bea', table='accounts_posting', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='posting',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='132216ae6e3da7af507243eaf0b857f82ea70deb', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_017f2', table='accounts_posting', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='debt',
            index=models.Index(fields=['account', 'due_on'], name='debt_of_an_account_by_its_day'),
        ),
        migrations.AddConstraint(
            model_name='debt',
            constraint=models.UniqueConstraint(fields=('organisation', 'id'), name='debt_of_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='debt',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='debt_is_of_something'),
        ),
        migrations.AddConstraint(
            model_name='debt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('of__isnull', False), ('subject', 'late_fee')), models.Q(models.Q(('subject', 'late_fee'), _negated=True), ('of', None)), _connector='OR'), name='late_fee_is_of_a_debt'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='debt',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='32fc90ae38d055b1711c864f3274bfce4ead8990', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_cdacc', table='accounts_debt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='debt',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='8bea53a9dd535d56ecc923e5687cfef4d6aa650b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_27203', table='accounts_debt', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='sealedbalance',
            constraint=models.UniqueConstraint(fields=('organisation', 'month', 'place'), name='sealed_balance_has_its_own_place'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sealedbalance',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b14808dc00ffe655145e68cf6ab1a083c7e7ea0e', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_fd308', table='accounts_sealedbalance', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sealedbalance',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='3e4d22af234ccdd69ec771bc547096fb7b74c6b8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_95627', table='accounts_sealedbalance', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='transfer_moves_something'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('debit', models.F('credit')), _negated=True), name='transfer_has_two_accounts'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='transfer',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='14ad842c07dafc8939f7071317649617e5fc0802', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_f234e', table='accounts_transfer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='transfer',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='2e10293df15ebca53fadff2096279fe529d64f63', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_a7c82', table='accounts_transfer', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='holdend',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'posted'), ('posting__isnull', False)), models.Q(models.Q(('outcome', 'posted'), _negated=True), ('posting', None)), _connector='OR'), name='hold_that_was_posted_names_its_posting'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holdend',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2dc6095e889026d9817a80ca83ba6fd37781be0c', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_cdb09', table='accounts_holdend', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holdend',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='bbf009763ff7b352c109276f7f69bcba15f00fa1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_e1a9e', table='accounts_holdend', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='limitedbalance',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gte', models.F('held')), ('held__gte', 0)), name='limited_account_never_falls_below_what_is_held'),
        ),
        migrations.AddConstraint(
            model_name='limitedbalance',
            constraint=models.CheckConstraint(condition=models.Q(('grows_by__in', [1, -1])), name='limited_account_grows_by_one_side'),
        ),
        migrations.RunSQL(KEYS + KEEPING, reverse_sql=UNDONE),
    ]
