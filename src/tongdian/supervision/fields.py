"""What is asked of filings and tasks."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tongdian.parties.queries import packs_in_force
from tongdian.policy.words import Words
from tongdian.registers.dated import FIRST_ON
from tongdian.registers.fields import Field, Fields, Scope
from tongdian.registers.sorts import Code, Day, Number, Selection, Text
from tongdian.rulebook import queries as rulebook
from tongdian.supervision.findings import CircularScope, FindingKind, FindingSource, Gravity
from tongdian.supervision.rules import GridPlanSort, Grids, PushInterval, RuleVerdict, SiteOutcome, TaskState

REASON = Text("reason", Words("原因", "Reason"), most=500, lines=True)
BECAUSE = Fields(REASON)
REMARK = Fields(Text("reason", Words("备注", "Remark"), most=500, lines=True, optional=True))
LATE = Fields(Day("until", Words("准许报送至", "May be filed until"), example="2021-08-31"), REASON)
LATE_ASKED = Fields(Day("until", Words("请准许报送至", "To be filed until"), example="2021-08-31"), REASON)
RETURNED = Fields(
    REASON,
    Day(
        "until",
        Words("重报期限", "To be filed again by"),
        example="2021-08-31",
        optional=True,
        note=Words(
            "按时报送的，期限内重报仍算按时；已关闭的期必须填写。",
            "What was in time stays so when it comes again by then. Needed where the period is closed.",
        ),
    ),
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


# --------------------------------------------------------------- registers of plans of grids and of internal rules
PAPER = "文件名称、文号或编号。", "The paper's name and number."


def _dated(*fields: Field) -> Fields:
    """What a row of a dated register says, and from which day on, why, and whether the thing is off the list."""
    return Fields(
        *fields,
        Day(
            "dropped_on",
            Words("取消日期", "Off the list on"),
            optional=True,
            api="the day from which it is on the list no more: dropped, or entered by mistake",
            note=Words("取消或误登时填写，须写明原因。", "Where it is dropped, or was entered by mistake."),
        ),
        replace(
            FIRST_ON,
            note=Words("此内容自哪天起有效，一般填今天。", "From when on this holds: as a rule, today."),
        ),
        Text(
            "reason",
            Words("变更原因", "Reason of the change"),
            most=500,
            lines=True,
            optional=True,
            asked_anew=True,
            api="why it is entered anew; of the first entry nothing",
            note=Words(
                "首次登记不填；再次登记必填。", "Blank for the first entry, needed for each later one."
            ),
        ),
    )


def _day(name: str, zh: str, en: str, api: str, *, optional: bool = False, example: str = "") -> Day:
    return Day(name, Words(zh, en), optional=optional, api=api, example=example)


def _paper(name: str = "paper", *, optional: bool = False) -> Text:
    return Text(
        name,
        Words("凭证", "Paper"),
        most=200,
        optional=optional,
        example="" if optional else "公司投资〔2026〕3号",
        api="the paper's name and number",
        note=Words(*PAPER),
    )


GRID_PLAN = _dated(
    Code(
        "code",
        Words("编号", "Code"),
        column=Words("规划或方案编号", "Code of the plan"),
        fixed=True,
        example="TZ-2026",
        api="its own code within the organisation",
    ),
    Text("name", Words("名称", "Name"), example="2026年配电网和农网投资方案"),
    Selection(
        "sort",
        Words("类别", "Sort"),
        of=GridPlanSort,
        fixed=True,
        example="投资方案",
        api="development: of a department (task 40); investment: of a supplier (task 39)",
    ),
    Selection("grids", Words("电网", "Grids"), of=Grids, default=Grids.BOTH.value),
    Number("first_year", Words("起始年度", "First year"), low="2000", high="2100", scale=0, example="2026"),
    Number("last_year", Words("终止年度", "Last year"), low="2000", high="2100", scale=0, example="2026"),
    _day("approved_on", "批准日期", "Approved on", "the day on which it was approved", example="2026-01-20"),
    _paper(),
    Number(
        "every_months",
        Words("评估周期（个月）", "Evaluated every (months)"),
        low="1",
        high="120",
        scale=0,
        optional=True,
        example="12",
        api="how often it is evaluated, as the office itself has set it",
        note=Words(
            "规划必填；文件只要求定期评估，周期由本单位确定。",
            "Needed for a development plan: the document asks for regular evaluation, the office sets how often.",
        ),
    ),
)
GRID_PROJECT = _dated(
    Code(
        "code",
        Words("项目编号", "Project code"),
        fixed=True,
        example="P-001",
        api="its own code within the organisation",
    ),
    Text("name", Words("项目名称", "Project"), example="雁山镇10kV配电网改造"),
    Selection(
        "grid",
        Words("电网", "Grid"),
        of={
            one.value: Words(*said)
            for one, said in (
                (Grids.DISTRIBUTION, ("配电网", "distribution grid")),
                (Grids.RURAL, ("农网", "rural grid")),
            )
        },
        api="distribution or rural",
        example="配电网",
    ),
    Number(
        "planned_yuan",
        Words("计划投资（元）", "Planned (yuan)"),
        low="0.01",
        high="999999999999.99",
        unit="yuan",
        example="3200000.00",
    ),
    Number(
        "spent_yuan",
        Words("已完成投资（元）", "Spent (yuan)"),
        low="0",
        high="999999999999.99",
        unit="yuan",
        optional=True,
    ),
    Number(
        "capacity_kva",
        Words("新增容量（kVA）", "New capacity (kVA)"),
        high="99999999.99",
        unit="kVA",
        optional=True,
        example="2500",
        api="kilovolt-amperes; nothing for a line",
    ),
    _day("starts_on", "计划开工", "To be begun on", "planned first day of works", example="2026-03-01"),
    _day("ends_on", "计划投产", "To be in use on", "planned day of use", example="2026-09-30"),
    _day("started_on", "实际开工", "Begun on", "the day on which works began", optional=True),
    _day("ended_on", "实际投产", "In use since", "the day on which it came into use", optional=True),
    Number(
        "progress",
        Words("进度（%）", "Progress (%)"),
        low="0",
        high="100",
        scale=0,
        optional=True,
        api="per cent of the works",
    ),
    Text(
        "late_because",
        Words("延期原因", "Why it is late"),
        most=500,
        lines=True,
        optional=True,
        note=Words("未按计划开工或投产时必填。", "Needed where it was not begun, or is not in use, in time."),
    ),
)
INTERNAL_RULE = _dated(
    Code(
        "code",
        Words("编号", "Code"),
        column=Words("制度编号", "Code of the rule"),
        most=60,
        fixed=True,
        example="桂供电营销〔2019〕12号",
        api="its number; of one still to be made a code of the organisation's own",
        note=Words("文号；拟新立的制度可自编。", "Its number; of one still to be made any code of your own."),
    ),
    Text("name", Words("制度名称", "Internal rule"), most=200, example="业扩报装管理办法"),
    Text("issuer", Words("印发单位", "Issuer"), most=120, example="营销部"),
    _day(
        "effective_on",
        "施行日期",
        "In force since",
        "the day on which it came into force",
        optional=True,
        example="2019-05-01",
    ),
    Text(
        "clause",
        Words("涉及条款", "Clause it touches"),
        most=40,
        example="附件1/3",
        api="a clause of the regulation that binds the organisation",
    ),
    Selection(
        "verdict",
        Words("清理意见", "Verdict"),
        of=RuleVerdict,
        optional=True,
        api="keep, revise, abolish or make; nothing as long as it was not reviewed",
        note=Words("尚未清理的不填。", "Blank as long as it was not reviewed."),
    ),
    _day("due_on", "完成期限", "To be done by", "the day by which the verdict is carried out", optional=True),
    _day("done_on", "完成日期", "Done on", "the day on which it was carried out", optional=True),
    _paper(optional=True),
)
STEP_DAY = Day("on", Words("日期", "Day"), example="2026-06-30")
PLAN_INCLUDED = Fields(
    STEP_DAY,
    Text("text", Words("纳入的城乡发展规划", "Which urban and rural plan"), most=1000, lines=True),
    _paper(),
)
PLAN_EVALUATED = Fields(
    STEP_DAY, Text("text", Words("评估结论", "What the evaluation found"), most=1000, lines=True), _paper()
)
PLAN_ADJUSTED = Fields(
    STEP_DAY, Text("text", Words("调整内容", "What is adjusted"), most=1000, lines=True), _paper()
)
SUBSCRIPTION = Fields(
    Selection("every", Words("推送周期", "How often"), of=PushInterval),
    Selection(
        "language",
        Words("语言", "Language"),
        of={"zh": Words("中文", "Chinese"), "en": Words("英文", "English")},
        default="zh",
    ),
)
