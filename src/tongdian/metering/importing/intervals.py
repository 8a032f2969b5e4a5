"""Interval data from NEM12 files: a channel and a day a row.

What stands is never overwritten unseen: a better quantity of an interval (metered before substituted before estimated before
nothing) makes a further version of the day, which the preview shows; one as good and other is refused. So any order and
number of the same files leaves the same days.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tongdian.agreements.importing.columns import Column
from tongdian.agreements.importing.kinds.kind import Candidate, ChangedSince, Fate, Job, Kind
from tongdian.agreements.models import ImportRow
from tongdian.allowed import must_be_allowed
from tongdian.identifiers import uuid7
from tongdian.metering import queries
from tongdian.metering.actions.intervals import merged, must_be_keepable, next_version
from tongdian.metering.importing.meters import find_hung, hung_on, meter_of, resolve_meters
from tongdian.metering.importing.nem import RefusedLine
from tongdian.metering.importing.nem12 import FORM, read_nem12
from tongdian.metering.models import IntervalDay, Meter
from tongdian.metering.queries.intervals import IntervalsOfDay, QualityRun
from tongdian.metering.rules import READ
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.questions import insert_rows
from tongdian.spreadsheets.cells import Cell
from tongdian.spreadsheets.reading import ENCODINGS, SheetPart, SheetRow, Table
from tongdian.spreadsheets.refusals import FileHasTooManyRows
from tongdian.spreadsheets.texts import decoded

OTHER_METER = Words(
    "当日装在计量点 {point} 的是另一块表", "another meter hung at the metering point {point} on that day"
)


def as_told(cell: Cell, column: Column) -> str:
    """What the reader of the file made of it."""
    return str(cell.value or "")


def table_of_nem12(content: bytes, zone: ZoneInfo, most: int) -> Table:
    """The days of a file as rows. Raises what `read_nem12` and `decoded` refuse a file with, FileHasTooManyRows."""
    text, encoding = decoded(content)
    table = Table()
    for one in read_nem12(text, zone):
        if len(table.rows) == most:
            raise FileHasTooManyRows(most=most)
        at = f"L{one.line}"
        if isinstance(one, RefusedLine):
            table.rows.append(SheetRow(one.line, {"meter": Cell(None, at, problem=one.why)}))
            continue
        there = [value for value in one.told.values if value is not None]
        said = {
            "meter": one.of.serial or one.of.point,
            "point": one.of.point if one.of.serial else "",
            "channel": one.of.channel,
            "on": one.on.isoformat(),
            "minutes": str(one.told.minutes),
            "received": f"{len(there)} / {len(one.told.values)}",
            "total": f"{sum(there, Decimal(0)):f}" if there else "",
            "unit": one.told.unit,
            "quality": summary(one.told),
            "values": _written(one.told.values),
            "runs": _runs_written(one.told.runs),
        }
        table.rows.append(SheetRow(one.line, {name: Cell(value, at) for name, value in said.items()}))
    table.parts.append(SheetPart(f"{FORM} ({ENCODINGS[encoding]})", 1, len(table.rows)))
    return table


def summary(told: IntervalsOfDay) -> str:
    """`1–27 S51, 28–48 A`; a letter alone where all intervals have it."""
    if len(told.runs) == 1:
        return told.runs[0].quality + told.runs[0].method
    return ", ".join(f"{run.first}–{run.last} {run.quality}{run.method}" for run in told.runs)


COLUMNS = tuple(
    Column(name=name, title=title, takes=as_told, bulky=name in ("values", "runs"))
    for name, title in {
        "meter": Words("表号", "Meter number"),
        "point": Words("计量点", "Metering point"),
        "channel": Words("通道", "Channel"),
        "on": Words("日期", "Day"),
        "minutes": Words("区间（分钟）", "Interval (minutes)"),
        "received": Words("已收区间", "Intervals received"),
        "total": Words("合计", "Total"),
        "unit": Words("单位", "Unit"),
        "quality": Words("质量", "Quality"),
        "values": Words("各区间用量", "Quantities"),
        "runs": Words("各区间质量", "Qualities"),
    }.items()
)


WRITTEN = (
    "id", "meter_id", "channel", "on", "version", "minutes", "unit", "values", "qualities", "reason", "is_demo", "at", "by_id",
)  # fmt: skip


class IntervalData(Kind):
    """What a meter counted, interval by interval."""

    name = "nem12"
    title = Words("区间用量（NEM12）", "Interval data (NEM12)")
    says = Words(
        "NEM12 文件：各通道每日 5、15、30 分钟区间的用量与质量；不用于计费。",
        "A NEM12 file: quantities of 5, 15 or 30 minutes and their qualities, by channel and day. Nothing is billed by it.",
    )
    model = IntervalDay
    has_template = False

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """What the preview shows of a day, and its quantities."""
        return COLUMNS

    def table(self, content: bytes, organisation: Organisation, *, most: int) -> Table:
        """The days of a file; they begin by the clocks of the organisation's meters."""
        # in this process: no library of others reads it, and its work grows with its lines, of which there are so many at most
        return table_of_nem12(content, queries.zone_of_meters(organisation), most)

    def key(self, row: Candidate) -> tuple[str, str, str]:
        """Meter, channel and day."""
        return row.get("meter"), row.get("channel"), row.get("on")

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """The days that stand, and the meters with where they hung. Raises NotAllowed."""
        must_be_allowed(job.viewer, *READ, job.organisation)
        meters = resolve_meters(rows, job)
        find_hung(meters.values(), job)
        job.found.setdefault("zone", queries.zone_of_meters(job.organisation))
        days = {dt.date.fromisoformat(row.get("on")) for row in rows}
        codes = {one.pk: one.code for one in meters.values()}
        newest = {
            (codes[row.meter_id], row.channel, row.on.isoformat()): row
            for row in queries.newest_intervals(codes, days)
        }
        job.table("newest").update(newest)
        return {key: row for key, row in newest.items() if row.values is not None}

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """What a day is refused for, whichever file came first."""
        meter = meter_of(row, job)
        if meter is None:
            return
        on, told, zone = dt.date.fromisoformat(row.get("on")), _told(row), job.found["zone"]
        hung = hung_on(meter, on, job)
        try:
            must_be_keepable(meter, hung, on, told, zone=zone, at=job.at)
            if present is not None:
                job.table("merged")[self.key(row)] = merged(queries.intervals_of(present), told, on, zone)
        except Refusal as refused:
            row.refuse(refused.field or "meter", refused.words)
            return
        point = row.get("point")
        if point in job.table("points") and hung is not None and hung.usage_point.code != point:
            row.refuse("point", OTHER_METER.fill(point=point))

    def judge(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """As any kind; what becomes of a day that stands is in the job."""
        job.found["merged"] = {}
        present = super().judge(rows, job)
        for row in rows:
            key = self.key(row)
            if row.fate in (Fate.NEW, Fate.CHANGED, Fate.SAME) and key in present:
                row.changes = list(changes(queries.intervals_of(present[key]), job.table("merged")[key]))
                row.fate = Fate.CHANGED if row.changes else Fate.SAME
        return present

    def store(self, rows: Sequence[tuple[Candidate, ImportRow]], job: Job) -> None:
        """Keep a first or a further version of every day."""
        present = self.existing([row for row, _ in rows], job)
        made = []
        for row, kept in rows:
            key, values, runs = self.key(row), row.get("values"), _runs_read(row.get("runs"))
            if key in present:
                on = dt.date.fromisoformat(row.get("on"))
                told = merged(queries.intervals_of(present[key]), _told(row), on, job.found["zone"])
                values, runs = _written(told.values), told.runs
            newest = job.table("newest").get(key)
            version, kept.subject = newest.version + 1 if newest else 1, uuid7()
            kept.before = {"version": version}
            meter: Meter = job.table("meters")[key[0]]
            made.append(
                (
                    kept.subject, meter.pk, row.get("channel"), dt.date.fromisoformat(row.get("on")), version,
                    int(row.get("minutes")), row.get("unit"), f"{{{values}}}", [list(run) for run in runs], "", False,
                    job.at, getattr(job.viewer, "pk", None),
                )
            )  # fmt: skip
        insert_rows(IntervalDay, WRITTEN, made)

    def undo(self, rows: Sequence[ImportRow], made: set[UUID], job: Job) -> None:
        """The days stand again as they did before, as a further version. Raises ChangedSince where one has a later one."""
        ours = {
            row.pk: row
            for row in IntervalDay.objects.filter(pk__in=[one.subject for one in rows]).select_related(
                "meter"
            )
        }
        newest = {
            (row.meter_id, row.channel, row.on): row
            for row in queries.newest_intervals(
                {one.meter_id for one in ours.values()}, {one.on for one in ours.values()}
            )
        }
        later = [one for one in ours.values() if newest[one.meter_id, one.channel, one.on].pk != one.pk]
        if later:
            raise ChangedSince(
                what=[Words(said, said) for one in later for said in [f"{one.meter} {one.channel} {one.on}"]]
            )
        for one in ours.values():
            before = IntervalDay.objects.filter(
                meter=one.meter_id,
                channel=one.channel,
                on=one.on,
                version=one.version - 1,
                values__isnull=False,
            ).first()
            told = queries.intervals_of(before) if before else None
            next_version(one, told, reason="撤销导入", at=job.at, viewer=job.viewer)


def changes(stands: IntervalsOfDay, becomes: IntervalsOfDay) -> Iterable[tuple[str, str, str]]:
    """What the preview says of a day that stands: how many intervals, what sum, which qualities."""
    for name, said in (("received", _received), ("total", _total), ("quality", summary)):
        was, now = said(stands), said(becomes)
        if was != now or (name == "quality" and stands != becomes):
            yield name, was, now


def _received(told: IntervalsOfDay) -> str:
    return f"{len([value for value in told.values if value is not None])} / {len(told.values)}"


def _total(told: IntervalsOfDay) -> str:
    return f"{sum((value for value in told.values if value is not None), Decimal(0)).normalize():f}"


def _told(row: Candidate) -> IntervalsOfDay:
    runs = _runs_read(row.get("runs"))
    return IntervalsOfDay(
        int(row.get("minutes")), row.get("unit"), queries.values_read(row.get("values")), runs
    )


def _written(values: Sequence[Decimal | None]) -> str:
    """Quantities as PostgreSQL writes an array, without its braces: Django asks each of three hundred a day what it is."""
    return ",".join([queries.GAP if value is None else str(value) for value in values])


@lru_cache(maxsize=1_000)
def _runs_written(runs: tuple[QualityRun, ...]) -> str:
    return json.dumps(runs, ensure_ascii=False)


@lru_cache(maxsize=1_000)
def _runs_read(said: str) -> tuple[QualityRun, ...]:
    return tuple(QualityRun(*run) for run in json.loads(said))
