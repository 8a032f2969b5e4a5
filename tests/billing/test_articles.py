"""Articles 17, 21 to 25, 47(2), 50: which price a metered use pays, on the bill."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.billing.conftest import noon, on
from tongdian.billing import queries
from tongdian.network import actions

pytestmark = pytest.mark.django_db


def used(office, what: str, category: str, until, value: str = "100"):
    """The lines of a bill over a place of a price category, whose meter ran to a value from 1 January on."""
    campus = office.room.town.campus
    place = actions.add_place(
        viewer=campus.officer,
        organisation=office.organisation,
        kind="shop",
        code=f"YS-{what}",
        name=f"雁山校区 {what}",
        parent=campus.campus,
        at=noon(1, 1),
    )
    office.supply(what, place, category=category)
    office.read(what, until, value)
    (bill,) = office.bill(
        (until[0], 1), until, at=dt.datetime.combine(on(*until), dt.time(12), noon(1, 1).tzinfo)
    )
    return queries.lines(bill)


@pytest.mark.parametrize(
    ("category", "price", "article"),
    [
        ("construction", "0.84", "23"),  # 0.80 + 0.03 + 0.01: building, repair, greening
        ("commercial", "0.84", "24"),  # 50, 50(1): shops and stalls
        ("revenue", "0.84", "25"),  # like the commercial price, not the 0.89 that stands beside it
    ],
)
def test_23_24_25_works_shops_and_revenue_activities_pay_their_price(office, category, price, article):
    """100 kWh × 0.84 = 84.00 yuan."""
    (line,) = used(office, "X1", category, (3, 1))
    assert (line.quantity, line.price, line.fen) == (100, Decimal(price), 8_400)
    assert article in line.cite


def test_17_when_the_price_changes_the_bill_is_cut_at_that_day(flat):
    """1 June 2026: staff pay 0.5491 + 0.03 before and 0.5603 + 0.03 after; read on 1 June at 100, on
    1 July at 150: 100 × 0.5791 = 57.91 and 50 × 0.5903 = 29.52 yuan (29.515), in the tiers of the table."""
    flat.read("flat", (6, 1), "100")
    flat.read("flat", (7, 1), "150")
    (bill,) = flat.bill((6, 1), (7, 1))
    lines = queries.lines(bill)
    assert [(one.first_on, one.last_on) for one in lines] == [(on(1, 1), on(5, 31)), (on(6, 1), on(6, 30))]
    assert lines[0].price != lines[1].price
    assert [one.quantity for one in lines] == [100, 50]
    assert sum(one.fen for one in lines) == bill.fen


def test_19_22_2_the_bill_is_itemised_and_says_until_when_it_is_paid(shop):
    """Read on 1 March, due on 16 March: the debts are due that day, the electricity and the water each."""
    shop.read("shop", (3, 1), "12.5")
    shop.read("tap", (3, 1), "7")
    (bill,) = shop.bill((2, 15), (3, 1))
    assert bill.due_on == on(3, 16)
    debts = {one.subject: one for one in bill.posting.debts.all()}
    assert {name: (one.due_on, one.fen) for name, one in debts.items()} == {
        "electricity": (on(3, 16), bill.electricity_fen),
        "water": (on(3, 16), bill.water_fen),
    }


def test_47_2_works_at_wangcheng_and_yucai_pay_five_percent_more(office):
    """At Yanshan 100 kWh are 84.00 yuan. At Yucai 5 % is added to the use, and the same loss is not paid a
    second time by its adder: 105 kWh × (0.80 + 0.01) = 85.05 yuan."""
    from tongdian.parties.models import Organisation

    (line,) = used(office, "X2", "construction", (3, 1))
    assert line.fen == 8_400
    Organisation.objects.filter(pk=office.organisation.pk).update(short="YC")
    office.organisation.refresh_from_db()
    lines = used(office, "X3", "construction", (4, 1))
    (line,) = lines
    assert (line.quantity, line.price, line.fen) == (105, Decimal("0.81"), 8_505)
    assert "47(2)" in line.cite
