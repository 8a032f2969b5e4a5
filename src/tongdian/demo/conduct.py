"""What is taught in the teaching building of the demonstration, and what is found there on rounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tongdian.calendar import legal_day
from tongdian.cases.actions import close_stage
from tongdian.conduct.actions.recording import record_act
from tongdian.conduct.actions.reporting import report_violation
from tongdian.demo.papers import photographed
from tongdian.demo.people import Staff
from tongdian.network.models import Place
from tongdian.parties.models import Organisation
from tongdian.supply.actions.lessons import enter_lesson

A_DAY = dt.timedelta(days=1)
# room, as what, title, weekdays, from, until
LESSONS = (
    ("101", "teaching", "大学英语（示例，2025级）", "135", "08:00", "09:40"),
    ("101", "teaching", "线性代数（示例，数学2501）", "24", "10:00", "11:40"),
    ("102", "teaching", "中国近现代史（示例，历史2502）", "12", "14:30", "16:10"),
    ("201", "teaching", "数据结构（示例，计科2403）", "35", "08:00", "11:40"),
    ("201", "self_study", "晚自习（示例）", "12345", "19:00", "22:30"),
    ("202", "teaching", "形势与政策（示例）", "4", "16:20", "17:30"),
)
LATELY = 14  # days: what was found before has its notice served
# days ago, unit, act, place, what was seen
ACTS = (
    (70, "HUAX", "left-on", "JXL101", "课后无人，八盏日光灯和两台风扇未关"),
    (21, "HUAX", "left-on", "JXL102", "午休无人，照明和空调开着"),
    (9, "JSJ", "high-power-appliance", "JXL201", "机房值班桌下有电热水壶和取暖器"),
    (4, "TUSG", "leak-not-reported", "JXL", "一楼洗手间水龙头长流，询问得知三天未报修"),
)


def find_violations(organisations: Mapping[str, Organisation], staff: Staff, at: dt.datetime) -> None:
    """The course timetable of the teaching building, what rounds found there, and what a passer-by reported."""
    campus, officer, technician = organisations["YS"], staff.named["energy"], staff.named["fitter"]
    _teach(campus, officer, at)
    for days, unit, act, code, text in ACTS:
        day = legal_day(at) - days * A_DAY
        found = record_act(
            viewer=technician, organisation=campus, place=_place(campus, code), unit=organisations[unit], act=act, on=day,
            hour="12:40", text=text, photograph=photographed("现场照片"), at=_noon(day, at), is_demo=True,
        )  # fmt: skip
        if days > LATELY:
            case = found.violation.case
            close_stage(
                viewer=staff.named["centre"],
                case=case,
                stage="serve",
                seen=case.seq,
                at=_noon(day + A_DAY, at),
            )
    report_violation(
        organisation=campus, where="文科教学楼二楼东侧", act="left-on", text="晚上十一点多教室还亮着灯", name="", contact="",
        at=at, is_demo=True,
    )  # fmt: skip


def _teach(campus: Organisation, officer: Any, at: dt.datetime) -> None:
    today = legal_day(at)
    for number, (room, use, title, weekdays, starts, ends) in enumerate(LESSONS, 1):
        for weekday in weekdays:
            enter_lesson(
                viewer=officer, organisation=campus, place=_place(campus, f"JXL{room}"), code=f"KB{number}-{weekday}",
                use=use, title=title, weekday=weekday, starts=starts, ends=ends, first_on=today - 60 * A_DAY,
                last_on=today + 60 * A_DAY, weeks="every", at=at, is_demo=True,
            )  # fmt: skip


def _place(campus: Organisation, code: str) -> Place:
    return Place.objects.select_related("organisation").get(
        organisation=campus, code=f"{campus.short}-{code}"
    )


def _noon(day: dt.date, at: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(13), at.tzinfo)
