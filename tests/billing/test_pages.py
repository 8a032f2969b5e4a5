"""The pages of billing in the browser's words: what waits, a run and its lists, a bill and its correction."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from tests.billing.conftest import noon, on
from tests.billing.test_corrections import billed, correct
from tongdian.accounts.actions.collecting import take_payment, take_receipt_back
from tongdian.billing import queries
from tongdian.billing.actions.objecting import deliver_bill, object_to_bill
from tongdian.billing.models import Bill, BillingRun
from tongdian.billing.queries.paying import payments_of, standings_of

__all__ = ["billed"]

pytestmark = pytest.mark.django_db


def text_of(reply) -> str:
    """What a page says, without its tags."""
    main = re.search(r"<main.*</main>", reply.content.decode(), re.DOTALL)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


@pytest.fixture
def desk(client):
    """Open a page as somebody."""

    def open_(person, name: str, *given, **asked):
        client.force_login(person)
        return client.get(reverse(name, args=given), asked)

    return open_


def test_who_releases_finds_on_the_home_page_what_waits_and_who_began_it_finds_it_too(shop, desk):
    shop.read("shop", (3, 1), "12.5")
    run, _ = shop.prepare((2, 15), (3, 1))
    assert "1 待放行的开账" in text_of(desk(shop.officer, "home"))
    said = text_of(desk(shop.clerk, "home"))
    assert "1 我的未完成开账" in said
    assert "待放行的开账" not in said
    # another over the same days is warned of before it is begun, and on the page of the first
    warned = desk(shop.clerk, "billing-run-new", **{"for": shop.organisation.pk})
    assert reverse("billing-run", args=[run.pk]) in warned.content.decode()
    assert "2026-02-15 – 2026-03-01" in text_of(warned)


def test_a_run_s_lists_are_found_in_and_taken_along_and_the_run_is_given_up(shop, desk, client):
    shop.read("shop", (3, 1), "12.5", quality="estimated", method="previous_usage", missed="locked")
    run, _ = shop.prepare((2, 15), (3, 1))
    said = text_of(desk(shop.officer, "billing-run", run.pk))
    # 1 January to 28 February, the last day included; the water was not read
    assert "2026-01-01 – 2026-02-28" in said
    assert "估算" in said
    at = reverse("billing-run-items", args=[run.pk, "work"])
    assert shop.agreements["tap"].number in client.get(at).content.decode()
    assert shop.agreements["tap"].number not in client.get(at, {"q": "无此人"}).content.decode()
    export = client.post(reverse("billing-run-items-export", args=[run.pk, "work"]), {"as": "csv"})
    assert shop.agreements["tap"].number in b"".join(export.streaming_content).decode()
    assert client.get(reverse("billing-run-items", args=[run.pk, "none"])).status_code == 404
    give_up = reverse("billing-run-discard", args=[run.pk])
    assert client.post(give_up, {"reason": ""}).status_code == 422
    assert client.post(give_up, {"reason": "起日录错"}).status_code == 302
    assert "起日录错" in client.get(reverse("billing-runs")).content.decode()
    assert "起日录错" in client.get(reverse("billing-run", args=[run.pk])).content.decode()
    assert queries.state_of(BillingRun.objects.get()) == "discarded"


def test_a_bill_with_water_alone_says_that_electricity_follows(shop, desk):
    shop.read("tap", (3, 1), "7")
    (bill,) = shop.bill((2, 15), (3, 1))
    (row,) = queries.following(bill)
    assert (row.utility, row.starts, row.ends) == ("power", on(1, 1), on(3, 1))
    assert "电不在本单，另行开账。 2026-01-01 – 2026-02-28" in text_of(desk(shop.officer, "bill", bill.pk))
    assert desk(shop.officer, "bill-paper", bill.pk).content.startswith(b"%PDF")


def test_how_a_bill_was_calculated_is_read_without_names_of_a_program(billed, desk):
    said = text_of(desk(billed.officer, "bill-why", billed.first.pk, 0))
    assert "电计费量" in said
    assert not re.search(r"[a-z]+_[a-z]+", said)


def test_a_correction_shows_what_it_comes_to_and_says_where_nothing_differs(billed, desk, client):
    page = desk(billed.officer, "bill-correct", billed.first.pk)
    assert "没有变化" in text_of(page)
    assert '<form class="entry"' not in page.content.decode()
    correct(billed, "10.5")
    said = text_of(desk(billed.officer, "bill-correct", billed.first.pk))
    assert "−¥67.20" in said
    now = Decimal(billed.first.fen - 6720) / 100
    at = reverse("bill-correct", args=[billed.first.pk])
    assert client.post(at, {"reason": "抄错", "expected": "1.00"}).status_code == 422
    assert Bill.objects.count() == 1
    assert client.post(at, {"reason": "抄错", "expected": f"{now:.2f}"}).status_code == 302
    assert Bill.objects.count() == 2


def test_a_clerk_who_may_not_correct_sees_no_button_that_ends_in_a_refusal(billed, desk, client):
    page = desk(billed.clerk, "bill", billed.first.pk).content.decode()
    for name in ("bill-correct", "bill-cancel", "bill-deliver", "bill-object"):
        at = reverse(name, args=[billed.first.pk])
        assert (at in page) == (client.get(at).status_code == 200), name


def test_a_bill_is_found_by_its_number(billed, desk):
    found = desk(billed.officer, "search", q=billed.first.number.lower())
    assert reverse("bill", args=[billed.first.pk]) in found.content.decode()
    assert billed.first.issued_on == noon(3, 1).date()


def test_a_bill_that_a_price_change_cuts_between_two_readings_is_read(flat, desk):
    """Read on 15 June at 100: neither part of it begins and ends at a reading, and the page says so."""
    flat.read("flat", (6, 15), "100")
    (bill,) = flat.bill((6, 1), (6, 15))
    assert [one.before for one in queries.lines(bill)] == [None, None]
    assert "2026-06-01 – 2026-06-14" in text_of(desk(flat.officer, "bill", bill.pk))


def at_counter(office, bill, yuan: str):
    """The shop pays so much at the counter on 20 March."""
    return take_payment(
        viewer=office.officer, account=bill.account, yuan=Decimal(yuan), payer="店主", at=noon(3, 20)
    )


def test_a_bill_says_what_is_open_of_it_and_by_which_receipt_it_was_paid(billed, desk):
    bill = billed.first
    owed = Decimal(bill.fen) / 100
    # the last day, 16 March 2026, is gone by
    assert f"¥{owed} 逾期未缴" in text_of(desk(billed.officer, "bill", bill.pk))
    assert f"¥{owed} 逾期未缴" in text_of(desk(billed.officer, "bills"))
    receipt = at_counter(billed, bill, "100.00")
    said = text_of(desk(billed.officer, "bill", bill.pk))
    assert f"¥{owed - 100} 逾期未缴" in said
    assert f"2026-03-20 ¥100.00 {receipt.number}" in said
    assert bill.number in text_of(desk(billed.officer, "receipt", receipt.pk))
    at_counter(billed, bill, f"{owed - 100}")
    assert "已缴" in text_of(desk(billed.officer, "bill", bill.pk))
    assert "已缴" in text_of(desk(billed.officer, "bills"))


def test_a_receipt_that_was_taken_back_pays_no_bill(billed, desk, viewer):
    receipt = at_counter(billed, billed.first, "100.00")
    other = viewer("officer", "other", at=billed.organisation)
    take_receipt_back(viewer=other, receipt=receipt, reason="重收", at=noon(3, 21))
    assert payments_of(billed.first) == []


def test_many_bills_are_asked_of_the_ledger_in_as_many_questions_as_one(billed, django_assert_num_queries):
    bills = list(queries.bills(billed.officer)) * 3
    with django_assert_num_queries(3):
        standings_of(bills, on(3, 20))


def test_a_price_says_of_what_it_is(billed, desk):
    said = text_of(desk(billed.officer, "bill", billed.first.pk))
    assert "元/千瓦时" in said
    assert "元/立方米" in said


def test_customers_see_how_their_own_bill_was_calculated_and_nobody_else_s(billed, desk, viewer):
    bill = billed.first
    me, stranger = viewer("customer", "shopkeeper"), viewer("customer", "stranger")
    bill.account.customer.account = me
    bill.account.customer.save()
    assert reverse("my-bill-why", args=[bill.pk, 0]) in desk(me, "my-bill", bill.pk).content.decode()
    assert "电计费量" in text_of(desk(me, "my-bill-why", bill.pk, 0))
    assert desk(stranger, "my-bill-why", bill.pk, 0).status_code == 404
    assert "逾期未缴" in text_of(desk(me, "my-account", bill.account_id))


def test_how_electricity_was_calculated_says_nothing_of_water_and_no_idle_zeros(billed, desk):
    part = next(n for n, one in enumerate(billed.first.parts) if one["utility"] == "power")
    said = text_of(desk(billed.officer, "bill-why", billed.first.pk, part))
    assert "电费合计" in said
    assert "应缴水费" not in said
    assert said.count("水费合计") == 1, said  # where both are added up
    assert not re.search(r"\d\.\d\d\d*0\b", said)


def test_the_work_list_leads_to_the_meter_that_is_to_be_read(shop, desk):
    shop.read("shop", (3, 1), "12.5")
    run, _ = shop.prepare((2, 15), (3, 1))
    said = desk(shop.officer, "billing-run", run.pk).content.decode()
    assert reverse("meter-read", args=[shop.meters["tap"].pk]) in said


def test_who_settles_an_objection_sees_the_readings_and_the_way_to_a_correction(billed, desk):
    dispute = object_to_bill(
        viewer=billed.officer, bill=billed.first, text="电表读错了", on=on(3, 5), at=noon(3, 5)
    )
    page = desk(billed.officer, "objection", dispute.pk)
    said = text_of(page)
    assert "12.5" in said
    assert "¥420.00" in said
    assert reverse("bill-correct", args=[billed.first.pk]) in page.content.decode()


def test_a_bill_that_was_delivered_says_up_to_which_day_one_may_object(billed, desk):
    deliver_bill(viewer=billed.officer, bill=billed.first, way="handed", on=on(3, 2), at=noon(3, 2))
    # 3 working days after Monday, 2 March: 3, 4, 5
    assert "截至 2026-03-05（含当日）" in text_of(desk(billed.officer, "bill", billed.first.pk))


def test_a_meter_that_was_read_later_the_same_day_is_no_finding_of_the_other(shop, desk):
    shop.read("shop", (3, 1), "12.5", at=noon(3, 1))
    shop.read("tap", (3, 1), "7", at=noon(3, 2))
    shop.read("shop", (4, 1), "13", at=noon(4, 1))
    shop.read("tap", (4, 1), "8", at=noon(4, 2))
    run, preview = shop.prepare((3, 15), (4, 1))
    found = {one["code"] for item in queries.items(preview, "bill") for one in item.findings}
    assert "unread_beside" not in found
    assert "同处其他表当日未抄" not in text_of(desk(shop.officer, "billing-run", run.pk))


def test_the_paper_of_a_bill_says_of_what_a_price_is_and_the_currency_once(billed, desk):
    paper = PdfReader(BytesIO(desk(billed.officer, "bill-paper", billed.first.pk).content))
    said = re.sub(r"\s", "", paper.pages[0].extract_text())
    assert "0.84元/千瓦时" in said
    assert said.count("人民币") == 1
