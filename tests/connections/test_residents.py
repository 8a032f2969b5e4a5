"""Residents from the housing notice to moving out (8(3), 10(1)), shops that end or grow (10(2), 10(5))."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.cases.brought import hung
from tests.cases.conftest import at, organisation, supplied
from tests.cases.test_engine import close, hand_in, open_now
from tests.connections.conftest import scanned
from tongdian.agreements.models import Agreement
from tongdian.agreements.rules import EndsBeforeItBegins
from tongdian.cases import actions
from tongdian.cases.actions import open_case
from tongdian.cases.rules import FactContradictsSupply, PapersMissing
from tongdian.connections.pages.tracking import printed_of
from tongdian.connections.printing.money import settlement_certificate
from tongdian.connections.rules import NoAgreementHere, NotOfThisClass
from tongdian.metering.refusing import ReadingsDiffer, SheetMissing
from tongdian.policy.refusals import BadInput

pytestmark = pytest.mark.django_db


@pytest.fixture
def housing(campus, viewer):
    office = organisation("office", "房管科", "YSFG", parent=campus.campus, fills=["housing-office"])
    return viewer("clerk", "housing-clerk", at=office)


def opened(campus, process, day="2026-03-02", **facts):
    return open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process=process,
        customer=campus.wang,
        place=campus.shop,
        facts=facts,
        at=at(day),
    )


READ = {"power": "1234.5", "fittings": "sound"}


def moved_in(campus, housing, **facts):
    """By 8(3): notice, checked, in the ledger, card, supplied from Wednesday 4 March 2026 on."""
    case = opened(campus, "staff-resident-application")
    close(case, housing, "notice", "2026-03-02")
    hand_in(case, "housing-allotment-notice")
    both = {"school_power": "true", "school_water": "true"} | facts
    close(case, campus.counter, "apply", "2026-03-03", facts=both)
    close(case, campus.clerk, "check", "2026-03-03", evidence=["表底 0"])
    close(case, campus.clerk, "ledger", "2026-03-04", evidence=["台账 17"])
    return case


def test_a_resident_of_8_3_is_on_record_as_supplied_and_can_move_out(campus, housing):
    case = moved_in(campus, housing)
    (agreement,) = Agreement.objects.all()
    assert (agreement.customer, agreement.customer_class) == (campus.wang, "staff")
    assert (agreement.first_on, agreement.signed_on) == (dt.date(2026, 3, 4), None)  # nobody signs

    leaving = opened(campus, "move-out", "2026-06-01")
    close(leaving, housing, "notice", "2026-06-01")
    close(leaving, housing, "read_housing", "2026-06-02", given=READ)
    close(leaving, campus.clerk, "read_centre", "2026-06-02", given=READ, evidence=["抄表单"])
    close(leaving, campus.counter, "read_user", "2026-06-02", given=READ, evidence=[scanned()])
    close(leaving, campus.counter, "settle", "2026-06-03", evidence=["收据 8"])
    close(leaving, campus.clerk, "card", "2026-06-03", facts={"card_returned": "false"})  # none was lent
    done = close(leaving, housing, "close", "2026-06-04")
    assert (done.ending, done.ended_on) == ("finished", dt.date(2026, 6, 4))
    agreement.refresh_from_db()
    assert agreement.in_force.upper == dt.date(2026, 6, 5)  # 4 June was the last day
    assert not case.ended_on  # the card of 9(4) is still to be handed out


def test_nothing_is_on_record_for_what_the_city_supplies(campus, housing):
    moved_in(campus, housing, school_power="false")
    assert not Agreement.objects.exists()  # they applied for power alone (article 2)


def test_whoever_has_nothing_in_force_is_told_when_the_case_is_opened_not_at_its_last_stage(campus, housing):
    for process in ("move-out", "leave-school", "stop-supply", "change-of-use", "commercial-expansion"):
        with pytest.raises(NoAgreementHere):
            opened(campus, process)


def test_the_ending_of_shops_is_not_for_a_resident(campus):
    supplied(campus)
    with pytest.raises(NotOfThisClass, match="staff resident"):
        opened(campus, "stop-supply")


def test_100_against_900_does_not_pass(campus, housing):
    supplied(campus)
    case = opened(campus, "move-out")
    close(case, housing, "notice", "2026-03-02")
    close(case, housing, "read_housing", "2026-03-03", given=READ | {"power": "100"})
    told = {"given": READ | {"power": "900"}, "evidence": ["抄表单"]}
    with pytest.raises(ReadingsDiffer) as refused:
        close(case, campus.clerk, "read_centre", "2026-03-03", **told)
    assert "电表止数" in refused.value.say("zh")
    told["given"] = READ | {"power": "100", "fittings": "damaged"}
    with pytest.raises(ReadingsDiffer):  # nor does what they found
        close(case, campus.clerk, "read_centre", "2026-03-03", **told)
    told["given"] = {"fittings": "sound"}
    with pytest.raises(BadInput):  # and a reading is a number
        close(case, campus.clerk, "read_centre", "2026-03-03", **told)


def test_the_users_own_part_is_theirs_or_what_they_signed(campus, housing):
    hung(supplied(campus).usage_point)
    case = opened(campus, "move-out")
    close(case, housing, "notice", "2026-03-02")
    case.refresh_from_db()
    with pytest.raises(SheetMissing):
        actions.close_stage(
            viewer=campus.counter,
            case=case,
            stage="read_user",
            seen=case.seq,
            at=at("2026-03-03"),
            given=READ,
        )
    from tongdian.cases.rules import Applicant

    close(case, Applicant(case.pk, case.number), "read_user", "2026-03-03", given=READ)
    assert set(open_now(case)) == {"read_housing", "read_centre"}


def test_other_users_apply_without_a_paper_and_the_centre_goes_by_the_approval(campus):
    # 8(4) lists none; the approval is what the energy office makes of the application
    case = opened(campus, "other-application")
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})
    close(case, campus.clerk, "accept", "2026-03-03")
    assert set(open_now(case)) == {"sign", "deposit"}


def test_the_centre_asks_a_contractor_for_the_three_papers_of_8_1(campus):
    case = opened(campus, "construction-application")
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})
    with pytest.raises(PapersMissing, match="works contract"):
        close(case, campus.clerk, "accept", "2026-03-03")


def test_a_slip_in_the_contract_price_is_told_on_the_case_s_page(campus, client):
    case = opened(campus, "construction-application")
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})
    hand_in(case, "usage-approval-form", "works-contract", "contractor-identity")
    close(case, campus.clerk, "accept", "2026-03-03", facts={"contract": "15"})
    client.force_login(campus.clerk)
    text = client.get(f"/cases/{case.number}/", HTTP_ACCEPT_LANGUAGE="zh-Hans").content.decode()
    assert "合同总价不足1000元，是否为万元？" in text


def test_a_shop_that_stops_is_read_on_the_day_and_gets_its_deposit_when_the_agreement_has_ended(campus):
    agreement = supplied(campus, customer_class="shop", price_category="commercial")
    case = opened(campus, "stop-supply")
    hand_in(case, "owner-certificate", "change-application-form")
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})  # 10, opening
    close(case, campus.clerk, "accept", "2026-03-03")
    close(case, campus.technician, "disconnect", "2026-03-04", evidence=["封表 3"])
    close(case, campus.clerk, "read_centre", "2026-03-04", given=READ, evidence=["抄表单"])
    close(case, campus.counter, "read_user", "2026-03-04", given=READ, evidence=[scanned()])
    close(case, campus.counter, "settle", "2026-03-05", evidence=["收据 4"])
    assert set(open_now(case)) == {"end"}  # no refund yet
    close(case, campus.clerk, "end", "2026-03-05")
    agreement.refresh_from_db()
    assert agreement.in_force.upper == dt.date(2026, 3, 6)
    assert set(open_now(case)) == {"refund"}


def test_what_was_applied_for_is_what_is_paid_for_and_what_is_agreed(campus):
    # 50 kVA × 300 yuan = 15,000 (10(5)); at a power factor of 0.9 they are 45 kW more than 100
    agreement = supplied(campus, customer_class="shop", price_category="commercial")
    Agreement.objects.filter(pk=agreement.pk).update(capacity_kw=Decimal(100))
    case = opened(campus, "commercial-expansion", before_kva="110", added_kva="50")
    hand_in(case, "application-report")
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.clerk, "survey_centre", "2026-03-03", facts={"upstream_rebuilt": "true"})
    close(case, campus.officer, "survey_office", "2026-03-03")
    close(case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})
    close(case, campus.clerk, "plan_upstream", "2026-03-04")
    close(case, campus.counter, "agree", "2026-03-04")
    with pytest.raises(BadInput):
        close(case, campus.clerk, "fee", "2026-03-05", given={"amount": "1500"}, evidence=["收据 5"])
    close(case, campus.clerk, "fee", "2026-03-05", given={"amount": "15000"}, evidence=["收据 5"])
    close(case, campus.technician, "works", "2026-03-06")
    close(case, campus.technician, "expand", "2026-03-09")
    new = Agreement.objects.get(in_force__endswith=None)
    assert (new.capacity_kw, new.first_on) == (Decimal("145.00"), dt.date(2026, 3, 9))


def test_a_residents_stop_goes_to_the_housing_office_whatever_is_said(campus):
    supplied(campus)
    with pytest.raises(FactContradictsSupply):
        opened(campus, "temporary-stop", resident="false")
    case = opened(campus, "temporary-stop")
    close(case, campus.counter, "apply", "2026-03-02")
    assert set(open_now(case)) == {"approve_housing"}


def test_a_contractor_who_owes_nothing_gets_the_certificate_of_48_with_what_it_certifies(campus):
    case = opened(campus, "settlement-certificate")
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.clerk, "check", "2026-03-03", facts={"owes": "false"}, evidence=["对账单 3"])
    close(case, campus.officer, "sign_office", "2026-03-04")
    close(case, campus.clerk, "sign_centre", "2026-03-04")
    assert settlement_certificate(case) is None
    said = {
        "contract": "2026-017",
        "payment": "第1期",
        "period_from": "2026-02-28",
        "period_to": "2026-01-05",
        "amount": "800",
    }
    with pytest.raises(EndsBeforeItBegins):
        close(case, campus.officer, "issue", "2026-03-05", given=said)
    said |= {"period_from": "2026-01-05", "period_to": "2026-02-28"}
    done = close(case, campus.officer, "issue", "2026-03-05", given=said)
    assert settlement_certificate(done).startswith(b"%PDF-")
    assert [kind for kind, _ in printed_of(done)] == ["receipt", "certificate", "completion"]
