"""Articles 8(3), 10(1), 20: the ledger of a resident is begun, moved to another flat, renamed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.accounts.test_deposits import lodged_of
from tests.cases.brought import hung
from tests.cases.conftest import at, choose, make_campus, organisation, supplied
from tests.cases.test_engine import close, hand_in
from tests.connections.conftest import scanned
from tests.connections.test_residents import READ, moved_in, opened
from tongdian.accounts import queries
from tongdian.accounts.actions.depositing import enter_old_deposit
from tongdian.accounts.actions.opening import change_account, open_account
from tongdian.accounts.actions.owing import Owed, owe
from tongdian.accounts.models import BillingAccount
from tongdian.accounts.refusing import (
    DebtsOpen,
    FormNotAgreed,
    FormNotGiven,
    SameFlat,
    SameHolder,
    UnitMissing,
)
from tongdian.agreements.models import Agreement
from tongdian.billing.supplies import open_supplies
from tongdian.network.models import Place, UsagePoint
from tongdian.network.rules import NoSuchPlace
from tongdian.parties.models import Customer
from tongdian.parties.queries import NoSuchCustomer
from tongdian.policy.words import Words

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus(viewer):
    return make_campus(viewer)


@pytest.fixture
def housing(campus, viewer):
    office = organisation("office", "房管科", "YSFG", parent=campus.campus, fills=["housing-office"])
    return viewer("clerk", "housing-clerk", at=office)


@pytest.fixture
def flat(campus):
    """The new flat, with a meter."""
    from tongdian.bigrams import bigrams
    from tongdian.identifiers import uuid7

    id_ = uuid7()
    place = Place.objects.create(
        id=id_, organisation=campus.campus, region=campus.campus.region, kind="flat", code="J2-201",
        name="2 栋 201", ancestors=[id_], pairs=bigrams("2 栋 201"),
    )  # fmt: skip
    hung(UsagePoint.objects.create(place=place, utility="power", code="J2-201-D"))
    return place


def to_the_ledger(campus, housing, process):
    """Wang, a resident since 2025, with a card's 20 yuan lodged: read on 2 June and settled on 3 June."""
    hung(supplied(campus).usage_point)
    account = open_account(viewer=campus.clerk, customer=campus.wang, place=campus.shop, at=at("2026-03-02"))
    enter_old_deposit(
        viewer=campus.clerk, account=account, what="staff-card-deposit", yuan=Decimal(20), reason="台账",
        at=at("2026-03-02"),
    )  # fmt: skip
    case = opened(campus, process, "2026-06-01")
    if process == "rename":
        hand_in(case, "move-notice")
    close(case, housing, "notice", "2026-06-01")
    close(case, housing, "read_housing", "2026-06-02", given=READ)
    close(case, campus.clerk, "read_centre", "2026-06-02", given=READ, evidence=["抄表单"])
    close(case, campus.counter, "read_user", "2026-06-02", given=READ, evidence=[scanned()])
    close(case, campus.counter, "settle", "2026-06-03", evidence=["收据 8"])
    return case


def lodged_by_place() -> dict[str, int]:
    return {
        one.place.code: sum(queries.available(deposit) for deposit in lodged_of(one))
        for one in BillingAccount.objects.select_related("place")
    }


def test_8_3_with_the_entry_in_the_ledger_it_is_said_how_the_resident_pays(campus, housing):
    """20: of staff on the establishment the finance office withholds the charges."""
    moved_in(campus, housing)
    account = BillingAccount.objects.get()
    assert (account.customer, account.place, account.form) == (campus.wang, campus.shop, "withheld")


def test_10_1_ledger_and_card_move_to_the_new_flat(campus, housing, flat):
    case = to_the_ledger(campus, housing, "change-flat")
    with pytest.raises(NoSuchPlace):
        close(case, campus.clerk, "transfer", "2026-06-04", given={"new_place": "J9-999"})
    with pytest.raises(SameFlat):
        close(case, campus.clerk, "transfer", "2026-06-04", given={"new_place": "S3"})
    close(case, campus.clerk, "transfer", "2026-06-04", given={"new_place": "J2-201"})
    assert lodged_by_place() == {"S3": 0, "J2-201": 2_000}  # the 20 yuan go along
    new = {"supplies": "power", "power_start": "1024"}
    close(case, campus.technician, "open", "2026-06-05", facts=new, evidence=["通电"])
    former, now = Agreement.objects.order_by("in_force")
    assert former.in_force.upper == dt.date(2026, 6, 5)  # 4 June was its last day
    assert (now.usage_point.place, now.in_force.lower) == (flat, dt.date(2026, 6, 5))
    assert (now.customer, now.customer_class, now.price_category) == (campus.wang, "staff", "staff")
    reading = now.usage_point.meters_here.get().meter.readings.order_by("on").last()
    assert (reading.on, reading.value) == (dt.date(2026, 6, 5), Decimal(1024))  # of the new flat's meter
    case.refresh_from_db()
    assert case.ending == "finished"


def test_10_1_another_holder_takes_over_with_the_final_reading(campus, housing):
    """Read on 2 June: up to 1 June it is Wang's, from 2 June on Li's; no day is nobody's."""
    li = Customer.objects.create(
        number="YS-L0001", kind="person", name="李丽", organisation=campus.campus, created_at=at("2026-03-01")
    )
    case = to_the_ledger(campus, housing, "rename")
    with pytest.raises(NoSuchCustomer):
        close(case, campus.clerk, "register", "2026-06-04", given={"new_holder": "YS-X"})
    with pytest.raises(SameHolder):
        close(case, campus.clerk, "register", "2026-06-04", given={"new_holder": "YS-W0001"})
    close(case, campus.clerk, "register", "2026-06-04", given={"new_holder": "YS-L0001"})
    former, now = Agreement.objects.order_by("in_force")
    assert (former.customer, former.in_force.upper) == (campus.wang, dt.date(2026, 6, 2))
    assert (now.customer, now.in_force.lower) == (li, dt.date(2026, 6, 2))
    wangs, lis = (BillingAccount.objects.get(customer=one) for one in (campus.wang, li))
    assert [sum(queries.available(one) for one in lodged_of(whose)) for whose in (wangs, lis)] == [0, 2_000]
    left = {one.agreement for one in open_supplies(campus.campus, until=dt.date(2026, 6, 10))}
    assert now.pk in left


def test_10_1_nothing_goes_along_while_something_is_owed(campus, housing, flat):
    """What came to be owed after the settlement is paid before the card moves."""
    case = to_the_ledger(campus, housing, "change-flat")
    item = Owed(subject="charge", fen=500, due_on=dt.date(2026, 6, 3), title=Words("补卡", "a card"))
    owe(
        viewer=campus.clerk, account=BillingAccount.objects.get(), items=[item], on=dt.date(2026, 6, 3),
        at=at("2026-06-03"),
    )  # fmt: skip
    with pytest.raises(DebtsOpen):
        close(case, campus.clerk, "transfer", "2026-06-04", given={"new_place": "J2-201"})
    assert lodged_by_place() == {"S3": 2_000}
    assert Agreement.objects.get().in_force.upper is None


def test_20_other_forms_than_the_articles_are_agreed_with_both_offices(campus):
    """Staff residents prepay by the article; a shop prepays, or has it deducted, as both offices agreed."""
    supplied(campus, customer_class="shop", price_category="commercial")
    account = open_account(viewer=campus.clerk, customer=campus.wang, place=campus.shop, at=at("2026-03-02"))

    def change(form, **more):
        seen = BillingAccount.objects.get(pk=account.pk)
        return change_account(viewer=campus.clerk, account=seen, form=form, at=at("2026-03-03"), **more)

    for form in ("prepaid", "works"):
        with pytest.raises(FormNotAgreed):
            change(form, agreed="")
        assert change(form, agreed="会议纪要 3").form == form
    with pytest.raises(UnitMissing):
        change("school")
    assert change("school", borne_by="化学与药学学院").borne_by == "化学与药学学院"


def test_20_a_staff_resident_prepays_without_a_paper(campus):
    supplied(campus)
    account = open_account(viewer=campus.clerk, customer=campus.wang, place=campus.shop, at=at("2026-03-02"))
    assert (
        change_account(viewer=campus.clerk, account=account, form="prepaid", at=at("2026-03-03")).form
        == "prepaid"
    )


def test_20_where_there_are_three_forms_only_works_payments_are_withheld(campus, viewer):
    choose("payment-forms", "three_only", viewer)
    account = open_account(viewer=campus.clerk, customer=campus.wang, place=campus.shop, at=at("2026-03-02"))
    told = {"viewer": campus.clerk, "account": account, "agreed": "会议纪要 3", "at": at("2026-03-03")}
    with pytest.raises(FormNotGiven):
        change_account(form="works", **told)
    assert change_account(form="withheld", **told).form == "withheld"
