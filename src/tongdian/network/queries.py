"""Places and the network as a viewer sees them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, DecimalField, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from tongdian.bigrams import stands_in
from tongdian.network.models import Feeder, Place, Transformer, UsagePoint
from tongdian.network.rules import Load, NoSuchPlace
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import seen
from tongdian.parties.queries import shares_line
from tongdian.spoken import natural

NOTHING = Decimal(0)
SHORTEST = 2  # characters that a place is looked for by


def places(viewer: Any) -> QuerySet[Place]:
    """Every place that the viewer sees."""
    return Place.objects.filter(seen(viewer, "network.read", region="region")).select_related(
        "organisation", "parent"
    )


def place(viewer: Any, id_: UUID | str) -> Place:
    """One place. Raises NoSuchPlace."""
    found = places(viewer).filter(pk=id_).first()
    if found is None:
        raise NoSuchPlace
    return found


def tops(viewer: Any) -> list[Place]:
    """The places that stand by themselves, with the number of parts each has."""
    return _with_parts(places(viewer).filter(parent=None))


def parts(viewer: Any, whole: Place) -> list[Place]:
    """What stands in a place, 2 号 before 10 号, with the number of parts each has."""
    return _with_parts(places(viewer).filter(parent=whole))


def way_to(place: Place) -> list[Place]:
    """The places that it stands in, the outermost first."""
    above = Place.objects.in_bulk([id_ for id_ in place.ancestors if id_ != place.id])
    return [above[id_] for id_ in place.ancestors if id_ in above]


def find_places(viewer: Any, text: str, *, limit: int = 50) -> list[Place]:
    """Places by two characters or more of the name, code or address; the closest first."""
    rows = places(viewer).filter(stands_in(text))[: limit * 4]
    typed = "".join(text.split()).casefold()

    def distance(one: Place) -> tuple[bool, bool, Any]:
        name = "".join(one.name.split()).casefold()
        return one.code.casefold() != typed, typed not in name, natural(one.name)

    return sorted(rows, key=distance)[:limit]


def find_places_of(viewer: Any, organisation: Organisation, text: str, *, limit: int) -> list[Place]:
    """The closest places by a text, of an organisation and of those above and below it."""
    found = find_places(viewer, text, limit=limit * 4) if text.strip() else []
    return [one for one in found if shares_line(one.organisation, organisation)][:limit]


def places_described(viewer: Any, organisation: Organisation, text: str, *, limit: int) -> list[Place]:
    """The closest places by somebody's own words, as far as they go: of 学术报告厅二楼东侧 what 学术报告厅 finds, where
    nothing has the whole. What a text finds, a shorter beginning of it finds too, so half is tried after half."""
    found = find_places_of(viewer, organisation, text, limit=limit)
    shortest, longest = SHORTEST, 0 if found else len(text) - 1
    while shortest <= longest:
        half = (shortest + longest + 1) // 2
        closer = find_places_of(viewer, organisation, text[:half], limit=limit)
        if closer:
            found, shortest = closer, half + 1
        else:
            longest = half - 1
    return found


def usage_points(viewer: Any) -> QuerySet[UsagePoint]:
    """Every usage point at a place that the viewer sees."""
    wanted = seen(viewer, "network.read", organisation="place__organisation", region="place__region")
    return UsagePoint.objects.filter(wanted).select_related(
        "place", "place__organisation", "feeder", "transformer"
    )


def points_at(viewer: Any, place: Place) -> list[UsagePoint]:
    """The usage points of one place itself."""
    return sorted(usage_points(viewer).filter(place=place), key=lambda point: natural(point.code))


def feeders(viewer: Any) -> QuerySet[Feeder]:
    """Every feeder and main that the viewer sees."""
    return Feeder.objects.filter(seen(viewer, "network.read")).select_related("organisation")


def transformers(viewer: Any) -> QuerySet[Transformer]:
    """Every transformer that the viewer sees."""
    return Transformer.objects.filter(
        seen(viewer, "network.read", organisation="feeder__organisation")
    ).select_related("feeder", "feeder__organisation", "place")


def with_loads(rows: QuerySet[Transformer]) -> list[tuple[Transformer, Load]]:
    """Transformers, each with what is promised on it and what is free, by feeder and code."""
    money_like = DecimalField(max_digits=16, decimal_places=2)
    counted = rows.annotate(
        committed=Coalesce(Sum("usage_points__capacity_kw"), NOTHING, output_field=money_like),
        points=Count("usage_points"),
        unstated=Count("usage_points", filter=Q(usage_points__capacity_kw=None)),
    )
    found = [
        (row, Load(row.capacity_kva, row.power_factor, row.committed, row.points, row.unstated))
        for row in counted
    ]
    return sorted(found, key=lambda pair: (natural(pair[0].feeder.code), natural(pair[0].code)))


def load(transformer: Transformer, *, but: UsagePoint | None = None) -> Load:
    """What is promised on a transformer now, without one usage point if `but` names it."""
    points = UsagePoint.objects.filter(transformer=transformer)
    if but is not None:
        points = points.exclude(pk=but.pk)
    counted = points.aggregate(
        committed=Sum("capacity_kw"), points=Count("id"), unstated=Count("id", filter=Q(capacity_kw=None))
    )
    return Load(
        transformer.capacity_kva,
        transformer.power_factor,
        counted["committed"] or NOTHING,
        counted["points"],
        counted["unstated"],
    )


def _with_parts(rows: QuerySet[Place]) -> list[Place]:
    counted = rows.annotate(part_count=Count("parts"))
    return sorted(counted, key=lambda place: (place.organisation.name, natural(place.name)))
