"""What is refused of stops, restorations and openings. No table."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class NoSuchStop(Refusal):
    """Not there, or not the viewer's to see."""

    says = Words("没有这次停供，或您无权查看。", "There is no such stop, or it is not yours to see.")
    status = 404


class NotTheOperator(Refusal):
    """Only one office operates the supply."""

    says = Words(
        "供水供电设备设施的操作权在{office}（{cite}）。", "Only {office} operates the supply ({cite})."
    )
    status = 403


class NothingSaysWhen(Refusal):
    """No regulation that is adopted here says when supply may be stopped for arrears."""

    says = Words(
        "本单位采用的规定没有写明{utility}欠费停供的条件，不能以欠费停供。",
        "No regulation adopted here says when {utility} may be stopped for arrears: it is not stopped for them.",
    )


class NotItsPoint(Refusal):
    """The account is of another place."""

    says = Words(
        "“{point}”不在缴费户 {account} 的地点。", '"{point}" is not at the place of account {account}.'
    )


class NotYetToBeStopped(Refusal):
    """Something that must come before a stop for arrears is missing."""

    says = Words("还不能停供：{missing}。", "Supply may not be stopped yet: {missing}.")
    status = 409


class HomeNotApproved(Refusal):
    """The supply of a home stops only with a leader's approval."""

    says = Words(
        "“{point}”是住户用水用电，停供另须负责人先行批准（{ground}）；批准人与办理人不能是同一人。批准：{page}",
        '"{point}" supplies a home: a leader approves it first ({ground}, {page}), and somebody else stops it.',
    )
    status = 409

    def __init__(self, **facts: Any) -> None:
        super().__init__(**{"page": f"{settings.PUBLIC_ADDRESS}/supply/approvals/", **facts})


class NoticeStillRuns(Refusal):
    """Between the notice and the stop lies the time that the law asks for."""

    says = Words(
        "{served}停供须在通知送达满 {days} 日后，最早 {first}（{law}）。确有窃电或危及安全的不受此限：危及安全的另按“不安全”立即停供。",
        "{served} Supply stops when {days} days have passed since the notice, on {first} at the earliest ({law}). Theft "
        "and danger do not wait: what is not safe is stopped at once on that ground.",
    )
    status = 409

    def __init__(self, *, served: dt.date | None, days: int, first: dt.date | None, law: str) -> None:
        said = Words(f"通知书 {served} 送达；", f"The notice was served {served}.") if served else _NOT_SERVED
        super().__init__(served=said, days=days, first=first or _ONCE_SERVED, law=law)


_NOT_SERVED = Words("通知书尚未送达；", "No notice was served.")
_ONCE_SERVED = Words("送达后起算", "counted from its service")


class StoppedAlready(Refusal):
    """It is stopped on that ground."""

    says = Words(
        "“{point}”已自 {day} 起因“{ground}”停供。", '"{point}" is stopped since {day} already: {ground}.'
    )
    status = 409


class OpenedAlready(Refusal):
    """It is on record as supplied."""

    says = Words("“{point}”已登记为供应中。", '"{point}" is on record as supplied already.')
    status = 409


class StillStopped(Refusal):
    """A stop holds that an opening does not lift."""

    says = Words(
        "“{point}”自 {day} 起因“{ground}”停供，不能以开通代替恢复；请先办理恢复。",
        '"{point}" is stopped since {day} ({ground}): it is restored, not opened. See to the restoration first.',
    )
    status = 409


class DayNotOfRecord(Refusal):
    """A day on which that cannot have begun, or that is to come."""

    says = Words(
        "日期须在 {first} 至 {last} 之间：不早于开通，不晚于今天，也不能事后倒签过久。",
        "The day lies between {first} and {last}: not before the supply began, not to come, and not long after the fact.",
    )
    field = "on"


class StopOver(Refusal):
    """The stop ended already."""

    says = Words("此次停供已于 {day} 结束。", "That stop ended on {day} already.")
    status = 409


class NothingToRestore(Refusal):
    """No stop is there that this case could end."""

    says = Words("业务 {case} 没有可以恢复的停供。", "Case {case} has no stop that it could end.")
    status = 409


class RestoredByCase(Refusal):
    """A stop on that ground ends by the formalities of a case."""

    says = Words(
        "因“{ground}”的停供须办理恢复手续，不能直接恢复。",
        "What was stopped for {ground} is restored by the formalities of a case.",
    )
    status = 409


class StillOwed(Refusal):
    """It is not paid in full."""

    says = Words(
        "缴费户 {account} 尚欠 {owed}（{subject}），交清后方可恢复供应（{cite}）。",
        "Account {account} still owes {owed} ({subject}): supply is restored once it is paid ({cite}).",
    )
    status = 409


class RestoredInItsCase(Refusal):
    """The case that stopped a supply restores it, once all that it asks for is done (64, 66, 67)."""

    says = Words(
        "停供出自业务 {case}，尚未办结：费用交清、改正核实和两个部门的手续都在该业务中办理。",
        "Case {case} stopped it and is not over: payment, correction and the formalities of both offices belong there.",
    )
    status = 409


class RestorationUnderWay(Refusal):
    """A case asks for it already."""

    says = Words("恢复供应已在办理：{case}。", "The restoration is under way: {case}.")
    status = 409


class NotOfBothOffices(Refusal):
    """Both offices do the formalities, each by somebody of its own."""

    says = Words(
        "恢复供应须由节能办和水电中心分别办理手续，不能由同一人代办（{case}）。",
        "Both offices do their formalities, each by somebody of its own ({case}).",
    )
    status = 409


class DelayNotExplained(Refusal):
    """It took longer than the regulation's table says, and nobody told why."""

    says = Words(
        "自 {since} 起已超过 {hours} 小时；恢复时须写明延误的原因。",
        "More than {hours} hours have passed since {since}: say why it took so long.",
    )
    field = "delay"


class RestoredAtTheDesk(Refusal):
    """No formalities of two offices are asked for it."""

    says = Words(
        "因“{ground}”的停供不经两部门的恢复手续：用户申请的由原业务恢复，安全检修的由水电中心结束。",
        "What was stopped for {ground} needs no formalities of two offices: its own case restores it, or the centre.",
    )
    status = 409


class NoSuchSwitch(Refusal):
    """Not there, or not the viewer's to see."""

    says = Words("没有这个开关，或您无权查看。", "There is no such switch, or it is not yours to see.")
    status = 404


class NoSuchCommand(Refusal):
    """Not there, or not the viewer's to see."""

    says = Words("没有这条指令，或您无权查看。", "There is no such command, or it is not yours to see.")
    status = 404


class SwitchAddressRefused(Refusal):
    """An address outside the networks that the operator named for switches."""

    says = Words(
        "本程序不能连接 {host}：它不在允许的开关网段内。请把地址告诉服务器的系统管理员，请其加入（TONGDIAN_SWITCH_NETWORKS）后再试。",
        "This program may not reach {host}: it is no IP address of a network allowed for switches. Ask the "
        "administrator of the server to add its network (TONGDIAN_SWITCH_NETWORKS), then try again.",
    )
    field = "host"


class NeverCut(Refusal):
    """What protects from fire or keeps somebody alive."""

    says = Words(
        "开关 {switch} 保护“{protects}”，永不切断。", "Switch {switch} is for {protects}: it is never cut."
    )
    status = 409


class AgainstTheRecord(Refusal):
    """A switch does what the record says of its point, and nothing else."""

    says = Words(
        "“{point}”的记录为“{standing}”，与指令不符：先办理停供或恢复，再操作开关。",
        'The record says of "{point}": {standing}. See to the stop or the restoration first, then to the switch.',
    )
    status = 409


class CommandUnderWay(Refusal):
    """A switch does one thing at a time."""

    says = Words("开关 {switch} 还有未完成的指令。", "Switch {switch} has a command that is not finished.")
    status = 409


class NothingToUndo(Refusal):
    """Only what was done is undone."""

    says = Words(
        "这条指令没有执行成功，或已经撤销。", "The command was not carried out, or is undone already."
    )
    status = 409


class NoSuchHours(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此项，或您无权查看。", "There is no such thing, or you may not see it.")
    status = 404


class FactUnknown(Refusal):
    """No timetable of the organisation asks it of a day."""

    says = Words(
        "本单位适用的时刻表都不问“{fact}”；可录入：{known}",
        'no timetable of the organisation asks "{fact}" of a day; these are asked: {known}',
    )
    field = "fact"


class DayToldAlready(Refusal):
    """What was told of days that have come stays: places were opened and closed by it."""

    says = Words(
        "{day} 已经过去，已按录入的内容供停；只能自 {today} 起更改。",
        "{day} has come and places were opened and closed by what was entered: change it from {today} on.",
    )
    field = "first_on"


class NotThePlaceOfAnybody(Refusal):
    """The timetable that was chosen is none of the pack that binds the organisation."""

    says = Words(
        "“{kind}”不是本单位适用的时刻表；请从列表中选择。",
        '"{kind}" is no timetable that binds the organisation; choose one of the list.',
    )
    field = "kind"


class AnotherTimetable(Refusal):
    """A change says what a place is under the same timetable; another timetable is another entry."""

    says = Words(
        "此条属于“{rule}”；另一时刻表请另行登记。",
        'This entry is of "{rule}"; another timetable is entered beside it.',
    )
    field = "kind"


class NoTimetable(Refusal):
    """Nothing says when the place is supplied, so nothing can be opened there."""

    says = Words(
        "{day} 没有时刻表适用于“{place}”；请先登记它适用哪个时刻表。",
        'No timetable governs "{place}" on {day}; enter first which one does.',
    )


class AgainstTheTimetable(Refusal):
    """A switch that follows the timetable of its place does what that says."""

    says = Words(
        "开关 {switch} 按地点的时刻表，现在：{state}；不能相反操作。",
        "The switch {switch} goes by the timetable of its place, now: {state}. It is not told the opposite.",
    )
    status = 409


class CountedToCome(Refusal):
    """What was counted was counted."""

    says = Words("计数时间晚于现在。", "The count lies in the future.")
    field = "counted_at"


class MoreThanSeats(Refusal):
    """Nobody sits where there is no seat."""

    says = Words(
        "在座 {seated} 人多于座位 {seats} 个；请核对。", "{seated} sit on {seats} seats; look again."
    )
    field = "seated"


class NoSeatRule(Refusal):
    """No regulation that binds the organisation asks for it."""

    says = Words(
        "适用于“{place}”的规章没有入座率的规定。",
        'No regulation that binds "{place}" asks how many sit there.',
    )
    field = "place"


class NoSuchSeatCount(Refusal):
    """There is none, or the viewer may not see it."""

    says = Words("没有这一入座登记", "There is no such count of seats.")
    status = 404


class WeatherUnread(Refusal):
    """What a weather service publishes could not be read; nothing is assumed instead."""

    says = Words(
        "读不到 {address} 的气温（{problem}）。", "No temperature could be read at {address} ({problem})."
    )


class NoSuchTemperature(Refusal):
    """There is none, or the viewer may not see it."""

    says = Words("没有这一气温记录", "There is no such temperature.")
    status = 404


class LessonElsewhere(Refusal):
    """A course timetable speaks of its own organisation's places."""

    says = Words("“{place}”不是{organisation}的地点。", '"{place}" is no place of {organisation}.')
    field = "place"


class NoSuchLesson(Refusal):
    """There is none, or the viewer may not see it."""

    says = Words("没有这一课程安排", "There is no such lesson.")
    status = 404
