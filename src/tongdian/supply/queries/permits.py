"""Permits as a viewer sees them, and what one would open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from tongdian.network.models import Place
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import seen
from tongdian.policy.kinds.timetable import TimetableRule
from tongdian.policy.packs import Pack
from tongdian.policy.permitting import PlaceConsent
from tongdian.policy.timetables import PlacedStretch
from tongdian.policy.words import Words
from tongdian.supply.models import Permit, SeatCount
from tongdian.supply.queries.hours import A_DAY, PlaceHours, hours_of, local
from tongdian.supply.queries.timetables import packs_asked, timetables_of
from tongdian.supply.refusing import NoTimetable
from tongdian.supply.refusing.permits import NotPermittedThere, PermitOpensNothing, PermitUnknown
from tongdian.supply.rules import READ

OPEN_ANYWAY = Words("{first} 起本来就{state}", "it is {state} anyway from {first} on")
CLOSED_BY = Words(
    "{first} 起{state}（{cite}），不因此种许可改变",
    "from {first} on it is {state} by {cite}, which does not yield to such a permit",
)


def permits(viewer: Any) -> QuerySet[Permit]:
    """Every permit that the viewer sees."""
    where = seen(viewer, READ.name, region="place__region")
    return Permit.objects.filter(where).select_related("place", "organisation", "case", "by", "end")


def seat_counts(viewer: Any) -> QuerySet[SeatCount]:
    """Every count of seats that the viewer sees."""
    where = seen(viewer, READ.name, region="place__region")
    return SeatCount.objects.filter(where).select_related("place", "organisation")


def days_touched(pack: Pack, permit: Permit) -> tuple[dt.date, dt.date]:
    """The first and the last day of a permit, by the clock of the place."""
    first, until = local(pack, permit.first_at), local(pack, permit.until_at)
    return first.date(), (until - dt.timedelta(minutes=1)).date()


def must_open_something(permit: Permit, pack: Pack) -> list[PlaceHours]:
    """How the place would stand with a permit that is not kept yet, by each timetable that knows its kind.

    Raises NoTimetable, PermitUnknown, DayNotTold, NotPermittedThere, PermitOpensNothing.
    """
    first, last = days_touched(pack, permit)
    # another permit of the time may end before it: each opens by itself
    before = hours_of([permit.place], first=first, last=last, only=())[permit.place_id]
    governing = [one for one in before if permit.permit in one.rule.permits]
    if not before:
        raise NoTimetable(place=permit.place.name, day=first)
    if not governing:
        known = list(dict.fromkeys(made.title for one in before for made in one.rule.permits.values()))
        raise PermitUnknown(place=permit.place.name, permit=permit.permit, known=known or Words("无", "none"))
    for one in governing:
        for refusal in one.lacking.values():
            raise refusal
    day = first
    while day <= last:
        if not any(_may_be_given(one, permit, day) for one in governing):
            raise NotPermittedThere(
                cite=_cited(governing[0], permit),
                place=permit.place.name,
                day=day,
                permit=governing[0].rule.permits[permit.permit].title,
            )
        day += A_DAY
    after = hours_of([permit.place], first=first, last=last, only=[permit])[permit.place_id]
    changed = [
        with_it
        for without, with_it in zip(before, after, strict=True)
        if list(without.stretches) != list(with_it.stretches)
    ]
    if not changed and not permit.price_category:
        raise PermitOpensNothing(
            permit=governing[0].rule.permits[permit.permit].title,
            place=permit.place.name,
            why=_why_nothing(governing[0], permit),
        )
    return [one for one in after if permit.permit in one.rule.permits]


def _may_be_given(hours: PlaceHours, permit: Permit, day: dt.date) -> bool:
    cut = hours.days.get(day)
    return cut is not None and hours.rule.may_be_given(hours.pack, permit.permit, cut.facts, day)


def _cited(hours: PlaceHours, permit: Permit) -> Words:
    cite = tuple(hours.rule.permits[permit.permit].cite)
    return Words(hours.pack.say_cite(cite, "zh"), hours.pack.say_cite(cite, "en"))


def _why_nothing(hours: PlaceHours, permit: Permit) -> Words:
    """How the place stands then, without it."""
    first = hours.local(permit.first_at)
    until = hours.local(permit.until_at)
    inside = [one for one in hours.stretches if one.first < until and one.until > first]
    said = [_said(hours, one, first) for one in inside]
    return Words("；".join(one.zh for one in said), "; ".join(one.en for one in said))


def _said(hours: PlaceHours, stretch: PlacedStretch, first: dt.datetime) -> Words:
    cite = hours.cite(stretch)
    facts = {
        "first": f"{max(first, stretch.first):%m-%d %H:%M}",
        "state": hours.state(stretch),
        "cite": Words(hours.pack.say_cite(cite, "zh"), hours.pack.say_cite(cite, "en")),
    }
    return (OPEN_ANYWAY if hours.is_open(stretch) else CLOSED_BY).fill(**facts)


def permit_titles(rules: Sequence[TimetableRule]) -> dict[str, Words]:
    """The kinds of permit that timetables know, by their names."""
    found: dict[str, Words] = {}
    for rule in rules:
        for name, one in rule.permits.items():
            found.setdefault(name, one.title)
    return found


def consents_of(pack: Pack) -> Mapping[str, PlaceConsent]:
    """The permissions of a pack that open no timetable, by their kinds."""
    permitting = pack.head.uses.permitting
    return permitting.consents if permitting is not None else {}


def titles_of(pack: Pack) -> dict[str, Words]:
    """Every kind of permit of a pack by its name: those of its timetables, and its consents."""
    consents = {name: one.title for name, one in consents_of(pack).items()}
    return {**permit_titles(timetables_of(pack)), **consents}


def titles_asked(organisation: Organisation | None, on: dt.date | None) -> dict[str, Words]:
    """Every kind of permit by its name, of the packs that bind an organisation; of all that can be read, without one."""
    found: dict[str, Words] = {}
    for pack in packs_asked(organisation, on):
        found |= titles_of(pack)
    return found


def permits_held(place: Place, kinds: Collection[str], at: dt.datetime) -> list[Permit]:
    """The permits of these kinds that hold at an instant at a place, or at what it lies in."""
    rows = Permit.objects.filter(
        place__in=[place.pk, *place.ancestors], permit__in=kinds, first_at__lte=at, until_at__gt=at
    )
    return [one for one in rows.select_related("end", "case", "place") if one.ends_at > at]
