"""A NEM13 file: what registers showed when they were read, one record 250 a reading.

100  header · 250  a reading with the one before it and the quantity between · 550  a note, passed over · 900  end
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tongdian.metering.importing.nem import (
    NO_METER_TOLD,
    NOT_A_RECORD,
    NemLineRefused,
    NemRecord,
    RefusedLine,
    because,
    day_of_moment,
    figure,
    quality,
    records,
    refused,
    unit,
)
from tongdian.policy.words import Words

FORM = "NEM13"
READING, NOTE = "250", "550"
NOT_DRAWN = Words(
    "方向为“{value}”：只接受 E（供给用户的电量）",
    'its direction is "{value}": only E, supplied to the customer, is taken',
)
NOT_READ = Words("质量标志 {value} 表示没有示数", "the quality {value} says that there is no reading")
REGISTER, BEFORE, QUANTITY = (
    Words("示数", "the reading"),
    Words("上次示数", "the reading before"),
    Words("用量", "the quantity"),
)


@dataclass(frozen=True, slots=True)
class NemReading:
    """A record 250. `quantity` in kWh, None where none is told; figures without the multiplier."""

    line: int
    meter: str
    before_on: dt.date
    before: Decimal
    on: dt.date
    value: Decimal
    quality: str
    method: str
    reason: str
    quantity: Decimal | None


def read_nem13(text: str) -> Iterator[NemReading | RefusedLine]:
    """The readings of a file and the lines that are refused. Raises NotNem, FileCutShort."""
    for record in records(text, FORM):
        if isinstance(record, RefusedLine):
            yield record
            continue
        if record.sort == NOTE:
            continue
        try:
            yield _reading(record)
        except NemLineRefused as why:
            yield RefusedLine(record.line, why.words)


def _reading(record: NemRecord) -> NemReading:
    if record.sort != READING:
        raise refused(NOT_A_RECORD, value=record.sort, form=FORM)
    record.must_have(20, 23)
    meter = record.get(6) or record.get(1)
    if not meter:
        raise refused(NO_METER_TOLD)
    if record.get(7) != "E":
        raise refused(NOT_DRAWN, value=record.get(7))
    letter, method = quality(record.get(15))
    if letter in "NV":
        raise refused(NOT_READ, value=letter)
    kept, factor = unit(record.get(19))
    if kept != "kWh":
        raise refused(NOT_DRAWN, value=record.get(19))
    return NemReading(
        line=record.line, meter=meter, before=figure(record.get(8), BEFORE), before_on=day_of_moment(record.get(9)),
        value=figure(record.get(13), REGISTER), on=day_of_moment(record.get(14)), quality=letter, method=method,
        reason=because(record.get(16), record.get(17)),
        quantity=figure(record.get(18), QUANTITY) * factor if record.get(18) else None,
    )  # fmt: skip
