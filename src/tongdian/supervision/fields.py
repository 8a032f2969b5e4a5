"""What is asked of filings and tasks."""

from __future__ import annotations

from decimal import Decimal

from tongdian.parties.queries import packs_in_force
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields, Scope
from tongdian.registers.sorts import Code, Day, Number, Selection, Text
from tongdian.rulebook import queries as rulebook
from tongdian.supervision.findings import CircularScope, FindingKind, FindingSource, Gravity
from tongdian.supervision.rules import SiteOutcome, TaskState

REASON = Text("reason", Words("原因", "Reason"), most=500, lines=True)
BECAUSE = Fields(REASON)
REMARK = Fields(Text("reason", Words("备注", "Remark"), most=500, lines=True, optional=True))
LATE = Fields(
    Day("until", Words("准许报送至", "May be filed until"), example="2021-08-31"),
    Text("reason", Words("原因", "Reason"), most=200),
)
QUESTION = Fields(
    Text("row", Words("行", "Row"), most=80),
    Text("column", Words("列", "Column"), most=80),
    Text("text", Words("问题", "Question"), most=500, lines=True),
    Day("answer_by", Words("答复期限", "To be answered by"), example="2021-07-30"),
)
ANSWER = Fields(Text("text", Words("答复", "Answer"), most=500, lines=True))
TASK_REPORT = Fields(
    Text("clause", Words("任务", "Task"), most=40, example="附件1/17"),
    Selection("state", Words("进展", "ReturnStanding"), of=TaskState),
    Day("on", Words("日期", "Day"), example="2021-06-30"),
    Text("text", Words("说明", "In words"), most=1000, lines=True),
    Text(
        "paper",
        Words("凭证", "Paper"),
        most=200,
        optional=True,
        note=Words(
            "完成须写明：文件名称、文号或编号。", "Needed where it is done: the paper's name and number."
        ),
    ),
)
SENDER = Fields(
    Text("verifier", Words("校验行", "Verifier line"), most=200),
    Text(
        "paper",
        Words("核对凭证", "How it was compared"),
        most=200,
        note=Words(
            "与发送单位当面、书面或电话核对的记录。", "By paper, in person or by telephone with the sender."
        ),
    ),
)


# --------------------------------------------------------------- findings and the letters that follow
CLAUSE = Text("clause", Words("依据条款", "Clause"), most=40, example="附件1/56")
DUE = Day("due_on", Words("期限", "By"), example="2021-09-30")
EVIDENCE_PAPER = Text(
    "paper",
    Words("凭证", "Evidence"),
    most=200,
    optional=True,
    of_the_deed=True,
    note=Words("文件名称、文号，或业务编号、工单号。", "A paper's name and number, a case or a ticket."),
)
FINDING = Fields(
    Selection("source", Words("来源", "Source"), of=FindingSource),
    Selection("kind", Words("问题类别", "Kind"), of=FindingKind),
    Selection("gravity", Words("程度", "Gravity"), of=Gravity, default=Gravity.MINOR.value),
    CLAUSE,
    Text("text", Words("问题", "What was found"), most=2000, lines=True),
    Code(
        "region",
        Words("所在地区", "Division"),
        most=6,
        optional=True,
        example="450311",
        note=Words(
            "行政区划代码；不填即被监管单位所在地区。", "Its code; blank means that of whom it is about."
        ),
    ),
)
ORDER = Fields(Text("text", Words("整改要求", "What is to be rectified"), most=2000, lines=True), DUE)
EXTENSION = Fields(Text("text", Words("延期原因", "Why it is extended"), most=2000, lines=True), DUE)
SENT_BACK = Fields(Text("text", Words("未整改到位之处", "What is not rectified"), most=2000, lines=True), DUE)
SAID = Fields(Text("text", Words("说明", "In words"), most=2000, lines=True))
MAY_SAY = Fields(Text("text", Words("说明", "In words"), most=2000, lines=True, optional=True))
URGING = Fields(CLAUSE, Text("text", Words("督促事项", "What is to be done"), most=2000, lines=True), DUE)
TALK = Fields(
    Day("held_on", Words("约谈日期", "Day of the talk"), example="2021-10-20"),
    Text("hour", Words("时间", "Hour"), most=20, example="上午9:30"),
    Text("place", Words("地点", "Place"), most=200),
    CLAUSE,
    Text("text", Words("约谈事由", "Why they are summoned"), most=2000, lines=True),
)
TALK_RECORD = Fields(
    Day("on", Words("实际约谈日期", "Held on"), example="2021-10-20"),
    Text("attendees", Words("参加人员", "Who took part"), most=500, lines=True),
    Text("text", Words("整改承诺", "What was promised"), most=2000, lines=True),
    DUE,
)
CIRCULAR = Fields(
    Text("title", Words("标题", "Title"), most=120),
    Selection("scope", Words("范围", "Scope"), of=CircularScope),
    CLAUSE,
    Text("text", Words("正文", "Text"), most=4000, lines=True),
)
PUBLISHED = Fields(Day("on", Words("发布日期", "Published on"), example="2021-11-01"))


def _types(scope: Scope) -> dict[str, Words]:
    """The types of supplier that the office's document lists."""
    if scope.organisation is None or scope.on is None:
        return {}
    for adopted in packs_in_force(scope.organisation, on=scope.on):
        says = rulebook.pack(adopted.pack).head.uses.inspecting
        if says is not None:
            return {key: Words(*one.title) for key, one in says.types.items()}
    return {}


TYPING = Fields(
    Selection("type", Words("类别", "Type"), of=_types, radio=True),
    Text(
        "paper",
        Words("依据", "Paper"),
        most=200,
        note=Words("如电力业务许可证编号、名录文号。", "Such as the number of its licence, or of a list."),
    ),
)
PLAN_REASON = Fields(
    Text("reason", Words("变更原因", "Why it is changed"), most=500, lines=True, optional=True)
)
INSPECTION = Fields(
    Day("first_on", Words("业务起日", "Cases from"), example="2026-01-01"),
    Day("last_on", Words("业务止日", "Cases to"), example="2026-06-30"),
    Text("cause", Words("计划外的缘由", "Cause, where not planned"), most=500, lines=True, optional=True),
)
DRAW = Fields(
    Number("size", Words("抽取件数", "Cases to draw"), low="1", high="200", scale=0, default=Decimal(10)),
    Number(
        "late",
        Words("其中超时限的至少", "Beyond the limit, at least"),
        low="0",
        high="200",
        scale=0,
        default=Decimal(0),
    ),
    Number(
        "exempt",
        Words("其中不可抗力另计的至少", "Excepted, at least"),
        low="0",
        high="200",
        scale=0,
        default=Decimal(0),
    ),
    Number(
        "near",
        Words("其中临近时限的至少", "Near the limit, at least"),
        low="0",
        high="200",
        scale=0,
        default=Decimal(0),
    ),
    Text("reason", Words("再次抽取的原因", "Why drawn again"), most=500, lines=True, optional=True),
)
SITE_RECORD = Fields(
    Day("on", Words("现场日期", "Day on site"), example="2026-07-10"),
    Selection("outcome", Words("结果", "Outcome"), of=SiteOutcome, radio=True),
    Text("differs", Words("不一致之处", "What differs"), most=2000, lines=True, optional=True),
    Text("note", Words("备注", "Remark"), most=1000, lines=True, optional=True),
)
MEETING = Fields(
    Day("on", Words("会议日期", "Day"), example="2021-06-10"),
    Text("topic", Words("议题", "Topic"), most=200),
    Text("present", Words("参加单位", "Who took part"), most=500, lines=True),
    Text("decisions", Words("议定事项", "Decisions"), most=2000, lines=True),
    Text("paper", Words("会议纪要", "Minutes"), most=200),
)
DIFFICULTY = Fields(
    Day("on", Words("知悉日期", "Day"), example="2021-06-10"),
    Text("text", Words("困难和问题", "Difficulty"), most=1000, lines=True),
    Text(
        "source",
        Words("来源", "From whom"),
        most=200,
        note=Words("如12398、走访、企业来函。", "Such as 12398, a visit, a letter."),
    ),
)
RESOLUTION = Fields(
    Day("on", Words("解决日期", "Day"), example="2021-07-10"),
    Text("text", Words("怎样解决", "How it was resolved"), most=1000, lines=True),
)
