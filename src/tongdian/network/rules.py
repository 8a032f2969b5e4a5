"""What stands in what, what a transformer still has to give, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.db.models import TextChoices

from tongdian.allowed import Permission
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spoken import both, plain, spoken

EDIT = Permission("network.edit", Words("维护地点和供电设施", "edit places and the network"))


class Utility(TextChoices):
    """What is supplied."""

    POWER = "power", spoken(Words("电", "Electricity"))
    WATER = "water", spoken(Words("水", "Water"))


class PlaceKind(TextChoices):
    """What a place is."""

    CAMPUS = "campus", spoken(Words("校区", "Campus"))
    AREA = "area", spoken(Words("区域", "Area"))
    BUILDING = "building", spoken(Words("楼栋", "Building"))
    FLAT = "flat", spoken(Words("套房", "Flat"))
    ROOM = "room", spoken(Words("房间", "Room"))
    SHOP = "shop", spoken(Words("门面", "Shop"))
    SITE = "site", spoken(Words("工地", "Works site"))
    PREMISES = "premises", spoken(Words("独立用户场所", "Premises"))


FOUND = 8  # places listed to choose from, of what was looked for
TOP = ""
POWER_FACTOR = Decimal("0.9")  # of a transformer for which none is known
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


class NoSuchPlace(Refusal):
    """No place, point or equipment of that name, or not one that this viewer sees."""

    says = Words("没有这个地点或设备，或您无权查看。", "There is no such place, or you may not see it.")
    status = 404


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


class OnlyForPower(Refusal):
    """What only lines of electricity have, said of a main of water."""

    says = Words(
        "{what}只用于电，水的干管没有；请留空。",
        "{what} is for electricity only, a main of water has none; leave it empty.",
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


class TooSmallForPromises(NotEnoughCapacity):
    """A transformer made smaller than what is promised on it."""

    says = Words(
        "变压器“{transformer}”已承诺 {committed} kW，这样只能供 {usable} kW；请先减少其用电点的容量。",
        '{committed} kW are promised on the transformer "{transformer}": so it could give only {usable} kW. '
        "Promise its usage points less first.",
    )


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
            ).about("capacity_kw")


def still_holds(before: Load, *, capacity_kva: Decimal, power_factor: Decimal, name: str, **_: Any) -> None:
    """Raise TooSmallForPromises if a transformer becomes smaller than what is promised on it.

    What is promised too much already is no reason against enlarging.
    """
    after = replace(before, capacity_kva=capacity_kva, power_factor=power_factor)
    if after.usable_kw < before.usable_kw and after.free_kw < 0:
        said = {"committed": plain(after.committed_kw), "usable": plain(after.usable_kw)}
        raise TooSmallForPromises(transformer=name, **said).about("capacity_kva")


def feeder_fits(*, utility: str, voltage_kv: Decimal | None, capacity_kva: Decimal | None, **_: Any) -> None:
    """Raise OnlyForPower if a main of water is given a voltage, or a capacity in kVA."""
    if utility != Utility.POWER and voltage_kv is not None:
        raise OnlyForPower(what=Words("电压", "A voltage")).about("voltage_kv")
    if utility != Utility.POWER and capacity_kva is not None:
        raise OnlyForPower(what=Words("以 kVA 计的容量", "A capacity in kVA")).about("capacity_kva")


def transformer_fits(*, feeder: Any, place: Any, **_: Any) -> None:
    """Raise OtherUtility, OtherOrganisation unless it hangs on power and stands at home."""
    if feeder.utility != Utility.POWER:
        raise OtherUtility(name=feeder.name).about("feeder")
    if place is not None and place.organisation_id != feeder.organisation_id:
        raise OtherOrganisation(name=place.name, organisation=place.organisation.name).about("place")


def point_fits(*, place: Any, utility: str, feeder: Any, transformer: Any, **_: Any) -> None:
    """Raise OtherUtility, OtherOrganisation unless a point is fed the same from its own lines."""
    if transformer is not None and utility != Utility.POWER:
        raise OtherUtility(name=transformer.name).about("transformer")
    if feeder is None:
        return
    if feeder.utility != utility:
        raise OtherUtility(name=feeder.name).about("feeder")
    if feeder.organisation_id not in {place.organisation_id, *place.organisation.ancestors}:
        raise OtherOrganisation(name=feeder.name, organisation=feeder.organisation.name).about("feeder")


def must_stand_in(kind: str, parent: Any) -> None:
    """Raise DoesNotStandThere unless a place of that kind may stand in another, or at the top."""
    if (parent.kind if parent else TOP) not in STANDS_IN[kind]:
        there = parent.name if parent else Words("最上级", "the top")
        raise DoesNotStandThere(kind=both(PlaceKind(kind).label), parent=there).about("parent")
