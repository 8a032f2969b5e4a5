"""Readings from NEM13 files: one record 250 a row, taken as any reading is, and held against the record's own figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tongdian.agreements.importing.columns import Column, amount, day
from tongdian.agreements.importing.kinds.kind import Candidate, Job
from tongdian.metering import queries
from tongdian.metering.importing.meters import resolve_meters
from tongdian.metering.importing.nem import RefusedLine
from tongdian.metering.importing.nem13 import FORM, NemReading, read_nem13
from tongdian.metering.importing.readings import Readings
from tongdian.metering.models import Meter
from tongdian.metering.rules import READ_AS
from tongdian.parties.models import Organisation
from tongdian.policy.words import Words
from tongdian.spreadsheets.cells import Cell
from tongdian.spreadsheets.reading import ENCODINGS, SheetPart, SheetRow, Table
from tongdian.spreadsheets.refusals import FileHasTooManyRows
from tongdian.spreadsheets.texts import decoded

BEFORE_DIFFERS = Words(
    "{day} 的上次示数为 {told}，此处为 {stands}",
    "the reading before, of {day}, is {told} there and {stands} here",
)
QUANTITY_DIFFERS = Words(
    "用量 {told} 不等于示数之差 {ran} 乘倍率 {multiplier}",
    "the quantity {told} is not what the register ran, {ran}, times {multiplier}",
)


def table_of_nem13(content: bytes, most: int) -> Table:
    """The readings of a file as rows. Raises what `read_nem13` and `decoded` refuse a file with, FileHasTooManyRows."""
    text, encoding = decoded(content)
    table = Table()
    for one in read_nem13(text):
        if len(table.rows) == most:
            raise FileHasTooManyRows(most=most)
        table.rows.append(_row(one))
    table.parts.append(SheetPart(f"{FORM} ({ENCODINGS[encoding]})", 1, len(table.rows)))
    return table


def _row(one: NemReading | RefusedLine) -> SheetRow:
    at = f"L{one.line}"
    if isinstance(one, RefusedLine):
        return SheetRow(one.line, {"meter": Cell(None, at, problem=one.why)})
    guessed = one.quality != "A"
    said = {
        "meter": one.meter,
        "on": one.on.isoformat(),
        "value": f"{one.value:f}",
        "quality": str(READ_AS[one.quality]),
        "method": one.method if guessed else "",
        "reason": f"{FORM} {one.quality}{one.method} {one.reason}".strip() if guessed else one.reason,
        "before_on": one.before_on.isoformat(),
        "before": f"{one.before:f}",
        "quantity": "" if one.quantity is None else f"{one.quantity:f}",
    }
    return SheetRow(one.line, {name: Cell(value, at) for name, value in said.items()})


class NemReadings(Readings):
    """Readings of a NEM13 file."""

    name = "nem13"
    title = Words("抄见数（NEM13）", "Readings (NEM13)")
    says = Words(
        "NEM13 文件：每条 250 记录为一次抄表的示数，并核对上次示数和用量。",
        "A NEM13 file: each record 250 is a reading, held against the one before it and the quantity that it tells.",
    )
    has_template = False

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """As for other readings, and what a record tells besides."""
        return (  # what a record must have its reader has seen: a refused one has nothing but its reason
            *(replace(column, required=False) for column in super().columns(organisation)),
            Column(name="before_on", title=Words("上次抄表日", "Read before on"), takes=day),
            Column(name="before", title=Words("上次示数", "Reading before"), takes=amount, decimals=4),
            Column(name="quantity", title=Words("用量（kWh）", "Quantity (kWh)"), takes=amount, decimals=7),
        )

    def table(self, content: bytes, organisation: Organisation, *, most: int) -> Table:
        """The readings of a file."""
        return table_of_nem13(content, most)

    def meters(self, rows: Sequence[Candidate], job: Job) -> dict[str, Meter]:
        """By number, or by the point at which one hung."""
        return resolve_meters(rows, job)

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """As any reading; and what the record says of the one before it and of the quantity must fit."""
        meter = job.table("meters").get(row.get("meter"))
        code = row.get("method")
        if code.isdigit():
            row.values["method"] = queries.method_of_nem(
                job.organisation, dt.date.fromisoformat(row.get("on")), code
            )
        if meter is not None:
            self._hold_against(row, meter)
        if not row.reasons:
            super().check(row, present, job)

    def _hold_against(self, row: Candidate, meter: Meter) -> None:
        before, value = Decimal(row.get("before")).normalize(), Decimal(row.get("value"))
        stands = queries.standing(meter).filter(on=row.get("before_on")).first()
        if stands is not None and stands.value != before:
            row.refuse(
                "before",
                BEFORE_DIFFERS.fill(
                    day=row.get("before_on"), told=f"{before:f}", stands=queries.figure(stands)
                ),
            )
            return
        if not row.get("quantity"):
            return
        told = Decimal(row.get("quantity")).normalize()
        turned = value < before
        ran = queries.ran(before, value, turned=turned, meter=meter)
        places = max(0, -int(told.as_tuple().exponent))  # as fine as the quantity is told
        if round(ran * meter.multiplier, places) != told:
            row.refuse(
                "quantity",
                QUANTITY_DIFFERS.fill(
                    told=f"{told:f}", ran=ran.normalize(), multiplier=meter.multiplier.normalize()
                ),
            )
        elif turned:
            row.values["turned"] = "true"
