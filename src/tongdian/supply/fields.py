"""What is asked of openings, stops, their approval, and switches."""

from decimal import Decimal

from tongdian.policy.words import Words
from tongdian.registers.fields import Fields
from tongdian.registers.sorts import Code, Day, Number, Selection, Text, Truth
from tongdian.spoken import both
from tongdian.supply.rules import AGAINST_THE_WILL, StopGround, SwitchProtection

REASON = Text("reason", Words("原因", "Reason"), lines=True, most=500)
ON = Day("on", Words("自何日起", "From"), example="2026-04-02")
OPENING = Fields(
    ON,
    Text(
        "reason",
        Words("依据", "By what paper"),
        most=200,
        example="2019 年供用协议，登记前已供",
        note=Words(
            "本系统记录之前已经开通的，写明依据。", "For a supply that was opened before this record."
        ),
    ),
)
SAFETY_STOP = Fields(
    ON, Text("cite", Words("条文", "By which article"), most=80, example="第六条；供电设施检修"), REASON
)
SAFETY_END = Fields(ON, REASON)
RESTORATION = Fields(REASON)

APPROVAL = Fields(
    Selection(
        "ground",
        Words("停供原因", "Ground"),
        of={one.value: both(one.label) for one in StopGround if one in AGAINST_THE_WILL},
    ),
    REASON,
    Text("paper", Words("批准文件", "Approved by what paper"), most=120, example="停供审批单〔2026〕3号"),
)

SWITCH = Fields(
    Code("code", Words("开关编号", "Code of the switch"), example="K-YS-M3"),
    Text("host", Words("设备地址（IP）", "Address of the device (IP)"), most=45, example="10.20.3.15"),
    Number(
        "port", Words("端口", "Port"), low="1", high="65535", scale=0, default=Decimal(502), example="502"
    ),
    Number("unit", Words("从站号", "Unit"), low="0", high="247", scale=0, default=Decimal(1), example="1"),
    Number("coil", Words("线圈号", "Coil"), low="0", high="65535", scale=0, example="0"),
    Truth(
        "supplied_when", Words("线圈为 1 时供应", "Supplies while the coil is 1"), default=True, example="是"
    ),
    Selection(
        "protects",
        Words("保护对象", "Protects"),
        of=SwitchProtection,
        default=SwitchProtection.NOTHING,
        note=Words("消防和生命保障永不切断。", "Fire protection and life support are never cut."),
        example="无",
    ),
)
SWITCHING = Fields(
    Truth("is_on", Words("送电（水）（否为切断）", "Supply (no: cut)")),
    Truth("is_trial", Words("只试读，不动作", "Only try, act on nothing"), default=False),
    REASON,
)
NO_MORE = Fields(REASON)
