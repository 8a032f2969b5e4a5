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


class NotTheCollector(Refusal):
    """Only the office that the regulation entrusts may take money."""

    says = Words(
        "只有{office}可以收费（{cite}）；请到该处缴费。", "Only {office} may take money ({cite}): pay there."
    )
    status = 403


class OwnReceipt(Refusal):
    """Whoever took the money does not take it back."""

    says = Words(
        "收据 {receipt} 由您本人开具；冲销须由另一人办理。",
        "You took the money of {receipt} yourself: another person takes it back.",
    )
    status = 409


class NoSuchReceipt(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此收据。", "There is no such receipt.")
    status = 404


class NoSuchBank(Refusal):
    """Money goes only to bank accounts that the books know."""

    says = Words(
        "账簿中没有银行账户“{name}”（已有：{known}）。",
        'The books know no bank account "{name}" (there are: {known}).',
    )
    field = "bank"


class CountedOtherwise(Refusal):
    """The books moved on between the count and its entry."""

    says = Words(
        "账面现为 {booked}，与盘点时不同；请连同新收的款项重新盘点。",
        "The books now say {booked}, other than at the count: count again with what came in since.",
    )
    status = 409


class DifferenceUnexplained(Refusal):
    """A count that differs from the books says why."""

    says = Words(
        "实点与账面相差 {difference}；请写明原因。",
        "The count differs from the books by {difference}: say why.",
    )
    field = "note"


class NothingInTheBox(Refusal):
    """A box without money, in the books and in the hand."""

    says = Words("钱箱为空，无须盘点。", "The box is empty: there is nothing to count.")


class OtherCashier(Refusal):
    """A cashier counts their own box; an officer another's."""

    says = Words("这是{cashier}的钱箱。", "This is the box of {cashier}.")
    status = 403


class DebtsOpen(Refusal):
    """Nothing is given back or certified while something is owed."""

    says = Words(
        "{account} 尚欠 {owed}，结清后方可办理。", "{account} still owes {owed}: that is paid first."
    )
    status = 409


class NothingLodged(Refusal):
    """No deposit in the books: one from former books is entered first."""

    says = Words(
        "{account} 账面没有保证金；旧账中的保证金请先录入。",
        "The books hold no deposit of {account}: enter one from former books first.",
    )
    status = 409


class PaidByTheSchool(Refusal):
    """A charge that the article lays on the university."""

    says = Words(
        "“{item}”由学校承担（{cite}），不向用户收取。", "{item} is borne by the university ({cite})."
    )


class CalculatedByRule(Refusal):
    """A charge that a rule calculates, not a price."""

    says = Words(
        "“{item}”按规则计算（{cite}）；请填写计算结果和依据。",
        "{item} is calculated by its rule ({cite}): enter its result and the paper.",
    )
    field = "yuan"


class NothingPublished(Refusal):
    """Neither a published price nor a settled cost."""

    says = Words(
        "收费目录没有公布“{item}”（编号 {code}）；请填写结算金额和单据。",
        "The catalogue publishes no {item} (code {code}): enter the cost as settled, and the paper.",
    )
    field = "yuan"


class NotInForceHere(Refusal):
    """No regulation here says what may be charged once."""

    says = Words(
        "此处没有规定一次性收费的条文。", "No regulation that is in force here speaks of one-off charges."
    )


class NotACharge(Refusal):
    """A bill is corrected by billing, a fee by its debt."""

    says = Words("只有一次性收费可以在此冲销。", "Only a one-off charge is taken back here.")
    status = 409


class NotItsDebt(Refusal):
    """The account has no such debt."""

    says = Words("该户没有这笔欠款。", "The account has no such debt.")
    field = "debt"


class NothingOverdue(Refusal):
    """Nothing that may be dunned for: fees, disputed debts and kept plans do not count."""

    says = Words(
        "{account} 没有可以催收的逾期本金（滞纳金、争议款项和正常履行的分期不计）。",
        "{account} has no overdue principal to dun for: fees, disputed debts and kept plans do not count.",
    )
    status = 409


class StepTooEarly(Refusal):
    """Not late enough, or too little."""

    says = Words(
        "“{step}”须逾期满 {days} 天且逾期本金不少于 {least} 元（现逾期 {had} 天）。",
        "{step}: {days} days late and {least} yuan of principal at least (it is {had} days late).",
    )
    status = 409


class StepTaken(Refusal):
    """Steps follow each other, each once in a round."""

    says = Words(
        "催收须依次进行，每一步在一轮中只做一次。", "Steps are taken in order, each once in a round."
    )
    status = 409


class HaltEnded(Refusal):
    """A halt is ended once."""

    says = Words("该项暂停已结束。", "The halt has ended already.")
    status = 409


class OwnProposal(Refusal):
    """Nobody answers their own proposal."""

    says = Words(
        "这是您本人的提议；须由另一人办理。", "You proposed this yourself: another person answers it."
    )
    status = 409


class AnsweredAlready(Refusal):
    """A proposal is answered once."""

    says = Words("该提议已有答复。", "The proposal was answered already.")
    status = 409


class RefusalUnexplained(Refusal):
    """Setting a proposal aside says why."""

    says = Words("请写明不同意的原因。", "Say why it is not agreed to.")
    field = "reason"


class MoreThanThere(Refusal):
    """More than can be given back or given up."""

    says = Words("可办理的金额是 {there}，不足 {wanted}。", "There is {there}, less than {wanted}.")
    field = "yuan"
    status = 409


class PlanUnreadable(Refusal):
    """A part of a plan is a day and an amount."""

    says = Words(
        "“{line}”不是一期：每行写日期和金额，如 2026-05-20 500.00。",
        '"{line}" is no part of a plan: a day and an amount on each line, as 2026-05-20 500.00.',
    )
    field = "parts"


class PlanNotTheSum(Refusal):
    """The parts of a plan are what is owed."""

    says = Words("各期合计 {parts}，与尚欠 {owed} 不符。", "The parts are {parts} together; {owed} is owed.")
    field = "parts"


class ConsentedAlready(Refusal):
    """A contract is consented to once."""

    says = Words(
        "合同“{contract}”已有扣缴确认。", 'There is a consent for the contract "{contract}" already.'
    )
    field = "contract"
    status = 409


class NotABank(Refusal):
    """A bank's file belongs to a bank account of the books."""

    says = Words("请选择账簿中的银行账户。", "Choose a bank account of the books.")


class NoPayment(Refusal):
    """A line of a bank's file by which no money came in."""

    says = Words("不是收款", "no money came in")


class LineToldOtherwise(Refusal):
    """The bank's number was told before with another day or amount."""

    says = Words(
        "流水号 {number} 曾以不同的日期或金额导入",
        "the number {number} was brought before with another day or amount",
    )


class LineMatched(Refusal):
    """A line is one payment."""

    says = Words("该流水已入账，收据 {receipt}。", "The line was taken already: receipt {receipt}.")
    status = 409


class ServedAlready(Refusal):
    """One certificate serves one payment."""

    says = Words(
        "合同“{contract}”的“{payment}”已开具过结清证明（{case}）；一次付款只用一份证明。",
        'A certificate for "{payment}" of the contract "{contract}" was issued in {case}: one serves one payment.',
    )
    status = 409


class BooksSayOtherwise(Refusal):
    """What is certified is what was billed."""

    says = Words(
        "账面该期间的水电费为 {billed}，证明的金额须与之一致。",
        "The books have {billed} of charges in that time: the certificate says the same.",
    )
    field = "amount"
    status = 409


class FormNotAgreed(Refusal):
    """Another form than usual is agreed with both offices."""

    says = Words(
        "从工程款扣缴须与节能办、水电中心协商一致（第二十条）；请写明书面依据。",
        "Deducting from works payments is agreed with both offices (article 20): name the paper.",
    )
    field = "agreed"


class NoSuchHalt(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此项暂停。", "There is no such halt.")
    status = 404
