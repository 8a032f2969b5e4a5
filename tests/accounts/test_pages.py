"""The counter and the books in the browser's words: search, pay, print, count, close."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.accounts.conftest import ON
from tests.accounts.test_agreeing import FILE
from tests.accounts.test_collecting import bill, pay
from tests.network.conftest import make_organisation
from tongdian.accounts import queries
from tongdian.accounts.models import BalanceAssertion, BankLine, CashCount, MonthSeal, Receipt

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(counter, client):
    client.force_login(counter.cashier)
    return client


def account_page(counter) -> str:
    return reverse("money-account", args=[counter.holders[0].pk])


def test_a_cashier_finds_takes_and_prints(counter, desk):
    bill(counter, 12_850)
    found = desk.get(reverse("cash"), {"q": "王小明"})
    assert found["Location"] == account_page(counter)
    page = desk.get(found["Location"])
    assert "¥128.50" in page.content.decode()
    pay_at = reverse("money-account-pay", args=[counter.holders[0].pk])
    assert 'value="128.50"' in desk.get(pay_at).content.decode()
    done = desk.post(pay_at, {"yuan": "130", "payer": "王母"})
    receipt = Receipt.objects.get()
    assert done["Location"] == reverse("receipt", args=[receipt.pk])
    said = desk.get(done["Location"]).content.decode()
    # 130.00 = 128.50 of the bill + 1.50 kept
    assert "壹佰叁拾元整" in said
    assert "¥128.50" in said
    assert "¥1.50" in said
    paper = desk.get(reverse("receipt-paper", args=[receipt.pk]))
    assert paper.content.startswith(b"%PDF")
    assert receipt.number in desk.get(reverse("receipts"), {"q": "王小明"}).content.decode()
    export = desk.post(reverse("receipts-export"), {"as": "csv"})
    assert receipt.number in b"".join(export.streaming_content).decode()


@pytest.mark.parametrize("typed", ["YS-S2026-000001", "ys-s2026-1", "S2026-000001"])
def test_a_receipt_is_found_by_the_number_that_stands_on_it(counter, desk, typed):
    receipt = pay(counter, "80.00")
    said = desk.get(reverse("search"), {"q": typed}).content.decode()
    assert reverse("receipt", args=[receipt.pk]) in said


def test_an_account_is_found_by_its_number_and_its_customer_by_phone_and_sound(counter, desk):
    account = counter.holders[0]
    assert account_page(counter) in desk.get(reverse("search"), {"q": account.number}).content.decode()
    theirs = reverse("customer", args=[account.customer_id])
    assert theirs in desk.get(reverse("search"), {"q": "wxm"}).content.decode()


def test_wrong_money_is_said_on_the_form_and_nothing_is_kept(counter, desk):
    pay_at = reverse("money-account-pay", args=[counter.holders[0].pk])
    for wrong in ({"yuan": "0"}, {"yuan": "1.005"}, {"yuan": "x"}, {"yuan": "1", "bank": "无此行"}):
        assert desk.post(pay_at, wrong).status_code == 422
    assert not Receipt.objects.exists()


def test_a_box_lists_all_that_came_in_and_went_out_and_its_sum_is_what_it_should_hold(counter, desk):
    box = pay(counter, "80.00").into
    kept = counter.account("prepayment", holder=0)
    counter.post(kept, box, 3_000, reason="refund", note="退预存")  # 80.00 in, 30.00 out
    said = desk.get(reverse("cash-box", args=[box.pk])).content.decode()
    assert all(one in said for one in ("¥80.00", "−¥30.00", "¥50.00", "退预存"))
    assert sum(fen for _, fen in queries.movements(box)) == queries.available(box) == 5_000


def test_the_box_is_counted_on_its_page(counter, desk):
    box = pay(counter, "80.00").into
    at = reverse("cash-box", args=[box.pk])
    assert 'value="80.00"' in desk.get(at).content.decode()
    assert desk.post(at, {"booked": "80.00", "counted": "79", "bank": "农行"}).status_code == 422
    assert desk.post(at, {"booked": "80.00", "counted": "80", "bank": "农行"}).status_code == 302
    assert CashCount.objects.get().counted_fen == 8_000
    assert desk.post(at, {"booked": "0", "counted": "0"}).status_code == 404


def test_an_officer_takes_a_receipt_back_on_its_page(counter, client):
    receipt = pay(counter, "80.00")
    client.force_login(counter.chief)
    at = reverse("receipt-take-back", args=[receipt.pk])
    assert client.get(at).status_code == 200
    assert client.post(at, {"reason": "户号录错"}).status_code == 302
    assert "户号录错" in client.get(reverse("receipt", args=[receipt.pk])).content.decode()


def test_the_books_say_that_they_balance_and_a_month_is_closed(counter, client):
    bill(counter, 12_850)
    pay(counter, "28.50", bank="农行")
    client.force_login(counter.chief)
    page = client.get(reverse("books"), {"for": counter.organisation.pk, "on": ON.isoformat()})
    said = page.content.decode()
    assert "¥128.50" in said
    assert "¥28.50" in said
    bank = counter.account("bank", name="农行")
    at = reverse("books-assert", args=[bank.pk])
    asked = {"on": ON.isoformat(), "yuan": "28.00", "source": "bank_statement"}
    assert client.post(at, asked).status_code == 302
    close_at = {"for": counter.organisation.pk}
    client.post(reverse("books-close"), close_at)
    assert not MonthSeal.objects.exists()  # the bank's statement says 28.00, the books 28.50
    wrong = BalanceAssertion.objects.get()
    assert (
        client.post(f"{at}?instead={wrong.pk}", asked | {"yuan": "28.50", "note": "看错一行"}).status_code
        == 302
    )
    client.post(reverse("books-close"), close_at)
    assert MonthSeal.objects.get().month == ON.replace(day=1)
    assert client.get(reverse("books-account", args=[bank.pk]), {"on": ON.isoformat()}).status_code == 200


def test_ageing_as_chart_table_and_file(counter, client):
    bill(counter, 12_850)  # due 2026-03-20
    client.force_login(counter.chief)
    asked = {"for": str(counter.organisation.pk), "on": "2026-04-12"}
    said = client.get(reverse("ageing"), asked).content.decode()
    # 20 March to 12 April: 23 days
    assert "¥128.50" in said
    assert "ages-data" in said
    address = f"{reverse('ageing-export')}?for={asked['for']}&on=2026-04-12"
    file = b"".join(client.post(address, {"as": "csv"}).streaming_content).decode()
    assert ",23," in file
    assert "128.50" in file


def test_a_bank_account_is_opened_once(counter, client):
    client.force_login(counter.chief)
    at = f"{reverse('books-bank')}?for={counter.organisation.pk}"
    for _ in range(2):
        assert client.post(at, {"name": "建行"}).status_code == 302
    assert [one.name for one in queries.banks(counter.organisation)] == ["农行", "建行"]


def test_what_somebody_may_not_see_is_not_there(counter, client, viewer):
    receipt = pay(counter, "80.00")
    other = viewer("clerk", "fremd", at=make_organisation("QT", "别处"))
    client.force_login(other)
    for at in (
        account_page(counter),
        reverse("receipt", args=[receipt.pk]),
        reverse("receipt-paper", args=[receipt.pk]),
        reverse("cash-box", args=[receipt.into_id]),
        reverse("books-account", args=[receipt.into_id]),
    ):
        assert client.get(at).status_code == 404


def test_a_customer_sees_their_own_money_and_nobody_elses(counter, client, viewer):
    bill(counter, 12_850)
    receipt = pay(counter, "28.50")
    me = viewer("customer", "xiaoming")
    customer = counter.holders[0].customer
    customer.account = me
    customer.save()
    client.force_login(me)
    own = reverse("my-account", args=[counter.holders[0].pk])
    assert client.get(reverse("my-accounts"))["Location"] == own
    said = client.get(own).content.decode()
    # 128.50 − 28.50 = 100.00
    assert "¥100.00" in said
    assert "水电中心" in said
    assert client.get(reverse("my-receipt", args=[receipt.pk])).content.startswith(b"%PDF")
    assert "¥100.00" in client.get(reverse("home")).content.decode()
    assert client.get(reverse("my-account", args=[counter.holders[1].pk])).status_code == 404
    assert client.get(reverse("money-account", args=[counter.holders[0].pk])).status_code == 403
    client.force_login(viewer("customer", "other"))
    assert client.get(own).status_code == 404
    assert client.get(reverse("my-receipt", args=[receipt.pk])).status_code == 404
    assert client.get(reverse("my-accounts")).status_code == 200


def test_what_is_late_is_collected_step_by_step_on_its_page(counter, client):
    bill(counter, 12_850)  # due 2026-03-20
    client.force_login(counter.chief)
    account = counter.holders[0]
    said = client.get(reverse("late"), {"for": counter.organisation.pk}).content.decode()
    assert account.number in said
    dun = reverse("billing-account-dun", args=[account.pk])
    assert client.post(dun, {"step": "demand", "note": "短信"}).status_code == 422
    assert client.post(dun, {"step": "reminder", "note": "短信"}).status_code == 302
    halt_at = reverse("billing-account-halt", args=[account.pk])
    halted = {"ground": "dispute", "cite": "第二十二条", "first_on": "2026-03-25"}
    assert client.post(halt_at, halted).status_code == 302
    assert "第二十二条" in client.get(account_page(counter)).content.decode()
    posted = client.post(reverse("late-fees"), {"for": counter.organisation.pk}, follow=True)
    assert posted.status_code == 200
    assert not account.debts.filter(subject="late_fee").exists()
    end = reverse("halt-end", args=[account.halts.get().pk])
    assert client.post(end, {"on": "2026-04-01", "reason": "异议不成立"}).status_code == 302
    client.post(reverse("late-fees"), {"for": counter.organisation.pk})
    assert account.debts.filter(subject="late_fee").exists()


def test_a_refund_is_proposed_and_confirmed_on_their_pages(counter, client):
    pay(counter, "50.00", bank="农行")
    account = counter.holders[0]
    client.force_login(counter.cashier)
    asked = {"deed": "refund", "yuan": "50", "bank": "农行", "reason": "销户"}
    assert client.post(reverse("billing-account-propose", args=[account.pk]), asked).status_code == 302
    one = account.proposals.get()
    at = reverse("money-proposal", args=[one.pk])
    assert "money moves" not in client.get(at, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    client.force_login(counter.chief)
    assert client.get(reverse("money-proposals")).status_code == 200
    assert client.post(at, {"refuse": "1", "reason": ""}).status_code == 422
    client.post(at, {"confirm": "1"})
    assert counter.balance(counter.account("prepayment", holder=0), on=dt.date(2199, 1, 1)) == 0


def test_a_bank_file_is_brought_and_its_stranger_claimed(counter, desk):
    bank = counter.account("bank", name="农行")
    at = reverse("bank-lines")
    file = SimpleUploadedFile("x.csv", FILE.encode(), "text/csv")
    said = desk.post(at, {"bank": bank.pk, "file": file}).content.decode()
    assert "第 4 行" in said or "row 4" in said
    (waits,) = BankLine.objects.filter(number="N2")
    line = reverse("bank-line", args=[waits.pk])
    assert desk.get(line, {"q": "李四"}).status_code == 200
    done = desk.post(line, {"account": counter.holders[1].pk})
    assert done["Location"] == reverse("receipt", args=[Receipt.objects.get(account=counter.holders[1]).pk])


def test_a_charge_is_entered_and_taken_back_on_its_pages(counter, client):
    client.force_login(counter.chief)
    account = counter.holders[0]
    at = reverse("billing-account-charge", args=[account.pk])
    assert (
        client.post(
            at, {"item": "test_beyond", "yuan": "120", "paper": "检定书", "quantity": "1"}
        ).status_code
        == 422
    )
    assert (
        client.post(at, {"item": "fitting", "yuan": "356", "paper": "结算单", "quantity": "1"}).status_code
        == 302
    )
    debt = account.debts.get()
    assert client.post(reverse("charge-take-back", args=[debt.pk]), {"reason": "录错"}).status_code == 302
    assert queries.open_debts(account) == []


def test_the_same_form_sent_twice_is_one_payment(books, client):
    """A retry of the network, a second tab: one receipt."""
    from tongdian.accounts.models import Receipt

    client.force_login(books.officer)
    address = f"/cash/accounts/{books.holders[0].pk}/pay/"
    once = client.get(address).context["once"]
    for _ in range(2):
        assert client.post(address, {"yuan": "20.00", "once": once}).status_code == 302
    assert Receipt.objects.filter(account=books.holders[0]).count() == 1
    client.post(address, {"yuan": "20.00", "once": "another"})
    assert Receipt.objects.filter(account=books.holders[0]).count() == 2


@pytest.mark.parametrize("day", ["2026-13-01", "gestern", "1926-04-12"])
def test_a_day_that_is_none_is_refused_and_not_taken_for_today(counter, client, day):
    pay(counter, "80.00")
    client.force_login(counter.officer)
    for name in ("books", "ageing"):
        asked = {"for": counter.organisation.pk, "on": day}
        page = client.get(reverse(name), asked)
        assert page.status_code == 422
        assert day in page.content.decode()
        assert "¥80.00" not in page.content.decode()
    statement = client.get(account_page(counter), {"first": day}).content.decode()
    assert day in statement


def test_the_trial_balance_has_one_row_of_all_boxes_and_opens_to_each(counter, client):
    pay(counter, "80.00")
    pay(counter, "20.00", viewer=counter.chief)
    client.force_login(counter.officer)
    at, asked = reverse("books"), {"for": counter.organisation.pk, "on": ON.isoformat()}
    said = client.get(at, asked).content.decode()
    boxes = [one.into for one in Receipt.objects.all()]
    assert "¥100.00" in said  # 80.00 + 20.00
    assert not any(reverse("books-account", args=[one.pk]) in said for one in boxes)
    each = client.get(at, {**asked, "kind": "cash"}).content.decode()
    assert all(reverse("books-account", args=[one.pk]) in each for one in boxes)


@pytest.mark.parametrize("odd", ["[]", "1e400", ""])
def test_an_account_that_is_none_is_not_there(counter, desk, odd):
    bank = counter.account("bank", name="农行")
    file = SimpleUploadedFile("x.csv", FILE.encode(), "text/csv")
    desk.post(reverse("bank-lines"), {"bank": bank.pk, "file": file})
    line = reverse("bank-line", args=[BankLine.objects.get(number="N2").pk])
    assert desk.post(line, {"account": odd}).status_code == 404
