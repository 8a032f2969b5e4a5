"""What is asked of the school's days, of the timetables of places and of permits, but for what they lead to."""

from tongdian.policy.words import Words
from tongdian.registers.dated import FIRST_ON
from tongdian.registers.fields import Fields
from tongdian.registers.sorts import Day, Text, Truth

REASON = Text(
    "reason",
    Words("依据", "Basis"),
    most=200,
    lines=True,
    asked_anew=True,
    example="师政教务〔2026〕8号 2026—2027学年校历",
    note=Words(
        "校历、作息通知或决定的文号。", "The paper that says so: the school calendar, a notice of hours."
    ),
)
SCHOOL_FACT = Fields(
    FIRST_ON,
    Day(
        "last_on",
        Words("至（含）", "Last day"),
        asked_anew=True,
        example="2026-07-12",
        note=Words(
            "此日之后须另行录入；没有录入的日子不推断。", "What is not entered beyond it is not assumed."
        ),
    ),
    REASON,
)
SCHOOL_DAY = Fields(
    Day("on", Words("日期", "Day"), fixed=True, example="2026-10-10"),
    Truth(
        "is_working",
        Words("上班上课", "Is worked"),
        example="是",
        note=Words("与法定安排不同的日子才登记。", "Only days that differ from the legal calendar."),
    ),
    REASON,
)
PLACE_TIMETABLE = Fields(
    FIRST_ON,
    Day(
        "last_on",
        Words("至（含）", "Last day"),
        optional=True,
        asked_anew=True,
        note=Words("留空：一直适用。", "Empty: until another is entered."),
    ),
    REASON,
)
PERMIT_PAPERS = Fields(
    Text(
        "permitted_by",
        Words("学校同意：谁", "The university's permission: by whom"),
        most=80,
        optional=True,
        example="校长办公室",
    ),
    Text(
        "paper",
        Words("学校同意：文件", "The university's permission: paper"),
        most=200,
        optional=True,
        example="师政办〔2026〕31号",
        note=Words(
            "学校的允许与节能办的审批分别记明。", "It stands apart from the energy office's approval."
        ),
    ),
)
WITHDRAWAL = Fields(
    Text("reason", Words("撤销原因", "Why it is withdrawn"), most=200, lines=True, of_the_deed=True)
)
