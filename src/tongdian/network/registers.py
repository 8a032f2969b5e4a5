"""The registers of the network."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.db.models import F, Func, IntegerField, Q, QuerySet
from django.urls import reverse

from tongdian.bigrams import stands_in
from tongdian.network import actions, fields, queries
from tongdian.network.entries import FEEDER, PLACE, TRANSFORMER, USAGE_POINT
from tongdian.network.models import Feeder, Place, Transformer, UsagePoint
from tongdian.network.rules import NoSuchPlace
from tongdian.policy.words import Words
from tongdian.registers.filters import Filter
from tongdian.registers.links import Link
from tongdian.registers.register import Register
from tongdian.registers.sorts import Number, Text, Truth

UTILITY = Filter(fields.UTILITY.open())
WORDS = Filter(
    Text("q", Words("编号或名称", "Code or name"), optional=True, most=60, api="part of code or name"),
    lambda rows, text: rows.filter(Q(code__icontains=text) | Q(name__icontains=text)),
)
WITHIN = Link(
    "within",
    Words("地点", "Place"),
    to=Place,
    among=lambda scope: queries.places(scope.viewer),
    unknown=NoSuchPlace,
    optional=True,
    api="a place, with all that stands in it",
)


_register = partial(Register, reads="network.read", is_imported=True, unknown=NoSuchPlace)


def _by_code(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(code__icontains=text)


def _wholes_first(rows: QuerySet[Any]) -> QuerySet[Any]:
    depth = Func(F("ancestors"), function="cardinality", output_field=IntegerField())
    return rows.order_by("organisation", depth, "code")


def _loads(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    rows = Transformer.objects.filter(pk__in=[one.pk for one in things]).select_related("feeder")
    return {
        one.pk: {"committed_kw": load.committed_kw, "usable_kw": load.usable_kw}
        for one, load in queries.with_loads(rows)
    }


PLACES = _register(  # its pages are a tree, written by hand
    name="places",
    model=Place,
    title=Words("地点", "Places"),
    one=Words("地点", "a place"),
    api=("A place.", "The places that you see."),
    fields=PLACE,
    rows=queries.places,
    add=actions.add_place,
    change=actions.change_place,
    remove=actions.remove_place,
    filters=(
        Filter(
            Text(
                "q",
                Words("名称、编号或地址", "Name, code or address"),
                optional=True,
                most=60,
                api="two characters or more of name, code or address",
            ),
            lambda rows, text: rows.filter(stands_in(text)),
        ),
        Filter(WITHIN, lambda rows, place: rows.filter(ancestors__contains=[place.pk])),
    ),
    derived=(Truth("is_demo", Words("演示", "Demonstration")),),
    derive=lambda things: {one.pk: {"is_demo": one.is_demo} for one in things},
    wholes_first=_wholes_first,
    pages=frozenset({"export", "remove"}),
    at="places/",
    page=lambda one: reverse("place", args=[one.pk]),
    home=lambda one: reverse("place", args=[one.parent_id]) if one.parent_id else reverse("places"),
)
FEEDERS = _register(
    name="feeders",
    model=Feeder,
    title=Words("线路与干管", "Feeders and mains"),
    one=Words("线路或干管", "a feeder or main"),
    api=("A line or main.", "The feeders and mains that you see."),
    fields=FEEDER,
    rows=queries.feeders,
    add=actions.add_feeder,
    change=actions.change_feeder,
    remove=actions.remove_feeder,
    filters=(WORDS, UTILITY),
    at="network/feeders/",
)
TRANSFORMERS = _register(
    name="transformers",
    model=Transformer,
    title=Words("变压器", "Transformers"),
    one=Words("变压器", "a transformer"),
    api=(
        "A transformer with what it can still give.",
        "The transformers that you see, with what is promised on each.",
    ),
    fields=TRANSFORMER,
    rows=queries.transformers,
    add=actions.add_transformer,
    change=actions.change_transformer,
    remove=actions.remove_transformer,
    filters=(WORDS, Filter(TRANSFORMER["feeder"].open())),
    derived=(
        Number(
            "committed_kw",
            Words("已承诺 kW", "Promised kW"),
            high=fields.MOST,
            api="promised to its usage points, kilowatts",
        ),
        Number(
            "usable_kw",
            Words("可供 kW", "Can give kW"),
            high=fields.MOST,
            api="capacity at its power factor, kilowatts",
        ),
    ),
    derive=_loads,
    at="network/transformers/",
    new_at="network/feeders/<uuid:id_>/new/",
    change_at="{at}<uuid:id_>/change/",
    page=lambda one: reverse("transformer", args=[one.pk]),
)
USAGE_POINTS = _register(
    name="usage-points",
    model=UsagePoint,
    title=Words("用电（水）点", "Usage points"),
    one=Words("用电（水）点", "a usage point"),
    api=("Where a place takes a utility.", "The usage points that you see."),
    fields=USAGE_POINT,
    rows=queries.usage_points,
    add=actions.add_usage_point,
    change=actions.change_usage_point,
    remove=actions.remove_usage_point,
    filters=(
        Filter(
            replace(WITHIN, name="place"),
            lambda rows, place: rows.filter(place__ancestors__contains=[place.pk]),
        ),
        UTILITY,
        Filter(replace(WORDS.field, title=Words("编号", "Code"), api="part of the code"), _by_code),
    ),
    at="usage-points/",
    new_at="places/<uuid:id_>/points/new/",
    page=lambda one: reverse("place", args=[one.place_id]),
    home=lambda one: reverse("place", args=[one.place_id]),
)
