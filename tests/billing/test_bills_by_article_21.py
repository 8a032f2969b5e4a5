"""21: charge = usage × price; usage = (reading now − reading before) × multiplier; price = base + adders."""

from decimal import Decimal

import pytest

from tests.billing.conftest import on
from tongdian.billing import queries

pytestmark = pytest.mark.django_db


def test_a_shop_pays_what_its_meters_ran_times_the_multiplier_at_the_commercial_price(shop):
    shop.read("shop", (3, 1), "12.5")
    shop.read("tap", (3, 1), "7")
    (bill,) = shop.bill((2, 15), (3, 1))
    lines = queries.lines(bill)
    # (12.50 − 0) × 40 = 500.00 kWh × (0.80 + 0.03 + 0.01) = 420.00 yuan; 24: the commercial price
    power, water = lines
    assert (power.utility, power.quantity, power.price, power.fen) == ("power", 500, Decimal("0.84"), 42000)
    # 7 m³ at the commercial price of water with its adders
    assert (water.utility, water.quantity) == ("water", 7)
    assert water.fen == round(7 * water.price * 100)
    assert "24" in power.cite
    assert (power.before, power.now, power.multiplier) == (0, 12.5, 40)
    assert bill.fen == bill.electricity_fen + bill.water_fen == sum(line.fen for line in lines)
    assert (bill.starts, bill.ends) == (on(1, 1), on(3, 1))
