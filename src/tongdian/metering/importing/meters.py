"""The meters that the rows of a file name."""

from __future__ import annotations

from collections.abc import Sequence

from tongdian.agreements.importing.kinds.kind import Candidate, Job
from tongdian.metering.models import Meter
from tongdian.policy.words import Words

UNKNOWN_METER = Words("没有登记此表号", "no meter in the register has this number")


def find_meters(rows: Sequence[Candidate], job: Job) -> dict[str, Meter]:
    """Those of the organisation that these rows name, by number, kept for the job."""
    codes = {row.get("meter") for row in rows}
    meters = {one.code: one for one in Meter.objects.filter(organisation=job.organisation, code__in=codes)}
    job.table("meters").update(meters)
    return meters


def meter_of(row: Candidate, job: Job) -> Meter | None:
    """The meter of a row; None, and the row refused, where the register has none of that number."""
    meter: Meter | None = job.table("meters").get(row.get("meter"))
    if meter is None:
        row.refuse("meter", UNKNOWN_METER)
    return meter
