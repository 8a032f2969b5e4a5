"""A campus with two flats, each with a point of power, and a meter in the store."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.agreements.conftest import campus, town
from tongdian.calendar import SHANGHAI

__all__ = ["campus", "town"]

TODAY = dt.date(2026, 4, 12)
AT = dt.datetime.combine(TODAY, dt.time(12), SHANGHAI)


def d(text: str) -> Decimal:
    """A figure."""
    return Decimal(text)


@dataclass
class Room:
    """The town's points and meters."""

    town: Any

    def meter(self, code="D1", **given):
        """A meter of electricity of five digits and two decimals."""
        from tongdian.metering.actions.meters import add_meter

        usual = {
            "utility": "power",
            "kind": "ordinary",
            "multiplier": d("1"),
            "digits": d("5"),
            "decimals": d("2"),
            "owner": "supplier",
        }
        return add_meter(
            viewer=self.town.officer,
            organisation=self.town.campus.organisation,
            code=code,
            at=AT,
            **usual | given,
        )

    def fit(self, meter, point=0, *, on=dt.date(2026, 1, 1), value="0"):
        """Hang it at a point."""
        from tongdian.metering.actions.meters import fit_meter

        return fit_meter(
            viewer=self.town.officer,
            meter=meter,
            usage_point=self.town.points[point],
            on=on,
            value=d(value),
            at=AT,
        )

    def read(self, meter, on, value, **given):
        """Enter a reading of a day of 2026, as (month, day)."""
        from tongdian.metering.actions.readings import read_meter

        asked = {"quality": "actual"} | given
        return read_meter(
            viewer=self.town.officer, meter=meter, on=dt.date(2026, *on), value=d(value), at=AT, **asked
        )

    def take_down(self, meter, on, value, **given):
        """Remove it, with its final reading."""
        from tongdian.metering.actions.meters import take_down_meter

        return take_down_meter(
            viewer=self.town.officer,
            meter=meter,
            on=dt.date(2026, *on),
            value=d(value),
            reason="换表",
            at=AT,
            **given,
        )


@pytest.fixture
def room(town) -> Room:
    """The room of the meter fitters."""
    return Room(town)
