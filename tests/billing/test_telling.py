"""19, 22: a customer is told of a bill, of its correction and why, and of the answer to an objection."""

from decimal import Decimal

import pytest

from tests.billing.conftest import noon, on
from tests.notices.conftest import channel  # noqa: F401  a fixture
from tongdian.billing import telling
from tongdian.billing.models import BillDelivery, BillNotice
from tongdian.notices.models import Delivery, Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def billed(shop):
    """A customer with an address of mail, and a bill of theirs."""
    customer = shop.room.town.customers[0]
    customer.email = "zhang@example.cn"
    customer.save()
    shop.read("shop", (3, 1), "12.5")
    shop.read("tap", (3, 1), "7")
    (bill,) = shop.bill((2, 15), (3, 1))
    return shop, bill


def said():
    """What was told, in order: the wording and the body."""
    rows = Notice.objects.order_by("id")
    return [(one.wording, one.content.said["body"]) for one in rows]


def test_a_new_bill_is_told_once_with_its_amount_and_last_day(billed):
    _, bill = billed
    assert telling.tell_news(at=noon(3, 2)) == 1
    assert telling.tell_news(at=noon(3, 3)) == 0
    ((name, body),) = said()
    assert name == "bill-issued"
    assert bill.number in body
    assert "2026-03-16" in body
    assert BillNotice.objects.get().bill == bill


def test_a_corrected_bill_is_told_with_both_amounts_and_why(billed):
    from tongdian.billing.actions.correcting import correct_bill
    from tongdian.metering.actions.readings import correct_reading

    shop, bill = billed
    telling.tell_news(at=noon(3, 2))
    correct_reading(
        viewer=shop.officer,
        meter=shop.meters["shop"],
        on=on(3, 1),
        value=Decimal("2.5"),
        quality="actual",
        reason="看错一位",
        at=noon(3, 3),
    )
    made = correct_bill(viewer=shop.officer, bill=bill, reason="抄表看错一位", at=noon(3, 3))
    assert telling.tell_news(at=noon(3, 3)) == 1  # of the new one; that the old is gone stands in it
    name, body = said()[-1]
    assert name == "bill-corrected"
    for text in (bill.number, made.number, "抄表看错一位"):
        assert text in body
    # (12.5 − 2.5) × 40 × 0.84 = 336.00 yuan less
    assert bill.fen - made.fen == 33600


def test_a_bill_that_was_cancelled_before_anybody_heard_of_it_is_not_told(billed):
    from tongdian.billing.actions.correcting import cancel_bill

    shop, bill = billed
    cancel_bill(viewer=shop.officer, bill=bill, reason="重复", at=noon(3, 2))
    assert telling.tell_news(at=noon(3, 2)) == 0


def test_a_bill_cancelled_after_it_was_told_is_told_to_be_gone(billed):
    from tongdian.billing.actions.correcting import cancel_bill

    shop, bill = billed
    telling.tell_news(at=noon(3, 2))
    cancel_bill(viewer=shop.officer, bill=bill, reason="重复", at=noon(3, 2))
    assert telling.tell_news(at=noon(3, 3)) == 1
    assert said()[-1][0] == "bill-cancelled"
    assert "重复" in said()[-1][1]


def test_the_answer_to_an_objection_is_told_in_its_words(billed):
    from tongdian.billing.actions.objecting import object_to_bill, settle_dispute

    shop, bill = billed
    telling.tell_news(at=noon(3, 2))
    dispute = object_to_bill(viewer=shop.clerk, bill=bill, text="偏高", on=on(3, 2), at=noon(3, 2))
    assert telling.tell_news(at=noon(3, 2)) == 0
    settle_dispute(
        viewer=shop.clerk, dispute=dispute, outcome="rejected", text="表计现场核对无误", at=noon(3, 4)
    )
    assert telling.tell_news(at=noon(3, 4)) == 1
    name, body = said()[-1]
    assert name == "objection-answered"
    assert "表计现场核对无误" in body


def test_a_message_that_went_out_is_a_delivery_and_one_that_waits_is_none(billed, channel):  # noqa: F811
    shop, bill = billed
    channel(shop.organisation, "email")
    telling.tell_news(at=noon(3, 2))
    assert telling.enter_deliveries(at=noon(3, 2)) == 0
    Delivery.objects.filter(kind="email").update(state="sent", sent_at=noon(3, 3))
    assert telling.enter_deliveries(at=noon(3, 4)) == 1
    assert telling.enter_deliveries(at=noon(3, 5)) == 0
    row = BillDelivery.objects.get(bill=bill)
    assert (row.way, row.on) == ("message", on(3, 3))  # from here the three working days of 22(1) run


def test_bills_of_long_ago_are_not_told_when_an_installation_is_upgraded(billed):
    import datetime as dt

    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    assert telling.tell_news(at=noon(3, 2), since=tomorrow) == 0
    assert telling.tell_news(at=noon(3, 2), since=tomorrow - dt.timedelta(days=2)) == 1
