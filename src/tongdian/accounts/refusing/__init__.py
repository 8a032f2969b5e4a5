"""What is refused at the counter and about debts, deposits and proposals. No table."""

from __future__ import annotations

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


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


class TooManyAtOnce(Refusal):
    """A request that would keep others waiting."""

    says = Words(
        "一次最多 {most} 笔缴费，这里有 {count} 笔；请分几次提交。",
        "At most {most} payments at once, and these are {count}: send them in several requests.",
    )
    field = "payments"


class FarMoreThanOwed(Refusal):
    """A payment far larger than what is owed may be a slip of the keys, or another's: it is asked once more."""

    says = Words(
        "该户尚欠 {owed}，收款 {paid} 多出 {rest}。确认无误请勾选“多出部分转为预存”。",
        "{owed} is owed and {paid} is {rest} more. If that is meant, tick that the rest is kept as a prepayment.",
    )
    status = 409
    field = "prepay"


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
        "{account} 尚欠 {owed}（争议中和分期的也计入），结清后方可办理。",
        "{account} still owes {owed}, disputed or in a plan or not: that is paid first.",
    )
    status = 409


class NothingLodged(Refusal):
    """No deposit in the books: one from former books is entered first."""

    says = Words(
        "{account} 账面没有保证金；旧账中的保证金请先录入。",
        "The books hold no deposit of {account}: enter one from former books first.",
    )
    status = 409


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

    says = Words(
        "可办理的金额是 {there}（已扣除待复核的提议），不足 {wanted}。",
        "There is {there}, without what waits for a second person: less than {wanted}.",
    )
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
        "教职工住户以外的代扣、预付，以及从工程款扣缴，须与节能办、水电中心协商一致（第二十条）；请写明书面依据。",
        "Withholding and prepaying, but for staff residents, and deducting from works payments are agreed with both offices "
        "(article 20): name the paper.",
    )
    field = "agreed"


class FormNotGiven(Refusal):
    """The regulation, as it is read, has no such form."""

    says = Words(
        "按本规定现行的解读，“{form}”不是单独的缴费形式；请选用代扣。",
        'As the regulation is read, "{form}" is no form of payment of its own: choose that it is withheld.',
    )
    field = "form"


class BoxIsCounted(Refusal):
    """Cash of an earlier day whose box is closed."""

    says = Words(
        "{day} 的现金已清点入账，不能再向当天的钱箱收付现金；请记在今天，并在备注写明实际日期。",
        "The cash of {day} is counted and paid in: nothing more goes into or out of that box; enter it today "
        "and note the day.",
    )
    field = "on"


class UnitMissing(Refusal):
    """What the university bears is borne by one of its units."""

    says = Words(
        "由学校承担的，请写明承担单位（第二十条）。", "What the university bears names the unit (article 20)."
    )
    field = "borne_by"


class SignsTwice(Refusal):
    """Who signs for a refund signs once."""

    says = Words(
        "您已在“{stage}”签字；须由另一人签字（第十五条（一））。",
        'You signed at "{stage}" already: another person signs here (15(1)).',
    )
    status = 409


class SameFlat(Refusal):
    """One moves to another flat."""

    says = Words("{code} 就是原住房；请填写新住房。", "{code} is the former flat: enter the new one.")
    field = "new_place"


class SameHolder(Refusal):
    """Another takes the account over."""

    says = Words("{number} 就是原户主；请填写新户主。", "{number} is the former holder: enter the new one.")
    field = "new_holder"


class NoSuchHalt(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此项暂停。", "There is no such halt.")
    status = 404


class NoSuchDebt(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此欠款。", "There is no such debt.")
    status = 404


class NoSuchBox(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此钱箱。", "There is no such cash box.")
    status = 404


class NoSuchLedgerAccount(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此账户。", "There is no such account of the books.")
    status = 404


class NoSuchProposal(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此提议。", "There is no such proposal.")
    status = 404


class NoSuchLine(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此流水，或已入账。", "There is no such line, or it was taken already.")
    status = 404


class NothingSealed(Refusal):
    """A proof is of a closed month in which the account had something."""

    says = Words(
        "缴费户 {account} 在 {month} 没有已结账的余额。",
        "The account {account} has no balance in a closed {month}.",
    )
    status = 404


class MonthDoesNotHold(Refusal):
    """The balances of a closed month no longer give the root that was sealed: somebody changed them."""

    says = Words(
        "{month} 的结账余额与封存的根不符，不能出具证明；请运行 tongdian audit verify。",
        "The balances of {month} no longer give the root that was sealed: nothing is proven. Run tongdian audit"
        " verify.",
    )
    status = 409
