"""Customers read their own meters and send the figure in; the next bill is made by it."""

import pytest
from django.urls import reverse

from tests.billing.conftest import noon
from tests.metering.conftest import d
from tongdian.calendar import legal_day
from tongdian.metering import queries
from tongdian.metering.actions.own import read_own_meter
from tongdian.metering.rules import NoSuchMeter, WentBack

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(shop, viewer):
    """The shop's customer, signed in."""
    account = viewer("customer", "shopkeeper")
    customer = shop.agreements["shop"].customer
    customer.account = account
    customer.save()
    return account


def test_a_customer_sends_in_what_the_meter_shows_and_it_is_billed(shop, me, client):
    client.force_login(me)
    assert shop.meters["shop"].code in client.get(reverse("my-meters")).content.decode()
    at = reverse("my-meter-read", args=[shop.meters["shop"].pk])
    assert client.post(at, {"value": "12.5"}).status_code == 302
    row = queries.standing(shop.meters["shop"]).last()
    assert (f"{row.value:f}", row.quality, row.by_id) == ("12.500", "customer", me.pk)
    today = legal_day(row.at)
    assert row.on == today
    again = client.post(at, {"value": "13"})  # of a day there is one reading
    assert again.status_code == 422
    run_on = (today.month, today.day)
    (bill,) = shop.bill(run_on, run_on)
    assert bill.electricity_fen == 42_000  # 12.5 × 40 = 500 kWh × 0.84 = 420.00


def test_nobody_sends_in_a_reading_of_somebody_else_s_meter(shop, me, viewer, client):
    stranger = viewer("customer", "stranger")
    client.force_login(stranger)
    at = reverse("my-meter-read", args=[shop.meters["shop"].pk])
    assert client.get(at).status_code == 404
    assert client.post(at, {"value": "12.5"}).status_code == 404
    with pytest.raises(NoSuchMeter):
        read_own_meter(viewer=stranger, meter=shop.meters["shop"], value=d("12.5"), at=noon(3, 1))


def test_a_figure_below_the_last_is_refused_with_the_decimals_of_the_meter(shop, me):
    shop.read("shop", (3, 1), "12.5")
    with pytest.raises(WentBack) as refused:
        read_own_meter(viewer=me, meter=shop.meters["shop"], value=d("3"), at=noon(3, 2))
    assert "3.00 小于 2026-03-01 的 12.50" in refused.value.say("zh")


def test_the_page_of_a_customer_says_what_is_to_be_read_next(shop, client):
    client.force_login(shop.officer)
    said = client.get(reverse("customer", args=[shop.agreements["shop"].customer_id])).content.decode()
    assert reverse("meter-read", args=[shop.meters["shop"].pk]) in said
    assert "本月未抄" in said
