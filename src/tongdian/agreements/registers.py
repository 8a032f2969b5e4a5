"""How the list of agreements is narrowed, at every door: page, export, saved views, API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet

from tongdian.agreements import queries
from tongdian.agreements.models import Agreement
from tongdian.bigrams import stands_in
from tongdian.network.registers import USAGE_POINTS, UTILITY, WITHIN
from tongdian.network.rules import NoSuchPlace
from tongdian.parties.models import Customer
from tongdian.parties.queries import NoSuchCustomer, customers
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields, Scope
from tongdian.registers.filters import Filter, Narrow
from tongdian.registers.links import Link
from tongdian.registers.sorts import Selection, Text

STATES = {
    "current": Words("今日有效", "In force today"),
    "ended": Words("已终止", "Ended"),
    "temporary": Words("临时", "Temporary"),
    "expiring": Words("临时，30 天内到期", "Temporary, ending within 30 days"),
    "proposed": Words("提议待第二人确认", "Proposal waits for a second person"),
}
FIELDS = Fields(
    Text(
        "q",
        Words("用户、地点或编号", "Customer, place or number"),
        optional=True,
        most=60,
        api="the beginning of its number, a code, or part of the customer's or the place's name",
    ),
    Selection("state", Words("状态", "State"), of=STATES, optional=True),
    UTILITY.field,
    Link(
        "customer",
        Words("户号", "Customer number"),
        to=Customer,
        by="number",
        among=lambda scope: customers(scope.viewer),
        unknown=NoSuchCustomer,
        optional=True,
    ),
    Link(
        "usage_point",
        Words("用电（水）点编号", "Code of the usage point"),
        to=USAGE_POINTS.model,
        among=lambda scope: USAGE_POINTS.rows(scope.viewer),
        unknown=NoSuchPlace,
        optional=True,
    ),
    replace(WITHIN, name="place", title=Words("地点编号", "Code of the place")),
)


def filters(on: dt.date) -> tuple[Filter, ...]:
    """Each way to narrow the list, as of a day."""
    ways: dict[str, Narrow | None] = {
        "q": _matching,
        "state": partial(_in_state, on=on),
        "utility": lambda rows, utility: rows.filter(usage_point__utility=utility),
        "place": lambda rows, place: rows.filter(usage_point__place__ancestors__contains=[place.pk]),
    }
    return tuple(Filter(one, ways.get(one.name)) for one in FIELDS)


def narrowed(viewer: Any, given: Mapping[str, Any], *, on: dt.date) -> QuerySet[Agreement]:
    """The agreements that a viewer sees and the filters leave. Raises BadValue."""
    rows, scope = queries.agreements(viewer), Scope(viewer)
    for one in filters(on):
        rows = one.of(rows, one.field.read(given.get(one.field.name), scope))
    return rows


def _in_state(rows: QuerySet[Agreement], state: str, *, on: dt.date) -> QuerySet[Agreement]:
    match state:
        case "current":
            return rows.filter(in_force__contains=on)
        case "ended":
            return rows.filter(in_force__endswith__lte=on)
        case "temporary":
            return rows.filter(is_temporary=True)
        case "expiring":
            return queries.ending_soon(rows, on=on)
    return queries.with_proposal(rows)


def _matching(rows: QuerySet[Agreement], text: str) -> QuerySet[Agreement]:
    return rows.filter(
        Q(number__istartswith=text)
        | stands_in(text, "customer__pairs")
        | stands_in(text, "usage_point__place__pairs")
        | Q(usage_point__code__iexact=text)
    )
