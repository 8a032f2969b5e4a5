"""Readings from a spreadsheet: a meter, a day and a figure a row.

A figure that its meter cannot show, a day on which it hung nowhere, a second figure for a day are refused and
counted. One that went back is kept and blocked by validation: what is refused at the desk, where somebody can
look at the meter again, would here depend on which file came first.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from tongdian.agreements.importing.columns import Column, amount, choice, code, day, text
from tongdian.agreements.importing.kinds.kind import Candidate, ChangedSince, Job, Kind
from tongdian.agreements.models import ImportRow
from tongdian.allowed import must_be_allowed
from tongdian.bounded_days import LAST
from tongdian.calendar import legal_day
from tongdian.metering import queries
from tongdian.metering.actions.looking import look_at
from tongdian.metering.entries import READING
from tongdian.metering.fields import DECIMALS
from tongdian.metering.findings import EnteredReading
from tongdian.metering.importing.meters import find_hung, find_meters, hung_on, meter_of
from tongdian.metering.models import Meter, MeterReading, ReadingValidation
from tongdian.metering.rules import (
    READ,
    READ_ON_THE_METER,
    MeterDayToCome,
    MethodMissing,
    NotInPlace,
    ReadThatDay,
    must_fit_register,
)
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import Scope
from tongdian.spreadsheets.cells import Cell

NOT_OFFERED = Words("“{value}”不在可选值之中：{known}", '"{value}" is not one of: {known}')
YES_NO = {"true": Words("是", "yes"), "false": Words("否", "no")}


class Readings(Kind):
    """Readings that a round or another program brings as a file."""

    name = "readings"
    title = Words("抄见数", "Readings")
    says = Words("每行一块表某日的示数。", "What a meter showed on a day, one a row.")
    model = MeterReading

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """As the form asks them; methods and reasons are those of the organisation's pack."""
        return (
            Column(
                name="meter", title=Words("表号", "Meter number"), takes=code, required=True, example="D0412"
            ),
            Column(
                name="on",
                title=Words("抄表日", "Day of reading"),
                takes=day,
                required=True,
                example="2026-03-31",
            ),
            Column(
                name="value",
                title=Words("示数", "Figure on the register"),
                takes=amount,
                decimals=DECIMALS,
                required=True,
                example="1052.30",
            ),
            _column("quality", READING["quality"].choices(), takes=choice),
            _column("turned", YES_NO, takes=choice),
            _column("method", _offered("method", organisation) if organisation else {}),
            _column("missed", _offered("missed", organisation) if organisation else {}),
            Column(name="reason", title=READING["reason"].title, takes=text, most=200),
        )

    def key(self, row: Candidate) -> tuple[str, str]:
        """Meter and day."""
        return row.get("meter"), row.get("on")

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """The readings that stand, and the meters with where they hung. Raises NotAllowed."""
        must_be_allowed(job.viewer, *READ, job.organisation)
        meters = self.meters(rows, job)
        find_hung(meters.values(), job)
        days = {row.get("on") for row in rows}
        said = MeterReading.objects.filter(meter__in=meters.values(), on__in=days).select_related("meter")
        newest = {
            (row.meter.code, row.on.isoformat()): row
            for row in said.order_by("meter", "on", "-version").distinct("meter", "on")
        }
        job.table("versions").update({key: row.version for key, row in newest.items()})
        return {key: row for key, row in newest.items() if row.value is not None}

    def meters(self, rows: Sequence[Candidate], job: Job) -> dict[str, Meter]:
        """The meters that rows name."""
        return find_meters(rows, job)

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """What a reading is refused for, whichever file came first."""
        meter = meter_of(row, job)
        if meter is None:
            return
        self._find_words(row, job)
        if row.reasons:
            return
        on, value = dt.date.fromisoformat(row.get("on")), Decimal(row.get("value"))
        try:
            if on > legal_day(job.at):
                raise MeterDayToCome(day=on).about("on")
            must_fit_register(value, digits=int(meter.digits), decimals=int(meter.decimals))
            if hung_on(meter, on, job) is None:
                raise NotInPlace(meter=meter, day=on).about("on")
            if present is not None and present.value != value:
                raise ReadThatDay(day=on, value=queries.shown(present.value, meter)).about("value")
            is_read = (row.get("quality") or "actual") in READ_ON_THE_METER
            if not is_read and not (row.get("method") and (row.get("missed") or row.get("reason"))):
                raise MethodMissing
        except Refusal as refused:
            row.refuse(refused.field or "meter", refused.words)

    def _find_words(self, row: Candidate, job: Job) -> None:
        """Methods and reasons by their codes, as the organisation's pack names them."""
        for name in ("method", "missed"):
            value, offered = row.get(name).casefold(), _known(name, job)
            named = {
                said.casefold(): one for one, words in offered.items() for said in (one, words.zh, words.en)
            }
            if value and value not in named:
                row.refuse(name, NOT_OFFERED.fill(value=row.get(name), known=list(offered.values())))
            elif value:
                row.values[name] = named[value]

    def build(self, row: Candidate, job: Job) -> MeterReading:
        """A reading from a file, with the figure as it stood there."""
        missed = row.get("missed")
        named = _known("missed", job)
        return MeterReading(
            meter=job.table("meters")[row.get("meter")],
            on=dt.date.fromisoformat(row.get("on")),
            version=job.table("versions").get(self.key(row), 0) + 1,
            raw=str(row.cells.get("value") or row.get("value"))[:40],
            value=Decimal(row.get("value")),
            turned=row.get("turned") == "true",
            quality=row.get("quality") or "actual",
            method=row.get("method"),
            missed=missed,
            reason=row.get("reason")
            or (named[missed].zh if missed in named else missed)
            or ("文件导入" if self.key(row) in job.table("versions") else ""),
            source=MeterReading.Source.FILE,
            at=job.at,
            by_id=getattr(job.viewer, "pk", None),
        )

    def store(self, rows: Sequence[tuple[Candidate, ImportRow]], job: Job) -> None:
        """Keep them, and look at them and at all that is compared with them."""
        for row, kept in rows:
            row.cells = dict(kept.cells)  # the figure as it stood there
        super().store(rows, job)
        made = MeterReading.objects.filter(pk__in=[kept.subject for _, kept in rows])
        _look_from(made, job)

    def undo(self, rows: Sequence[ImportRow], made: set[UUID], job: Job) -> None:
        """They count no more, and stay readable. Raises ChangedSince where one was corrected."""
        found = list(
            MeterReading.objects.filter(pk__in=[row.subject for row in rows]).select_related("meter")
        )
        later = [one for one in found if queries.versions(one.meter, one.on)[0].pk != one.pk]
        if later:
            raise ChangedSince(
                what=[Words(f"{one.meter} {one.on}", f"{one.meter} {one.on}") for one in later]
            )
        back = [
            MeterReading(
                meter=one.meter,
                on=one.on,
                version=one.version + 1,
                raw=one.raw,
                value=None,
                quality=one.quality,
                method=one.method,
                missed=one.missed,
                reason="撤销导入",
                source=MeterReading.Source.FILE,
                at=job.at,
                by_id=getattr(job.viewer, "pk", None),
            )
            for one in found
        ]
        MeterReading.objects.bulk_create(back)
        _look_from(back, job)

    def ignores(self, model: Any) -> bool:
        """What was found in a reading stays with it."""
        return model is ReadingValidation


def _look_from(rows: Any, job: Job) -> None:
    """Look at every reading of the meters from the first of these days on: each is compared with the others."""
    first: dict[Any, dt.date] = defaultdict(lambda: dt.date.max)
    for row in rows:
        first[row.meter_id] = min(first[row.meter_id], row.on)
    found = [
        EnteredReading.of(row)
        for meter in Meter.objects.filter(pk__in=list(first))
        for row in queries.standing(meter).filter(on__gte=first[meter.pk])
    ]
    look_at(found, at=job.at, by=getattr(job.viewer, "pk", None))


def _column(name: str, choices: Mapping[str, Words], takes: Callable[[Cell, Column], str] = text) -> Column:
    return Column(name=name, title=READING[name].title, note=READING[name].note, takes=takes, choices=choices)


def _known(name: str, job: Job) -> Mapping[str, Words]:
    if name not in job.found:
        job.found[name] = _offered(name, job.organisation)
    return job.found[name]  # type: ignore[no-any-return]


def _offered(name: str, organisation: Organisation) -> Mapping[str, Words]:
    """As the newest rules have them: a file may hold the readings of years."""
    return READING[name].choices(Scope(None, organisation, LAST))
