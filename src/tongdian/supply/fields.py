"""What is asked of openings, stops and their approval."""

from tongdian.policy.words import Words
from tongdian.registers.fields import Fields
from tongdian.registers.sorts import Day, Selection, Text
from tongdian.spoken import both
from tongdian.supply.rules import AGAINST_THE_WILL, StopGround

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
