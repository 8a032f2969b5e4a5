"""What a signal may ask of: the rows of the record of a business, their columns, and the columns of its files.

Four files bring the record, each column under its own name or its title:

    case   one row an application: where, by whom handled, its days, since when the supply is in use
    event  one row a step taken: a stage closed, sent back (return) `to` another, the time stopped (suspend) or
           run on (resume)
    work   one row a contract for works of a case: with whom, for how much, whether the firm is an affiliate
    fact   one row a fact that decides the way of a case: its name, its value, and before which step it was known

The last is asked only by conformance (`bulk/conformance.py`). From the others the engine makes four kinds of rows, and a signal is about one of them. A column may be empty in a
row, or its file may not have it at all: what asks for it is then not judged, which is no finding and no
acquittal. `has_x` asks whether x is filled in, of files that know of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tongdian.policy.words import Words

YES_OR_NO = "one_of(yes, no, unsaid)"  # a column of a file that may be empty


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column of a kind of rows: its type as a sheet writes it, and the columns of files, `case.in_use`,
    without which nobody knows it. One that is `optional` may be empty, and has a `has_` beside it."""

    type: str
    title: Words
    of: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class RowKind:
    """A kind of rows, the file that they come from, the day that stands for a missing one while a row is
    reckoned, and its columns."""

    title: Words
    file: str
    day: str
    columns: Mapping[str, RowColumn]

    @property
    def types(self) -> dict[str, str]:
        """Every column that a condition may name, with its type."""
        found = {name: one.type for name, one in self.columns.items()}
        return found | {f"has_{name}": "bool" for name, one in self.columns.items() if one.optional}

    def lacks(self, name: str, known: frozenset[str]) -> tuple[str, ...]:
        """The columns of files that a column rests on and that are not `known`."""
        of = self.columns[name.removeprefix("has_")].of
        return tuple(one for one in of if not known & {*one.split("|")})  # a|b: either of them will do


COUNT = "int 0..1000000"
MANY = "int 0..1000000000"
MONEY = "yuan(2) 0..999999999999.99"
POWER = "kW(2) 0..100000000"


def _column(type_: str, zh: str, en: str, *of: str, optional: bool = False) -> RowColumn:
    return RowColumn(type_, Words(zh, en), of, optional)


OF_THE_CASE = {
    "region": _column("region", "行政区划代码", "region"),
    "supplier": _column("id", "供电企业", "supplier", "case.supplier"),
    "process": _column("id", "业务流程", "process", "case.process"),
    "applied": _column("date", "申请日", "applied on"),
}
ROWS: Mapping[str, RowKind] = {
    "case": RowKind(
        Words("业务", "case"),
        "case",
        "applied",
        {
            **OF_THE_CASE,
            "accepted": _column("date", "受理日", "accepted on", "case.accepted", optional=True),
            "ended": _column("date", "办结日", "ended on", "case.ended", optional=True),
            "in_use": _column("date", "开始用电日", "in use since", "case.in_use", optional=True),
            "capacity": _column(POWER, "报装容量", "capacity", "case.capacity", optional=True),
            "is_finished": _column("bool", "已办结", "is finished", "case.ending"),
            "is_withdrawn": _column("bool", "已撤回", "is withdrawn", "case.ending"),
            "is_exempt": _column("bool", "按不可抗力除外", "excepted for force majeure", "case.exempt"),
            "before_case": _column("id", "前一业务", "the case before", "case.place|case.customer", "case.ending", optional=True),
            "before_applied": _column("date", "前一业务申请日", "the case before, applied on", "case.place|case.customer", "case.ending", optional=True),
            "before_ended": _column("date", "前一业务撤回日", "the case before, withdrawn on", "case.place|case.customer", "case.ending", "case.ended", optional=True),
            "same_again": _column("bool", "容量与前一业务相同", "as the case before asked for", "case.place|case.customer", "case.ending", "case.capacity"),
            "steps": _column(COUNT, "办结环节数", "steps closed", "event"),
            "persons": _column(COUNT, "办理人数", "persons who closed them", "event.person", optional=True),
            "files": _column(COUNT, "不同的凭证文件数", "different files of evidence", "event.file"),
            "steps_with_file": _column(COUNT, "附凭证的环节数", "steps with a file", "event.file"),
            "minutes": _column("minute(0) 0..100000000", "首末环节相隔", "from the first step to the last", "event.at", optional=True),
        },
    ),
    "step": RowKind(
        Words("环节", "step"),
        "event",
        "on",
        {
            **OF_THE_CASE,
            "stage": _column("id", "环节名", "stage", "event.stage"),
            "on": _column("date", "录入日", "recorded on"),
            "claimed": _column("date", "声明的办结日", "claimed for", "event.claimed", optional=True),
            "due": _column("date", "期限末日", "last day in time", "event.due", optional=True),
            "person": _column("id", "办理人", "person", "event.person", optional=True),
            "file": _column("id", "凭证文件", "file of evidence", "event.file", optional=True),
        },
    ),
    "stay": RowKind(
        Words("中止", "stay"),
        "event",
        "since",
        {
            **OF_THE_CASE,
            "since": _column("date", "中止日", "stopped on"),
            "until": _column("date", "恢复日", "run on from", optional=True),
            "due": _column("date", "中止时的期限末日", "last day in time when it was stopped", "event.due", optional=True),
            "file": _column("id", "凭证文件", "file of evidence", "event.file", optional=True),
            "next_closed": _column("date", "其后首个环节办结日", "next step closed on", optional=True),
        },
    ),
    "work": RowKind(
        Words("工程", "works"),
        "work",
        "on",
        {
            **OF_THE_CASE,
            "on": _column("date", "合同日", "contract of"),
            "contractor": _column("id", "承包单位", "contractor", "work.contractor", optional=True),
            "is_affiliate": _column("bool", "承包单位为关联企业", "the contractor is an affiliate", "work.affiliate"),
            "amount": _column(MONEY, "合同金额", "amount of the contract", "work.amount", optional=True),
        },
    ),
}  # fmt: skip

# Of a group: what a condition about it may name, beside the limits of its rule.
GROUP_COLUMNS: Mapping[str, RowColumn] = {
    "total": _column(MANY, "件数", "rows"),
    "matching": _column(MANY, "符合条件的件数", "rows that match"),
    "cases": _column(MANY, "业务数", "cases"),
    "amount_total": _column("yuan(2) 0..9999999999999.99", "金额合计", "amount"),
    "amount_matching": _column("yuan(2) 0..9999999999999.99", "符合条件的金额", "amount that matches"),
    "others_total": _column(MANY, "其他各组件数", "rows of all others"),
    "others_matching": _column(MANY, "其他各组符合条件的件数", "rows of all others that match"),
    "one_in": _column("int 1..1000000000000", "偶然发生的机会为几分之一", "one in how many times by chance"),
}
SHARES: Mapping[str, tuple[str, Words]] = {
    "share": ("ratio(matching, max(total, 1), 4, half_up)", Words("占比", "share")),
    "amount_share": ("ratio(amount_matching, max(amount_total, 1), 4, half_up)", Words("金额占比", "share of amount")),
    "others": ("ratio(others_matching, max(others_total, 1), 4, half_up)", Words("其他各组占比", "share of all others")),
}  # fmt: skip

# What is known of a group as soon as its rows are counted; the rest is reckoned where it still matters.
EARLY = frozenset({"total", "matching", "amount_total", "amount_matching", "share", "amount_share"})

GROUP_NEEDS: Mapping[str, tuple[str, ...]] = {
    "supplier": ("case.supplier",),
    "region": (),
    "person": ("event.person",),
    "person-hour": ("event.person", "event.at"),
}

# What the files hold: the text of a sheet, so that they are read as every other file is. The moment of an event may
# be missing in some rows, which an instant of a sheet may not: it is read as text, and then as a moment.
FILES = """sheet record -> one
each case
  in region : region
  in supplier : id default -
  in process : id default -
  in applied : date
  in accepted : date default 1900-01-01
  in ended : date default 1900-01-01
  in ending : one_of(open, finished, withdrawn, unsaid) default unsaid
  in in_use : date default 1900-01-01
  in place : id default -
  in customer : id default -
  in capacity : kW(2) -1..100000000 default -1
  in exempt : one_of(yes, no, unsaid) default unsaid
  one = 1
each event in case by seq
  in seq : int 1..1000000000
  in deed : one_of(close, return, suspend, resume, other) default close
  in stage : id default -
  in to : id default -
  in on : date
  in at : id default -
  in claimed : date default 1900-01-01
  in due : date default 1900-01-01
  in person : id default -
  in file : id default -
each work in case by work_no
  in work_no : int 1..1000000000
  in dated : date
  in contractor : id default -
  in affiliate : one_of(yes, no, unsaid) default unsaid
  in amount : yuan(2) -1..999999999999.99 default -1
each fact in case by fact_no
  in fact_no : int 1..1000000000
  in known : date
  in before : int 1..1000000000 default 1
  in name : id
  in value : id
"""

FILE_TITLES: Mapping[str, Words] = {
    "case": Words("业务编号", "case number"),
    "region": Words("行政区划代码", "region code"),
    "supplier": Words("供电企业", "supplier"),
    "process": Words("业务流程", "process"),
    "applied": Words("申请日", "applied on"),
    "accepted": Words("受理日", "accepted on"),
    "ended": Words("办结日", "ended on"),
    "ending": Words("结果", "ending"),
    "in_use": Words("开始用电日", "in use since"),
    "place": Words("用电地址编号", "service location"),
    "customer": Words("用户编号", "customer"),
    "capacity": Words("报装容量", "capacity applied for"),
    "exempt": Words("不可抗力除外", "excepted for force majeure"),
    "seq": Words("序号", "number"),
    "deed": Words("动作", "deed"),
    "stage": Words("环节", "stage"),
    "on": Words("录入日", "recorded on"),
    "at": Words("录入时刻", "recorded at"),
    "claimed": Words("声明日", "claimed for"),
    "due": Words("期限末日", "last day in time"),
    "person": Words("办理人", "person"),
    "file": Words("凭证文件", "file of evidence"),
    "work_no": Words("工程序号", "number of the works"),
    "dated": Words("合同日", "contract of"),
    "contractor": Words("承包单位", "contractor"),
    "affiliate": Words("关联企业", "affiliate"),
    "amount": Words("合同金额", "amount of the contract"),
    "to": Words("退回到", "sent back to"),
    "fact_no": Words("事实序号", "number of the fact"),
    "known": Words("得知日", "known on"),
    "before": Words("在第几步之前得知", "known before step"),
    "name": Words("事实", "fact"),
    "value": Words("内容", "value"),
}
FILE_LABELS: Mapping[str, tuple[str, ...]] = {
    "open": ("办理中",),
    "finished": ("已办结", "办结"),
    "withdrawn": ("已撤回", "撤回"),
    "yes": ("是", "true"),
    "no": ("否", "false"),
    "close": ("办结", "办结环节"),
    "return": ("退回",),
    "suspend": ("中止",),
    "resume": ("恢复",),
}
