"""A flat and a shop with power and water, read each month, and two people who bill."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.metering.conftest import campus, d, room, town
from tongdian.calendar import SHANGHAI

__all__ = ["campus", "room", "town"]


def noon(month: int, day: int) -> dt.datetime:
    """12:00 of a day of 2026 in Shanghai."""
    return dt.datetime(2026, month, day, 12, tzinfo=SHANGHAI)


def on(month: int, day: int) -> dt.date:
    """A day of 2026."""
    return dt.date(2026, month, day)


@dataclass
class Office:
    """Who bills, what is supplied, and short ways to do it."""

    room: Any
    clerk: Any
    officer: Any
    points: dict[str, Any]
    agreements: dict[str, Any]
    meters: dict[str, Any]

    @property
    def organisation(self) -> Any:
        """The campus."""
        return self.room.town.campus.organisation

    def supply(
        self, what: str, place, *, customer=0, category="staff", utility="power", first=(1, 1), **meter
    ):
        """A customer is supplied at a place from a day on, by a meter that is fitted that day at 0."""
        from tongdian.agreements.actions import agreeing
        from tongdian.metering.actions.meters import fit_meter
        from tongdian.network import actions

        town = self.room.town
        point = self.points.get(what) or actions.add_usage_point(
            viewer=town.officer, place=place, utility=utility, code=f"P-{what}", at=noon(1, 1)
        )
        self.points[what] = point
        self.agreements[what] = agreeing.sign(
            viewer=town.officer,
            usage_point=point,
            customer=town.customers[customer],
            pack="gxnu-2016-4",
            customer_class="staff" if category == "staff" else "shop",
            price_category=category,
            first_on=on(*first),
            at=noon(4, 12),
        )
        self.meters[what] = self.room.meter(f"M-{what}", utility=utility, **meter)
        fit_meter(
            viewer=town.officer,
            meter=self.meters[what],
            usage_point=point,
            on=on(*first),
            value=d("0"),
            at=noon(4, 12),
        )

    def read(self, what: str, day, value: str, **given):
        """Enter a reading of a day, on that day."""
        from tongdian.metering.actions.readings import read_meter

        return read_meter(
            viewer=self.room.town.officer,
            meter=self.meters[what],
            on=on(*day),
            value=d(value),
            quality=given.pop("quality", "actual"),
            at=given.pop("at", noon(12, 1)),
            **given,
        )

    def prepare(self, first, until, *, due=None, at=None, accounts=()):
        """The clerk prepares a run over what was read in those days."""
        from tongdian.billing.actions import runs

        at = at or dt.datetime.combine(on(*until), dt.time(12), SHANGHAI)
        run = runs.start_run(
            viewer=self.clerk,
            organisation=self.organisation,
            first_on=on(*first),
            until=on(*until),
            due_on=on(*due) if due else on(*until) + dt.timedelta(days=15),
            accounts=accounts,
            at=at,
        )
        return run, runs.prepare(run=run, at=at)

    def post(self, run, preview, *, at=None):
        """The officer releases, the clerk has it posted."""
        from tongdian.billing.actions import runs

        at = at or dt.datetime.combine(run.until, dt.time(13), SHANGHAI)
        runs.release_run(viewer=self.officer, run=run, preview=preview.number, at=at)
        return runs.post_released(run=run, at=at)

    def bill(self, first, until, **given):
        """A run from its beginning to its end; its bills by account number."""
        from tongdian.billing.models import Bill

        run, preview = self.prepare(first, until, **given)
        self.post(run, preview)
        return list(Bill.objects.filter(run=run).order_by("number"))


@pytest.fixture
def office(room, viewer) -> Office:
    """The utilities centre of the campus."""
    organisation = room.town.campus.organisation
    return Office(
        room,
        viewer("clerk", "zhang", at=organisation),
        viewer("officer", "wang", at=organisation),
        {},
        {},
        {},
    )


@pytest.fixture
def shop(office) -> Office:
    """A shop with power, multiplier 40, and water."""
    from tongdian.network import actions

    campus = office.room.town.campus
    place = actions.add_place(
        viewer=campus.officer,
        organisation=office.organisation,
        kind="shop",
        code="YS-S3",
        name="雁山校区 3 号门面",
        parent=campus.campus,
        at=noon(1, 1),
    )
    office.supply("shop", place, category="commercial", multiplier=Decimal(40))
    office.supply("tap", place, category="commercial", utility="water")
    return office


@pytest.fixture
def flat(office) -> Office:
    """A flat with power."""
    office.supply("flat", office.room.town.campus.flats[0], customer=1)
    return office
