"""Articles 10(5), 32, 46, 52: a stage that is done by a payment, in the books."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from tests.cases.conftest import at, make_campus, supplied
from tests.cases.test_engine import close, hand_in, open_now
from tests.connections.test_residents import opened
from tongdian.accounts import queries
from tongdian.accounts.actions.charging import answer_to_charge, charge_by_rule
from tongdian.accounts.actions.collecting import take_payment
from tongdian.accounts.actions.opening import open_account
from tongdian.accounts.actions.owing import Owed, owe
from tongdian.accounts.actions.paid_stages import charge_case, close_what_is_paid, left_of
from tongdian.accounts.models import BillingAccount, Debt, Receipt
from tongdian.accounts.refusing import NotTheCollector
from tongdian.accounts.refusing.charges import GivenUnreadable, NotARuleToCharge, NotChargedYet, NothingDue
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words
from tongdian.registers.fields import BadValue

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus(viewer):
    return make_campus(viewer)


@pytest.fixture
def growing(campus):
    """A shop that adds 50 kVA, for which the lines upstream are rebuilt: up to its fee."""
    supplied(campus, customer_class="shop", price_category="commercial")
    case = opened(campus, "commercial-expansion", before_kva="110", added_kva="50")
    hand_in(case, "application-report")
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.clerk, "survey_centre", "2026-03-03", facts={"upstream_rebuilt": "true"})
    close(case, campus.officer, "survey_office", "2026-03-03")
    close(case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})
    close(case, campus.clerk, "plan_upstream", "2026-03-04")
    close(case, campus.counter, "agree", "2026-03-04")
    return case


def owed() -> list[int]:
    return [one.fen for one in queries.open_debts(BillingAccount.objects.get())]


def test_10_5_the_fee_is_charged_and_taken_in_one_step_at_the_counter(campus, growing):
    """50 kVA × 300 yuan/kVA = 15,000 yuan."""
    close(growing, campus.clerk, "fee", "2026-03-05", given={"amount": "15000"}, evidence=["收据"])
    debt, receipt = Debt.objects.get(), Receipt.objects.get()
    assert (debt.fen, debt.cite, debt.answer["rule"]) == (1_500_000, "10(5)", "expansion-fee")
    assert debt.answer["inputs"]["added_kva"] == "50.00"
    assert (receipt.fen, receipt.note) == (1_500_000, growing.number)
    assert owed() == []


def test_10_5_charged_first_the_stage_is_done_by_the_payment(campus, growing):
    charge_case(viewer=campus.clerk, case=growing, stage="fee", at=at("2026-03-05"))
    charge_case(viewer=campus.clerk, case=growing, stage="fee", at=at("2026-03-05"))  # once
    assert owed() == [1_500_000]
    account = BillingAccount.objects.get()
    told = {"viewer": campus.clerk, "account": account, "payer": "", "at": at("2026-03-06")}
    part = take_payment(yuan=Decimal(5000), **told)
    assert close_what_is_paid(viewer=campus.clerk, account=account, receipt=part, at=at("2026-03-06")) == []
    rest = take_payment(yuan=Decimal(10_000), **told)
    done = close_what_is_paid(viewer=campus.clerk, account=account, receipt=rest, at=at("2026-03-06"))
    assert done == [growing.number]
    assert "fee" not in open_now(growing)


def test_what_is_paid_for_a_charge_goes_to_that_charge_and_not_to_older_debts(campus, growing):
    """民法典 560: who pays says for what; 800 yuan of February's electricity stay owed."""
    debt = charge_case(viewer=campus.clerk, case=growing, stage="fee", at=at("2026-03-05"))
    account = BillingAccount.objects.get()
    item = Owed(subject="electricity", fen=80_000, due_on=dt.date(2026, 2, 20), title=Words("电费", "power"))
    owe(viewer=campus.officer, account=account, items=[item], on=dt.date(2026, 3, 5), at=at("2026-03-05"))
    close(growing, campus.clerk, "fee", "2026-03-06", given={"amount": "15000"}, evidence=["收据"])
    assert left_of(growing) == {debt: 0}
    assert owed() == [80_000]


def test_18_only_the_centre_takes_the_fee(campus, growing):
    with pytest.raises(NotTheCollector):
        charge_case(viewer=campus.officer, case=growing, stage="fee", at=at("2026-03-05"))
    assert not Debt.objects.exists()


def temporary(campus, *, metered: str):
    case = opened(campus, "temporary-use-application", metered=metered)
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-03", facts={"approved": "true"})
    return case


def test_52_what_the_energy_office_confirmed_is_charged(campus):
    """Without a meter the centre estimates 980.00 yuan, the energy office confirms it, then it is paid."""
    case = temporary(campus, metered="false")
    close(case, campus.technician, "connect", "2026-03-04")
    close(case, campus.clerk, "estimate", "2026-03-06", facts={"cost_estimated": "980"})
    close(case, campus.officer, "verify", "2026-03-09")
    with pytest.raises(BadInput):
        close(case, campus.clerk, "pay", "2026-03-10", given={"amount": "900"}, evidence=["收据"])
    close(case, campus.clerk, "pay", "2026-03-10", given={"amount": "980"}, evidence=["收据"])
    debt = Debt.objects.get()
    assert (debt.fen, debt.cite, debt.answer["fact"]) == (98_000, "52", "cost_estimated")


def by_rule(campus, case, rule: str, given: dict, **more):
    account = open_account(viewer=campus.clerk, customer=campus.wang, place=campus.shop, at=at("2026-03-10"))
    return charge_by_rule(
        viewer=more.pop("viewer", campus.clerk),
        account=account,
        rule=rule,
        of_day=dt.date(2026, 3, 9),
        given=json.dumps(given),
        paper="测算单 7",
        case=case.number if case else "",
        at=at("2026-03-10"),
        **more,
    )


COURSE = {"start": "2026-03-02", "last": "2026-03-09", "persons": "30", "chosen": "5"}


def test_46_unplanned_use_is_charged_by_its_rule_before_it_is_paid(campus):
    """51(1), less than a month: 30 persons × 8 days × 1 yuan = 240.00 yuan."""
    case = opened(campus, "unplanned-use")
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-02", facts={"approved": "true"})
    told = {"metered": "false", "supplies": "power"}
    close(case, campus.technician, "open", "2026-03-02", facts=told)
    close(case, campus.clerk, "end", "2026-03-09", facts={"power_used": "0"})
    with pytest.raises(NotChargedYet):
        close(case, campus.clerk, "pay", "2026-03-10", evidence=["收据"])
    debt = by_rule(campus, case, "training-charge", COURSE)
    assert (debt.fen, debt.cite) == (24_000, "51(1)")
    close(case, campus.clerk, "pay", "2026-03-10", given={"amount": "240"}, evidence=["收据"])
    assert owed() == []
    assert Receipt.objects.get().fen == 24_000


def test_50_2_a_stall_without_a_meter_pays_by_power_and_time(campus):
    """3 kW × 8 hours × 5 days = 120 kWh, at the commercial price of the pack, which is an example."""
    debt = by_rule(campus, None, "unmetered-stall", {
        "start": "2026-03-02", "power": "3", "water_flow": "0", "hours_a_day": "8", "last": "2026-03-06",
    })  # fmt: skip
    lines = {
        one["name"]: Decimal(one["value"]) for one in debt.answer["lines"] if one["name"] in ("kwh", "price")
    }
    assert lines["kwh"] == 120
    assert Decimal(debt.fen) / 100 == (120 * lines["price"]).quantize(Decimal("0.01"))
    assert debt.answer["is_example"] is True
    assert "示例" in debt.title["zh"]


def test_51_2_premises_let_out_pay_for_12_hours_a_day(campus):
    """10 kW × 4 days × 12 hours = 480 kWh."""
    debt = by_rule(
        campus, None, "let-premises-use", {"start": "2026-03-02", "power": "10", "last": "2026-03-05"}
    )
    assert next(one["value"] for one in debt.answer["lines"] if one["name"] == "kwh") in ("480", "480.00")


def test_47_3_small_works_without_a_meter_pay_by_their_total_cost(campus):
    """40,000 yuan in the undoubted band: 40,000 × 8‰ = 320.00; 5,000,000 × 6‰ = 30,000."""
    debt = by_rule(campus, None, "small-works", {
        "settled_on": "2026-03-02", "metered": "false", "total_cost": "40000",
    })  # fmt: skip
    assert debt.fen == 32_000


def test_a_rule_that_nobody_is_charged_by_and_inputs_that_are_none_are_refused(campus):
    with pytest.raises(BadValue):  # the form offers no such rule
        by_rule(campus, None, "shop-deposit", {"chosen": "3000"})
    with pytest.raises(NotARuleToCharge):
        answer_to_charge(campus.campus, "shop-deposit", of_day=dt.date(2026, 3, 9), given={})
    with pytest.raises(NothingDue):
        by_rule(campus, None, "expansion-fee", {
            "applied": "2026-03-02", "before_kva": "100", "added_kva": "50", "upstream_rebuilt": "false",
        })  # fmt: skip
    with pytest.raises(BadInput):
        by_rule(campus, None, "training-charge", {**COURSE, "persons": "-3"})
    with pytest.raises(NotTheCollector):
        by_rule(campus, None, "training-charge", COURSE, viewer=campus.officer)
    account = BillingAccount.objects.get()
    for text in ("[1]", "{", "7"):
        with pytest.raises(GivenUnreadable):
            charge_by_rule(
                viewer=campus.clerk, account=account, rule="training-charge", of_day=dt.date(2026, 3, 9),
                given=text, paper="x", at=at("2026-03-10"),
            )  # fmt: skip
    assert not Debt.objects.exists()  # nothing half stored


def test_the_same_question_with_the_same_key_is_one_charge(campus):
    first = by_rule(campus, None, "training-charge", COURSE, key="CS-7")
    assert by_rule(campus, None, "training-charge", COURSE, key="CS-7") == first


def test_from_the_account_over_the_page_of_the_rule_to_the_charge(campus, client):
    """30 persons × 8 days × 1 yuan, as a person walks it: choose the rule, answer it, charge it."""
    account = open_account(viewer=campus.clerk, customer=campus.wang, place=campus.shop, at=at("2026-03-10"))
    client.force_login(campus.clerk)
    address = f"/cash/accounts/{account.pk}/by-rule/"
    rules = client.get(address).content.decode()
    assert "/packs/gxnu-2016-4/rules/training-charge/" in rules
    asked = {"on": "2026-03-09"} | {f"given.{name}": value for name, value in COURSE.items()}
    shown = client.get("/packs/gxnu-2016-4/rules/training-charge/", asked).content.decode()
    assert f"{address}training-charge/?on=2026-03-09" in shown
    whole = f"{address}training-charge/?{urlencode({'on': '2026-03-09', 'given': json.dumps(COURSE)})}"
    assert "240" in client.get(whole).content.decode()
    assert client.post(whole, {"paper": ""}).status_code == 422
    assert not Debt.objects.exists()
    assert client.post(whole, {"paper": "测算单 7"}).status_code == 302
    assert Debt.objects.get().fen == 24_000
