"""Timed readings from a spreadsheet, as a reader from afar or a logger exports them: a meter, a moment and a figure a row.

As with the readings of days, one that went back is kept: which file came first decides nothing, and between two such
readings nobody says what was used.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from tongdian.agreements.importing.columns import Column, amount, choice, code
from tongdian.agreements.importing.kinds.kind import Candidate, ChangedSince, Job, Kind
from tongdian.agreements.models import ImportRow
from tongdian.allowed import must_be_allowed
from tongdian.calendar import SHANGHAI
from tongdian.metering import queries
from tongdian.metering.actions.timed import must_be_readable
from tongdian.metering.fields import DECIMALS, TIMED_READING
from tongdian.metering.importing.meters import find_meters, meter_of
from tongdian.metering.importing.readings import YES_NO
from tongdian.metering.models import TimedReading
from tongdian.metering.rules import READ, ReadThatMoment
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spreadsheets.cells import Cell, CellRefused, text

READ_AT = TIMED_READING["read_at"]


class NotAMoment(CellRefused):
    """A cell that says no minute."""

    says = Words("{problem}", "{problem}")


def moment(cell: Cell, column: Column) -> str:
    """A minute as the clock in Asia/Shanghai shows it, unless its offset is written. Raises NotAMoment."""
    value = cell.value
    said = value if isinstance(value, dt.datetime) else text(cell, most=column.most).replace(" ", "T", 1)
    try:
        found: dt.datetime = READ_AT.read(said)
    except Refusal as refused:
        raise NotAMoment(problem=refused.words) from None
    return found.isoformat()


class TimedReadings(Kind):
    """What registers showed at moments."""

    name = "timed"
    title = Words("定时抄见数", "Timed readings")
    says = Words(
        "每行一块表某一时刻的示数；用于核对停供时段是否用水用电，不用于计费。",
        "What a meter showed at a moment, one a row: to see what is used outside hours. Nothing is billed by it.",
    )
    model = TimedReading

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """As the form asks them."""
        return (
            Column(name="meter", title=Words("表号", "Meter number"), takes=code, required=True, example="D0412"),
            Column(
                name="read_at", title=READ_AT.title, takes=moment, required=True, most=40,
                example="2026-03-06 22:00",
            ),
            Column(
                name="value", title=TIMED_READING["value"].title, takes=amount, decimals=DECIMALS, required=True,
                example="1052.30",
            ),
            Column(
                name="turned", title=TIMED_READING["turned"].title, takes=choice, choices=YES_NO,
            ),
        )  # fmt: skip

    def key(self, row: Candidate) -> tuple[str, str]:
        """Meter and moment."""
        return row.get("meter"), row.get("read_at")

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """The timed readings that stand, and the meters. Raises NotAllowed."""
        must_be_allowed(job.viewer, *READ, job.organisation)
        meters = find_meters(rows, job)
        moments = {row.get("read_at") for row in rows}
        said = TimedReading.objects.filter(meter__in=meters.values(), read_at__in=moments)
        newest = said.order_by("meter", "read_at", "-version").distinct("meter", "read_at")
        found = {
            (row.meter.code, row.read_at.astimezone(SHANGHAI).isoformat()): row
            for row in newest.select_related("meter")
        }
        job.table("versions").update({key: row.version for key, row in found.items()})
        return {key: row for key, row in found.items() if row.value is not None}

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """What a reading is refused for, whichever file came first."""
        meter = meter_of(row, job)
        if meter is None:
            return
        value, read_at = Decimal(row.get("value")), dt.datetime.fromisoformat(row.get("read_at"))
        try:
            must_be_readable(meter, read_at, value, job.at)
            if present is not None and present.value != value:
                raise ReadThatMoment(
                    moment=READ_AT.said(read_at, "zh"), value=queries.shown(present.value, meter)
                ).about("value")
        except Refusal as refused:
            row.refuse(refused.field or "value", refused.words)

    def build(self, row: Candidate, job: Job) -> TimedReading:
        """A reading from a file."""
        return TimedReading(
            meter=job.table("meters")[row.get("meter")], read_at=dt.datetime.fromisoformat(row.get("read_at")),
            version=job.table("versions").get(self.key(row), 0) + 1, value=Decimal(row.get("value")),
            turned=row.get("turned") == "true", at=job.at, by_id=getattr(job.viewer, "pk", None),
        )  # fmt: skip

    def undo(self, rows: Sequence[ImportRow], made: set[UUID], job: Job) -> None:
        """They count no more, and stay readable. Raises ChangedSince where one was taken back."""
        ours = [row.subject for row in rows if row.subject is not None]
        standing = list(queries.standing_timed().filter(pk__in=ours))
        if len(standing) != len(ours):
            gone = TimedReading.objects.filter(pk__in=ours).exclude(pk__in=[one.pk for one in standing])
            raise ChangedSince(
                what=[
                    Words(f"{one.meter} {said}", f"{one.meter} {said}")
                    for one in gone.select_related("meter")
                    for said in [READ_AT.said(one.read_at, "zh")]
                ]
            )
        TimedReading.objects.bulk_create(
            TimedReading(
                meter_id=one.meter_id, read_at=one.read_at, version=one.version + 1, value=None, reason="撤销导入",
                at=job.at, by_id=getattr(job.viewer, "pk", None),
            )
            for one in standing
        )  # fmt: skip
