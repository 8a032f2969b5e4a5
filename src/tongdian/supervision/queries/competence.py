"""Who supervises whom, and who sees what is found of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q

from tongdian.parties.models import Organisation, Region
from tongdian.parties.permissions import SUPERVISED, below, grants, within
from tongdian.parties.rules import PERMISSIONS
from tongdian.supervision.queries.offices import codes_of, in_order, prefix_of
from tongdian.supervision.rules import READ

Kind = Organisation.Kind
FINDERS = frozenset({Kind.REGULATOR, Kind.DISPATCHED, Kind.DEPARTMENT})
SUMMONERS = frozenset({Kind.REGULATOR, Kind.DISPATCHED})  # letter 4(4), and those who act for the nation
GROUPS = frozenset({Kind.SUPPLIER_GROUP})  # letter 2(4): press their own suppliers


def supervises(office: Organisation, about: Organisation) -> bool:
    """Whether an office supervises another: the nation everybody; a regional office the suppliers and departments
    of its area (letter 4(1), 4(2)); a department the suppliers of its area and the departments of divisions in
    it. What is competent for a division lies where that does, wherever its seat is."""
    if office.pk == about.pk or office.kind not in FINDERS:
        return False
    codes = codes_of(about)
    if about.kind in SUPERVISED:
        return any(_holds(office, code) for code in codes)
    if about.kind == Kind.DISPATCHED:
        return office.kind == Kind.REGULATOR
    if about.kind != Kind.DEPARTMENT:
        return False
    is_peer = office.kind == Kind.DEPARTMENT and codes[0] in codes_of(office)
    return _holds(office, codes[0]) and not is_peer


def may_urge(office: Organisation, about: Organisation) -> bool:
    """Whether an office reminds another: whom it supervises, and a grid company its own suppliers (2(4))."""
    is_own = office.kind in GROUPS and about.kind in SUPERVISED and office.pk in about.ancestors[:-1]
    return is_own or supervises(office, about)


def holds_region(office: Organisation, code: str) -> bool:
    """Whether a division lies in the area of an office."""
    return _holds(office, code)


def division_named(typed: str, office: Organisation, about: Organisation) -> str:
    """The code of a division that was typed by its name: of several of a name the one in the area of both, then of the
    office. What is none stays as it was typed, for the action to refuse."""
    rows = Region.objects.filter(name=typed) if typed else Region.objects.none()
    found = [one.code for one in rows.order_by("code") if _holds(office, one.code)]
    return next((code for code in found if _holds(about, code)), found[0] if found else typed)


def _holds(office: Organisation, code: str) -> bool:
    return any(code.startswith(prefix_of(one)) for one in codes_of(office))


def supervised_by(office: Organisation, on: dt.date, *, urging: bool = False) -> list[Organisation]:
    """Whom an office supervises on a day; with `urging`, whom it may remind."""
    prefixes = [prefix_of(code) for code in codes_of(office)]
    there = Organisation.regions.through.objects.filter(within("region", prefixes))
    where = Q(pk__in=there.values("organisation_id")) | (Q(regions=None) & within("region", prefixes))
    if urging and office.kind in GROUPS:
        where |= Q(ancestors__contains=[office.pk])
    rows = (
        Organisation.objects.filter(
            where, kind__in=[*SUPERVISED, Kind.DISPATCHED, Kind.DEPARTMENT], in_force__contains=on
        )
        .distinct()  # who supplies two divisions is one organisation
        .select_related("region")
        .prefetch_related("regions")
    )
    asked = may_urge if urging else supervises
    return in_order([one for one in rows if asked(office, one)])


def held_offices(viewer: Any, permission: str = READ.name) -> list[Organisation] | None:
    """Where a viewer has a role for it; None for who administers the whole installation."""
    held = [one.organisation for one in grants(viewer) if one.role in PERMISSIONS[permission]]
    return None if None in held else [one for one in held if one is not None]


def reached(viewer: Any) -> list[UUID]:
    """The organisations in which a viewer has a role to look at supervision, and all below them."""
    held = [one for one in grants(viewer) if one.role in PERMISSIONS[READ.name]]
    return below(viewer, held, of_groups=True)


def finders_below(offices: Iterable[Organisation]) -> Q:
    """Findings of offices that work in the area of one of these and stand below it: the nation sees them all, a
    regional office those of departments, a department those of departments of divisions in its own."""
    found = Q(pk__in=[])
    for office in offices:
        if office.kind == Kind.REGULATOR:
            found |= Q(organisation__kind__in=[Kind.DISPATCHED, Kind.DEPARTMENT])
        elif office.kind in FINDERS:
            codes = codes_of(office)
            there = Organisation.regions.through.objects.filter(
                within("region", [prefix_of(code) for code in codes])
            )
            if office.kind == Kind.DEPARTMENT:
                there = there.exclude(region__in=codes)
            found |= Q(organisation__kind=Kind.DEPARTMENT, organisation__in=there.values("organisation_id"))
    return found


def seen_from(office: Organisation) -> Q:
    """Findings that concern an office: its own and those about it, of whoever is below it too, and those of finders
    that stand below it in its area."""
    return (
        Q(organisation__ancestors__contains=[office.pk])
        | Q(about__ancestors__contains=[office.pk])
        | finders_below([office])
    )
