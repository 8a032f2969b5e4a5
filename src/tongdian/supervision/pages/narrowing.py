"""What the pages of the record are narrowed to: a half-year, a district, a supplier."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext

from tongdian.parties.models import Organisation
from tongdian.parties.queries import names_of_regions
from tongdian.supervision.pages.asking import OfficeAsked
from tongdian.supervision.queries.own_record import HalfYear, half_years

CountOf = tuple[str, str, int]
"""A code, what it is called, and how many."""


def period_asked(request: HttpRequest, about: OfficeAsked) -> HalfYear:
    """That of the address, else the half-year of the day."""
    known = half_years(about.as_of)
    return next((one for one in known if one.key == request.GET.get("period")), known[0])


def short_asked(request: HttpRequest, name: str) -> str:
    """A code of the address."""
    return request.GET.get(name, "")[:40]


def carried(period: HalfYear, **narrowed: str) -> str:
    """What a link takes along."""
    return urlencode({"period": period.key, **{name: value for name, value in narrowed.items() if value}})


def named_regions(counts: Iterable[tuple[str, int]]) -> list[CountOf]:
    """Counts by code, each with the name of its division; without a code, of several."""
    listed = list(counts)
    names = names_of_regions(code for code, _ in listed)
    return [(code, names.get(code, code) or gettext("several"), count) for code, count in listed]


def named_suppliers(counts: Iterable[tuple[str, int]]) -> list[CountOf]:
    """Counts by short name, each with the name of the supplier; without one, of several."""
    listed = list(counts)
    rows = Organisation.objects.filter(short__in=[code for code, _ in listed])
    names = {one.short: one.shown_name for one in rows}
    return [(code, str(names.get(code, code)) or gettext("several"), count) for code, count in listed]


def only_said(county: str, supplier: str) -> str:
    """What a page is narrowed to, by name."""
    names = [named_regions([(county, 0)])[0][1]] if county else []
    return " · ".join([*names, *([named_suppliers([(supplier, 0)])[0][1]] if supplier else [])])
