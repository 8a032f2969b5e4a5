"""replace-meter: the meter there is read for the last time and removed, another is fitted in its place (11, 13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongdian.cases.effects import Deed, effect
from tongdian.metering import queries
from tongdian.metering.actions.by_case import fit_meters, hanging_at, put_back, take_down_again, told
from tongdian.metering.actions.meters import take_down_meter
from tongdian.metering.refusing import NoMeterThere, SeveralMeters
from tongdian.network.rules import Utility
from tongdian.policy.words import Words


def _as_it_was(deed: Deed) -> Mapping[str, Any]:
    """The new meter hangs there no more, and the former again. Raises ReadSince."""
    return {**take_down_again(deed), **put_back(deed)}


@effect("replace-meter", title=Words("表计已更换", "the meter is replaced"), undo=_as_it_was)
def replaced(deed: Deed) -> Mapping[str, Any]:
    """The meter of each utility that the case names a new one for is removed with its last reading
    (`power_last`, `water_last`), and the new one fitted. Raises NoMeterThere, SeveralMeters, and what
    removing and fitting refuse."""
    said, here = told(deed), hanging_at(deed.case.place, deed)
    removed, read = [], []
    for utility in (one for one in Utility if one in said):
        rows = here[utility]
        if not rows:
            raise NoMeterThere(day=deed.on, utility=utility.label)
        if len(rows) > 1:
            raise SeveralMeters(meters="、".join(one.meter.code for one in rows), day=deed.on)
        done = take_down_meter(
            viewer=deed.viewer,
            meter=rows[0].meter,
            on=deed.on,
            value=said[f"{utility}_last"],
            reason=f"业务 {deed.case.number} 换表",
            case=deed.case.number,
            at=deed.at,
        )
        removed.append(str(done.pk))
        last = queries.standing(rows[0].meter).filter(on=deed.on, case=deed.case.number)
        read += [str(key) for key in last.values_list("pk", flat=True)]
    fitted = fit_meters(deed)
    return {"removed": removed, "fitted": fitted["fitted"], "readings": [*read, *fitted["readings"]]}
