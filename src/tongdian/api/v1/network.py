"""Places, feeders, transformers and usage points."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from tongdian.allowed import must_be_allowed
from tongdian.api.shapes import registers as shapes
from tongdian.api.v1.asking import REFUSED, STAFF
from tongdian.api.v1.doing import deed
from tongdian.api.v1.paging import After, Limit, page
from tongdian.bigrams import stands_in
from tongdian.calendar import legal_day
from tongdian.network import actions, queries
from tongdian.network.models import Feeder, Place, Transformer, UsagePoint
from tongdian.network.rules import EDIT_NETWORK
from tongdian.parties import queries as parties
from tongdian.parties.models import Organisation

places = Router(tags=["network"], auth=STAFF)
feeders = Router(tags=["network"], auth=STAFF)
transformers = Router(tags=["network"], auth=STAFF)
usage_points = Router(tags=["network"], auth=STAFF)


# ---------------------------------------------------------------- places
@places.get("", response={200: shapes.Places, **REFUSED})
def list_places(
    request: HttpRequest,
    q: Annotated[
        str, Query(max_length=60, description="two characters or more of name, code or address")
    ] = "",
    within: Annotated[UUID | None, Query(description="a place, with all that stands in it")] = None,
    after: After = "",
    limit: Limit = 50,
) -> Any:
    """The places that you see."""
    rows = queries.places(request.auth)  # type: ignore[attr-defined]
    if q.strip():
        rows = rows.filter(stands_in(q))
    if within is not None:
        rows = rows.filter(ancestors__contains=[within])
    return page(rows, after, limit, _place)


@places.get("/{uuid:id_}", response={200: shapes.PlaceOut, **REFUSED})
def show_place(request: HttpRequest, id_: UUID) -> Any:
    """One place."""
    return _place(queries.place(request.auth, id_))  # type: ignore[attr-defined]


@deed(places, "", gives=shapes.PlaceOut, status=201)
def add_place(request: HttpRequest, asked: shapes.AddPlace) -> Any:
    """Enter a place."""
    viewer = request.auth  # type: ignore[attr-defined]
    made = actions.add_place(
        viewer=viewer,
        organisation=_where(viewer, asked.organisation),
        kind=asked.kind,
        code=asked.code,
        name=asked.name,
        address=asked.address,
        parent=queries.place(viewer, asked.parent) if asked.parent else None,
        at=timezone.now(),
    )
    return _place(made)


def _place(one: Place) -> dict[str, Any]:
    same = ("id", "kind", "code", "name", "address", "is_demo")
    return {
        **{name: getattr(one, name) for name in same},
        "organisation": one.organisation_id,
        "parent": one.parent_id,
        "region": one.region_id,
    }


# ---------------------------------------------------------------- feeders and transformers
@feeders.get("", response={200: shapes.Feeders, **REFUSED})
def list_feeders(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The feeders and mains that you see."""
    return page(queries.feeders(request.auth), after, limit, _feeder)  # type: ignore[attr-defined]


@feeders.get("/{uuid:id_}", response={200: shapes.FeederOut, **REFUSED})
def show_feeder(request: HttpRequest, id_: UUID) -> Any:
    """One feeder."""
    return _feeder(queries.feeder(request.auth, id_))  # type: ignore[attr-defined]


@deed(feeders, "", gives=shapes.FeederOut, status=201)
def add_feeder(request: HttpRequest, asked: shapes.AddFeeder) -> Any:
    """Enter a feeder or main."""
    viewer = request.auth  # type: ignore[attr-defined]
    made = actions.add_feeder(
        viewer=viewer,
        organisation=_where(viewer, asked.organisation),
        utility=asked.utility,
        code=asked.code,
        name=asked.name,
        voltage_kv=_exact(asked.voltage_kv),
        capacity_kva=_exact(asked.capacity_kva),
        at=timezone.now(),
    )
    return _feeder(made)


def _feeder(one: Feeder) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("id", "utility", "code", "name")},
        "organisation": one.organisation_id,
        "voltage_kv": _text(one.voltage_kv),
        "capacity_kva": _text(one.capacity_kva),
    }


@transformers.get("", response={200: shapes.Transformers, **REFUSED})
def list_transformers(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The transformers that you see, with what is promised on each."""
    rows = queries.transformers(request.auth)  # type: ignore[attr-defined]
    found = page(rows, after, limit, lambda one: one)
    shown = rows.filter(pk__in=[one.pk for one in found["items"]])
    loads = {one.pk: load for one, load in queries.with_loads(shown)}
    return {**found, "items": [_transformer(one, loads[one.pk]) for one in found["items"]]}


@transformers.get("/{uuid:id_}", response={200: shapes.TransformerOut, **REFUSED})
def show_transformer(request: HttpRequest, id_: UUID) -> Any:
    """One transformer."""
    found = queries.transformer(request.auth, id_)  # type: ignore[attr-defined]
    return _transformer(found, queries.load(found))


@deed(transformers, "", gives=shapes.TransformerOut, status=201)
def add_transformer(request: HttpRequest, asked: shapes.AddTransformer) -> Any:
    """Enter a transformer."""
    viewer = request.auth  # type: ignore[attr-defined]
    made = actions.add_transformer(
        viewer=viewer,
        feeder=queries.feeder(viewer, asked.feeder),
        code=asked.code,
        name=asked.name,
        capacity_kva=Decimal(asked.capacity_kva),
        power_factor=Decimal(asked.power_factor),
        is_public=asked.is_public,
        place=queries.place(viewer, asked.place) if asked.place else None,
        at=timezone.now(),
    )
    return _transformer(made, queries.load(made))


def _transformer(one: Transformer, load: Any) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("id", "code", "name", "is_public")},
        "feeder": one.feeder_id,
        "place": one.place_id,
        "capacity_kva": str(one.capacity_kva),
        "power_factor": str(one.power_factor),
        "committed_kw": str(load.committed_kw),
        "usable_kw": str(load.usable_kw),
    }


# ---------------------------------------------------------------- usage points
@usage_points.get("", response={200: shapes.UsagePoints, **REFUSED})
def list_usage_points(
    request: HttpRequest,
    place: Annotated[UUID | None, Query(description="a place, with all that stands in it")] = None,
    after: After = "",
    limit: Limit = 50,
) -> Any:
    """The usage points that you see."""
    rows = queries.usage_points(request.auth)  # type: ignore[attr-defined]
    if place is not None:
        rows = rows.filter(place__ancestors__contains=[place])
    return page(rows, after, limit, _usage_point)


@usage_points.get("/{uuid:id_}", response={200: shapes.UsagePointOut, **REFUSED})
def show_usage_point(request: HttpRequest, id_: UUID) -> Any:
    """One usage point."""
    return _usage_point(queries.usage_point(request.auth, id_))  # type: ignore[attr-defined]


@deed(usage_points, "", gives=shapes.UsagePointOut, status=201)
def add_usage_point(request: HttpRequest, asked: shapes.AddUsagePoint) -> Any:
    """Enter where a place takes power or water."""
    viewer = request.auth  # type: ignore[attr-defined]
    made = actions.add_usage_point(
        viewer=viewer,
        place=queries.place(viewer, asked.place),
        utility=asked.utility,
        code=asked.code,
        capacity_kw=_exact(asked.capacity_kw),
        is_live=asked.is_live,
        feeder=queries.feeder(viewer, asked.feeder) if asked.feeder else None,
        transformer=queries.transformer(viewer, asked.transformer) if asked.transformer else None,
        at=timezone.now(),
    )
    return _usage_point(made)


def _usage_point(one: UsagePoint) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("id", "code", "utility", "is_live")},
        "place": one.place_id,
        "feeder": one.feeder_id,
        "transformer": one.transformer_id,
        "capacity_kw": _text(one.capacity_kw),
    }


def _where(viewer: Any, id_: UUID) -> Organisation:
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK)
    return parties.managed(viewer, "network.edit", id_, on=legal_day(timezone.now()))


def _exact(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


def _text(number: Decimal | None) -> str | None:
    return str(number) if number is not None else None
