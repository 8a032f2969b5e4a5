"""A run that nobody posted is given up, with a reason."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import tongdian.identifiers

# It names the organisation, as the other keys of money do.
KEY = (
    "alter table billing_rundiscard add constraint rundiscard_and_its_run_are_of_one_organisation"
    " foreign key (organisation_id, run_id) references billing_billingrun (organisation_id, id);"
)


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0003_bill_notices'),
        ('parties', '0010_consents_outlast_an_undone_import'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RunDiscard',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(max_length=200)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('run', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='discard', to='billing.billingrun')),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='run_is_discarded_for_a_reason')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rundiscard',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='112562e4f2d3a512044add050562fe9919cc1c82', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_33d55', table='billing_rundiscard', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rundiscard',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='0d81d7b591418b7a8f5ef90254dacd80e51c1254', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_91e99', table='billing_rundiscard', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rundiscard',
            trigger=pgtrigger.compiler.Trigger(name='run_with_bills_is_not_discarded', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    if exists (select from billing_bill where run_id = new.run_id)\n                       or exists (select from billing_runposting where run_id = new.run_id)\n                    then\n                        raise exception 'a run that has bills is not discarded';\n                    end if;\n                    return new;\n                ", hash='c010dbe2145b7eb9d3a6937ee67cca1aa0632d91', operation='INSERT', pgid='pgtrigger_run_with_bills_is_not_discarded_3da13', table='billing_rundiscard', when='BEFORE')),
        ),
        migrations.RunSQL(KEY, reverse_sql=migrations.RunSQL.noop),
    ]
