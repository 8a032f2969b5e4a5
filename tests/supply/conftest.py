"""A shop that is supplied with power and water, and a flat whose electricity is overdue."""

import datetime as dt
from decimal import Decimal

import pytest

from tests.accounts.conftest import ON, books, counter, noon
from tests.accounts.test_collecting import bill
from tests.agreements.conftest import campus as town_campus
from tests.agreements.conftest import town
from tests.supply.school import school

__all__ = ["books", "counter", "school", "town"]

campus = town_campus
DUE = dt.date(2026, 3, 2)  # a Monday
STEPS = (
    ("reminder", dt.date(2026, 3, 12)),
    ("demand", dt.date(2026, 3, 17)),
    ("notice", dt.date(2026, 3, 24)),
)
FIRST = dt.date(
    2026, 4, 2
)  # 2 March + 31 days: overdue for more than 30; 16 after the demand, 9 after the notice


@pytest.fixture
def late(counter, viewer):
    """1,000.00 of electricity at a flat, due Monday 2 March 2026; the offices of 64 and 66 with their people."""
    from tests.network.conftest import make_organisation

    energy = make_organisation("JN", "节能办", kind="office", parent=counter.organisation)
    energy.fills = ["energy-office"]
    energy.save()
    counter.energy = viewer("officer", "energy", at=energy)
    counter.technician = viewer("technician", "liu", at=counter.centre)
    counter.account = counter.holders[0]
    counter.debt = bill(counter, 100_000, due=DUE, on=dt.date(2026, 2, 20)).debts.get()
    counter.point = counter.account.place.usage_points.get()
    return counter


@pytest.fixture
def demanded(late):
    """Reminded, demanded, and given notice, each on the first day the example table allows or later."""
    from tongdian.accounts.actions.late import dun

    for step, day in STEPS:
        dun(viewer=late.chief, account=late.account, step=step, note="送达签收", at=noon(day))
    return late


def approve(late, *, by=None, ground="arrears", day=ON):
    """A leader approves."""
    from tongdian.supply.actions.stopping import approve_stop

    return approve_stop(
        viewer=by or late.chief,
        point=late.point,
        ground=ground,
        reason="多次上门催缴无果",
        paper="停供审批单〔2026〕3号",
        at=noon(day),
    )


def stop(late, *, by=None, day=FIRST):
    """Whoever works at the centre stops the flat's power for arrears."""
    from tongdian.supply.actions.stopping import stop_for_arrears

    return stop_for_arrears(
        viewer=by or late.technician, account=late.account, point=late.point, reason="欠费", at=noon(day)
    )


def pay(late, yuan: str, *, at: dt.datetime):
    """The customer pays at the counter."""
    from tongdian.accounts.actions.collecting import take_payment

    return take_payment(viewer=late.cashier, account=late.account, yuan=Decimal(yuan), payer="", at=at)
