"""May the air conditioning of a place run now (56): by the temperature that was published, office hours, and what the
place is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from tongdian.calendar import legal_day
from tongdian.network.models import Place
from tongdian.policy.answer import Answer
from tongdian.supply.models import OutdoorTemperature
from tongdian.supply.queries.days import known_to
from tongdian.supply.queries.hours import hours_of_kind, local
from tongdian.supply.queries.permits import permits_held
from tongdian.supply.queries.timetables import packs_with_timetables

VALID = dt.timedelta(minutes=90)  # a reading of this hour or of the one before


def temperatures(viewer: Any) -> QuerySet[OutdoorTemperature]:
    """Every temperature that the viewer sees, and those of the organisations above."""
    return OutdoorTemperature.objects.filter(known_to(viewer)).select_related("organisation")


@dataclass(frozen=True)
class AirConditioningNow:
    """What the rule says of a place at a moment, and by which temperature; without an `answer` nobody measured."""

    answer: Answer | None
    measured: OutdoorTemperature | None

    @property
    def may_run(self) -> bool | None:
        """None where nobody measured."""
        return None if self.answer is None else self.answer.value == "allowed"


def air_conditioning(place: Place, at: dt.datetime) -> AirConditioningNow | None:
    """Whether the air conditioning of a place may run at an instant; None where no regulation that binds asks it."""
    house = place.organisation
    day = legal_day(at)
    for pack in packs_with_timetables(house, day):
        cooling = pack.head.uses.permitting.air_conditioning if pack.head.uses.permitting else None
        if cooling is None:
            continue
        rows = OutdoorTemperature.objects.filter(
            organisation__in=house.ancestors, measured_at__lte=at, measured_at__gt=at - VALID
        )
        depth = {id_: n for n, id_ in enumerate(house.ancestors)}
        measured = max(rows, key=lambda one: (depth[one.organisation_id], one.measured_at), default=None)
        if measured is None:
            return AirConditioningNow(None, None)
        moment = local(pack, at)
        stretches = hours_of_kind(house, cooling.office_kind, day)
        is_office_hours = any(
            is_open for one, is_open in stretches if one.first <= moment < one.until
        ) or bool(permits_held(place, cooling.hour_permits, at))
        kinds = place.timetables.filter(in_force__contains=day).values_list("kind", flat=True)
        is_special = bool(set(kinds) & set(cooling.special_kinds)) or bool(
            permits_held(place, cooling.special_permits, at)
        )
        given = {
            cooling.special: is_special, cooling.hours: is_office_hours, cooling.temperature: measured.celsius,
        }  # fmt: skip
        return AirConditioningNow(pack.answer(cooling.rule, on=day, given=given), measured)
    return None
