"""Who may, grounds on which supply stops, and the life of a command to a switch. No table."""

from __future__ import annotations

import datetime as dt

from django.db import models

from tongdian.allowed import Permission
from tongdian.network.rules import PlaceKind
from tongdian.policy.words import Words
from tongdian.spoken import spoken

READ = Permission("supply.read", Words("查看供应状态和时段", "see what is supplied, and when"))
EDIT = Permission("supply.edit", Words("维护校历和场所时刻表", "enter the school's days and timetables"))
PERMIT = Permission("supply.permit", Words("许可用水用电", "permit supply"))
STOP = Permission("supply.stop", Words("停止、恢复水电供应", "stop and restore supply"))
APPROVE = Permission(
    "supply.approve",
    Words(
        "批准对住户停供、解除开关保护",
        "approve that a home's supply stops, or that a switch protects no more",
    ),
)


class SupplyTurn(models.TextChoices):
    """What a change of supply does for good: a stop does not close it."""

    OPENED = "opened", spoken(Words("开通", "Opened"))
    CLOSED = "closed", spoken(Words("终止", "Closed"))


class StopGround(models.TextChoices):
    """Why a supply is stopped."""

    ARREARS = "arrears", spoken(Words("欠费", "Arrears"))
    VIOLATION = "violation", spoken(Words("违章", "Violation"))
    PREPAYMENT = "prepayment", spoken(Words("离校未预交", "Left without prepaying"))
    ASKED = "asked", spoken(Words("用户申请", "Asked for by the user"))
    SAFETY = "safety", spoken(Words("安全或检修", "Safety or works"))


# Who is supplied did not ask for it: at a home a leader approves it besides.
AGAINST_THE_WILL = (StopGround.ARREARS, StopGround.VIOLATION, StopGround.PREPAYMENT)
# Of whoever was supplied then; the next user of the place is not held to it.
OF_THE_USER = frozenset(StopGround) - {StopGround.SAFETY}
# How long ago a stop may have begun when it is entered: a slip of the pen or a paper that lay about, and no rule.
TOLD_WITHIN, TOLD_OF_A_HOME_WITHIN = dt.timedelta(days=31), dt.timedelta(days=7)
# Restored by the formalities of both offices (64, 66), never by payment alone.
BY_BOTH_OFFICES = frozenset({StopGround.ARREARS, StopGround.VIOLATION})


class StopOutcome(models.TextChoices):
    """How a stop ended."""

    RESTORED = "restored", spoken(Words("已恢复供应", "Supply restored"))
    MOOT = "moot", spoken(Words("供应终止或换了用户", "Supply ended, or another user began"))
    TAKEN_BACK = "taken_back", spoken(Words("环节退回，撤销", "Taken back: the step was returned"))


class SupplyStanding(models.TextChoices):
    """What a usage point is on a day."""

    CLOSED = "closed", spoken(Words("未开通", "Not opened"))
    SUPPLIED = "supplied", spoken(Words("供应中", "Supplied"))
    STOPPED = "stopped", spoken(Words("已停供", "Stopped"))


HOMES = (PlaceKind.FLAT,)  # a flat is one whoever lives there


class SwitchProtocol(models.TextChoices):
    """How a switch is spoken to."""

    MODBUS = "modbus", spoken(Words("Modbus TCP 线圈", "Modbus TCP coil"))
    DLT645 = "dlt645", spoken(Words("DL/T 645 电表继电器", "DL/T 645 meter relay"))


class SwitchProtection(models.TextChoices):
    """What hangs on a switch that nobody may cut."""

    NOTHING = "nothing", spoken(Words("无", "Nothing"))
    FIRE = "fire", spoken(Words("消防", "Fire protection"))
    LIFE = "life", spoken(Words("生命保障", "Life support"))


class SwitchFollows(models.TextChoices):
    """What a switch goes by while the record has its point supplied."""

    RECORD = "record", spoken(Words("供用记录", "The record of supply"))
    TIMETABLE = "timetable", spoken(Words("地点的时刻表", "The timetable of its place"))
    HALF = (
        "half",
        spoken(Words("地点的时刻表，减半时关", "The timetable of its place; off while it is halved")),
    )


class SwitchState(models.TextChoices):
    """A step in the life of a command to a switch."""

    PLANNED = "planned", spoken(Words("已计划", "Planned"))
    HELD = "held", spoken(Words("暂缓", "Held"))
    SENT = "sent", spoken(Words("已发出", "Sent"))
    CONFIRMED = "confirmed", spoken(Words("已回读确认", "Confirmed by reading back"))
    FAILED = "failed", spoken(Words("未成功", "Failed"))
    GIVEN_UP = "given_up", spoken(Words("放弃，须到现场", "Given up: somebody goes there"))
    TRIED = "tried", spoken(Words("已试读，未动作", "Tried without acting"))
    WITHDRAWN = "withdrawn", spoken(Words("已撤回", "Withdrawn"))


SWITCH_FOLLOWS: dict[SwitchState, tuple[SwitchState, ...]] = {
    SwitchState.PLANNED: (
        SwitchState.HELD,
        SwitchState.SENT,
        SwitchState.TRIED,
        SwitchState.WITHDRAWN,
        SwitchState.GIVEN_UP,  # the record says otherwise by now, or it protects something
    ),
    SwitchState.HELD: (SwitchState.PLANNED, SwitchState.WITHDRAWN),
    SwitchState.SENT: (SwitchState.CONFIRMED, SwitchState.FAILED),
    SwitchState.FAILED: (SwitchState.SENT, SwitchState.GIVEN_UP, SwitchState.WITHDRAWN),
    SwitchState.CONFIRMED: (),
    SwitchState.GIVEN_UP: (),
    SwitchState.TRIED: (),
    SwitchState.WITHDRAWN: (),
}
TRIES = 3
LINES = 8  # devices that are spoken to at once
LINES_OF_TIMETABLES = 6  # of them, so that a cut for safety never waits for lamps alone
# How long a light that could not be told is left, by how often that was; a lamp may be dead for months.
BACK_OFF = (dt.timedelta(minutes=5), dt.timedelta(minutes=30), dt.timedelta(hours=3))
PATIENCE_SECONDS = 3
SETTLING_SECONDS = 2  # a relay moves after its meter has answered
ORDER_MINUTES = 10  # what lay longer in a converter moves no relay any more
MOST_ROWS = 60  # places of a building on one page, or in one calendar
MOST_FEEDS = 20  # calendars that one person reads
FEED_LASTS = dt.timedelta(days=366)
MOST_DAYS = 120  # a summer vacation with room to spare


class LessonWeeks(models.TextChoices):
    """In which weeks a lesson is held, that of its first day being the first."""

    EVERY = "every", spoken(Words("每周", "Every week"))
    ODD = "odd", spoken(Words("单周", "Odd weeks"))
    EVEN = "even", spoken(Words("双周", "Even weeks"))


WEEKDAYS = {
    "1": Words("星期一", "Monday"),
    "2": Words("星期二", "Tuesday"),
    "3": Words("星期三", "Wednesday"),
    "4": Words("星期四", "Thursday"),
    "5": Words("星期五", "Friday"),
    "6": Words("星期六", "Saturday"),
    "7": Words("星期日", "Sunday"),
}
NOT_TOLD = Words("没有录入", "not told")  # of a day or a place, by whoever tells
