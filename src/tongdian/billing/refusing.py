"""What is refused of plans of quotas, of reports of usage, and of rooms with a quota. No table."""

from __future__ import annotations

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class NoSuchReport(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此报表。", "There is no such report.")
    status = 404


class NoSuchQuotaPlan(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此方案。", "There is no such plan.")
    status = 404


class NoSuchQuotaRoom(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此定额场所。", "There is no such room with a quota.")
    status = 404


class OtherOfficesDuty(Refusal):
    """The regulation gives it to one office."""

    says = Words("按{cite}，此事由{office}办理。", "By {cite} this is done by {office}.")
    status = 403


class NoReportsHere(Refusal):
    """No regulation that is in force here speaks of them."""

    says = Words(
        "本单位适用的规定没有规定报表和指标（uses: reporting）。",
        "No regulation in force here speaks of reports and quotas (uses: reporting).",
    )


class OwnPaper(Refusal):
    """Who drew something up does not check it."""

    says = Words(
        "编制人不能审核自己的报表或方案；请由另一人审核。",
        "Who drew it up does not check it: another person does.",
    )
    status = 403


class NotAMonth(Refusal):
    """A month is written as 2026-03."""

    says = Words("“{text}”不是月份；请写作 2026-03。", '"{text}" is no month: write it like 2026-03.')
    field = "month"


class MonthNotOver(Refusal):
    """A report is drawn up when its month is over."""

    says = Words("{month} 尚未结束。", "{month} is not over.")
    field = "month"


class RevisionReasonMissing(Refusal):
    """What is drawn up again says why."""

    says = Words(
        "{name} 已有第 {number} 版；再次编制请写明原因。",
        "{name} has version {number} already: say why it is drawn up again.",
    )
    field = "reason"


class ReportStands(Refusal):
    """A report that would say the same is not drawn up again."""

    says = Words(
        "{month} 第 {number} 版报表的内容没有变化。", "Version {number} of {month} would say the same again."
    )
    status = 409


class NotTheNewest(Refusal):
    """What was drawn up anew is checked in its newest version."""

    says = Words("已有第 {number} 版；请审核最新一版。", "There is version {number}: check the newest.")
    status = 409


class CheckedAlready(Refusal):
    """It is checked once."""

    says = Words("已审核。", "It is checked already.")
    status = 409


class VerdictReasonMissing(Refusal):
    """What is sent back says what is wrong."""

    says = Words("退回须写明问题。", "Say what is wrong.")
    field = "remarks"


class NotAShare(Refusal):
    """Each line is a unit and its two quotas."""

    says = Words(
        "第 {line} 行“{text}”不是“单位 千瓦时 立方米”。", 'Line {line}, "{text}", is not "unit kWh m³".'
    )
    field = "shares"


class UnitTwice(Refusal):
    """A unit stands once in a plan."""

    says = Words("“{unit}”出现两次。", '"{unit}" stands there twice.')
    field = "shares"


class NotARoomKind(Refusal):
    """The regulation knows no quota of such a room."""

    says = Words("规定中没有这种定额场所。", "The regulation knows no quota of such a room.")
    field = "kind"


class NotEquipment(Refusal):
    """Each line is a device, how many, kilowatts, hours a day and days a month."""

    says = Words(
        "第 {line} 行“{text}”不是“设备 台数 千瓦 每日小时 每月天数”。",
        'Line {line}, "{text}", is not "device pieces kW hours-a-day days-a-month".',
    )
    field = "equipment"


class EquipmentMissing(Refusal):
    """A guard room's quota is approved by what stands in it."""

    says = Words(
        "值班室的指标按耗能设备核定：请逐行填写。",
        "A guard room's quota goes by its equipment: enter it, a line each.",
    )
    field = "equipment"


class NotAResident(Refusal):
    """Each line is a student and the days lived there."""

    says = Words("第 {line} 行“{text}”不是“学号 居住天数”。", 'Line {line}, "{text}", is not "student days".')
    field = "residents"


class RoomPaysItself(Refusal):
    """Who owes the excess is not the account that is billed for the room."""

    says = Words(
        "超额费用由值班或住宿人员承担：请填写其缴费户，不是场所自己的缴费户。",
        "Those on duty or living there owe the excess: name their account, not that of the room.",
    )
    field = "payer"


class QuotaFromThen(Refusal):
    """A room has one quota from a month on."""

    says = Words("该场所自 {month} 起已有定额。", "The room has a quota from {month} on already.")
    field = "month"


class NothingBilledThen(Refusal):
    """Nothing is beyond a quota where nobody knows what was used: missing is not zero."""

    says = Words(
        "{account} 在 {month} 没有账单：先开账，再核超额。",
        "{account} has no bill of {month}: bill it first.",
    )
    field = "month"


class NoQuotaThen(Refusal):
    """The room had no quota yet."""

    says = Words("该场所自 {month} 起才有定额。", "The room has a quota only from {month} on.")
    field = "month"


class ExcessStands(Refusal):
    """What comes out the same is not charged again."""

    says = Words("{month} 的超额费用没有变化。", "The charge of {month} comes out the same.")
    status = 409
