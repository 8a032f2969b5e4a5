"""What is refused of permits. No table."""

from __future__ import annotations

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class PermitUnknown(Refusal):
    """No timetable of the place knows a permit of that kind."""

    says = Words(
        "“{place}”适用的时刻表没有“{permit}”这种许可；可以是：{known}",
        'The timetables of "{place}" know no permit "{permit}"; these they know: {known}',
    )
    field = "permit"


class NotPermittedThere(Refusal):
    """The document does not name such a place or day for that permit."""

    says = Words(
        "{cite} 没有允许“{place}”在 {day} 以“{permit}”开通。",
        '{cite} does not let "{place}" be opened on {day} as "{permit}".',
    )
    field = "permit"


class PermitOpensNothing(Refusal):
    """It would change nothing: what closes the place then does not yield to it, or the place is open anyway."""

    says = Words(
        "“{permit}”在这一时间不改变“{place}”的供停：{why}",
        '"{permit}" would change nothing at "{place}" in that time: {why}',
    )
    field = "permit"


class PermitEndsFirst(Refusal):
    """A permit begins before it ends."""

    says = Words(
        "许可的结束时间（{until}）不晚于开始时间（{first}）。",
        "The permit ends ({until}) no later than it begins ({first}).",
    )
    field = "until_at"


class PermitTooLong(Refusal):
    """A permit is for an evening or a vacation; what goes on for years is a rule."""

    says = Words("一次许可至多 {days} 天。", "A permit lasts {days} days at most.")
    field = "until_at"


class PermitNeedsCase(Refusal):
    """The document has this permit decided in a process, so nobody grants it without one."""

    says = Words(
        "“{permit}”须经“{processes}”审批后开通，不能直接登记。",
        '"{permit}" is granted in {processes} and cannot be entered by itself.',
    )
    field = "permit"


class CategoryUnknown(Refusal):
    """A price category that the regulation does not have."""

    says = Words(
        "没有价格类别“{category}”；可以是：{known}",
        'there is no price category "{category}"; these there are: {known}',
    )
    field = "price_category"


class PermitOver(Refusal):
    """It was withdrawn already, or its time is over."""

    says = Words(
        "此许可已于 {at} 结束，不能再撤销。", "The permit ended at {at} and cannot be withdrawn any more."
    )


class NotInThePlace(Refusal):
    """A list of places names one that does not stand in the case's."""

    says = Words(
        "“{place}”内没有这些地点：{codes}；请更正名单。",
        'These do not stand in "{place}": {codes}; have the list corrected.',
    )


class PermitWithoutTime(Refusal):
    """The case does not say for when."""

    says = Words(
        "业务 {case} 没有写明使用时间（{what}）；请先补齐。",
        "The case {case} does not say for when ({what}); have it completed first.",
    )
