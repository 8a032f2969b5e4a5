"""What is asked of meters and readings, but for what they are joined to."""

from dataclasses import replace
from decimal import Decimal

from tongdian.metering.rules import MeterKind, MeterOwner, Quality, Wiring
from tongdian.network.fields import UTILITY
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields
from tongdian.registers.sorts import Code, Day, Moment, Number, Selection, Text, Truth

DECIMALS = 3  # of the finest register

METER = Fields(
    Code(
        "code",
        Words("表号", "Meter number"),
        column=Words("表号", "Meter number"),
        example="D0412",
        note=Words(
            "表盘上的出厂编号，本单位内不重复。",
            "As on its plate; no other meter of the organisation has it.",
        ),
    ),
    replace(UTILITY, note=Words("电表或水表", "which of the two it meters")),
    Selection("kind", Words("类型", "Kind"), of=MeterKind, default=MeterKind.ORDINARY, example="普通表"),
    Number(
        "multiplier",
        Words("倍率", "Multiplier"),
        high="100000",
        default=Decimal(1),
        example="1",
        note=Words("互感器变比的乘积；没有互感器填 1。", "Of its transformers; 1 without any."),
    ),
    Number(
        "digits",
        Words("整数位数", "Digits before the point"),
        low="4",
        high="8",
        scale=0,
        example="6",
        note=Words(
            "表盘小数点前的位数，翻转时按此计算。",
            "As on its face: a register that runs full begins at nought.",
        ),
    ),
    Number(
        "decimals",
        Words("小数位数", "Digits after the point"),
        low="0",
        high=str(DECIMALS),
        scale=0,
        example="2",
    ),
    Selection("owner", Words("产权", "Owner"), of=MeterOwner, default=MeterOwner.SUPPLIER, example="供方"),
    Selection(
        "wiring",
        Words("计量方式", "Metered"),
        of=Wiring,
        optional=True,
        example="低供低计",
        note=Words("只用于电", "for power only"),
    ),
    Text(
        "seals",
        Words("封印编号", "Seals"),
        optional=True,
        most=120,
        example="F20417、F20418",
        note=Words("加封、启封都在这里更新（第十一条）。", "Kept up to date whenever one is set or broken."),
    ),
)
ON = Day("on", Words("日期", "Day"), example="2026-03-31")
VALUE = Number(
    "value",
    Words("示数", "Figure on the register"),
    low="0",
    high="99999999.999",
    scale=DECIMALS,
    example="1052.30",
    note=Words("按表盘所示填写，不乘倍率。", "As the register shows it, without the multiplier."),
)
QUALITY = Selection("quality", Words("来源", "Quality"), of=Quality, default=Quality.ACTUAL)
TURNED = Truth(
    "turned", Words("已翻转（走满归零）", "Turned over: it ran full and began at nought"), default=False
)
REASON = Text("reason", Words("原因或备注", "Reason or note"), optional=True, most=200)
ON_DAY = Fields(ON)
READ_AT = Moment("read_at", Words("抄表时刻", "Read at"), example="2026-03-06T22:00")
TIMED_READING = Fields(READ_AT, VALUE, TURNED)
TIMED_TAKEN_BACK = Fields(READ_AT, Text("reason", Words("原因", "Reason"), most=200))
INTERVALS_TAKEN_BACK = Fields(
    ON,
    Code("channel", Words("通道", "Channel"), most=10, example="E1"),
    Text("reason", Words("原因", "Reason"), most=200),
)
OWN_READING = Fields(VALUE, TURNED)
TAKEN_BACK = Fields(ON, Text("reason", Words("原因", "Reason"), most=200))
VIRTUAL = Fields(
    Code(
        "code",
        Words("虚拟表编号", "Code of the virtual meter"),
        column=Words("虚拟表编号", "Code of the virtual meter"),
        example="V-01",
    ),
    Text("name", Words("名称", "Name"), most=120, example="3 号楼公共用电"),
    UTILITY,
)
ROUTE = Fields(
    Code("code", Words("路线编号", "Route code"), column=Words("路线编号", "Route code"), example="R-03"),
    Text("name", Words("名称", "Name"), most=120, example="教工宿舍 1–8 栋"),
)
PUBLISHING = Fields(
    Day("read_on", Words("抄表日", "Read on"), example="2026-03-31"),
    Day("bill_on", Words("计费日", "Billed on"), example="2026-04-03"),
    Text(
        "reason",
        Words("更改原因", "Why it changes"),
        optional=True,
        most=200,
        note=Words("该月已公布过的才填。", "Only where the month is published already."),
    ),
)
