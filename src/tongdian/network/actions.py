"""Entering and changing places, feeders, transformers and usage points."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model

from tongdian.audit_log.actions import record
from tongdian.bigrams import bigrams
from tongdian.network.entries import FEEDER, PLACE, TRANSFORMER, USAGE_POINT
from tongdian.network.models import Feeder, Place, Transformer, UsagePoint
from tongdian.network.queries import load
from tongdian.network.rules import (
    EDIT,
    InsideItself,
    OtherOrganisation,
    feeder_fits,
    must_stand_in,
    point_fits,
    still_holds,
    transformer_fits,
)
from tongdian.parties.models import Organisation, Region
from tongdian.registers.action import action, must_be_free, put, removal


@action("add-place", may=EDIT, within="organisation", fields=PLACE)
def add_place(
    *,
    viewer: Any,
    organisation: Organisation,
    kind: str,
    code: str,
    name: str,
    at: datetime,
    parent: Place | None = None,
    region: Region | None = None,
    address: str = "",
    is_demo: bool = False,
) -> Place:
    """Enter a place. Raises CodeTaken, DoesNotStandThere, OtherOrganisation."""
    place = Place(
        organisation=organisation,
        kind=kind,
        code=code,
        name=name,
        parent=parent,
        address=address,
        region=region or (parent.region if parent else organisation.region),
        is_demo=is_demo,
    )
    _must_stand(place)
    must_be_free(Place, code=code, organisation=organisation)
    place.ancestors = [*(parent.ancestors if parent else []), place.id]
    place.pairs = bigrams(name, code, address)
    place.save(force_insert=True)
    return place


@action("change-place", may=EDIT, within="place.organisation", fields=PLACE.changing, of="place")
def change_place(
    *,
    viewer: Any,
    place: Place,
    kind: str,
    code: str,
    name: str,
    at: datetime,
    parent: Place | None,
    region: Region | None,
    address: str = "",
) -> Place:
    """Correct a place, or move it with all its parts. Raises what `add_place` does, InsideItself."""
    moved = place.parent_id != (parent.pk if parent else None)
    if parent is not None and place.id in parent.ancestors:
        raise InsideItself(name=place.name).about("parent")
    place.kind, place.code, place.name = kind, code, name
    place.parent, place.address = parent, address
    place.region = region or (parent.region if parent else place.region)
    _must_stand(place)
    for part in place.parts.all():
        part.parent = place
        _must_stand(part)
    must_be_free(Place, but=place, code=code, organisation=place.organisation)
    if moved:
        _move(place, [*(parent.ancestors if parent else []), place.id])
    put(place, pairs=bigrams(name, code, address))
    return place


def _move(place: Place, ancestors: list[Any]) -> None:
    parts = list(Place.objects.filter(ancestors__contains=[place.id]).exclude(pk=place.pk))
    for part in parts:
        part.ancestors = [*ancestors, *part.ancestors[part.ancestors.index(place.id) + 1 :]]
    Place.objects.bulk_update(parts, ["ancestors"], batch_size=1_000)
    place.ancestors = ancestors


@action("add-feeder", may=EDIT, within="organisation", fields=FEEDER)
def add_feeder(
    *, viewer: Any, organisation: Organisation, code: str, at: datetime, is_demo: bool = False, **given: Any
) -> Feeder:
    """Enter a feeder or main. Raises CodeTaken, OnlyForPower."""
    feeder_fits(**given)
    must_be_free(Feeder, code=code, organisation=organisation)
    return Feeder.objects.create(organisation=organisation, code=code, is_demo=is_demo, **given)


@action("change-feeder", may=EDIT, within="feeder.organisation", fields=FEEDER.changing, of="feeder")
def change_feeder(*, viewer: Any, feeder: Feeder, code: str, at: datetime, **given: Any) -> Feeder:
    """Correct a feeder. Raises CodeTaken, OnlyForPower."""
    feeder_fits(utility=feeder.utility, **given)
    must_be_free(Feeder, but=feeder, code=code, organisation=feeder.organisation)
    put(feeder, code=code, **given)
    return feeder


@action("add-transformer", may=EDIT, within="feeder.organisation", fields=TRANSFORMER)
def add_transformer(
    *,
    viewer: Any,
    feeder: Feeder,
    code: str,
    at: datetime,
    place: Place | None = None,
    is_demo: bool = False,
    **given: Any,
) -> Transformer:
    """Enter a transformer. Raises CodeTaken, OtherUtility, OtherOrganisation."""
    transformer_fits(feeder=feeder, place=place)
    must_be_free(Transformer, code=code, feeder=feeder)
    return Transformer.objects.create(feeder=feeder, code=code, place=place, is_demo=is_demo, **given)


@action(
    "change-transformer",
    may=EDIT,
    within="transformer.feeder.organisation",
    of="transformer",
    fields=TRANSFORMER.changing,
)
def change_transformer(
    *,
    viewer: Any,
    transformer: Transformer,
    code: str,
    name: str,
    capacity_kva: Decimal,
    power_factor: Decimal,
    place: Place | None,
    is_public: bool,
    at: datetime,
) -> Transformer:
    """Correct, enlarge or exchange a transformer, never below what is promised on it.

    Raises CodeTaken, OtherOrganisation, TooSmallForPromises.
    """
    transformer_fits(feeder=transformer.feeder, place=place)
    must_be_free(Transformer, but=transformer, code=code, feeder=transformer.feeder)
    still_holds(load(transformer), capacity_kva=capacity_kva, power_factor=power_factor, name=name)
    put(
        transformer,
        code=code,
        name=name,
        capacity_kva=capacity_kva,
        power_factor=power_factor,
        place=place,
        is_public=is_public,
    )
    return transformer


@action("add-usage-point", may=EDIT, within="place.organisation", fields=USAGE_POINT)
def add_usage_point(
    *,
    viewer: Any,
    place: Place,
    utility: str,
    code: str,
    at: datetime,
    feeder: Feeder | None = None,
    transformer: Transformer | None = None,
    capacity_kw: Decimal | None = None,
    is_live: bool = False,
    is_demo: bool = False,
) -> UsagePoint:
    """Enter where a place takes power or water.

    Raises CodeTaken, OtherUtility, OtherOrganisation, NotEnoughCapacity.
    """
    must_be_free(UsagePoint, code=code)
    point = UsagePoint(place=place, utility=utility, code=code, is_live=is_live, is_demo=is_demo)
    connect(point, feeder=feeder, transformer=transformer, capacity_kw=capacity_kw)
    point.save(force_insert=True)
    return point


@action(
    "change-usage-point", may=EDIT, within="point.place.organisation", fields=USAGE_POINT.changing, of="point"
)
def change_usage_point(
    *,
    viewer: Any,
    point: UsagePoint,
    code: str,
    feeder: Feeder | None,
    transformer: Transformer | None,
    capacity_kw: Decimal | None,
    is_live: bool,
    at: datetime,
) -> UsagePoint:
    """Correct a usage point or feed it from elsewhere. Raises what `add_usage_point` does."""
    must_be_free(UsagePoint, but=point, code=code)
    connect(point, feeder=feeder, transformer=transformer, capacity_kw=capacity_kw)
    put(point, code=code, is_live=is_live)
    return point


remove_place = removal(change_place)
remove_feeder = removal(change_feeder)
remove_transformer = removal(change_transformer)
remove_usage_point = removal(change_usage_point)


@transaction.atomic
def promise_capacity(*, viewer: Any, point: UsagePoint, capacity_kw: Decimal, at: datetime) -> None:
    """What an agreement promises at a point, as far as its transformer can give it.

    For agreements, which ask for their own permission. Raises BadValue, NotEnoughCapacity.
    """
    capacity_kw = USAGE_POINT["capacity_kw"].checked(capacity_kw)
    point = UsagePoint.objects.select_for_update(of=("self",)).get(pk=point.pk)
    if point.capacity_kw == capacity_kw:
        return
    before = point.capacity_kw
    connect(point, feeder=point.feeder, transformer=point.transformer, capacity_kw=capacity_kw)
    point.save(update_fields=["capacity_kw"])
    _record(viewer, "promise-capacity", point, at, before=str(before), kw=str(capacity_kw))


def connect(
    point: UsagePoint, *, feeder: Feeder | None, transformer: Transformer | None, capacity_kw: Decimal | None
) -> None:
    """Feed a point, unsaved, with so much; the transformer's row stays locked meanwhile."""
    if transformer is not None:
        transformer = Transformer.objects.select_for_update(of=("self",)).get(pk=transformer.pk)
        feeder = transformer.feeder
    point_fits(place=point.place, utility=point.utility, feeder=feeder, transformer=transformer)
    if transformer is not None:
        same = point.transformer_id == transformer.pk
        grows = not same or (capacity_kw or 0) > (point.capacity_kw or 0)
        if capacity_kw is not None and grows:
            known = load(transformer, but=point)
            known.must_hold(capacity_kw, transformer=transformer.name)
    point.feeder, point.transformer, point.capacity_kw = feeder, transformer, capacity_kw


def _must_stand(place: Place) -> None:
    parent = place.parent
    if parent is not None and parent.organisation_id != place.organisation_id:
        other = OtherOrganisation(name=parent.name, organisation=parent.organisation.name)
        raise other.about("parent")
    must_stand_in(place.kind, parent)


def _record(viewer: Any, action: str, thing: Model, at: datetime, **payload: Any) -> None:
    subject = f"{thing._meta.model_name}:{thing.pk}"
    record(actor=viewer.actor, action=action, subject=subject, payload=payload, at=at)
