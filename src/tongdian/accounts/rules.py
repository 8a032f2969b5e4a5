"""Kinds of ledger accounts, reasons of transfers, and what is refused. No table."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.allowed import Permission
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class LedgerSide(models.TextChoices):
    """The two sides of an account."""

    DEBIT = "debit", _("Debit")
    CREDIT = "credit", _("Credit")


class LedgerKind(models.TextChoices):
    """What a ledger account holds."""

    RECEIVABLE = "receivable", _("Owed by a customer")
    PREPAYMENT = "prepayment", _("Prepaid by a customer")
    DEPOSIT = "deposit", _("Deposit of a customer")
    CASH = "cash", _("Cash box")
    BANK = "bank", _("Bank account")
    CLEARING = "clearing", _("Under way")  # told by a bank, by payroll or a platform, and not there yet
    ELECTRICITY = "electricity", _("Electricity charged")
    WATER = "water", _("Water charged")
    CHARGES = "charges", _("Other charges")
    LATE_FEES = "late_fees", _("Late fees")
    WRITTEN_OFF = "written_off", _("Written off")
    OPENING = "opening", _("Opening balances")


ONCE = "form "  # begins the key of a payment that was typed: of the form that was sent
OF_A_CUSTOMER = frozenset({LedgerKind.RECEIVABLE, LedgerKind.PREPAYMENT, LedgerKind.DEPOSIT})
# What is held for a customer is never paid out twice, and a box never gives more than lies in it.
NEVER: dict[str, LedgerSide] = {
    LedgerKind.PREPAYMENT: LedgerSide.DEBIT,
    LedgerKind.DEPOSIT: LedgerSide.DEBIT,
    LedgerKind.CASH: LedgerSide.CREDIT,
}
GROWS_BY_DEBIT = frozenset(
    {LedgerKind.RECEIVABLE, LedgerKind.CASH, LedgerKind.BANK, LedgerKind.CLEARING, LedgerKind.WRITTEN_OFF}
)


class TransferReason(models.TextChoices):
    """Why money moved."""

    OPENING = "opening", _("Opening balance")
    BILL = "bill", _("Bill")
    CHARGE = "charge", _("Charge")
    LATE_FEE = "late-fee", _("Late fee")
    RECEIPT = "receipt", _("Receipt")
    SET_OFF = "set-off", _("Set off")  # what was prepaid or lodged pays what is owed
    DEPOSIT = "deposit", _("Deposit taken")
    REFUND = "refund", _("Refund")
    BANKED = "banked", _("Paid into the bank")
    CLEARED = "cleared", _("Arrived")
    DIFFERENCE = "difference", _("Difference of a cash count")
    WRITE_OFF = "write-off", _("Written off")


class BalanceSource(models.TextChoices):
    """What says that an account has a balance."""

    BANK_STATEMENT = "bank_statement", _("Bank statement")
    CASH_COUNT = "cash_count", _("Cash count")
    OLD_BOOK = "old_book", _("Former books")


class PayForm(models.TextChoices):
    """How charges are paid (20)."""

    SELF = "self", _("Paid by themselves")
    WITHHELD = "withheld", _("Withheld by the finance office")
    PREPAID = "prepaid", _("Prepaid")
    WORKS = "works", _("Deducted from works payments")
    SCHOOL = "school", _("Borne by the university")


class HaltGround(models.TextChoices):
    """Why a debt is left alone."""

    DISPUTE = "dispute", _("Disputed")
    COURT = "court", _("Before a court")
    INSOLVENCY = "insolvency", _("Insolvency")
    DEATH = "death", _("Death of the customer")
    OFFICE = "office", _("Decision of the office")


class Dunning(models.TextChoices):
    """What is done about a debt that is late."""

    REMINDER = "reminder", _("Reminder")
    DEMAND = "demand", _("Demand")
    NOTICE = "notice", _("Notice that supply stops")


class MoneyDeed(models.TextChoices):
    """What needs a second person."""

    REFUND = "refund", _("Refund of what was prepaid")
    DEPOSIT = "deposit", _("Refund of a deposit")
    WRITE_OFF = "write_off", _("Debt given up")


READ = Permission("accounts.read", Words("查看账务", "read accounts"))
COLLECT = Permission("accounts.collect", Words("收费", "collect money"))
REVERSE = Permission("accounts.reverse", Words("冲销收款", "take payments back"))
CLOSE = Permission("accounts.close", Words("结账", "close months"))
ASSERT = Permission("accounts.assert", Words("核对余额", "enter balances to be checked"))


class NotEnoughThere(Refusal):
    """A deposit, a prepayment or a cash box does not hold so much, or it is held for something."""

    says = Words(
        "“{account}”可用余额为 {there}，不足 {wanted}。",
        '"{account}" has {there} to give, less than {wanted}.',
    )
    status = 409


class MonthIsSealed(Refusal):
    """Nothing is posted into a month whose balances were proven."""

    says = Words(
        "{day} 所在月份已结账（结至 {through}）；更正请记入未结账的月份。",
        "{day} lies in a month that is closed (through {through}): correct it in an open month.",
    )
    status = 409


class KeyUsedOtherwise(Refusal):
    """The same payment was told before with other content."""

    says = Words(
        "业务编号“{key}”已于 {day} 记账，内容不同；未作任何记账。",
        'The key "{key}" was posted on {day} with other content; nothing was posted.',
    )
    status = 409


class NothingToPost(Refusal):
    """A posting without a transfer."""

    says = Words("没有可记账的金额。", "There is nothing to post.")


class OtherBooks(Refusal):
    """A transfer between accounts of two organisations."""

    says = Words("两个账户不属于同一单位的账簿。", "The two accounts are not in one organisation's books.")


class ReversedAlready(Refusal):
    """A posting is reversed once."""

    says = Words("该笔记账已于 {day} 冲销。", "The posting was reversed on {day} already.")
    status = 409


class NotTheOrder(Refusal):
    """Months are closed one after the other, when they are over."""

    says = Words(
        "月份须在结束后依次结账；下一个可结账的月份是 {month}。",
        "Months are closed in order and when they are over; the next is {month}.",
    )
    status = 409


class NotFirst(Refusal):
    """Balances that were asserted and are not true stop the closing of their month."""

    says = Words(
        "{month} 还有 {count} 项余额核对不符，须先查清。",
        "{month} has {count} asserted balances that are not true: see to them first.",
    )
    status = 409


class HoldEnded(Refusal):
    """A hold is used, given up or has run out once."""

    says = Words("该笔预留已结束。", "The hold has ended already.")
    status = 409


class NoSuchBillingAccount(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此账户。", "There is no such account.")
    status = 404


class DayNotOpen(Refusal):
    """Money does not move on a day that is still to come, nor before there were books."""

    says = Words(
        "记账日 {day} 不能晚于今日（{today}），也不能早于 2000-01-01。",
        "The day {day} may not lie after today ({today}) nor before 2000-01-01.",
    )
    field = "on"
