"""What is asked of runs, bills and objections."""

from tongdian.billing.rules import DeliveryWay, DisputeOutcome
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields
from tongdian.registers.sorts import Day, Number, Selection, Text

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
OBJECTION = Fields(ON, WRITTEN)
OWN_OBJECTION = Fields(WRITTEN)
SETTLEMENT = Fields(Selection("outcome", Words("处理结果", "SupplyOutcome"), of=DisputeOutcome), WRITTEN)
