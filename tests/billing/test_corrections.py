"""A wrong bill is cancelled and made again; what was paid stays the customer's; objections by 22."""

from decimal import Decimal

import pytest

from tests.billing.conftest import noon, on
from tongdian.accounts import queries as account_queries
from tongdian.accounts.actions.posting import Movement, account_of, post
from tongdian.accounts.rules import LedgerKind, TransferReason
from tongdian.billing import queries
from tongdian.billing.actions import correcting, machine, objecting
from tongdian.billing.models import BilledPeriod
from tongdian.billing.queries import disputing
from tongdian.billing.rules import (
    CancelledAlready,
    DisputedAlready,
    NotCorrectedYet,
    NothingDiffers,
    OtherThanForeseen,
)
from tongdian.money import yuan_of_fen
from tongdian.registers.fields import BadValue

pytestmark = pytest.mark.django_db


@pytest.fixture
def billed(shop):
    """The shop's bill of 1 March: 500 kWh at 0.84 = 420.00 yuan, 7 m³ of water."""
    shop.read("shop", (3, 1), "12.5")
    shop.read("tap", (3, 1), "7")
    (shop.first,) = shop.bill((2, 15), (3, 1))
    return shop


def correct(office, value, *, at=noon(12, 2)):
    from tongdian.metering.actions.readings import correct_reading

    correct_reading(
        viewer=office.officer,
        meter=office.meters["shop"],
        on=on(3, 1),
        value=Decimal(value),
        quality="actual",
        reason="看错一位",
        at=at,
    )


def pay(office, bill):
    """The customer pays the bill whole at the counter."""
    cash = account_of(office.organisation, LedgerKind.BANK)
    owed = account_of(office.organisation, LedgerKind.RECEIVABLE, holder=bill.account)
    moves = [
        Movement(cash.pk, owed.pk, one.fen, TransferReason.RECEIPT, one.debt.pk)
        for one in account_queries.open_debts(bill.account)
    ]
    post(viewer=office.officer, organisation=office.organisation, moves=moves, on=on(3, 10), at=noon(3, 10))


def balance(office, kind, bill):
    account = account_of(office.organisation, LedgerKind(kind), holder=bill.account)
    return account_queries.balance(account, on=on(12, 31))


def test_a_corrected_reading_is_billed_anew_and_the_difference_is_the_customers(billed):
    first = billed.first
    pay(billed, first)
    assert balance(billed, "receivable", first) == 0
    correct(billed, "10.5")
    made = correcting.correct_bill(viewer=billed.officer, bill=first, reason="抄错", at=noon(12, 3))
    # 10.50 × 40 = 420 kWh × 0.84 = 352.80, and not 420.00: 67.20 yuan came back as prepayment
    assert (made.electricity_fen, first.electricity_fen) == (35280, 42000)
    assert made.corrects_id == first.pk
    assert balance(billed, "receivable", first) == 0
    assert balance(billed, "prepayment", first) == 6720
    assert [one.bill_id for one in BilledPeriod.objects.filter(is_cancelled=False)] == [made.pk, made.pk]


def test_what_a_correction_comes_to_is_shown_before_and_nothing_else_is_carried_out(billed):
    correct(billed, "10.5")
    (shown,) = correcting.foreseen(billed.first, noon(12, 3))
    # 500 → 420 kWh at 0.84: 67.20 yuan less; nothing is done yet
    assert (shown.was, shown.more) == (billed.first.fen, -6720)
    assert queries.bills_of(billed.first.account).count() == 1
    assert not queries.is_cancelled(queries.bill(billed.officer, billed.first.pk))
    correct(billed, "11.5", at=noon(12, 4))  # meanwhile: 460 kWh, 33.60 less

    def carry_out(fen):
        return correcting.correct_bill(
            viewer=billed.officer,
            bill=queries.bill(billed.officer, billed.first.pk),
            reason="抄错",
            expected=yuan_of_fen(fen),
            at=noon(12, 5),
        )

    with pytest.raises(OtherThanForeseen):
        carry_out(shown.fen)
    made = carry_out(billed.first.fen - 3360)
    assert made.fen == billed.first.fen - 3360


def test_what_comes_out_higher_is_owed_on_top(billed):
    pay(billed, billed.first)
    correct(billed, "13.5")
    made = correcting.correct_bill(viewer=billed.officer, bill=billed.first, reason="抄错", at=noon(12, 3))
    assert balance(billed, "receivable", made) == made.fen - billed.first.fen == 3360  # 40 kWh × 0.84


def test_bill_reversal_and_rebill_cancel(billed):
    before = balance(billed, "receivable", billed.first)
    correct(billed, "10.5")
    correcting.correct_bill(viewer=billed.officer, bill=billed.first, reason="抄错", at=noon(12, 3))
    correct(billed, "12.5", at=noon(12, 4))
    (second,) = queries.bills_of(billed.first.account).filter(cancellation=None)
    correcting.correct_bill(viewer=billed.officer, bill=second, reason="原读数无误", at=noon(12, 5))
    assert balance(billed, "receivable", billed.first) == before


def test_a_bill_that_would_come_out_the_same_is_not_corrected(billed):
    with pytest.raises(NothingDiffers):
        correcting.correct_bill(viewer=billed.officer, bill=billed.first, reason="再算", at=noon(12, 3))


def test_a_bill_is_cancelled_once_and_for_a_reason(billed):
    with pytest.raises(BadValue):
        correcting.cancel_bill(viewer=billed.officer, bill=billed.first, reason=" ", at=noon(12, 3))
    correcting.cancel_bill(viewer=billed.officer, bill=billed.first, reason="户号错", at=noon(12, 3))
    assert balance(billed, "receivable", billed.first) == 0
    with pytest.raises(CancelledAlready):
        correcting.cancel_bill(viewer=billed.officer, bill=billed.first, reason="再来", at=noon(12, 4))


def test_days_of_a_cancelled_bill_are_billed_by_the_next_run(billed):
    correcting.cancel_bill(viewer=billed.officer, bill=billed.first, reason="户号错", at=noon(3, 2))
    (again,) = billed.bill((2, 15), (3, 1), at=noon(3, 3))
    assert (again.starts, again.ends, again.fen) == (billed.first.starts, billed.first.ends, billed.first.fen)


def test_the_program_corrects_bills_whose_readings_were_corrected(billed):
    correct(billed, "10.5")
    (made,) = machine.correct_contradicted(at=noon(12, 3))
    assert made.reason == "抄见数 2026-03-01 已更正：看错一位"
    assert machine.correct_contradicted(at=noon(12, 4)) == []


def test_later_bills_of_the_tier_year_follow(flat):
    """What was used before them changed; here by the shared price, which has no tiers: none differs."""
    from tongdian.metering.actions.readings import correct_reading

    flat.read("flat", (3, 1), "120")
    (first,) = flat.bill((2, 15), (3, 1))
    flat.read("flat", (4, 1), "180")
    (second,) = flat.bill((3, 15), (4, 1))
    correct_reading(
        viewer=flat.officer,
        meter=flat.meters["flat"],
        on=on(3, 1),
        value=Decimal("110"),
        quality="actual",
        reason="看错",
        at=noon(12, 2),
    )
    correcting.correct_bill(viewer=flat.officer, bill=first, reason="看错", at=noon(12, 3))
    made = list(queries.bills_of(first.account).filter(cancellation=None).order_by("starts"))
    # the reading of 1 March ends the one and begins the other: 110 and 70 kWh for 120 and 60
    assert [one.corrects_id for one in made] == [first.pk, second.pk]
    assert [queries.lines(one)[0].quantity for one in made] == [110, 70]


# 22: objections


def test_three_working_days_to_object_and_three_to_settle(billed):
    # 22(1): delivered on Monday 2 March: Tuesday, Wednesday, Thursday
    objecting.deliver_bill(viewer=billed.clerk, bill=billed.first, way="handed", on=on(3, 2), at=noon(3, 2))
    dispute = objecting.object_to_bill(
        viewer=billed.clerk, bill=billed.first, text="用量偏高", on=on(3, 4), at=noon(3, 4)
    )
    assert dispute.last_on == on(3, 5)
    assert dispute.is_in_time
    assert dispute.answer_by == on(3, 9)  # Thursday, Friday, Monday
    with pytest.raises(DisputedAlready):
        objecting.object_to_bill(
            viewer=billed.clerk, bill=billed.first, text="再说", on=on(3, 4), at=noon(3, 4)
        )


def test_a_late_objection_is_kept_and_is_late(billed):
    objecting.deliver_bill(viewer=billed.clerk, bill=billed.first, way="handed", on=on(3, 2), at=noon(3, 2))
    dispute = objecting.object_to_bill(
        viewer=billed.clerk, bill=billed.first, text="用量偏高", on=on(3, 6), at=noon(3, 6)
    )
    assert not dispute.is_in_time


def test_an_objection_is_upheld_by_a_corrected_bill(billed):
    dispute = objecting.object_to_bill(
        viewer=billed.clerk, bill=billed.first, text="用量偏高", on=on(3, 4), at=noon(3, 4)
    )
    given = {"viewer": billed.officer, "dispute": dispute, "outcome": "upheld", "text": "已更正"}
    with pytest.raises(NotCorrectedYet):
        objecting.settle_dispute(**given, at=noon(3, 5))
    correct(billed, "10.5")
    correcting.correct_bill(viewer=billed.officer, bill=billed.first, reason="异议属实", at=noon(12, 3))
    dispute = disputing.dispute(billed.officer, dispute.pk)
    objecting.settle_dispute(**given | {"dispute": dispute}, at=noon(12, 3))
    assert disputing.open_dispute(billed.first) is None


def test_a_customer_sees_and_objects_to_their_own_bill_alone(billed, viewer, client):
    from tongdian.parties.models import Account

    first = billed.first
    theirs, other = Account.objects.create(username="xm"), Account.objects.create(username="someone")
    first.account.customer.account = theirs
    first.account.customer.save()
    client.force_login(other)
    assert client.get(f"/my-bills/{first.pk}/").status_code == 404
    client.force_login(theirs)
    page = client.get(f"/my-bills/{first.pk}/")
    assert page.status_code == 200
    assert "500" in page.content.decode()
    assert queries.delivered_on(first) is not None  # with that it has reached them
    assert client.post(f"/my-bills/{first.pk}/", {"text": "电表读错了"}).status_code == 302
    assert disputing.open_dispute(first).text == "电表读错了"
    client.force_login(other)
    assert client.post(f"/my-bills/{first.pk}/", {"text": "x"}).status_code == 404


def test_what_is_disputed_in_time_is_not_dunned_until_it_is_settled(billed):
    from tongdian.accounts.models import Halt

    objecting.deliver_bill(viewer=billed.clerk, bill=billed.first, way="handed", on=on(3, 2), at=noon(3, 2))
    dispute = objecting.object_to_bill(
        viewer=billed.clerk, bill=billed.first, text="用量偏高", on=on(3, 4), at=noon(3, 4)
    )
    # its electricity and its water
    assert Halt.objects.filter(ground="dispute", end=None).count() == 2
    objecting.settle_dispute(
        viewer=billed.officer, dispute=dispute, outcome="rejected", text="表计准确", at=noon(3, 6)
    )
    assert not Halt.objects.filter(ground="dispute", end=None).exists()


def test_the_offices_own_delay_confirms_nothing_unless_it_is_read_so(billed, viewer):
    """22(1): 超出规定时间视用户默认确认 binds the user only, by default; read the other way, collection goes
    on from the day after the centre's last day, Monday 9 March."""
    from tests.cases.conftest import choose
    from tongdian.accounts.models import Halt

    objecting.deliver_bill(viewer=billed.clerk, bill=billed.first, way="handed", on=on(3, 2), at=noon(3, 2))
    said = {"viewer": billed.clerk, "text": "用量偏高", "on": on(3, 4), "at": noon(3, 4)}
    objecting.object_to_bill(bill=billed.first, **said)
    assert set(Halt.objects.values_list("before", flat=True)) == {None}
    choose("objection-silence", "either", viewer)
    assert disputing.silence_confirms(billed.first, on(3, 4))


def test_an_objection_is_not_earlier_than_its_bill(billed):
    from tongdian.billing.rules import ObjectedTooEarly

    with pytest.raises(ObjectedTooEarly):
        objecting.object_to_bill(viewer=billed.clerk, bill=billed.first, text="x", on=on(1, 1), at=noon(3, 4))


def test_a_late_objection_holds_no_collection_up(billed):
    from tongdian.accounts.models import Halt

    objecting.deliver_bill(viewer=billed.clerk, bill=billed.first, way="handed", on=on(3, 2), at=noon(3, 2))
    objecting.object_to_bill(
        viewer=billed.clerk, bill=billed.first, text="用量偏高", on=on(3, 6), at=noon(3, 6)
    )
    assert not Halt.objects.exists()
