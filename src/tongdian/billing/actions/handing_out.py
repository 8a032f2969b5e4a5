"""The papers of a run are handed over: entered for all of them at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongdian.billing.fields import HANDING_OUT
from tongdian.billing.models import BillDelivery, BillingRun
from tongdian.billing.queries.handing_out import papers
from tongdian.billing.rules import RUN, DeliveredTooEarly, NothingToDeliver
from tongdian.calendar import legal_day
from tongdian.questions import insert_many
from tongdian.registers.action import action
from tongdian.registers.links import as_uuid
from tongdian.soon import alone_until_commit


@action("deliver-billing-run", may=RUN, within="run.organisation", fields=HANDING_OUT)
def deliver_run(
    *, viewer: Any, run: BillingRun, way: str, on: dt.date, at: dt.datetime, within: str = ""
) -> BillingRun:
    """Those bills of a run that had not reached their customers did on a day; `within` names one stack.

    Raises NotAllowed, NothingToDeliver, DeliveredTooEarly.
    """
    stack = as_uuid(within)
    on = min(on, legal_day(at))
    # who enters the same at the same moment finds nothing left
    if (within and stack is None) or not alone_until_commit(f"deliver {run.pk}"):
        raise NothingToDeliver
    rows = list(papers(viewer, run, within=stack, undelivered=True).values_list("pk", "issued_on"))
    if not rows:
        raise NothingToDeliver
    if on < (issued_on := max(day for _, day in rows)):
        raise DeliveredTooEarly(day=issued_on)
    insert_many(
        [
            BillDelivery(
                organisation_id=run.organisation_id, bill_id=bill, way=way, on=on, at=at, by_id=viewer.pk
            )
            for bill, _ in rows
        ]
    )
    return run
