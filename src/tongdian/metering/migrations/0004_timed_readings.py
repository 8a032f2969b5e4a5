"""What registers show at moments, to set it against hours."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import tongdian.identifiers


class Migration(migrations.Migration):

    dependencies = [
        ('metering', '0003_final_readings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TimedReading',
            fields=[
                ('id', models.UUIDField(default=tongdian.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('read_at', models.DateTimeField()),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('value', models.DecimalField(decimal_places=3, max_digits=11, null=True)),
                ('turned', models.BooleanField(default=False)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('is_demo', models.BooleanField(default=False)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('meter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='timed_readings', to='metering.meter')),
            ],
            options={
                'verbose_name_plural': 'timed readings',
                'abstract': False,
                'indexes': [models.Index(fields=['read_at', 'meter'], name='timed_readings_of_a_day')],
                'constraints': [models.UniqueConstraint(fields=('meter', 'read_at', 'version'), name='reading_of_a_moment_has_versions'), models.CheckConstraint(condition=models.Q(('value__gte', 0), models.Q(('value', None), ('version__gt', 1), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='timed_reading_is_taken_back_for_a_reason'), models.CheckConstraint(condition=models.Q(('read_at__lte', models.F('at'))), name='register_is_read_before_it_is_told')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='timedreading',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='bfa5a6e5a6a2a384d14a6f36c2080ea4f94575e2', operation='UPDATE OR DELETE', pgid='pgtrigger_rows_are_never_changed_e6c78', table='metering_timedreading', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='timedreading',
            trigger=pgtrigger.compiler.Trigger(name='rows_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'the rows of % are kept', tg_table_name;", hash='5749e1403818bf6b69bf21f0c528d1745aa8cbc3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_rows_are_never_emptied_fbb6c', table='metering_timedreading', when='BEFORE')),
        ),
    ]
