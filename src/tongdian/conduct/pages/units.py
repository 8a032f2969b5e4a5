"""The record of a unit: what it used, what was found of it, and what it did itself for safety and saving (5, 7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_safe

from tongdian.billing.queries.quotas import plan_in_force, shares_of, used_by_unit
from tongdian.billing.rules import UNITS
from tongdian.conduct import queries
from tongdian.conduct.rules import READ, EducationTopic
from tongdian.money import format_yuan
from tongdian.network.rules import Utility
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import own_units
from tongdian.policy.words import Words
from tongdian.registers.pages.guarding import guarded
from tongdian.rulebook.queries import readable_packs
from tongdian.spoken import reader_language, say
from tongdian.supply.models import Permit
from tongdian.supply.queries import permits, titles_of

MOST = 20  # of a list; the whole list stands behind it


@require_safe
@guarded(READ.name)
def unit(request: HttpRequest, short: str) -> HttpResponse:
    """A unit's record of this year."""
    found = queries.unit_named(request.user, short)
    today = timezone.localdate()
    acts = queries.acts(request.user).filter(unit=found)
    taught = queries.education(request.user).filter(organisation=found)
    counted = taught.filter(taken_back=None, on__year=today.year)
    topics = dict(counted.order_by().values_list("topic").annotate(n=Count("id")))
    context = {
        "unit": found,
        "year": today.year,
        "acts": [(one, queries.words_of(one).said.say(reader_language())) for one in acts[:MOST]],
        "acts_more": max(0, acts.count() - MOST),
        "counts": queries.counts(acts.filter(done_at__year=today.year), "clause"),
        "taught": taught[:MOST],
        "topics": [(one.label, topics.get(one.value, 0)) for one in EducationTopic],
        "used": _used(request.user, found),
        "permits": _permits(request.user, found),
        "charts": _chart(acts, today.year),
    }
    return render(request, "conduct/unit.html", context)


def _used(viewer: Any, unit: Organisation) -> list[Mapping[str, Any]] | None:
    """What was billed for the unit this year, of each utility, with its quota: for who may read bills, and for the
    unit itself. None for anybody else."""
    house = queries.house_of(unit)
    if house is None or not (viewer.has_perm("billing.read", house) or unit.pk in own_units(viewer)):
        return None
    today = timezone.localdate()
    plan = shares_of(plan_in_force(house, today.year)).get(unit.name, {})
    rows = [one for one in used_by_unit(house, today.replace(day=1)) if one.unit == unit.name]
    return [
        {
            "utility": Utility(utility).label,
            "quantity": sum((one.of_year for one in of if one.of_year is not None), Decimal(0)),
            "unit": UNITS[utility],
            "yuan": format_yuan(sum(one.fen_of_year for one in of)),
            "quota": plan.get(utility),
        }
        for utility in Utility.values
        for of in [[one for one in rows if one.utility == utility]]
        if of
    ]


def _permits(viewer: Any, unit: Organisation) -> list[tuple[Permit, str, str]]:
    """The newest permits of applications in the unit's name, each with its kind and how it stands; for who may read
    permits."""
    rows = permits(viewer).filter(case__customer__name=unit.name).order_by("-first_at", "pk")[:MOST]
    now = timezone.now()
    titles: dict[str, Words] = {}
    for pack in readable_packs()[0] if rows else []:
        titles |= titles_of(pack)
    return [
        (one, say(titles[one.permit]) if one.permit in titles else one.permit, _standing(one, now))
        for one in rows
    ]


def _standing(permit: Permit, now: dt.datetime) -> str:
    if permit.ends_at < permit.until_at:
        return gettext("withdrawn")
    if permit.ends_at <= now:
        return pgettext("permits", "Over")
    return pgettext("permits", "To come") if permit.first_at > now else pgettext("permits", "In force")


def _chart(acts: Any, year: int) -> list[Mapping[str, Any]]:
    rows = acts.filter(taken_back=None, done_at__year=year).order_by()
    counts = dict(rows.values_list("done_at__month").annotate(n=Count("id")))
    if not counts:
        return []
    months = range(1, 13)
    series = [[gettext("Acts"), [counts.get(one, 0) for one in months]]]
    return [
        {
            "title": gettext("Acts by month"),
            "labels": [f"{year}-{one:02d}" for one in months],
            "series": series,
        }
    ]
