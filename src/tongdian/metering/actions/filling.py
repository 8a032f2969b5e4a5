"""A figure for a meter that nobody could read, as the pack has it: 12 for one that was blocked, 22(3) for a
user who was not there."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tongdian.metering import queries
from tongdian.metering.actions.readings import read_on
from tongdian.metering.entries import FILLING
from tongdian.metering.models import Meter, MeterReading
from tongdian.metering.rules import READ, NoRuleForThat, NotInPlace
from tongdian.registers.action import action


@action("fill-in-reading", may=READ, within="meter.organisation", fields=FILLING)
def fill_in_reading(
    *, viewer: Any, meter: Meter, on: dt.date, method: str, missed: str, at: dt.datetime
) -> MeterReading:
    """Enter the figure that a meter is held to show on a day on which nobody read it.

    Raises NoRuleForThat, NotInPlace, TooManyEstimates, what the pack's sheet refuses (no use is known that it
    could rest on) and what a reading does.
    """
    pack = queries.reading_rules(meter.organisation, on)
    filled = pack.head.uses.readings.filled if pack and pack.head.uses.readings else None
    if pack is None or filled is None:
        raise NoRuleForThat(day=on)
    told = queries.known_before(meter, on)
    if told is None:
        raise NotInPlace(meter=meter, day=on)
    answer = pack.answer(filled, on=on, given={"method": method, **told})
    lines = {line.name: line.value for line in answer.lines}
    assert isinstance(answer.value, Decimal)
    figure = round(answer.value, int(meter.decimals))  # as fine as its register
    return read_on(
        viewer,
        meter,
        on=on,
        value=figure,
        quality=queries.quality_of(meter.organisation, on, method) or "",
        at=at,
        turned=bool(lines["turned"]),
        method=method,
        missed=missed,
    )
