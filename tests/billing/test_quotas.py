"""3, 4, 26, 27: plans and quotas of a year, reports of a month, and what rooms use beyond a quota."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from tests.billing.conftest import Office, noon, on
from tests.network.conftest import make_organisation
from tongdian.accounts.actions.opening import open_account
from tongdian.billing.queries import quotas as queries
from tongdian.policy.refusals import Refusal

pytestmark = pytest.mark.django_db


@dataclass
class Offices:
    """The two offices of articles 3 and 4, and people of both."""

    office: Office
    drawer: Any  # clerk of the utilities centre
    centre_head: Any  # officer of the utilities centre
    checker: Any  # officer of the energy office

    @property
    def organisation(self):
        return self.office.organisation

    def draw_up(self, month="2026-03", *, at=noon(4, 12), **given):
        from tongdian.billing.actions.reporting import draw_up_report

        return draw_up_report(
            viewer=given.pop("viewer", self.drawer),
            organisation=self.organisation,
            month=month,
            at=at,
            **given,
        )

    def check(self, report, *, at=noon(4, 12), **given):
        from tongdian.billing.actions.reporting import check_report

        return check_report(viewer=given.pop("viewer", self.checker), report=report, at=at, **given)

    def plan(self, shares, *, at=noon(4, 12), **given):
        from tongdian.billing.actions.quotas import draw_up_quotas

        return draw_up_quotas(
            viewer=given.pop("viewer", self.checker),
            organisation=self.organisation,
            year=Decimal(2026),
            measures="公共照明改感应灯",
            shares=shares,
            at=at,
            **given,
        )

    def approve(self, plan, viewer, **given):
        from tongdian.billing.actions.quotas import answer_quotas

        return answer_quotas(viewer=viewer, plan=plan, at=noon(4, 12), **given)


@pytest.fixture
def offices(shop, viewer) -> Offices:
    """A shop, a utilities centre and an energy office."""
    centre = make_organisation("SD", "水电中心", kind="office", parent=shop.organisation)
    energy = make_organisation("JN", "节能办", kind="office", parent=shop.organisation)
    centre.fills, energy.fills = ["utilities-centre"], ["energy-office"]
    centre.save()
    energy.save()
    return Offices(
        shop,
        viewer("clerk", "pan", at=centre),
        viewer("officer", "zhou", at=centre),
        viewer("officer", "qin", at=energy),
    )


def billed_march(office):
    """500 kWh and 7 m³ of the shop, all of January to March."""
    office.read("shop", (4, 1), "12.5")
    office.read("tap", (4, 1), "7")
    return office.bill((3, 15), (4, 1))


def rows_of(report):
    return {(one["unit"] or one["category"], one["utility"]): one for one in report.rows}


def test_4_the_centre_draws_the_month_up_and_3_the_energy_office_checks_it(offices):
    billed_march(offices.office)
    report = offices.draw_up()
    # (12.5 − 0) × 40 = 500 kWh × 0.84 = 420.00 yuan, and 7 m³: both of the last day 31 March
    power, water = rows_of(report)["commercial", "power"], rows_of(report)["commercial", "water"]
    assert (power["quantity"], power["of_year"], power["fen"], power["quota"]) == (
        "500.00",
        "500.00",
        42000,
        None,
    )
    assert water["quantity"] == "7.00"
    assert report.number == 1
    with pytest.raises(Refusal, match="节能办") as refused:  # 3: not the centre's to check
        offices.check(report, viewer=offices.centre_head)
    assert refused.value.status == 403
    offices.check(report)
    report.refresh_from_db()
    assert report.verdict.is_right
    assert report.by_id != report.verdict.by_id


def test_4_nobody_but_the_centre_draws_it_up_and_not_before_the_month_is_over(offices):
    with pytest.raises(Refusal, match="水电中心"):
        offices.draw_up(viewer=offices.checker)
    with pytest.raises(Refusal, match="2026-04 is not over"):
        offices.draw_up("2026-04")
    with pytest.raises(Refusal, match="is no month"):
        offices.draw_up("2026-13")


def test_who_drew_it_up_does_not_check_it_not_even_past_the_program(offices):
    officer = offices.office.officer  # of the whole campus: may do either, and not both
    report = offices.draw_up(viewer=officer)
    with pytest.raises(Refusal, match="another person does"):
        offices.check(report, viewer=officer)
    from tongdian.billing.models import UsageReportCheck

    with pytest.raises(DatabaseError, match="does not check it"), transaction.atomic():
        UsageReportCheck.objects.create(
            organisation=offices.organisation, report=report, is_right=True, at=noon(4, 12), by=officer
        )


def test_a_month_drawn_up_again_is_a_new_version_with_a_reason_and_the_old_one_stays(offices):
    first = offices.draw_up()
    assert first.rows == []
    with pytest.raises(Refusal, match="has version 1 already"):
        offices.draw_up()
    with pytest.raises(Refusal, match="would say the same"):
        offices.draw_up(reason="再看一遍")
    billed_march(offices.office)
    second = offices.draw_up(reason="3 月账单已出")
    assert (second.number, second.rows[0]["quantity"]) == (2, "500.00")
    first.refresh_from_db()
    assert first.rows == []  # nothing billed is no row, and no zero
    assert first.unbilled_days > second.unbilled_days == 0
    with pytest.raises(Refusal, match="There is version 2"):
        offices.check(first)
    with pytest.raises(Refusal, match="Say what is wrong"):
        offices.check(second, is_right=False)
    offices.check(second, is_right=False, remarks="商业用户漏一户")
    with pytest.raises(Refusal, match="checked already"):
        offices.check(second)


def test_3_the_years_quotas_are_allotted_to_units_revised_with_a_reason_and_approved_by_another(offices):
    from tongdian.accounts.actions.opening import change_account
    from tongdian.accounts.models import BillingAccount

    (bill,) = billed_march(offices.office)
    change_account(
        viewer=offices.office.officer,
        account=BillingAccount.objects.get(pk=bill.account_id),
        form="school",
        borne_by="物理学院",
        at=noon(4, 12),
    )
    first = offices.plan("物理学院 1200 80\n外国语学院 900.5 60")
    assert rows_of(offices.draw_up())["物理学院", "power"]["quota"] is None  # not approved, not in force
    with pytest.raises(Refusal, match="another person does"):
        offices.approve(first, offices.checker)
    offices.approve(first, offices.office.officer)
    with pytest.raises(Refusal, match="say why"):
        offices.plan("物理学院 1000 80")
    second = offices.plan("物理学院 1000 80\n外国语学院 900.5 60", reason="暑期停用实验室")
    with pytest.raises(Refusal, match="check the newest"):
        offices.approve(first, offices.office.officer)
    found = rows_of(offices.draw_up(reason="指标已批准"))
    assert found["物理学院", "power"]["quota"] == "1200.00"  # the revision waits; the first is in force
    # a unit with a quota and no bill: nobody knows what it used
    assert (found["外国语学院", "power"]["quota"], found["外国语学院", "power"]["quantity"]) == (
        "900.50",
        None,
    )
    offices.approve(second, offices.office.officer)
    found = rows_of(offices.draw_up(reason="指标修订"))
    assert (found["物理学院", "power"]["quota"], found["物理学院", "power"]["of_year"]) == (
        "1000.00",
        "500.00",
    )


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ("物理学院 12O0 80", "is not .unit kWh"),  # the letter O
        ("物理学院 1200", "is not .unit kWh"),
        ("物理学院 -1 80", "is not .unit kWh"),
        ("物理学院 1 1.005", "is not .unit kWh"),
        ("物理学院 1 NaN", "is not .unit kWh"),
        ("物理学院 1 2\n物理学院 3 4", "stands there twice"),
    ],
)
def test_a_line_that_is_no_quota_keeps_nothing(offices, shares, said):
    from tongdian.billing.models import QuotaPlan

    with pytest.raises(Refusal, match=said):
        offices.plan(shares)
    assert not QuotaPlan.objects.exists()


LAMPS = "照明灯 4 0.018 12 31\n电风扇 1 0.06 8 31\n空调 1 0.8 2.5 20"


@pytest.fixture
def guards(offices, flat):
    """The shop's place is a guard room that the university bears; the flat is where a guard lives."""
    from tongdian.accounts.models import BillingAccount

    office = offices.office
    billed_march(office)
    office.read("flat", (4, 1), "100")
    office.bill((3, 15), (4, 1), at=noon(4, 2))
    rows = {one.place_id: one for one in BillingAccount.objects.all()}
    room = rows[office.points["shop"].place_id]
    payer = rows[office.points["flat"].place_id]
    return offices, room, payer


def approve_room(offices, room, payer, **given):
    from tongdian.billing.actions.excess import approve_room as do

    asked = {"kind": "guard_room", "month": "2026-03", "equipment": LAMPS, "paper": "核定单 3 号"}
    asked |= {"viewer": offices.checker} | given
    return do(account=room, payer=payer, at=noon(4, 12), **asked)


def charge(offices, room, **given):
    from tongdian.billing.actions.excess import charge_excess

    asked = {"month": "2026-03", "due_on": on(4, 30), "at": noon(4, 12)} | given
    return charge_excess(viewer=offices.drawer, room=room, **asked)


def test_26_a_guard_rooms_quota_goes_by_its_equipment_and_those_on_duty_owe_what_is_beyond(guards):
    from tongdian.accounts.queries import open_debts
    from tongdian.billing.queries.quotas import charges, recovered

    offices, room, payer = guards
    quota = approve_room(offices, room, payer)
    # 4 × 0.018 × 12 × 31 = 26.78; 0.06 × 8 × 31 = 14.88; 0.8 × 2.5 × 20 = 40.00
    assert quota.kwh == Decimal("81.66")
    before = sum(one.fen for one in open_debts(payer))
    made = charge(offices, quota)
    # 500 − 81.66 = 418.34 kWh × (0.5491 + 0.03) = 242.26 yuan: the price of residents
    assert (made.over_kwh, made.over_m3, made.fen) == (Decimal("418.34"), 0, 24226)
    assert sum(one.fen for one in open_debts(payer)) == before + 24226
    (debt,) = made.posting.debts.all()
    assert (debt.cite, debt.due_on) == ("26", on(4, 30))
    assert [one.paid for one in recovered(charges(offices.office.officer))] == [0]
    with pytest.raises(Refusal, match="comes out the same"):
        charge(offices, quota)


def test_26_no_quota_is_guessed_and_none_falls_on_the_room_itself(guards):
    offices, room, payer = guards
    with pytest.raises(Refusal, match="a line each"):
        approve_room(offices, room, payer, equipment="")
    with pytest.raises(Refusal, match=r"is not .device pieces"):
        approve_room(offices, room, payer, equipment="空调 一台 0.8 2.5 20")
    with pytest.raises(Refusal, match="not that of the room"):
        approve_room(offices, room, room)
    with pytest.raises(Refusal, match="节能办"):  # 3: the centre does not approve quotas
        approve_room(offices, room, payer, viewer=offices.drawer)
    quota = approve_room(offices, room, payer)
    with pytest.raises(Refusal, match="a quota from 2026-03 on already"):
        approve_room(offices, room, payer)
    with pytest.raises(Refusal, match="only from 2026-03"):
        charge(offices, quota, month="2026-02")


def test_27_the_excess_of_a_student_room_is_recovered_and_stands_on_a_list_for_the_university(guards):
    from tongdian.accounts.actions.collecting import take_payment
    from tongdian.billing.queries.quotas import charges, recovered

    offices, room, payer = guards
    quota = approve_room(offices, room, payer, kind="student_room", equipment="")
    assert quota.kwh is None
    with pytest.raises(Refusal, match="no resident is entered"):
        charge(offices, quota)
    with pytest.raises(Refusal, match=r"is not .student days"):
        charge(offices, quota, residents="2024001 整月")
    made = charge(offices, quota, residents="2024001 31\n2024002 31")
    # 2 × 3 = 6 kWh allowed, 500 − 6 = 494 × 0.5791 = 286.08 yuan; 2 × 5 = 10 m³ are more than 7
    assert (made.over_kwh, made.over_m3, made.fen) == (494, 0, 28608)
    assert made.posting.debts.get().cite == "27"
    owed_before = 5791  # 100 kWh of the flat × 0.5791, due first
    take_payment(viewer=offices.drawer, account=payer, yuan=Decimal("200.00"), payer="", at=noon(4, 13))
    (one,) = recovered(charges(offices.office.officer))
    assert one.paid == 20000 - owed_before


def test_27_a_month_that_was_not_billed_is_not_nothing_used(guards):
    offices, room, payer = guards
    quota = approve_room(offices, room, payer, kind="student_room", equipment="")
    with pytest.raises(Refusal, match="has no bill of 2026-04"):
        charge(offices, quota, month="2026-04", residents="a 30", at=noon(5, 2))


def test_27_after_the_bill_was_corrected_the_charge_is_made_again_and_the_former_reversed(guards):
    from tongdian.accounts.queries import open_debts
    from tongdian.billing.actions.correcting import correct_bill
    from tongdian.billing.models import Bill
    from tongdian.metering.actions.readings import correct_reading

    offices, room, payer = guards
    quota = approve_room(offices, room, payer, kind="student_room", equipment="")
    first = charge(offices, quota, residents="a 31\nb 31")
    before = sum(one.fen for one in open_debts(payer))
    correct_reading(
        viewer=offices.office.officer,
        meter=offices.office.meters["shop"],
        on=on(4, 1),
        value=Decimal("2.5"),
        quality="actual",
        reason="抄错",
        at=noon(4, 13),
    )
    (bill,) = Bill.objects.filter(account=room)
    correct_bill(viewer=offices.office.officer, bill=bill, reason="抄错", at=noon(4, 13))
    second = charge(offices, quota, residents="a 31\nb 31", at=noon(4, 13))
    # 2.5 × 40 = 100 kWh, 94 beyond × 0.5791 = 54.44
    assert (second.number, second.fen) == (2, 5444)
    assert sum(one.fen for one in open_debts(payer)) == before - first.fen + 5444


def test_26_an_own_meter_is_at_the_guards_cost_and_billed_at_the_price_of_residents(guards):
    from tongdian.accounts.actions.charging import charge_once
    from tongdian.billing import queries
    from tongdian.billing.models import Bill

    offices, _, payer = guards
    (bill,) = Bill.objects.filter(account=payer)
    # 100 kWh × (0.5491 + 0.03): what a resident pays
    assert [(line.quantity, line.price, line.fen) for line in queries.lines(bill)] == [
        (100, Decimal("0.57910000"), 5791)
    ]
    fitted = charge_once(
        viewer=offices.drawer,
        account=payer,
        item="guard_meter",
        yuan=Decimal("180.00"),
        paper="安装单 5 号",
        at=noon(4, 12),
    )
    assert (fitted.fen, fitted.cite, fitted.account) == (18000, "26", payer)


def test_the_quota_of_a_room_is_offered_to_whom_it_is_allowed_and_saved_by_them(offices, client):
    (bill,) = billed_march(offices.office)
    account = bill.account
    payer = open_account(
        viewer=offices.office.officer,
        customer=offices.office.room.town.customers[1],
        place=offices.office.room.town.campus.flats[0],
        at=noon(4, 2),
    )
    page, form = reverse("money-account", args=[account.pk]), reverse("quota-room-new", args=[account.pk])
    for person, allowed in ((offices.centre_head, False), (offices.checker, True)):
        client.force_login(person)
        assert (form in client.get(page).content.decode()) is allowed
        assert client.get(form).status_code == (200 if allowed else 403)
    told = {"kind": "student_room", "month": "2026-04", "payer": payer.number, "paper": "核定单 1"}
    assert client.post(form, told).status_code == 302
    assert queries.rooms(offices.checker).get().payer == payer


def test_a_plan_names_the_units_known_and_warns_of_one_that_bears_no_account(offices, client):
    (bill,) = billed_march(offices.office)
    type(bill.account).objects.filter(pk=bill.account_id).update(borne_by="物理学院")
    client.force_login(offices.checker)
    form = client.get(reverse("quota-plan-new"), {"for": offices.organisation.pk}).content.decode()
    assert "物理学院" in form
    plan = offices.plan("物理学院 120000 8000\n物理系 10 1")
    said = client.get(reverse("quota-plan", args=[plan.pk])).content.decode()
    assert "<strong>物理系</strong>" in said
    assert "<strong>物理学院</strong>" not in said
    client.force_login(offices.centre_head)  # 3: the energy office's to draw up
    assert client.get(reverse("quota-plan-new")).status_code == 403
