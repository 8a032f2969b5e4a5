"""What is done to a case, each verb once: what it is called, what it asks, and whose it is.

A button, a form, a call of the API and a line of a to-do list are drawn from these. The command of
a verb (`commands.py`) checks the answers and gives the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tongdian.policy.process.events import (
    CaseEvent,
    ClaimRefused,
    Closed,
    Countersigned,
    FactRecorded,
    Migrated,
    Resumed,
    Returned,
    Suspended,
    Withdrawn,
)
from tongdian.policy.words import Words

Sort = Literal["facts", "answers", "fact", "evidence", "text", "option", "event", "day"]


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that a verb asks, by the name under which its action takes it.

    `facts` are facts of the process, `answers` what the stage's effect asks, `fact` the value of
    one; `evidence` lines and files; `option` one of those that the offer lists; `event` one of force majeure; `day` a date.
    """

    name: str
    sort: Sort
    title: Words
    is_needed: bool = False
    hint: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One thing that is done to a case.

    `name` stands in addresses, `about` is how its action calls what it is about (nothing: the whole
    case). `whose` it is: who has the stage; whoever has the case in hand; the applicant or who
    opens cases; a second person, who recorded no step; who moves cases to other versions.
    """

    name: str
    event: type[CaseEvent] | None
    title: Words
    about: Literal["", "stage", "name", "claim", "part"] = ""
    whose: Literal["stage", "case", "applicant", "second", "mover", "assigner"]
    asks: tuple[Ask, ...]
    button: Words | None = None
    explain: Words | None = None
    is_grave: bool = False


FACTS = Ask("facts", "facts", Words("事实", "Facts"))
ANSWERS = Ask("given", "answers", Words("所问", "Questions"))
EVIDENCE = Ask(
    "evidence",
    "evidence",
    Words("依据凭证", "Evidence"),
    hint=Words(
        "收据、记录或表计编号，每行一项；或在下方附照片。",
        "Number of the receipt, record or meter, one a line; or a photograph below.",
    ),
)
NOTE = Ask("note", "text", Words("备注", "Note"))
READ_BY_APPLICANT = Words("理由（申请人可见）", "Reason, which the applicant reads")
DAY = Ask(
    "claimed_on",
    "day",
    Words("实际发生日期", "The day on which it happened"),
    hint=Words(
        "补录及晚录的天数对所有查看此业务的人可见。会使时限变好的，须经未经手此业务的人员复核后才计入。",
        "That it was entered later, and by how many days, is shown to everybody who reads the "
        "case. Where it would make the case better, it counts once somebody who recorded no "
        "step of it has countersigned it.",
    ),
)


def _reason(zh: str, en: str, *, is_needed: bool = True) -> Ask:
    return Ask("reason", "text", Words(zh, en), is_needed)


CLOSE = Verb(
    name="close",
    event=Closed,
    title=Words("办理", "Complete"),
    about="stage",
    whose="stage",
    asks=(FACTS, ANSWERS, EVIDENCE, NOTE, DAY),
    button=Words("完成本环节", "Complete this stage"),
)
RETURN = Verb(
    name="return",
    event=Returned,
    title=Words("退回", "Send back"),
    about="stage",
    whose="stage",
    asks=(
        Ask("to", "option", Words("退回至", "Back to"), is_needed=True),
        Ask("reason", "text", READ_BY_APPLICANT, is_needed=True),
        DAY,
    ),
    explain=Words(
        "该环节之后的各环节须重新办理，已产生的效果一并撤销。",
        "Everything after that stage is done again; what it brought about is undone.",
    ),
)
SUSPEND = Verb(
    name="suspend",
    event=Suspended,
    title=Words("中止", "Suspend"),
    whose="case",
    asks=(
        Ask("cause", "option", Words("原因", "Cause"), is_needed=True),
        Ask(
            "event",
            "event",
            Words("不可抗力事件", "Event of force majeure"),
            hint=Words(
                "原因为不可抗力时必选；没有的，先在“不可抗力事件”中登记。",
                "Needed where the cause is force majeure; one that is not there is recorded first.",
            ),
        ),
        _reason("情况说明", "What happened"),
        EVIDENCE,
        DAY,
    ),
    explain=Words(
        "只有这些事由可以停止计时；影响是否按时的，须经未经手此业务的人员附文件复核后才计入。",
        "Only these causes stop the time, and where that changes the verdict only once somebody "
        "who recorded no step of the case has countersigned it with a file.",
    ),
)
RESUME = Verb(name="resume", event=Resumed, title=Words("恢复办理", "Resume"), whose="case", asks=(NOTE, DAY))
RECORD_FACT = Verb(
    name="record-fact",
    event=FactRecorded,
    title=Words("登记事实", "Record a fact"),
    about="name",
    whose="case",
    asks=(
        Ask("value", "fact", Words("事实", "Fact"), is_needed=True),
        _reason("更正理由", "Reason for the correction", is_needed=False),
        DAY,
    ),
    button=Words("登记", "Record"),
)
WITHDRAW = Verb(
    name="withdraw",
    event=Withdrawn,
    title=Words("撤回", "Take back"),
    whose="applicant",
    asks=(_reason("申请人说明的理由", "Reason given by the applicant"), DAY),
    button=Words("确认撤回", "Take the case back"),
    explain=Words(
        "由申请人撤回申请。业务就此结束，不能重新开启，已产生的效果一并撤销；同一地点重新申请会在两笔业务上标明。",
        "The applicant takes the application back. The case ends and cannot be opened again; "
        "what it brought about is undone. A new application at this place shows on both cases.",
    ),
    is_grave=True,
)
MIGRATE = Verb(
    name="migrate",
    event=Migrated,
    title=Words("更换办理版本", "Move to another version"),
    whose="mover",
    asks=(Ask("version", "option", Words("版本", "Version"), is_needed=True), _reason("理由", "Reason")),
)
COUNTERSIGN = Verb(
    name="countersign",
    event=Countersigned,
    title=Words("复核通过", "Countersign"),
    about="claim",
    whose="second",
    asks=(
        Ask(
            "evidence",
            "evidence",
            Words("依据", "What it rests on"),
            is_needed=True,
            hint=Words(
                "如用户签字的申请、停电通知：照片或 PDF。",
                "The applicant's signed request, the notice of the outage: photograph or PDF.",
            ),
        ),
        Ask("reason", "text", Words("备注", "Note")),
    ),
    explain=Words(
        "您以本人名义确认属实；此后计入时限。",
        "You vouch for it under your name; from then on it counts for the limit.",
    ),
)
REFUSE_CLAIM = Verb(
    name="refuse-claim",
    event=ClaimRefused,
    title=Words("不予认可", "Do not accept"),
    about="claim",
    whose="second",
    asks=(_reason("不予认可的理由", "Why it is not accepted"),),
    explain=Words(
        "该记录保留，但不影响任何时限；此操作不能撤回。",
        "It stays in the record and changes no time; this cannot be taken back.",
    ),
    is_grave=True,
)

VERBS = {
    one.name: one
    for one in (CLOSE, RETURN, SUSPEND, RESUME, RECORD_FACT, WITHDRAW, MIGRATE, COUNTERSIGN, REFUSE_CLAIM)
}
