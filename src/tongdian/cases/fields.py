"""What is asked of an event of force majeure."""

from tongdian.policy.words import Words
from tongdian.registers.fields import Fields
from tongdian.registers.sorts import Code, Day, Text

FORCE_MAJEURE = Fields(
    Code(
        "code",
        Words("编号", "Code"),
        column=Words("事件编号", "Event code"),
        fixed=True,
        example="FM-2026-01",
    ),
    Text("title", Words("事件", "Event"), example="“桃芝”台风"),
    Day("from_on", Words("自", "From"), example="2026-07-14"),
    Day(
        "to_on",
        Words("至", "To"),
        optional=True,
        example="2026-07-17",
        note=Words("最后一天；尚未结束的留空。", "The last day; left open while it goes on."),
    ),
    Text(
        "proof",
        Words("证明", "Proof"),
        most=200,
        lines=True,
        example="自治区应急管理厅 2026-07-14 启动防台风Ⅱ级响应的通知",
        note=Words("哪一单位何时发布的何种文件。", "Which document, by whom, of which day."),
    ),
)
