"""What stands in what, what a transformer still has to give, and what is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

TOP = ""
# The kinds that a kind of place may stand in; TOP: it may stand by itself.
STANDS_IN: dict[str, frozenset[str]] = {
    "campus": frozenset({TOP}),
    "area": frozenset({TOP, "campus", "area"}),
    "building": frozenset({TOP, "campus", "area", "premises", "site"}),
    "flat": frozenset({"building"}),
    "room": frozenset({"building", "flat", "shop", "premises"}),
    "shop": frozenset({TOP, "campus", "area", "building", "premises"}),
    "site": frozenset({TOP, "campus", "area", "building", "premises"}),
    "premises": frozenset({TOP, "campus", "area", "building"}),
}

EDIT_NETWORK = Words("维护地点和供电设施", "edit places and the network")


class NoSuchPlace(Refusal):
    """No place, point or equipment of that name, or not one that this viewer sees."""

    says = Words("没有这个地点或设备，或您无权查看。", "There is no such place, or you may not see it.")


class CodeTaken(Refusal):
    """A code names one thing only."""

    says = Words(
        "编号“{code}”已被“{name}”使用；请换一个编号。",
        'The code "{code}" is already that of "{name}"; choose another.',
    )


class DoesNotStandThere(Refusal):
    """A kind of place that cannot be inside the other kind."""

    says = Words(
        "“{kind}”不能设在“{parent}”之下；请换上级地点或类型。",
        'A place of the kind "{kind}" cannot stand in "{parent}"; change the kind or what it stands in.',
    )


class InsideItself(Refusal):
    """A place moved into itself or one of its parts."""

    says = Words(
        "“{name}”不能移到它自己或它的下级之内。", '"{name}" cannot be moved into itself or a part of it.'
    )


class OtherOrganisation(Refusal):
    """Things of two organisations put together."""

    says = Words(
        "“{name}”属于{organisation}，不能与别的单位的设施相连。",
        '"{name}" belongs to {organisation} and cannot be joined to what another organisation runs.',
    )


class OtherUtility(Refusal):
    """A water point on a power line, or the other way round."""

    says = Words(
        "“{name}”不是同一种供应（水、电）的设施；请另选。",
        '"{name}" does not carry the same utility; choose another.',
    )


class StillUsed(Refusal):
    """Something that other things depend on cannot be removed."""

    says = Words(
        "“{name}”还有{what}，不能删除；请先处理这些。",
        '"{name}" still has {what} and cannot be removed; see to those first.',
    )


class NotEnoughCapacity(Refusal):
    """More is promised on a transformer than it can give."""

    says = Words(
        "变压器“{transformer}”可用 {usable} kW，已承诺 {committed} kW，余 {free} kW，"
        "不足 {wanted} kW；请减少容量、改接别的变压器或先增容。",
        'The transformer "{transformer}" can give {usable} kW, of which {committed} kW are promised: '
        "{free} kW are free, less than {wanted} kW. Ask for less, take another transformer, or "
        "enlarge it first.",
    )


class NotPositive(Refusal):
    """A capacity of nothing or less."""

    says = Words("容量必须大于 0。", "A capacity must be more than 0.")


@dataclass(frozen=True, slots=True)
class Load:
    """What a transformer can give and what is promised on it. Exact: nothing is divided."""

    capacity_kva: Decimal
    power_factor: Decimal
    committed_kw: Decimal
    points: int = 0
    unstated: int = 0  # points whose capacity nobody stated

    @property
    def usable_kw(self) -> Decimal:
        """The apparent power at the power factor that it is planned with."""
        return self.capacity_kva * self.power_factor

    @property
    def free_kw(self) -> Decimal:
        """What may still be promised; negative where too much was."""
        return self.usable_kw - self.committed_kw

    @property
    def percent(self) -> int:
        """How much is promised, in whole percent, rounded up so that 100 means nothing is free."""
        share = self.committed_kw * 100 / self.usable_kw
        return int(share.to_integral_value(ROUND_CEILING))

    def must_hold(self, wanted_kw: Decimal, *, transformer: str) -> None:
        """Raise NotEnoughCapacity unless that much more can be promised."""
        if wanted_kw > self.free_kw:
            raise NotEnoughCapacity(
                transformer=transformer,
                usable=plain(self.usable_kw),
                committed=plain(self.committed_kw),
                free=plain(self.free_kw),
                wanted=plain(wanted_kw),
            )


def plain(number: Decimal) -> str:
    """A number as people write it: no exponent, no idle zeros, a true minus."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key by which 2 号 comes before 10 号."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text) if part
    ]
