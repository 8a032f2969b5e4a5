"""Entering and changing places, feeders, transformers and usage points."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.bigrams import bigrams
from tongdian.network.models import Feeder, Place, Transformer, UsagePoint
from tongdian.network.queries import load
from tongdian.network.rules import (
    EDIT_NETWORK,
    STANDS_IN,
    TOP,
    CodeTaken,
    DoesNotStandThere,
    InsideItself,
    NotPositive,
    OtherOrganisation,
    OtherUtility,
    StillUsed,
)
from tongdian.parties.models import Organisation, Region
from tongdian.policy.words import Words


@transaction.atomic
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
    """Enter a place. Raises NotAllowed, CodeTaken, DoesNotStandThere, OtherOrganisation."""
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK, organisation)
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
    _code_is_free(Place, code=code, organisation=organisation)
    place.ancestors = [*(parent.ancestors if parent else []), place.id]
    place.pairs = bigrams(name, code, address)
    place.save(force_insert=True)
    _record(viewer, "add-place", place, at, kind=kind, code=code, name=name)
    return place


@transaction.atomic
def change_place(
    *,
    viewer: Any,
    place: Place,
    kind: str,
    code: str,
    name: str,
    at: datetime,
    parent: Place | None,
    region: Region,
    address: str = "",
) -> Place:
    """Correct a place, or move it with all its parts. Raises what `add_place` does, InsideItself."""
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK, place.organisation)
    place = Place.objects.select_for_update(of=("self",)).get(pk=place.pk)
    before = {"kind": place.kind, "code": place.code, "name": place.name}
    moved = place.parent_id != (parent.pk if parent else None)
    if parent is not None and place.id in parent.ancestors:
        raise InsideItself(name=place.name)
    place.kind, place.code, place.name = kind, code, name
    place.parent, place.region, place.address = parent, region, address
    _must_stand(place)
    for part in place.parts.all():
        part.parent = place
        _must_stand(part)
    _code_is_free(Place, but=place, code=code, organisation=place.organisation)
    place.pairs = bigrams(name, code, address)
    if moved:
        _move(place, [*(parent.ancestors if parent else []), place.id])
    place.save()
    _record(viewer, "change-place", place, at, before=before, kind=kind, code=code, name=name)
    return place


def _move(place: Place, ancestors: list[Any]) -> None:
    parts = list(Place.objects.filter(ancestors__contains=[place.id]).exclude(pk=place.pk))
    for part in parts:
        part.ancestors = [*ancestors, *part.ancestors[part.ancestors.index(place.id) + 1 :]]
    Place.objects.bulk_update(parts, ["ancestors"], batch_size=1_000)
    place.ancestors = ancestors


@transaction.atomic
def remove_place(*, viewer: Any, place: Place, at: datetime) -> None:
    """Take away a place entered by mistake. Raises NotAllowed, StillUsed."""
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK, place.organisation)
    _remove(viewer, "remove-place", place, at)


@transaction.atomic
def add_feeder(
    *,
    viewer: Any,
    organisation: Organisation,
    utility: str,
    code: str,
    name: str,
    at: datetime,
    voltage_kv: Decimal | None = None,
    capacity_kva: Decimal | None = None,
    is_demo: bool = False,
) -> Feeder:
    """Enter a feeder or main. Raises NotAllowed, CodeTaken."""
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK, organisation)
    _code_is_free(Feeder, code=code, organisation=organisation)
    feeder = Feeder.objects.create(
        organisation=organisation,
        utility=utility,
        code=code,
        name=name,
        voltage_kv=voltage_kv,
        capacity_kva=capacity_kva,
        is_demo=is_demo,
    )
    _record(viewer, "add-feeder", feeder, at, code=code, name=name, utility=utility)
    return feeder


@transaction.atomic
def change_feeder(
    *,
    viewer: Any,
    feeder: Feeder,
    code: str,
    name: str,
    at: datetime,
    voltage_kv: Decimal | None = None,
    capacity_kva: Decimal | None = None,
) -> Feeder:
    """Correct a feeder. Raises NotAllowed, CodeTaken."""
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK, feeder.organisation)
    _code_is_free(Feeder, but=feeder, code=code, organisation=feeder.organisation)
    before = {"code": feeder.code, "name": feeder.name}
    feeder.code, feeder.name = code, name
    feeder.voltage_kv, feeder.capacity_kva = voltage_kv, capacity_kva
    feeder.save()
    _record(viewer, "change-feeder", feeder, at, before=before, code=code, name=name)
    return feeder


@transaction.atomic
def remove_feeder(*, viewer: Any, feeder: Feeder, at: datetime) -> None:
    """Take away a feeder entered by mistake. Raises NotAllowed, StillUsed."""
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK, feeder.organisation)
    _remove(viewer, "remove-feeder", feeder, at)


@transaction.atomic
def add_transformer(
    *,
    viewer: Any,
    feeder: Feeder,
    code: str,
    name: str,
    capacity_kva: Decimal,
    at: datetime,
    power_factor: Decimal = Decimal("0.9"),
    place: Place | None = None,
    is_public: bool = True,
    is_demo: bool = False,
) -> Transformer:
    """Enter a transformer. Raises NotAllowed, CodeTaken, NotPositive, OtherUtility."""
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK, feeder.organisation)
    if feeder.utility != "power":
        raise OtherUtility(name=feeder.name)
    if capacity_kva <= 0:
        raise NotPositive
    _same_organisation(place, feeder.organisation)
    _code_is_free(Transformer, code=code, feeder=feeder)
    transformer = Transformer.objects.create(
        feeder=feeder,
        place=place,
        code=code,
        name=name,
        capacity_kva=capacity_kva,
        power_factor=power_factor,
        is_public=is_public,
        is_demo=is_demo,
    )
    _record(viewer, "add-transformer", transformer, at, code=code, name=name, kva=str(capacity_kva))
    return transformer


@transaction.atomic
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

    Raises NotAllowed, CodeTaken, NotPositive, OtherOrganisation, NotEnoughCapacity.
    """
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK, transformer.feeder.organisation)
    transformer = Transformer.objects.select_for_update(of=("self",)).get(pk=transformer.pk)
    if capacity_kva <= 0:
        raise NotPositive
    _same_organisation(place, transformer.feeder.organisation)
    _code_is_free(Transformer, but=transformer, code=code, feeder=transformer.feeder)
    before = {"kva": str(transformer.capacity_kva), "code": transformer.code}
    smaller = capacity_kva * power_factor < transformer.capacity_kva * transformer.power_factor
    transformer.capacity_kva, transformer.power_factor = capacity_kva, power_factor
    if smaller:  # what is promised too much already is no reason against enlarging
        load(transformer).must_hold(Decimal(0), transformer=name)
    transformer.code, transformer.name = code, name
    transformer.place, transformer.is_public = place, is_public
    transformer.save()
    _record(viewer, "change-transformer", transformer, at, before=before, kva=str(capacity_kva))
    return transformer


@transaction.atomic
def remove_transformer(*, viewer: Any, transformer: Transformer, at: datetime) -> None:
    """Take away a transformer entered by mistake. Raises NotAllowed, StillUsed."""
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK, transformer.feeder.organisation)
    _remove(viewer, "remove-transformer", transformer, at)


@transaction.atomic
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

    Raises NotAllowed, CodeTaken, NotPositive, OtherUtility, OtherOrganisation, NotEnoughCapacity.
    """
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK, place.organisation)
    _code_is_free(UsagePoint, code=code)
    point = UsagePoint(place=place, utility=utility, code=code, is_live=is_live, is_demo=is_demo)
    connect(point, feeder=feeder, transformer=transformer, capacity_kw=capacity_kw)
    point.save(force_insert=True)
    _record(viewer, "add-usage-point", point, at, code=code, utility=utility, kw=str(capacity_kw))
    return point


@transaction.atomic
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
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK, point.place.organisation)
    point = UsagePoint.objects.select_for_update(of=("self",)).get(pk=point.pk)
    _code_is_free(UsagePoint, but=point, code=code)
    before = {"code": point.code, "kw": str(point.capacity_kw), "live": point.is_live}
    point.code, point.is_live = code, is_live
    connect(point, feeder=feeder, transformer=transformer, capacity_kw=capacity_kw)
    point.save()
    _record(viewer, "change-usage-point", point, at, before=before, code=code, kw=str(capacity_kw))
    return point


@transaction.atomic
def remove_usage_point(*, viewer: Any, point: UsagePoint, at: datetime) -> None:
    """Take away a usage point entered by mistake. Raises NotAllowed, StillUsed."""
    must_be_allowed(viewer, "network.edit", EDIT_NETWORK, point.place.organisation)
    _remove(viewer, "remove-usage-point", point, at)


@transaction.atomic
def promise_capacity(*, viewer: Any, point: UsagePoint, capacity_kw: Decimal, at: datetime) -> None:
    """What an agreement promises at a point, as far as its transformer can give it.

    For agreements, which ask for their own permission. Raises NotPositive, NotEnoughCapacity.
    """
    point = UsagePoint.objects.select_for_update(of=("self",)).get(pk=point.pk)
    if point.capacity_kw == capacity_kw:
        return
    before = point.capacity_kw
    connect(point, feeder=point.feeder, transformer=point.transformer, capacity_kw=capacity_kw)
    point.save(update_fields=["capacity_kw"])
    _record(viewer, "promise-capacity", point, at, before=str(before), kw=str(capacity_kw))


@transaction.atomic
def make_live(*, viewer: Any, point: UsagePoint, is_live: bool, at: datetime) -> None:
    """Say that a point is supplied now, or no longer. For effects, which ask for permission."""
    UsagePoint.objects.filter(pk=point.pk).update(is_live=is_live)
    _record(viewer, "make-live" if is_live else "make-dead", point, at)


def connect(
    point: UsagePoint, *, feeder: Feeder | None, transformer: Transformer | None, capacity_kw: Decimal | None
) -> None:
    """Feed a point, unsaved, with so much; the transformer's row stays locked meanwhile."""
    if capacity_kw is not None and capacity_kw <= 0:
        raise NotPositive
    if transformer is not None:
        if point.utility != "power":
            raise OtherUtility(name=transformer.name)
        transformer = Transformer.objects.select_for_update(of=("self",)).get(pk=transformer.pk)
        feeder = transformer.feeder
        same = point.transformer_id == transformer.pk
        grows = not same or (capacity_kw or 0) > (point.capacity_kw or 0)
        if capacity_kw is not None and grows:
            known = load(transformer, but=point)
            known.must_hold(capacity_kw, transformer=transformer.name)
    if feeder is not None:
        if feeder.utility != point.utility:
            raise OtherUtility(name=feeder.name)
        if feeder.organisation_id not in {point.place.organisation_id, *_above(point)}:
            raise OtherOrganisation(name=feeder.name, organisation=feeder.organisation.name)
    point.feeder, point.transformer, point.capacity_kw = feeder, transformer, capacity_kw


def _above(point: UsagePoint) -> list[Any]:
    return point.place.organisation.ancestors


def _same_organisation(place: Place | None, organisation: Organisation) -> None:
    if place is not None and place.organisation_id != organisation.pk:
        raise OtherOrganisation(name=place.name, organisation=place.organisation.name)


def _must_stand(place: Place) -> None:
    parent = place.parent
    if parent is not None and parent.organisation_id != place.organisation_id:
        raise OtherOrganisation(name=parent.name, organisation=parent.organisation.name)
    if (parent.kind if parent else TOP) not in STANDS_IN[place.kind]:
        there = parent.name if parent else Words("最上级", "the top")
        raise DoesNotStandThere(kind=Place.Kind(place.kind).label, parent=there)


def _code_is_free(model: type[Model], *, but: Model | None = None, **code: Any) -> None:
    rows = model._default_manager.filter(**code)
    taken = (rows.exclude(pk=but.pk) if but is not None else rows).first()
    if taken is not None:
        raise CodeTaken(code=code["code"], name=str(taken))


def _remove(viewer: Any, action: str, thing: Model, at: datetime) -> None:
    used = [
        f"{relation.related_model._meta.verbose_name_plural} ({count})"
        for relation in thing._meta.related_objects
        if (count := relation.related_model._default_manager.filter(**{relation.field.name: thing}).count())
    ]
    if used:
        raise StillUsed(name=str(thing), what=used)
    _record(viewer, action, thing, at, name=str(thing))
    thing.delete()


def _record(viewer: Any, action: str, thing: Model, at: datetime, **payload: Any) -> None:
    subject = f"{thing._meta.model_name}:{thing.pk}"
    record(actor=viewer.actor, action=action, subject=subject, payload=payload, at=at)
