"""Kinds of meters, quality of readings, and what is refused. No table.

师政后勤〔2016〕4号 11 has every point of use metered, at its user's cost; 21(1) counts the difference of two
readings times the multiplier.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.allowed import Permission
from tongdian.network.rules import Utility
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spoken import spoken

EDIT = Permission("metering.edit", Words("登记、装拆计量表", "enter, fit and remove meters"))
READ = Permission("metering.read_meters", Words("抄表", "read meters"))
A_DAY = dt.timedelta(days=1)
UNITS = {Utility.POWER: "kWh", Utility.WATER: "m³"}


class MeterKind(models.TextChoices):
    """How a meter tells what was used."""

    ORDINARY = "ordinary", spoken(Words("普通表", "Ordinary"))
    CARD = "card", spoken(Words("IC卡预付费表", "Prepaid by card"))
    REMOTE = "remote", spoken(Words("远传表", "Read from afar"))


class MeterOwner(models.TextChoices):
    """Whose the meter is."""

    SUPPLIER = "supplier", spoken(Words("供方", "The supplier's"))
    CUSTOMER = "customer", spoken(Words("用户", "The customer's"))


class Wiring(models.TextChoices):
    """On which side of a transformer the supply is taken and metered."""

    HIGH_HIGH = "high_high", spoken(Words("高供高计", "High-voltage supply, metered high"))
    HIGH_LOW = "high_low", spoken(Words("高供低计", "High-voltage supply, metered low"))
    LOW_LOW = "low_low", spoken(Words("低供低计", "Low-voltage supply, metered low"))


class Quality(models.TextChoices):
    """How far a reading is what the register showed; NEM12's letters beside them."""

    ACTUAL = "actual", _("Actual")  # A
    FINAL = "final", _("Final")  # A: read together when a supply or a meter ends
    CUSTOMER = "customer", _("Customer's own")  # A, method 67
    ESTIMATED = "estimated", _("Estimated")  # E
    SUBSTITUTED = "substituted", _("Substituted")  # S


class IntervalQuality(models.TextChoices):
    """How far an interval's quantity is what the meter metered, by NEM12's letters, the best last."""

    NULL = "N", spoken(Words("缺失", "Missing"))
    ESTIMATED = "E", spoken(Words("估算", "Estimated"))
    SUBSTITUTED = "S", spoken(Words("替代", "Substituted"))
    FINAL = "F", spoken(Words("最终替代", "Finally substituted"))
    ACTUAL = "A", spoken(Words("实测", "Actual"))


# What a letter of NEM12 and NEM13 makes of a reading; N is none.
READ_AS = {"A": Quality.ACTUAL, "E": Quality.ESTIMATED, "S": Quality.SUBSTITUTED, "F": Quality.SUBSTITUTED}
INTERVAL_MINUTES = (5, 15, 30)
INTERVAL_UNITS = ("kWh", "kvarh", "kVAh")


# For organisations whose pack says nothing of it: NEM12's own methods and the plainest of reasons.
STANDARD_METHODS = {
    "23": Words("上年同期（NEM12 23）", "previous year (NEM12 23)"),
    "17": Words("线性内插（NEM12 17）", "linear (NEM12 17)"),
    "62": Words("前次示数（NEM12 62）", "previous read (NEM12 62)"),
    "69": Words("外推（NEM12 69）", "extrapolation (NEM12 69)"),
}
STANDARD_REASONS = {
    "no_access": Words("无法进入", "no access"),
    "faulty": Words("表计故障", "faulty meter"),
    "not_read": Words("漏抄", "left out"),
}
READ_ON_THE_METER = frozenset({Quality.ACTUAL, Quality.FINAL, Quality.CUSTOMER})


def size_of(digits: int) -> int:
    """The first figure that a register of so many digits before the point cannot show."""
    size: int = 10**digits
    return size


class NoSuchMeter(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此计量表。", "There is no such meter.")
    status = 404


class OnlyPowerIsWired(Refusal):
    """Water has no side of a transformer."""

    says = Words("计量方式只用于电表。", "Only a meter of electricity is metered high or low.")
    field = "wiring"


class OtherUtilityMetered(Refusal):
    """A water meter cannot meter electricity."""

    says = Words("{meter} 是{its}表，{point} 是{wanted}点。", "{meter} meters {its}; {point} takes {wanted}.")
    field = "usage_point"


class InPlaceAlready(Refusal):
    """A meter hangs at one point at a time."""

    says = Words(
        "{meter} 自 {day} 起装在 {point}；请先拆下。",
        "{meter} hangs at {point} since {day}: remove it first.",
    )
    status = 409


class PointHasMeter(Refusal):
    """A point has one meter at a time."""

    says = Words(
        "{point} 自 {day} 起装有 {meter}；请先拆下。", "{point} has {meter} since {day}: remove that first."
    )
    field = "usage_point"
    status = 409


class NotInPlace(Refusal):
    """What is in the store is not read, and not removed."""

    says = Words("{day} {meter} 没有装在任何用电（水）点。", "{meter} hung nowhere on {day}.")
    field = "on"


class NotReadThatDay(Refusal):
    """Only what was entered is corrected, taken back or looked at again."""

    says = Words(
        "{day} {meter} 没有抄见数；请核对日期，或先录入。",
        "{meter} has no reading of {day}: look at the day.",
    )
    field = "on"


class MomentToCome(Refusal):
    """Nobody reads the figure of a later hour."""

    says = Words("{moment} 还没有到。", "{moment} has not come yet.")
    field = "read_at"


class ReadThatMoment(Refusal):
    """A register shows one figure at a moment."""

    says = Words(
        "{moment} 已有示数 {value}；如有误，请先作废。",
        "{moment} has the reading {value} already: take it back first.",
    )
    field = "read_at"
    status = 409


class NotReadThatMoment(Refusal):
    """Only what was entered is taken back."""

    says = Words("{moment} {meter} 没有定时抄见数。", "{meter} has no timed reading of {moment}.")
    field = "read_at"


class WhyCorrected(Refusal):
    """A figure that is put in the place of another says why."""

    says = Words("更正抄见数须写明原因。", "Say why the reading is corrected.")
    field = "reason"


class MeterDayToCome(Refusal):
    """Nobody reads tomorrow's figure."""

    says = Words("{day} 还没有到。", "{day} has not come yet.")
    field = "on"


class BeyondRegister(Refusal):
    """More than the register can show."""

    says = Words(
        "示数 {value} 超出该表的位数：{digits} 位整数，最大 {most}。",
        "{value} is more than the register can show: {digits} digits before the point, {most} at most.",
    )
    field = "value"


class FinerThanRegister(Refusal):
    """More decimals than the register has."""

    says = Words(
        "示数 {value} 的小数多于该表的 {decimals} 位。", "{value} has more than {decimals} decimals."
    )
    field = "value"


class WentBack(Refusal):
    """A register does not run backwards; it may have turned over."""

    says = Words(
        "示数 {value} 小于 {day} 的 {before}。如确为翻转（走满归零），请勾选“已翻转”；如为误抄，请核对。",
        '{value} is below {before} of {day}. Tick "turned over" if the register ran full; else read again.',
    )
    field = "value"


class TurnTooLarge(Refusal):
    """A turn that would be more than half the register is a slip."""

    says = Words(
        "按翻转计算，用量 {used} 超过量程的一半，多半是误抄；请核对。",
        "Turned over, {used} would have been used, more than half the register: read again.",
    )
    field = "value"


class PassesNext(Refusal):
    """A reading entered later for an earlier day stays below the next."""

    says = Words(
        "示数 {value} 大于之后 {day} 的 {after}；请核对。", "{value} is above {after} of {day} after it."
    )
    field = "value"


class ReadThatDay(Refusal):
    """What was read is corrected, not read again."""

    says = Words(
        "{day} 已有示数 {value}；如有误，请更正该示数并写明理由。",
        "{day} has the reading {value} already: correct it, with a reason.",
    )
    status = 409


class UsageMissing(Refusal):
    """What is not read is not used up as nothing."""

    says = Words("{point} 的用量不全:{what}。", "The usage of {point} is incomplete: {what}.")
    status = 409


class MethodMissing(Refusal):
    """A figure that nobody read says how it was found."""

    says = Words(
        "估算或替代的示数须写明方法和原因。", "An estimated or substituted reading says how and why."
    )
    field = "method"


class TooManyEstimates(Refusal):
    """One estimate more than may follow each other: then the meter has to be read."""

    says = Words(
        "{meter} 已连续估算 {most} 期，不能再估算；请补抄，或由用户自报示数。",
        "{meter} was estimated {most} times in a row, which is the most: read it, or ask the customer to.",
    )
    field = "quality"


class OtherQuality(Refusal):
    """A method that makes another kind of figure than what was said."""

    says = Words("“{method}”得出的是{quality}示数；请改选。", '"{method}" makes an {quality} reading.')
    field = "quality"


class FitsNoMore(Refusal):
    """A register's width is part of what was read on it."""

    says = Words(
        "该表已有抄见数，不能再更改{what}；如登记有误，请拆除登记后另立一表。",
        "The meter has readings: {what} cannot be changed any more.",
    )


class NoRuleForThat(Refusal):
    """No document says what a meter is held to show."""

    says = Words(
        "{day} 没有规定未抄表时如何推算；请录入示数。",
        "No document in force on {day} says what to take for a meter that was not read: enter a figure.",
    )


class NoSuchRoute(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此抄表路线。", "There is no such route.")
    status = 404


class OnRoute(Refusal):
    """A point is read once."""

    says = Words(
        "{point} 已在路线 {route} 上；请先移出。", "{point} is on the route {route}: take it off first."
    )
    field = "usage_point"
    status = 409


class NotOnRoute(Refusal):
    """What is not on it cannot be taken off."""

    says = Words("{point} 不在路线 {route} 上。", "{point} is not on the route {route}.")
    field = "usage_point"


class BilledBeforeRead(Refusal):
    """Nobody bills what is not read."""

    says = Words(
        "计费日 {bill} 早于抄表日 {read}。", "It would be billed on {bill}, before it is read on {read}."
    )
    field = "bill_on"


class PublishedAlready(Refusal):
    """What was published is not changed without saying why (19)."""

    says = Words(
        "{route} 该月已公布：{read} 抄表，{bill} 计费；更改须写明原因。",
        "{route} is published for that month: read on {read}, billed on {bill}. Say why it changes.",
    )
    field = "reason"
    status = 409


class NoSuchVirtualMeter(Refusal):
    """There is none, or not for this viewer."""

    says = Words("没有此虚拟表。", "There is no such virtual meter.")
    status = 404


class OtherUtilityBehind(Refusal):
    """Water is not metered behind electricity."""

    says = Words("{point} 与 {master} 不是同一种（电或水）。", "{point} and {master} are not of one utility.")


class HasMaster(Refusal):
    """A point has one master at a time."""

    says = Words(
        "{point} 自 {day} 起已在总表 {master} 之下；请先解除。",
        "{point} is metered behind {master} since {day}: take it from there first.",
    )
    status = 409


class GoesInCircles(Refusal):
    """Nothing is metered behind itself."""

    says = Words(
        "{master} 自身就在 {point} 之下；总分表不能成环。",
        "{master} is itself metered behind {point}: it would go round in circles.",
    )
    field = "master"
    status = 409


class NotBehind(Refusal):
    """What does not count there cannot be taken from there."""

    says = Words("{day} {point} 不在其中。", "{point} did not count there on {day}.")
    field = "on"


class CountsAlready(Refusal):
    """A point counts once in a sum."""

    says = Words("{point} 自 {day} 起已计入 {meter}。", "{point} counts in {meter} since {day} already.")
    status = 409


class PartsChanged(Refusal):
    """A sum whose parts changed within its days would count one twice or not at all."""

    says = Words(
        "{what} 在 {day} 有变动；请以该日为界分两段计算。",
        "{what} changed on {day}: calculate the days before and after it apart.",
    )
    status = 409


def must_fit_register(value: Decimal, *, digits: int, decimals: int) -> None:
    """Raise BeyondRegister or FinerThanRegister."""
    if value >= size_of(digits):
        raise BeyondRegister(value=value, digits=digits, most=size_of(digits) - 1)
    if value != round(value, decimals):
        raise FinerThanRegister(value=value.normalize(), decimals=decimals)
