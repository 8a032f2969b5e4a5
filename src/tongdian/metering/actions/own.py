"""A customer reads their own meter and sends the figure in: a reading of the day, marked as theirs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction

from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.metering.actions.readings import read_on
from tongdian.metering.models import Meter, MeterReading
from tongdian.metering.queries.own import own_meter
from tongdian.metering.rules import Quality


@transaction.atomic
def read_own_meter(
    *, viewer: Any, meter: Meter, value: Decimal, at: dt.datetime, turned: bool = False
) -> MeterReading:
    """What a customer's own meter shows today; looked at by the same rules as any reading.

    Raises NoSuchMeter where it is not theirs now, and what `read_meter` does.
    """
    today = legal_day(at)
    meter = own_meter(viewer, meter.pk, today).meter
    row = read_on(
        viewer, meter, on=today, value=value, quality=Quality.CUSTOMER, at=at, turned=turned, raw=f"{value:f}"
    )
    payload = {"on": today.isoformat(), "value": f"{value:f}", "turned": turned}
    record(actor=viewer.actor, action="read-meter", subject=f"meterreading:{row.pk}", payload=payload, at=at)
    return row
