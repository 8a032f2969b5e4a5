"""What is asked of the education that units give, but for whose it is."""

from tongdian.conduct.rules import EducationTopic
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields
from tongdian.registers.sorts import Day, Number, Selection, Text

EDUCATION = Fields(
    Day("on", Words("日期", "Day"), fixed=True, example="2026-09-14"),
    Selection("topic", Words("内容类别", "About"), of=EducationTopic, fixed=True, example="安全用电"),
    Text("title", Words("活动名称", "What was done"), most=120, fixed=True, example="新生安全用电讲座"),
    Number(
        "attended",
        Words("参加人数", "How many took part"),
        low="0",
        high="100000",
        scale=0,
        optional=True,
        fixed=True,
        example="180",
        note=Words("张贴、推送等没有人数的留空。", "Empty for posters and messages."),
    ),
    Text("text", Words("内容", "What was taught"), most=1000, lines=True, fixed=True),
    Text(
        "paper",
        Words("佐证材料", "What shows it"),
        most=200,
        fixed=True,
        example="签到表和照片，学院档案 2026-17",
    ),
)
TAKING_BACK = Fields(
    Text("reason", Words("撤销原因", "Why it is taken back"), most=500, lines=True, of_the_deed=True)
)
