"""A register runs on: what is entered stands between the figures before and after it."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from tongdian.metering import queries
from tongdian.metering.models import Meter
from tongdian.metering.rules import PassesNext, TurnTooLarge, WentBack, size_of


class Neighbour(NamedTuple):
    """A figure that stands beside the one entered, and when that was, as readers write it."""

    value: Decimal
    turned: bool
    said: object


def must_run_on(
    meter: Meter, value: Decimal, *, turned: bool, before: Neighbour | None, after: Neighbour | None
) -> None:
    """Raise WentBack, TurnTooLarge or PassesNext by the readings before and after."""
    shown = queries.shown(value, meter)
    if before is not None:
        used = queries.ran(before.value, value, turned=turned, meter=meter)
        if used < 0:
            raise WentBack(value=shown, before=queries.shown(before.value, meter), day=before.said)
        if turned and used * 2 > size_of(int(meter.digits)):
            raise TurnTooLarge(used=queries.shown(used, meter))
    if after is not None and value > after.value and not after.turned:
        raise PassesNext(value=shown, after=queries.shown(after.value, meter), day=after.said)
