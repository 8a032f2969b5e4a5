"""What is asked of openings, stops, switches, the school's days, timetables of places and permits, but for what they
lead to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q

from tongdian.personal import encrypt
from tongdian.policy.words import Words
from tongdian.registers.dated import FIRST_ON
from tongdian.registers.fields import Fields, Scope
from tongdian.registers.kept import Kept
from tongdian.registers.sorts import ClockTime, Code, Day, Moment, Number, Selection, Text, Truth
from tongdian.spoken import both
from tongdian.spreadsheets import cells
from tongdian.spreadsheets.cells import Cell
from tongdian.supply.rules import (
    AGAINST_THE_WILL,
    WEEKDAYS,
    LessonWeeks,
    StopGround,
    SwitchFollows,
    SwitchProtection,
    SwitchProtocol,
)

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


UNPROTECTING = Fields(
    REASON, Text("paper", Words("批准文件", "Approved by what paper"), most=120, example="安保处〔2026〕7号")
)
MEANS_ALL = Words("是广播地址，所有电表都会响应", "it is the address of all meters at once")
NOT_ITS_DIGITS = Words("须为 {many} 位数字", "it has {many} digits")


@dataclass(frozen=True)
class Digits(Code):
    """A code of so many digits, but for one that means every device: nobody's own."""

    never: str = ""

    def taken(self, value: Any, scope: Scope) -> str:
        """As many digits as it has. Raises BadValue."""
        found = super().taken(value, scope)
        if not re.fullmatch(rf"[0-9]{{{self.most}}}", found):
            raise self.bad(NOT_ITS_DIGITS, many=self.most)
        if found == self.never:
            raise self.bad(MEANS_ALL)
        return found

    def holds(self) -> Q:
        """As many digits, or none where it may be missing."""
        wanted = Q(**{f"{self.name}__regex": rf"^[0-9]{{{self.most}}}$"})
        if self.never:
            wanted &= ~Q(**{self.name: self.never})
        return Q(**{self.name: ""}) | wanted if self.optional else wanted


@dataclass(frozen=True)
class DevicePassword(Kept):
    """What a device asks of whoever commands it. Encrypted like the numbers of people, by the key outside the database;
    nobody looks one up, so no hash is kept, and nobody is shown more than that there is one."""

    def taken(self, value: Any, scope: Scope) -> str:
        """As many digits as it has. A refusal does not repeat them. Raises BadValue."""
        found = str(value).strip()
        if not re.fullmatch(rf"[0-9]{{{self.most}}}", found):
            raise self.bad(NOT_ITS_DIGITS, many=self.most)
        return found

    def of_cell(self, cell: Cell) -> str:
        """The digits, with the noughts that its format shows."""
        return cells.code(cell, most=self.most)

    def columns(self, value: Any) -> dict[str, Any]:
        """The text encrypted."""
        return {self.name: encrypt(value)}

    def control(self, scope: Scope) -> forms.Widget:
        """A line that shows nothing."""
        return forms.PasswordInput(attrs={"maxlength": self.most, "autocomplete": "new-password"})


SWITCH = Fields(
    Code("code", Words("开关编号", "Code of the switch"), example="K-YS-M3"),
    Selection(
        "protocol",
        Words("通信协议", "Protocol"),
        of=SwitchProtocol,
        default=SwitchProtocol.MODBUS,
        example="Modbus TCP 线圈",
    ),
    Text("host", Words("设备地址（IP）", "Address of the device (IP)"), most=45, example="10.20.3.15"),
    Number(
        "port",
        Words("端口", "Port"),
        low="1",
        high="65535",
        scale=0,
        default=Decimal(502),
        example="502",
        note=Words(
            "Modbus 一般为 502；电表按串口转换器的设置。",
            "502 for Modbus as a rule; of a meter, as its serial converter is set.",
        ),
    ),
    Number(
        "unit",
        Words("从站号", "Unit"),
        low="0",
        high="247",
        scale=0,
        optional=True,
        example="1",
        note=Words("只填 Modbus。", "Of Modbus only."),
    ),
    Number(
        "coil",
        Words("线圈号", "Coil"),
        low="0",
        high="65535",
        scale=0,
        optional=True,
        example="0",
        note=Words("只填 Modbus。", "Of Modbus only."),
    ),
    Truth(
        "supplied_when",
        Words("线圈为 1 时供应", "Supplies while the coil is 1"),
        default=True,
        example="是",
        note=Words(
            "电表继电器闭合时供应，保留“是”。", "A meter supplies while its relay is closed: leave yes."
        ),
    ),
    Digits(
        "meter_address",
        Words("电表通信地址", "Address of the meter"),
        most=12,
        never="9" * 12,  # DL/T 645 4.2: broadcast
        optional=True,
        note=Words("只填 DL/T 645：12 位数字。", "Of DL/T 645 only: twelve digits."),
    ),
    DevicePassword(
        "password",
        Words("电表密码", "Password of the meter"),
        most=8,
        optional=True,
        mask=lambda text: "••••••••",
        note=Words(
            "只填 DL/T 645：级别 2 位加密码 6 位，如 02 级。加密保存，不再显示；更改时留空不变。",
            "Of DL/T 645 only: two digits of its level, six of the password. Kept encrypted, never shown again; left empty it stays.",
        ),
        api="never given out",
    ),
    Selection(
        "protects",
        Words("保护对象", "Protects"),
        of=SwitchProtection,
        default=SwitchProtection.NOTHING,
        note=Words("消防和生命保障永不切断。", "Fire protection and life support are never cut."),
        example="无",
    ),
    Selection(
        "follows",
        Words("按什么开关", "Goes by"),
        of=SwitchFollows,
        default=SwitchFollows.RECORD,
        note=Words(
            "路灯等按地点的时刻表自动开关；密集路段一半选“减半时关”。",
            "Street lights, say, go by the timetable of their place; of those that stand densely one half is off while "
            "it is halved.",
        ),
        example="供用记录",
    ),
)
SWITCHING = Fields(
    Truth("is_on", Words("送电（水）（否为切断）", "Supply (no: cut)")),
    Truth("is_trial", Words("只试读，不动作", "Only try, act on nothing"), default=False),
    REASON,
)
NO_MORE = Fields(REASON)


BASIS = Text(
    "reason",
    Words("依据", "Basis"),
    most=200,
    lines=True,
    asked_anew=True,
    example="师政教务〔2026〕8号 2026—2027学年校历",
    note=Words(
        "校历、作息通知或决定的文号。", "The paper that says so: the school calendar, a notice of hours."
    ),
)
SCHOOL_FACT = Fields(
    FIRST_ON,
    Day(
        "last_on",
        Words("至（含）", "Last day"),
        asked_anew=True,
        example="2026-07-12",
        note=Words(
            "此日之后须另行录入；没有录入的日子不推断。", "What is not entered beyond it is not assumed."
        ),
    ),
    BASIS,
)
SCHOOL_DAY = Fields(
    Day("on", Words("日期", "Day"), fixed=True, example="2026-10-10"),
    Truth(
        "is_working",
        Words("上班上课", "Is worked"),
        example="是",
        note=Words("与法定安排不同的日子才登记。", "Only days that differ from the legal calendar."),
    ),
    Selection(
        "as_weekday",
        Words("上星期几的课", "Whose lessons"),
        of=WEEKDAYS,
        optional=True,
        example="星期五",
        note=Words("调课时填；留空按当日。", "Where lessons are moved; empty: its own weekday's."),
    ),
    BASIS,
)
LESSON = Fields(
    Code("code", Words("课程安排编号", "Code of the lesson"), example="2026S-MATH101-3", fixed=True),
    Text(
        "title",
        Words("课程或用途", "Course, or what for"),
        most=120,
        fixed=True,
        example="高等数学（张老师，数学2501）",
    ),
    Selection("weekday", Words("星期", "Weekday"), of=WEEKDAYS, fixed=True, example="星期二"),
    ClockTime("starts", Words("开始", "Starts"), most=5, fixed=True, example="08:00"),
    ClockTime("ends", Words("结束", "Ends"), most=5, fixed=True, example="09:40"),
    Day("first_on", Words("首日", "First day"), fixed=True, example="2026-02-23"),
    Day(
        "last_on",
        Words("末日", "Last day"),
        example="2026-06-28",
        note=Words("停课的，改为停课前一天。", "Where it ends early, the day before."),
    ),
    Selection(
        "weeks",
        Words("周次", "Weeks"),
        of=LessonWeeks,
        default=LessonWeeks.EVERY,
        fixed=True,
        note=Words("首日所在周为第一周。", "The week of the first day is the first."),
    ),
)
PLACE_TIMETABLE = Fields(
    FIRST_ON,
    Day(
        "last_on",
        Words("至（含）", "Last day"),
        optional=True,
        asked_anew=True,
        note=Words("留空：一直适用。", "Empty: until another is entered."),
    ),
    BASIS,
)
TEMPERATURE = Fields(
    Moment("measured_at", Words("测得时间", "Measured at"), fixed=True, example="2026-03-04T10:00"),
    Number("celsius", Words("气温（℃）", "Temperature, °C"), low="-30", high="50", scale=1, example="18.4"),
    Text(
        "station",
        Words("发布者", "Published by"),
        most=120,
        example="桂林国家基本气象站",
        note=Words("双方都能查证的来源。", "A source that both sides can check."),
    ),
)
SEAT_COUNT = Fields(
    Moment("counted_at", Words("计数时间", "Counted at"), fixed=True, example="2026-03-04T19:30"),
    Number(
        "seats",
        Words("已开放教室座位数", "Seats of the open rooms"),
        low="1",
        high="20000",
        scale=0,
        example="120",
    ),
    Number("seated", Words("在座人数", "People seated"), low="0", high="20000", scale=0, example="96"),
)
PERMIT_PAPERS = Fields(
    Text(
        "permitted_by",
        Words("学校同意：谁", "The university's permission: by whom"),
        most=80,
        optional=True,
        example="校长办公室",
    ),
    Text(
        "paper",
        Words("学校同意：文件", "The university's permission: paper"),
        most=200,
        optional=True,
        example="师政办〔2026〕31号",
        note=Words(
            "学校的允许与节能办的审批分别记明。", "It stands apart from the energy office's approval."
        ),
    ),
)
WITHDRAWAL = Fields(
    Text("reason", Words("撤销原因", "Why it is withdrawn"), most=200, lines=True, of_the_deed=True)
)
