"""What is asked of filings and tasks."""

from __future__ import annotations

from tongdian.policy.words import Words
from tongdian.registers.fields import Fields
from tongdian.registers.sorts import Day, Selection, Text
from tongdian.supervision.rules import TaskState

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
