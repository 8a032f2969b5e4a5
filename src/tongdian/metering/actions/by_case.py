"""What closing a stage does to meters: registered with the engine by name.

install-meter, energise   the meters named are fitted, with their first readings
read-meter, relocate-meter, open-supply, stop-supply   the meter there is read
read-final                it is read for the last time: the quality of the reading says so
end-supply                it is read for the last time and removed

Which facts of the case they are, the pack says beside the effect: `power` and `water` name the fact with
the meter's number, `power_reading` and `water_reading` that with the reading, `multiplier` that with the
ratio. A fact that the case does not have, for its utility is not supplied, asks nothing of its meter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from psycopg.types.range import DateRange

from tongdian.cases.effects import Deed, effect
from tongdian.connections.contracts import point_at
from tongdian.connections.effects import effect_given
from tongdian.connections.supplying import warns_of_no_agreement
from tongdian.metering import queries
from tongdian.metering.actions.meters import fit_meter, take_down_meter
from tongdian.metering.actions.readings import read_meter, take_reading_back
from tongdian.metering.models import Meter, MeterInstallation, MeterReading
from tongdian.metering.refusing import (
    HangsElsewhere,
    MeterNotEntered,
    MultiplierDiffers,
    NoMeterThere,
    ReadSince,
    SeveralMeters,
)
from tongdian.metering.rules import Quality
from tongdian.network.models import Place, UsagePoint
from tongdian.network.rules import Utility
from tongdian.policy.words import Words
from tongdian.registers.action import put

BACK = "环节退回或业务撤回"


def told(deed: Deed) -> Mapping[str, Any]:
    """What the case's facts say of meters, by the pack's names for them."""
    facts = deed.state.facts
    return {part: facts[name] for part, name in effect_given(deed).items() if facts.get(name) is not None}


def hanging_at(place: Place | None, deed: Deed) -> Mapping[Utility, Sequence[MeterInstallation]]:
    """The meters that hang at a place on the day of the deed, by utility."""
    rows = MeterInstallation.objects.filter(
        usage_point__place=place, in_place__startswith__lte=deed.on, in_place__endswith=None
    )
    found = list(rows.select_related("meter", "usage_point").order_by("usage_point__code"))
    return {one: [row for row in found if row.usage_point.utility == one] for one in Utility}


def note_reading(deed: Deed, meter: Meter, value: Decimal, quality: Quality) -> str | None:
    """The reading of the day, unless it stands already; gives its key where the case made it."""
    row = read_meter(
        viewer=deed.viewer,
        meter=meter,
        on=deed.on,
        value=value,
        quality=quality,
        case=deed.case.number,
        at=deed.at,
    )
    return str(row.pk) if row.case == deed.case.number else None


# ---------------------------------------------------------------- fitted
def take_down_again(deed: Deed) -> Mapping[str, Any]:
    """What was fitted hangs there no more, unless it was read since. Raises ReadSince."""
    for key in deed.done.get("fitted", ()):
        row = MeterInstallation.objects.select_related("meter").get(pk=key)
        since = queries.standing(row.meter).filter(on__gt=row.fitted_on).first()
        if since is not None:
            raise ReadSince(meter=row.meter, day=since.on)
    read = take_readings_back(deed)
    for key in deed.done.get("fitted", ()):
        MeterInstallation.objects.get(pk=key).delete()
    return {"taken_down": deed.done.get("fitted", []), **read}


def fit_meters(deed: Deed) -> Mapping[str, Any]:
    """The meters that the case names hang at the points of its place, each with its first reading.

    Raises MeterNotEntered, MultiplierDiffers, HangsElsewhere, and what fitting and reading refuse."""
    said = told(deed)
    fitted, read = [], []
    for utility in (one for one in Utility if one in said):
        row = _fitted(deed, _free(deed, utility), str(said[utility]), said)
        if row is not None:
            fitted.append(str(row.pk))
            read += [str(one.pk) for one in queries.standing(row.meter).filter(case=deed.case.number)]
    return {"fitted": fitted, "readings": read}


def _free(deed: Deed, utility: Utility) -> UsagePoint:
    """The point that has no meter, where the place has several."""
    point = point_at(deed.viewer, deed.case, utility, deed.at)
    others = UsagePoint.objects.filter(place=point.place_id, utility=utility).order_by("code")
    taken = {row.usage_point_id for row in hanging_at(deed.case.place, deed)[utility]}
    return next((one for one in others.select_related("place") if one.pk not in taken), point)


def _fitted(deed: Deed, point: UsagePoint, code: str, said: Mapping[str, Any]) -> MeterInstallation | None:
    """The meter of that number at the point; None where somebody fitted it before."""
    meter = Meter.objects.filter(organisation=point.place.organisation_id, code=code).first()
    if meter is None:
        raise MeterNotEntered(code=code)
    ratio = said.get("multiplier")
    if ratio is not None and Decimal(ratio) != meter.multiplier:
        raise MultiplierDiffers(meter=meter, entered=f"{meter.multiplier.normalize():f}", told=ratio)
    value = said[f"{point.utility}_reading"]
    here = queries.hangs(meter)
    if here is not None and here.usage_point.place_id == point.place_id and here.fitted_on <= deed.on:
        first = queries.standing(meter).filter(on=here.fitted_on).first()
        if first is None or first.value != value:
            raise HangsElsewhere(
                meter=meter, day=here.fitted_on, value=queries.figure(first) if first else "—"
            )
        return None
    return fit_meter(
        viewer=deed.viewer,
        meter=meter,
        usage_point=point,
        on=deed.on,
        value=value,
        at=deed.at,
        case=deed.case.number,
    )


# ---------------------------------------------------------------- read
def take_readings_back(deed: Deed) -> Mapping[str, Any]:
    """What the stage read counts no more; it stays readable."""
    keys = deed.done.get("readings", ())
    for row in MeterReading.objects.filter(pk__in=keys).select_related("meter"):
        if queries.versions(row.meter, row.on)[0].pk == row.pk:  # nobody corrected it since
            take_reading_back(
                viewer=deed.viewer, meter=row.meter, on=row.on, reason=BACK, case=deed.case.number, at=deed.at
            )
    return {"taken_back": list(keys)}


def read_there(deed: Deed, quality: Quality) -> Mapping[str, Any]:
    """The meters of the place showed what the case says. Raises NoMeterThere, SeveralMeters, and what a
    reading refuses."""
    return read_at(deed, deed.case.place, quality)


def read_at(deed: Deed, place: Place | None, quality: Quality) -> Mapping[str, Any]:
    """As `read_there`, of the meters of another place than the case's."""
    said, here, read = told(deed), hanging_at(place, deed), []
    for utility in Utility:
        value = said.get(f"{utility}_reading")
        if value is None:
            continue
        row = _only(here[utility], utility, deed)
        if row is not None:
            read.append(note_reading(deed, row.meter, value, quality))
    return {"readings": [key for key in read if key]}


def _only(rows: Sequence[MeterInstallation], utility: Utility, deed: Deed) -> MeterInstallation | None:
    """The meter that is meant; None where there are several, each of them read that day."""
    if not rows:
        raise NoMeterThere(day=deed.on, utility=utility.label)
    if len(rows) == 1:
        return rows[0]
    for row in rows:
        if not queries.standing(row.meter).filter(on=deed.on).exists():
            raise SeveralMeters(meters="、".join(one.meter.code for one in rows), day=deed.on)
    return None


# ---------------------------------------------------------------- removed
def put_back(deed: Deed) -> Mapping[str, Any]:
    """What was removed hangs there again. Raises what the database does, where another hangs there."""
    for key in deed.done.get("removed", ()):
        row = MeterInstallation.objects.get(pk=key)
        put(row, in_place=DateRange(row.fitted_on, None), removed_by=None, removal_reason="")
    return take_readings_back(deed)


def end_supply(deed: Deed) -> Mapping[str, Any]:
    """The meters of the place are read for the last time and removed. Raises NoMeterThere, SeveralMeters,
    and what removing refuses."""
    said, here = told(deed), hanging_at(deed.case.place, deed)
    read, removed = [], []
    for utility in Utility:
        value = said.get(f"{utility}_reading")
        if value is None:
            continue
        row = _only(here[utility], utility, deed)
        for one in [row] if row is not None else []:
            done = take_down_meter(
                viewer=deed.viewer,
                meter=one.meter,
                on=deed.on,
                value=value,
                reason=f"业务 {deed.case.number} 终止供应",
                case=deed.case.number,
                at=deed.at,
            )
            removed.append(str(done.pk))
            last = queries.standing(one.meter).filter(on=deed.on, case=deed.case.number)
            read += [str(key) for key in last.values_list("pk", flat=True)]
    return {"removed": removed, "readings": read}


def _reading(quality: Quality) -> Callable[[Deed], Mapping[str, Any]]:
    return lambda deed: read_there(deed, quality)


_READ = Words("已抄表", "the meters are read")
for _name, _title in (
    ("install-meter", Words("已装表", "the meters are fitted")),
    ("energise", Words("已装表接电", "the meter is fitted and the power is on")),
):
    _warns = {"warns": warns_of_no_agreement} if _name == "energise" else {}
    effect(_name, title=_title, undo=take_down_again, **_warns)(fit_meters)  # type: ignore[arg-type]
effect("read-meter", title=_READ, undo=take_readings_back)(_reading(Quality.ACTUAL))
effect("relocate-meter", title=_READ, undo=take_readings_back)(_reading(Quality.ACTUAL))
effect("read-final", title=_READ, undo=take_readings_back)(_reading(Quality.FINAL))
# what they open and stop is laid upon them by `supply`, which stands above: the reading is metering's
effect(
    "open-supply",
    title=Words("已开通", "the supply is open"),
    undo=take_readings_back,
    warns=warns_of_no_agreement,
)(_reading(Quality.ACTUAL))
effect("stop-supply", title=Words("已停止供应", "the supply is stopped"), undo=take_readings_back)(
    _reading(Quality.FINAL)
)
effect("end-supply", title=Words("已拆表终止供应", "the meter is removed"), undo=put_back)(end_supply)
