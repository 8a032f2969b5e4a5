"""What is asked of runs, bills and objections."""

from tongdian.billing.rules import DeliveryWay, DisputeOutcome
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields
from tongdian.registers.sorts import Day, Number, Selection, Text, Truth

ON = Day("on", Words("日期", "Day"), example="2026-03-31")
REASON = Text("reason", Words("原因", "Reason"), most=200)
WRITTEN = Text("text", Words("内容", "In writing"), most=1000, lines=True)
RUN = Fields(
    Day(
        "first_on",
        Words("抄表起日", "Read from"),
        example="2026-03-25",
        note=Words("这一天及以后的抄见数开入本次账单。", "Readings of this day and later are billed."),
    ),
    Day("until", Words("抄表止日", "Read through"), example="2026-03-31"),
    Day(
        "due_on",
        Words("缴费期限", "To be paid by"),
        example="2026-04-15",
        note=Words(
            "收费通知单规定的期限（第二十二条（二））。",
            "The time limit of the notice, which starts all others.",
        ),
    ),
    Text("note", Words("备注", "Note"), optional=True, most=200),
)
RELEASE = Fields(
    Number(
        "preview",
        Words("预览序号", "Preview"),
        low="1",
        high="9999",
        scale=0,
        note=Words("您查看的是第几次预览。", "Which preview you looked at."),
    )
)
BECAUSE = Fields(REASON)
CORRECTION = Fields(
    REASON,
    Number(
        "expected",
        Words("更正后应收（元）", "What it comes to (yuan)"),
        low="-99999999999.99",
        high="99999999999.99",
        unit="yuan",
        optional=True,
        api="what the corrected bill was foreseen to come to: where it now comes to something else, nothing is done",
    ),
)
DELIVERY = Fields(Selection("way", Words("送达方式", "How"), of=DeliveryWay, default=DeliveryWay.HANDED), ON)
HANDING_OUT = Fields(
    *DELIVERY,
    Text(
        "within",
        Words("哪一叠", "Stack"),
        optional=True,
        most=36,
        api="id of a route of reading or of a place: only the bills of its stack",
    ),
)
OBJECTION = Fields(ON, WRITTEN)
OWN_OBJECTION = Fields(WRITTEN)
SETTLEMENT = Fields(Selection("outcome", Words("处理结果", "SupplyOutcome"), of=DisputeOutcome), WRITTEN)


MONTH = Text("month", Words("月份", "Month"), most=7, example="2026-03")
AGAIN = Text(
    "reason",
    Words("再次编制的原因", "Why again"),
    optional=True,
    most=200,
    note=Words("已有一版的才填。", "Where there is a version already."),
)
REPORT = Fields(MONTH, AGAIN)
REMARKS = Text(
    "remarks",
    Words("意见", "Remarks"),
    optional=True,
    lines=True,
    most=500,
    note=Words("退回时必填。", "Needed where it is sent back."),
)
REPORT_CHECK = Fields(Truth("is_right", Words("核对无误", "It is right"), default=True), REMARKS)
QUOTA_PLAN = Fields(
    Number("year", Words("年度", "Year"), low="2000", high="2099", scale=0, example="2026"),
    Text(
        "measures",
        Words("节能减排规划和措施", "How it saves"),
        lines=True,
        most=2000,
        example="更换公共照明为感应灯；空调夏季不低于26℃",
    ),
    Text(
        "shares",
        Words("各单位年度指标", "Quotas of the units"),
        lines=True,
        most=20000,
        example="物理学院 120000 8000",
        note=Words(
            "每行一个单位：名称 千瓦时 立方米。单位名称与缴费户的承担单位一致。",
            "A unit a line: name, kWh, m³; named as the accounts that it bears.",
        ),
    ),
    AGAIN,
)
PLAN_ANSWER = Fields(Truth("is_approved", Words("批准", "Approved"), default=True), REMARKS)
EXCESS = Fields(
    MONTH,
    Day("due_on", Words("缴费期限", "To be paid by"), example="2026-04-15"),
    Text(
        "residents",
        Words("住宿学生", "Residents"),
        optional=True,
        lines=True,
        most=5000,
        example="2024001 31",
        note=Words("学生公寓：每行“学号 居住天数”。", "A student room: a line each, student and days."),
    ),
)
