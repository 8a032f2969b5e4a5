"""What the calendar refuses, by name."""

from __future__ import annotations

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class BeyondPublishedCalendar(Refusal):
    """A question about a day whose arrangement has not been published (or is before 2004)."""

    says = Words(
        "{asked} 超出已公布的工作日安排（{first} 至 {last}）；请在公布后加入新一年的安排，不作推测。",
        "{asked} is outside the published working days ({first} to {last}); "
        "add the year once its arrangement is published, nothing is guessed.",
    )


class EndsBeyondPublished(BeyondPublishedCalendar):
    """A count of working days that ends in a year whose arrangement has not been published."""

    says = Words(
        "{start} 起第 {count} 个工作日尚不能确定：已公布至 {last}，其间只有 {known} 个工作日，还差 {left} 个，"
        "因此不早于 {earliest}。{year} 年的安排由国务院办公厅公布（以往多在上一年 10 月至 12 月），公布并录入后即可确定，"
        "此前不作推测。",
        "Working day {count} after {start} is not known yet: the days are published to {last}, {known} working "
        "days from there, and {left} are left, so it is not before {earliest}. It is known once the General "
        "Office of the State Council has published {year} (as a rule from October to December of the year "
        "before) and the year is entered; until then nothing is guessed.",
    )


class BeyondOwnCalendar(BeyondPublishedCalendar):
    """A day of a year that the pack's own calendar does not cover."""

    says = Words(
        "{asked} 超出本规章自己的日历（{first} 至 {last}）；请在 pack.yaml 的 calendar 中写入该年，不作推测。",
        "{asked} is outside the regulation's own calendar ({first} to {last}); "
        "write the year under calendar: in pack.yaml, nothing is guessed.",
    )


class ReversedDates(Refusal):
    """An interval whose end is before its start."""

    says = Words(
        "结束日 {end} 早于开始日 {start}；请交换或更正。",
        "The end {end} is before the start {start}; exchange or correct them.",
    )


class NegativeCount(Refusal):
    """A negative number of days."""

    says = Words(
        "天数不能为负（{count}）；向前数请用 working_day_before。",
        "The number of days cannot be negative ({count}); to count backwards use working_day_before.",
    )


class NotARegion(Refusal):
    """A text that is not a GB/T 2260 code."""

    says = Words(
        "“{code}”不是行政区划代码；请用 GB/T 2260 的 2、4、6、9 或 12 位数字，如 450300。",
        '"{code}" is not a region code; write 2, 4, 6, 9 or 12 digits of GB/T 2260, like 450300.',
    )


class OverridesDisagree(Refusal):
    """Two changes of one day in one region that say opposite things."""

    says = Words(
        "{day}（地区“{region}”）有两条相反的更正：{one}；{other}。请只保留一条。",
        'Two corrections of {day} (region "{region}") say opposite things: {one}; {other}. Keep one.',
    )


class YearDoesNotFollow(Refusal):
    """A year added to a calendar out of turn."""

    says = Words(
        "不能加入 {number} 年：已加入到 {last_year} 年，请按年份依次加入。",
        "{number} cannot be added: the calendar ends with {last_year}; add one year at a time.",
    )


class YearHasOtherDates(Refusal):
    """A published year with a date that cannot belong to its notice."""

    says = Words(
        "{number} 年的安排里有 {day}；只可含当年及上年 12 月的日期。",
        "The arrangement of {number} names {day}; it may only name days of that year and of "
        "the December before it.",
    )


class UnreadableArrangement(Refusal):
    """A line of a notice or table of a year that names no day."""

    says = Words(
        "读不懂“{line}”；请粘贴国务院办公厅通知全文，或每行一日：2027-01-01,休,元旦（上班日写“班”）。",
        'Cannot read "{line}"; paste the whole notice of the State Council, or write a day a line: '
        "2027-01-01,rest,元旦 (work for a day worked).",
    )


class ArrangementContradictsItself(Refusal):
    """A day whose weekday or number of days is not as the notice says."""

    says = Words("{day} 与通知自身不符：{why}。请核对原文。", "{day}: {why}. Compare it with the notice.")


class TooManyRestDays(Refusal):
    """More days of rest than any year's arrangement has: it would stop every clock."""

    says = Words(
        "{year} 年列出 {days} 个放假日，超过 {most} 天，不像国务院办公厅的安排；请核对。",
        "{days} days of rest in {year}: no arrangement of the State Council has more than {most}. "
        "Check what you entered.",
    )


class HolidayMissing(Refusal):
    """A year without a statutory holiday."""

    says = Words(
        "{year} 年的安排里没有 {missing}；请补全后再加入。",
        "The arrangement of {year} lacks {missing}; complete it first.",
    )


class EmptyPeriod(Refusal):
    """A period that would contain no day."""

    says = Words(
        "期间 [{start}, {end}) 没有一天；结束须晚于开始。",
        "The period [{start}, {end}) has no day; its end must be after its start.",
    )


class PeriodStillOpen(Refusal):
    """The length of a period without an end."""

    says = Words(
        "自 {start} 起的期间尚无终点，无法计算天数。",
        "The period from {start} has no end yet, so its days cannot be counted.",
    )


class NoSuchPartOfYear(Refusal):
    """A third half-year, a fifth quarter."""

    says = Words("没有第 {part} 个（共 {parts} 个）。", "There is no part {part}; there are {parts}.")


class NotAColumnOfDays(Refusal):
    """An array that is not one column of dates or day numbers."""

    says = Words(
        "需要等长的一列日期（datetime64[D] 或自 1970-01-01 起的整数天），得到 {found}。",
        "Expected columns of the same length holding datetime64[D] or whole days since "
        "1970-01-01, found {found}.",
    )
