"""What becomes of a supply in a run, and what is refused. No table."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.allowed import Permission
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spoken import spoken

READ = Permission("billing.read", Words("查看账单", "read bills"))
RUN = Permission("billing.run", Words("开账", "prepare and post billing runs"))
RELEASE = Permission("billing.release", Words("复核放行账单", "release bills"))
CORRECT = Permission("billing.correct", Words("更正账单", "correct bills"))
OBJECT = Permission("billing.object", Words("登记缴费异议", "enter objections to bills"))
SETTLE = Permission("billing.settle", Words("处理缴费异议", "settle objections to bills"))

# What is said beside a line of a bill.
NOTES = {
    "price": Words("此日起调价", "the price changes here"),
    "meter": Words("换表", "the meter was replaced"),
    "year": Words("新的阶梯年度", "a new tier year"),
    "split_by_days": Words("无当日抄见数，按天数分摊", "no reading of that day: split by days"),
    "estimated": Words("含估算抄见数", "rests on an estimate"),
    "turned": Words("表盘翻转", "the register turned over"),
}
UNITS = {"power": "kWh", "water": "m³"}
A_UNIT = {"power": Words("元/千瓦时", "yuan/kWh"), "water": Words("元/立方米", "yuan/m³")}


class SupplyOutcome(models.TextChoices):
    """What becomes of the open days of a supply in a run."""

    BILL = "bill", _("billed")
    WORK = "work", _("on the work list")
    LATER = "later", _("not due")


class RunState(models.TextChoices):
    """How far a run has come."""

    PREPARING = "preparing", _("being prepared")
    PREPARED = "prepared", _("to be released")
    RELEASED = "released", _("released")
    POSTING = "posting", _("being posted")
    POSTED = "posted", _("posted")
    DISCARDED = "discarded", spoken(Words("已作废", "given up"))


class DisputeOutcome(models.TextChoices):
    """How an objection is settled."""

    UPHELD = "upheld", spoken(Words("异议成立，账单已更正", "Upheld: the bill is corrected"))
    REJECTED = "rejected", spoken(Words("异议不成立，账单有效", "Rejected: the bill stands"))


class BillNews(models.TextChoices):
    """What a customer is told of a bill."""

    ISSUED = "issued", _("issued")
    CANCELLED = "cancelled", _("cancelled")
    ANSWERED = "answered", _("an objection is answered")


class DeliveryWay(models.TextChoices):
    """How a bill reached the customer."""

    HANDED = "handed", spoken(Words("当面送达", "Handed over"))
    MESSAGE = "message", spoken(Words("短信或消息", "By message"))
    PAYSLIP = "payslip", spoken(Words("随工资单", "With the payslip"))
    SEEN = "seen", spoken(Words("用户已查看", "Seen by the customer"))


class NoSuchBillingRun(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此次开账。", "There is no such run.")
    status = 404


class NoSuchBill(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此账单。", "There is no such bill.")
    status = 404


class NoSuchDispute(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此项异议。", "There is no such objection.")
    status = 404


class NotASpan(Refusal):
    """A run bills what was read in days that are over, and is due later."""

    says = Words(
        "起日须不晚于止日，止日不晚于今日，缴费期限须晚于今日。",
        "The first day lies before the last, the last not after today, and the time limit after today.",
    )
    field = "until"


class DaysNotBilled(Refusal):
    """Nothing is settled before all that was supplied is billed."""

    says = Words(
        "{agreement} 自 {first} 至 {last} 尚未开账（共 {days} 天）；请先为本户开账。",
        "{agreement} is not billed from {first} to {last} ({days} days in all): bill this account first.",
    )
    status = 409


class CertifiedTooFar(Refusal):
    """What is certified to be settled was billed."""

    says = Words(
        "{agreement} 自 {day} 起的用量尚未开账，不能证明已结清；结清期间最晚到 {through}。",
        "{agreement} is not billed from {day} on, and cannot be certified as settled: "
        "the time ends on {through} at the latest.",
    )
    field = "period_to"
    status = 409


class BilledElsewhere(Refusal):
    """An office that never began a run says itself, with evidence, that all is billed and paid."""

    says = Words(
        "本单位没有在此开账，须由经办人核对后附凭证办结。",
        "Nothing is billed here: the office makes sure, and closes it with evidence.",
    )
    status = 409


class NothingToBill(Refusal):
    """Every day is billed already."""

    says = Words("{case} 的用户没有未开账的用量。", "The customer of {case} has nothing left to bill.")
    status = 409


class NotReadToTheEnd(Refusal):
    """A run of one account that could bill nothing is not begun."""

    says = Words(
        "{agreement} 到 {day} 没有未开账的抄见数，无法开账；请先抄录止数。",
        "{agreement} has no reading up to {day} that is not billed: enter the final reading first.",
    )
    status = 409


class RunAtWork(Refusal):
    """It is being prepared or posted just now."""

    says = Words("该次开账正在处理中，请稍候。", "The run is at work just now.")
    status = 409


class OtherPreview(Refusal):
    """Something else would be released or posted than was looked at."""

    says = Words(
        "内容已变：您看到的是第 {seen} 次预览，现在是第 {now} 次；请重新查看。",
        "It has changed: you saw preview {seen}, and now there is {now}. Look again.",
    )
    status = 409


class OwnRun(Refusal):
    """Who prepared a run does not release it."""

    says = Words(
        "开账人不能放行自己的开账或暂缓的账单；请由另一人复核。",
        "Who prepared a run does not release it nor what it held: another person looks at it.",
    )
    status = 403


class NotReleased(Refusal):
    """It is released by a second person before it is posted."""

    says = Words("须先由另一人放行。", "A second person has to release it first.")
    status = 409


class PostedAlready(Refusal):
    """A run is posted once."""

    says = Words("该次开账已入账。", "The run is posted already.")
    status = 409


class RunDiscarded(Refusal):
    """A run that was given up is neither looked at again nor released."""

    says = Words("该次开账已于 {day} 作废：{reason}", "The run was given up on {day}: {reason}")
    status = 409


class RunHasBills(Refusal):
    """A run that posted bills, or is posting them, is not given up: bills are cancelled one by one."""

    says = Words(
        "该次开账已生成账单，不能作废；有误的账单请逐张更正或撤销。",
        "The run has bills and cannot be given up: correct or cancel those that are wrong.",
    )
    status = 409


class DoesNotBalance(Refusal):
    """Days of supply are missing from a run, or are in it twice."""

    says = Words(
        "供应天数 {supplied} 不等于已开账 {billed}、待处理 {work}、未到期 {later} 之和；未入账。",
        "{supplied} days of supply are not the {billed} billed, {work} on the work list and {later} not due;"
        " nothing was posted.",
    )
    status = 409


class CancelledAlready(Refusal):
    """A bill is cancelled once."""

    says = Words("账单 {number} 已于 {day} 撤销。", "The bill {number} was cancelled on {day}.")
    status = 409


class BilledAlready(Refusal):
    """Days of a supply are billed once."""

    says = Words(
        "协议 {agreement} 的 {first} 至 {last} 已在账单 {number} 中开账。",
        "{first} to {last} of the agreement {agreement} are billed already, in {number}.",
    )
    status = 409


class CorrectionReasonMissing(Refusal):
    """A correction says why."""

    says = Words("请写明原因。", "Say why.")
    field = "reason"


class NothingDiffers(Refusal):
    """A bill that would come out the same is not corrected."""

    says = Words(
        "按现有读数和价格重新计算，账单 {number} 没有变化；请先更正读数、表计或规则。",
        "Calculated anew, the bill {number} stays as it is: correct a reading, a meter or a rule first.",
    )
    status = 409


class OtherThanForeseen(Refusal):
    """A correction is carried out as it was shown."""

    says = Words(
        "内容已变：您看到更正后为 {expected}，现在是 {now}；请重新查看。",
        "It has changed: you saw {expected}, and now it comes to {now}. Look again.",
    )
    status = 409


class CannotRate(Refusal):
    """What was read cannot be billed: why is told by what refused it."""

    says = Words("{why}", "{why}")


class NoSheet(Refusal):
    """The regulation says nothing about billing such a supply."""

    says = Words(
        "{pack} 没有为{utility}、价格类别“{category}”规定计费表。",
        'No sheet of {pack} bills {utility} of the category "{category}".',
    )


class NoFirstReading(Refusal):
    """Nothing was read where billing begins."""

    says = Words(
        "{day} 没有起始抄见数：请补录当日读数（交接或装表读数）。",
        "There is no reading of {day}, where billing begins: enter that of the handing over or the fitting.",
    )


class NotReadInTime(Refusal):
    """Nothing was read in the days of the run."""

    says = Words(
        "{first} 至 {last} 没有抄见数：请补抄，或按第二十二条（三）估算。",
        "Nothing was read from {first} to {last}: read it, or estimate it.",
    )


class ReadingBlocked(Refusal):
    """A reading that its validation blocks is not billed before a reading, a meter or a rule is changed."""

    says = Words(
        "{day} 的抄见数未通过校验（{what}）：请更正示数或表计后重新校验。",
        "The reading of {day} did not pass ({what}): correct it or its meter, and look at it again.",
    )


class NotMetered(Refusal):
    """No meter hung there for some of the days."""

    says = Words("{first} 至 {last} 没有装表。", "No meter hung there from {first} to {last}.")


class ObjectedTooEarly(Refusal):
    """Nobody objects to a bill before there is one."""

    says = Words(
        "账单于 {day} 才出账，异议不能早于该日。", "The bill is of {day}: an objection is not earlier."
    )
    field = "on"


class DeliveredTooEarly(Refusal):
    """A bill reaches nobody before there is one."""

    says = Words(
        "账单于 {day} 才出账，送达不能早于该日。", "The bill is of {day}: it was not delivered earlier."
    )
    field = "on"


class NothingToPrint(Refusal):
    """No bill is of what was asked for."""

    says = Words("没有可打印的账单。", "There is no bill to print.")


class NothingToDeliver(Refusal):
    """Every bill has reached its customer already, or there is none."""

    says = Words(
        "没有尚未送达的账单：可能刚由他人登记；请刷新后查看。",
        "No bill is left to be delivered; somebody else may have entered it just now. Look again.",
    )
    status = 409


class ReleasedAlready(Refusal):
    """What is released is posted, and not looked at again meanwhile."""

    says = Words("该次开账已放行，正在入账。", "The run is released and is being posted.")
    status = 409


class DisputedAlready(Refusal):
    """An objection that is open is settled before another is made."""

    says = Words("该账单的异议尚未处理完。", "An objection to the bill is still open.")
    status = 409


class SettledAlready(Refusal):
    """An objection is settled once."""

    says = Words("该异议已处理。", "The objection is settled already.")
    status = 409


class NotCorrectedYet(Refusal):
    """An objection is upheld by correcting the bill."""

    says = Words(
        "认可异议前，请先更正或撤销账单 {number}。",
        "Correct or cancel the bill {number} before its objection is upheld.",
    )
    status = 409
