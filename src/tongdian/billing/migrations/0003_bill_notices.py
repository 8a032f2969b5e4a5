"""Notices of bills: each once. The key to the bill names the organisation."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import tongdian.identifiers


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0002_quotas_and_reports'),
        ('notices', '0002_words_encrypted'),
        ('parties', '0010_consents_outlast_an_undone_import'),
    ]

    operations = [
        migrations.CreateModel(
            name='BillNotice',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('about', models.CharField(choices=[('issued', 'issued'), ('cancelled', 'cancelled'), ('answered', 'an objection is answered')], max_length=9)),
                ('at', models.DateTimeField()),
                ('bill', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='billing.bill')),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='notices.notice')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('bill', 'about'), name='customer_is_told_of_a_bill_once'), models.CheckConstraint(condition=models.Q(('about__in', ['issued', 'cancelled', 'answered'])), name='bill_notice_is_about_something_known')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billnotice',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3ca84a8d2a627b4a4f4e6ce70123c88e153612fd', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_23a1c', table='billing_billnotice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billnotice',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='fd0b1b85d83c55856b0d6872926d0330327e99ca', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_e395f', table='billing_billnotice', when='BEFORE')),
        ),
        migrations.RunSQL(
            "alter table billing_billnotice add constraint billnotice_and_its_bill_are_of_one_organisation"
            " foreign key (organisation_id, bill_id) references billing_bill (organisation_id, id);",
            reverse_sql=migrations.RunSQL.noop,
        ),
        # the shape of a part of billline is recorded with the upgrade, as that of transfer is: else
        # `tongdian audit verify` names the first month that somebody bills as put in by a stranger
        migrations.RunSQL("select billing_make_month(current_date);", reverse_sql=migrations.RunSQL.noop),
    ]
