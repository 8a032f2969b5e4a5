"""Granting permits, and ending them before their time. A permit is never changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tongdian.agreements.queries import ClassNames
from tongdian.calendar import legal_day
from tongdian.cases.models import Case
from tongdian.network.models import Place
from tongdian.policy.packs import Pack
from tongdian.policy.permitting import granting_processes
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.supply import queries
from tongdian.supply.entries import PERMITTED, WITHDRAWAL
from tongdian.supply.models import Permit, PermitEnd
from tongdian.supply.refusing import NoTimetable
from tongdian.supply.refusing.permits import (
    CategoryUnknown,
    PermitEndsFirst,
    PermitNeedsCase,
    PermitOver,
    PermitTooLong,
    PermitUnknown,
)
from tongdian.supply.rules import MOST_DAYS, PERMIT


@action("grant-permit", may=PERMIT, within="place.organisation", fields=PERMITTED)
def grant_permit(
    *,
    viewer: Any,
    place: Place,
    permit: str,
    first_at: dt.datetime,
    until_at: dt.datetime,
    purpose: str,
    permitted_by: str,
    paper: str,
    at: dt.datetime,
    case: Case | None = None,
    price_category: str = "",
    is_demo: bool = False,
) -> Permit:
    """Let a place be supplied, or used, from one moment until before another.

    It opens only what the place's timetables let such a permit open; a consent opens none of them. One that the document has decided in a process
    is granted by the case alone. Raises PermitEndsFirst, PermitTooLong, NoTimetable, PermitUnknown, PermitNeedsCase,
    CategoryUnknown, NotPermittedThere, PermitOpensNothing, DayNotTold.
    """
    if until_at <= first_at:
        raise PermitEndsFirst(**_said(first=first_at, until=until_at))
    if until_at - first_at > dt.timedelta(days=MOST_DAYS):
        raise PermitTooLong(days=MOST_DAYS)
    _one_at_a_time(place)
    pack = _pack_of(place, permit, legal_day(first_at))
    if case is None and (processes := granting_processes(pack).get(permit)):
        titles = Words(
            "、".join(one.title.zh for one in processes), " or ".join(one.title.en for one in processes)
        )
        raise PermitNeedsCase(permit=_title(pack, permit), processes=titles)
    _must_be_a_category(pack, price_category)
    row = Permit(
        organisation=place.organisation, place=place, pack=pack.id, permit=permit, first_at=first_at,
        until_at=until_at, purpose=purpose, cite=[], case=case, price_category=price_category,
        permitted_by=permitted_by, paper=paper, at=at, by_id=getattr(viewer, "pk", None), is_demo=is_demo,
    )  # fmt: skip
    if (consent := queries.consents_of(pack).get(permit)) is not None:
        row.cite = list(consent.cite)
    else:
        opened = queries.must_open_something(row, pack)
        row.cite = list(dict.fromkeys(clause for one in opened for clause in one.rule.permits[permit].cite))
    row.save(force_insert=True)
    return row


def _one_at_a_time(place: Place) -> None:
    """Of two who grant or withdraw at a place at once, the second sees what the first did."""
    Place.objects.select_for_update(of=("self",)).get(pk=place.pk)


def _pack_of(place: Place, permit: str, on: dt.date) -> Pack:
    """The pack that knows such a permit, of a timetable or as a consent."""
    packs = queries.packs_with_timetables(place.organisation, on)
    if not packs:
        raise NoTimetable(place=place.name, day=on)
    found = next((one for one in packs if permit in queries.titles_of(one)), None)
    if found is None:
        known = [title for one in packs for title in queries.titles_of(one).values()]
        raise PermitUnknown(place=place.name, permit=permit, known=known)
    return found


def _title(pack: Pack, permit: str) -> Words:
    return queries.titles_of(pack)[permit]


def _must_be_a_category(pack: Pack, category: str) -> None:
    known = ClassNames().categories(pack.adopted_id, "power")
    if category and category not in known:
        raise CategoryUnknown(category=category, known=list(known.values()))


@action("withdraw-permit", may=PERMIT, within="permit.place.organisation", fields=WITHDRAWAL, of="permit")
def withdraw_permit(*, viewer: Any, permit: Permit, reason: str, at: dt.datetime) -> PermitEnd:
    """End a permit at this moment, for a reason. Raises PermitOver."""
    _one_at_a_time(permit.place)
    ended = PermitEnd.objects.filter(permit=permit).first()
    if ended is not None or permit.until_at <= at:
        raise PermitOver(**_said(at=ended.at if ended is not None else permit.until_at))
    return PermitEnd.objects.create(permit=permit, at=at, reason=reason, by_id=getattr(viewer, "pk", None))


def _said(**moments: dt.datetime) -> Mapping[str, str]:
    return {name: PERMITTED["first_at"].said(one, "zh") for name, one in moments.items()}
