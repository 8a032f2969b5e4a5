"""Articles 13, 14, 15(1): a meter that counts wrongly, and power that could not be loaded."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.cases.brought import hung, in_store
from tests.cases.conftest import at, make_campus, supplied
from tests.cases.test_engine import close, open_now
from tests.connections.conftest import picture
from tests.connections.test_residents import opened
from tongdian.accounts import queries
from tongdian.accounts.actions.opening import open_account
from tongdian.accounts.actions.owing import Owed, owe
from tongdian.accounts.models import BillingAccount, Debt, Posting, Receipt
from tongdian.accounts.queries.customers import money_of_case
from tongdian.accounts.queries.late import overdue
from tongdian.accounts.refusing import SignsTwice
from tongdian.accounts.rules import LedgerKind
from tongdian.allowed import NotAllowed
from tongdian.cases import queries as case_queries
from tongdian.cases.actions import return_stage
from tongdian.cases.queries import hands_for
from tongdian.connections.pages.tracking import printed_of
from tongdian.connections.printing import received_papers
from tongdian.connections.printing.money import refund_voucher
from tongdian.metering.models import MeterInstallation
from tongdian.policy.words import Words
from tongdian.rulebook.models import KeptAnswer

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus(viewer):
    made = make_campus(viewer)
    ranks = {"seller": "clerk", "fitter": "technician", "head": "officer", "manager": "officer"}
    made.four = [viewer(rank, name, at=made.centre) for name, rank in ranks.items()]
    return made


SOLD = {
    "careless": "false",
    "sold_kwh": "3200",
    "loaded_kwh": "3100",
    "last_kwh": "100",
    "last_paid": "54.91",
}


def compared(campus, **facts):
    supplied(campus)
    case = opened(campus, "card-refund")
    close(case, campus.counter, "report", "2026-03-02")
    close(case, campus.four[0], "compare", "2026-03-02", facts=SOLD | facts)
    return case


def test_15_1_four_people_sign_then_the_last_purchase_is_returned_and_bought_anew(campus):
    """3,200 sold − 3,100 loaded = 100 kWh, the last purchase, for 54.91 yuan."""
    seller, fitter, head, manager = campus.four
    case = compared(campus)
    close(case, fitter, "repairer", "2026-03-02")
    close(case, campus.counter, "resident", "2026-03-02")
    close(case, head, "voucher", "2026-03-03")
    close(case, manager, "manager", "2026-03-03")
    close(case, seller, "refund", "2026-03-03")
    bought = Receipt.objects.get()
    assert (bought.fen, bought.note) == (5_491, f"{case.number} 重新购电")
    returned = Posting.objects.get(note=f"{case.number} 退还购电款")
    (move,) = returned.transfers.all()
    assert (move.fen, move.debit.kind, move.credit.kind) == (5_491, "electricity", "cash")
    sold = queries.ledger_account(case.organisation, LedgerKind.ELECTRICITY)
    assert queries.balance(sold, on=dt.date(2026, 3, 3)) == 0  # given back and taken anew
    case.refresh_from_db()
    assert case.ending == "finished"
    moved = money_of_case(case)
    assert [one.number for one in moved["receipts"]] == [bought.number]
    assert moved["returned"] == [(f"{case.number} 退还购电款", 5_491, dt.date(2026, 3, 3))]


def test_15_1_the_papers_of_its_stages_are_listed_and_its_slip_is_printed(campus):
    """The original receipt came with the comparison; the slip with four signatures is still to come."""
    case = compared(campus)
    case.refresh_from_db()
    state, desk = case_queries.state_of(case), case_queries.desk(case)
    listed = {one.stage: len(one.files) for one in case_queries.documents_of(case, state, desk)}
    assert listed == {"report": 1, "compare": 1, "voucher": 0}
    assert [kind for kind, _ in printed_of(case)] == ["receipt", "voucher"]
    assert refund_voucher(case).startswith(b"%PDF-")
    received = received_papers(case)
    both = [("用户报修并交购电收据原件", 1), ("购电收据原件", 1)]
    assert [(one.name, one.copies) for one in received] == both


def test_15_1_what_is_not_refunded_has_no_slip(campus):
    case = compared(campus, loaded_kwh="950")
    close(case, campus.clerk, "refuse", "2026-03-02", note="差额不是最后一次购电量")
    case.refresh_from_db()
    assert refund_voucher(case) is None


def test_15_1_nobody_signs_for_two(campus):
    _, fitter, head, _ = campus.four
    case = compared(campus)
    close(case, fitter, "repairer", "2026-03-02")
    close(case, campus.counter, "resident", "2026-03-02")
    close(case, head, "voucher", "2026-03-03")
    with pytest.raises(SignsTwice):
        close(case, head, "manager", "2026-03-03")


def test_15_1_each_signature_is_of_whom_the_article_names_at_the_centre(campus, viewer):
    """售电员、维修电工、计费主管、中心经理: a clerk is no electrician, an electrician no supervisor, and an
    officer of the house above the centre is neither of its two."""
    seller, fitter, head, _ = campus.four
    case = compared(campus)
    above = viewer("officer", "house-officer", at=campus.campus)
    for nobody in (seller, head, above):
        with pytest.raises(NotAllowed):
            close(case, nobody, "repairer", "2026-03-02")
    close(case, fitter, "repairer", "2026-03-02")
    close(case, campus.counter, "resident", "2026-03-02")
    for nobody in (seller, fitter, above):
        with pytest.raises(NotAllowed):
            close(case, nobody, "voucher", "2026-03-03")
    close(case, head, "voucher", "2026-03-03")
    with pytest.raises(NotAllowed):
        close(case, above, "manager", "2026-03-03")


def test_15_1_only_who_may_sign_is_offered_when_a_stage_is_assigned(campus):
    case = compared(campus)
    day = dt.date(2026, 3, 2)
    found = hands_for(case, campus.centre, day, by=("technician",))
    assert {one.username for one in found} == {"fitter", campus.technician.username}


def receipt():
    return SimpleUploadedFile("收据.png", picture("receipt"), "image/png")


def test_15_1_figures_that_end_in_a_refusal_are_asked_once_more(campus, client):
    """3,200 sold and 950 loaded are no 100 kWh apart: the page says what follows, and goes on only when the
    same figures are sent once more."""
    supplied(campus)
    case = opened(campus, "card-refund", timezone.localdate().isoformat())
    close(case, campus.counter, "report", timezone.localdate().isoformat())
    case.refresh_from_db()
    client.force_login(campus.four[0])
    where = reverse("case-act-on", args=[case.number, "close", "compare"])
    facts = SOLD | {"loaded_kwh": "950", "last_receipt": "SD-1"}
    sent = {"seen": case.seq} | {f"fact-{name}": value for name, value in facts.items()}
    asked = client.post(where, sent | {"attached": receipt()})
    assert asked.status_code == 409
    assert "告知不退及理由" in asked.content.decode()
    confirmed = asked.context["confirms"]
    other = client.post(
        where, sent | {"confirmed": confirmed, "fact-loaded_kwh": "960", "attached": receipt()}
    )
    assert other.status_code == 409  # other figures are asked anew
    assert set(open_now(case)) == {"compare"}
    done = client.post(where, sent | {"confirmed": confirmed, "attached": receipt()})
    assert done.status_code == 302
    assert set(open_now(case)) == {"refuse"}


def test_15_1_figures_typed_wrongly_are_sent_back_from_the_refusal(campus):
    """950 typed for 3,100: the refusal sends it back, and the figures are entered anew."""
    case = compared(campus, loaded_kwh="950")
    case.refresh_from_db()
    return_stage(
        viewer=campus.clerk, case=case, stage="refuse", to="compare", reason="累计购电量应为 3100",
        seen=case.seq, at=at("2026-03-02"),
    )  # fmt: skip
    close(case, campus.four[0], "compare", "2026-03-02", facts=SOLD)
    assert set(open_now(case)) == {"repairer", "resident"}


def test_15_1_a_difference_that_is_not_the_last_purchase_is_not_refunded(campus):
    """3,200 − 3,140 = 60 kWh, not the 100 of the last purchase; nor is what careless keeping caused."""
    case = compared(campus, loaded_kwh="3140")
    assert set(open_now(case)) == {"refuse"}


def to_the_verdict(campus, verdict: str):
    supplied(campus)
    hung_meter(campus)
    case = opened(campus, "meter-test")
    close(case, campus.counter, "report", "2026-03-02")
    close(case, campus.clerk, "look", "2026-03-03")
    facts = {"verdict": verdict, "test_cost": "120"}
    close(case, campus.clerk, "test", "2026-03-10", facts=facts)
    return case


def hung_meter(campus):
    from tongdian.network.models import UsagePoint

    return hung(UsagePoint.objects.get(place=campus.shop, utility="power"))


def test_14_1_within_the_permitted_error_the_user_pays_for_the_test(campus):
    case = to_the_verdict(campus, "within")
    assert set(open_now(case)) == {"pay", "decide"}
    close(case, campus.clerk, "pay", "2026-03-11", given={"amount": "120"}, evidence=["收据"])
    debt = Debt.objects.get()
    assert (debt.fen, debt.cite) == (12_000, "14(1)")


def test_14_1_beyond_it_the_university_does(campus):
    case = to_the_verdict(campus, "beyond")
    assert set(open_now(case)) == {"decide"}
    assert not Debt.objects.exists()


def test_13_the_meter_is_replaced_with_its_last_and_the_new_ones_first_reading(campus):
    case = to_the_verdict(campus, "beyond")
    close(case, campus.clerk, "decide", "2026-03-11")
    in_store(campus.shop, "power", "D0999", 1)
    close(
        case, campus.technician, "replace", "2026-03-12", facts={"power_meter": "D0999", "power_last": "1200"}
    )
    former, new = MeterInstallation.objects.order_by("in_place")
    assert former.in_place.upper == new.in_place.lower == dt.date(2026, 3, 12)
    assert former.meter.readings.order_by("on").last().value == 1200
    assert (new.meter.code, new.meter.readings.get().value) == ("D0999", 0)


def to_be_settled(campus):
    case = to_the_verdict(campus, "beyond")
    close(case, campus.clerk, "decide", "2026-03-11", facts={"inaccurate": "false"})
    return case


def test_14_2_what_was_counted_too_much_is_given_back_and_pays_what_is_owed_first(campus):
    """Half of 2,100 kWh at 5 % too much: 1,050 × 0.05 ÷ 1.05 = 50 kWh × (0.5491 + 0.03) = 28.96 yuan, of
    which 10.00 pay what is owed and 18.96 are kept."""
    case = to_be_settled(campus)
    account = open_account(viewer=campus.clerk, customer=campus.wang, place=campus.shop, at=at("2026-03-02"))
    item = Owed(subject="electricity", fen=1_000, due_on=dt.date(2026, 3, 1), title=Words("电费", "power"))
    owe(viewer=campus.clerk, account=account, items=[item], on=dt.date(2026, 3, 2), at=at("2026-03-02"))
    close(case, campus.clerk, "settle", "2026-03-12", given={"counted": "2100", "error": "0.05"})
    prepaid = queries.ledger_account(account.organisation, LedgerKind.PREPAYMENT, holder=account)
    assert queries.available(prepaid) == 1_896
    assert queries.open_debts(account) == []
    kept = KeptAnswer.objects.get(subject=case.number)
    assert (kept.rule, kept.answer["value"]) == ("meter-error", "-28.96")


def test_14_2_what_was_counted_too_little_is_paid_besides(campus):
    """Half of 1,900 kWh at 5 % too little: 950 × −0.05 ÷ 0.95 = −50 kWh: 28.96 yuan are owed."""
    case = to_be_settled(campus)
    close(case, campus.clerk, "settle", "2026-03-12", given={"counted": "1900", "error": "-0.05"})
    debt = Debt.objects.get()
    assert (debt.fen, debt.cite, debt.answer["rule"]) == (2_896, "14(2)", "meter-error")


def test_14_3_until_it_is_settled_the_bill_stays_owed_and_late(campus):
    """10.00 yuan due on 5 March: the test of the meter holds up no collection."""
    account = open_account(viewer=campus.clerk, customer=campus.wang, place=campus.shop, at=at("2026-03-02"))
    item = Owed(subject="electricity", fen=1_000, due_on=dt.date(2026, 3, 5), title=Words("电费", "power"))
    owe(viewer=campus.clerk, account=account, items=[item], on=dt.date(2026, 3, 2), at=at("2026-03-02"))
    to_the_verdict(campus, "beyond")
    assert overdue(BillingAccount.objects.get(), dt.date(2026, 3, 10)).fen == 1_000
    assert Decimal(queries.open_debts(account)[0].fen) == 1_000
