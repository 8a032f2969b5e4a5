"""What is told of the school's days: by the organisation itself, else by the nearest above it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from tongdian.calendar import NATIONAL, Calendar, Override
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import seen, seen_organisations
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.supply.models import SchoolDay, SchoolFact
from tongdian.supply.rules import READ

A_DAY = dt.timedelta(days=1)


def known_to(viewer: Any) -> Q:
    """The rows of organisations that a viewer sees, and of those above: their places go by these days too."""
    rows = Organisation.objects.filter(seen_organisations(viewer, READ.name))
    above = {id_ for ancestors in rows.values_list("ancestors", flat=True) for id_ in ancestors}
    return seen(viewer, READ.name) | Q(organisation__in=above)


def school_facts(viewer: Any) -> QuerySet[SchoolFact]:
    """Every entry that the viewer sees."""
    return SchoolFact.objects.filter(known_to(viewer)).select_related("organisation")


def school_days(viewer: Any) -> QuerySet[SchoolDay]:
    """Every moved day that the viewer sees."""
    return SchoolDay.objects.filter(known_to(viewer)).select_related("organisation")


@dataclass(frozen=True)
class SchoolCalendar:
    """The days of an organisation from `first` to `last`: what is told of each, and those that are moved."""

    told: Mapping[dt.date, Mapping[str, str]]
    moved: Mapping[dt.date, SchoolDay] = field(default_factory=dict)

    def over(self, pack: Pack) -> Pack:
        """The pack by the organisation's working days: where it works otherwise than the law's calendar, as it does."""
        if not self.moved:
            return pack
        return pack.on_calendar(self._over(pack.calendar, pack.head.region or NATIONAL))

    def _over(self, calendar: Calendar, region: str) -> Calendar:
        stay = [one for one in calendar.overrides if one.on not in self.moved or one.region != region]
        ours = [
            Override(
                on=day, is_working=row.is_working, name=MOVED, source=row.reason, region=region, by=str(row.organisation)
            )
            for day, row in self.moved.items()
        ]  # fmt: skip
        return Calendar(calendar.published, [*stay, *ours])


MOVED = Words("校内安排", "the school's own arrangement")


def calendars_of(
    organisations: list[Organisation], *, first: dt.date, last: dt.date
) -> dict[Any, SchoolCalendar]:
    """The days of several organisations by their ids, in two questions. `last` is among them."""
    above = {id_ for one in organisations for id_ in one.ancestors}
    facts = SchoolFact.objects.filter(
        organisation__in=above,
        in_force__startswith__lte=last,
        last_on__gte=first,
        in_force__overlap=(first, None),
    )
    rows = list(facts)
    days = list(
        SchoolDay.objects.filter(organisation__in=above, on__range=(first - A_DAY, last)).select_related(
            "organisation"
        )
    )
    found = {}
    for one in organisations:
        depth = {id_: at for at, id_ in enumerate(one.ancestors)}
        told: dict[dt.date, dict[str, str]] = {}
        for row in sorted(
            (r for r in rows if r.organisation_id in depth), key=lambda r: depth[r.organisation_id]
        ):
            until = min(row.last_on, last, (row.in_force.upper or dt.date.max) - A_DAY)
            day = max(row.in_force.lower, first)
            while day <= until:
                told.setdefault(day, {})[row.fact] = row.value
                day += A_DAY
        moved = {
            row.on: row
            for row in sorted(
                (r for r in days if r.organisation_id in depth), key=lambda r: depth[r.organisation_id]
            )
        }
        found[one.pk] = SchoolCalendar(told, moved)
    return found
