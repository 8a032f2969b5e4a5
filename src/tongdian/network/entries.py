"""What is entered of places, feeders, transformers and usage points: fields and links, in order."""

from typing import Any

from django.db.models import QuerySet

from tongdian.network import fields, queries
from tongdian.network.models import Feeder, Place, Transformer
from tongdian.network.rules import EDIT, NoSuchPlace
from tongdian.parties.links import organisation_link
from tongdian.parties.models import Region
from tongdian.policy.words import Words
from tongdian.registers.fields import Scope
from tongdian.registers.links import Link


def of_the_organisation(rows: QuerySet[Any], path: str, scope: Scope) -> QuerySet[Any]:
    """Of what the viewer sees, what an organisation has."""
    return rows if scope.organisation is None else rows.filter(**{path: scope.organisation})


def _and_above(rows: QuerySet[Any], path: str, scope: Scope) -> QuerySet[Any]:
    """Of what the viewer sees, what an organisation and those above it have."""
    return (
        rows if scope.organisation is None else rows.filter(**{f"{path}__in": scope.organisation.ancestors})
    )


def _place(name: str, title: Words, **more: Any) -> Link:
    """A place of the same organisation."""
    return Link(
        name,
        title,
        to=Place,
        among=lambda scope: of_the_organisation(queries.places(scope.viewer), "organisation", scope),
        unknown=NoSuchPlace,
        what=Words("地点", "place"),
        **{"column": Words("地点编号", "Place code"), **more},
    )


ORGANISATION = organisation_link(EDIT.name)

PLACE = fields.PLACE.adding(
    _place(
        "parent",
        Words("上级地点（填编号）", "Stands in (its code)"),
        column=Words("上级地点编号", "Code of what it stands in"),
        optional=True,
        example="YS",
        note=Words("留空：自成一处。", "Empty: it stands by itself."),
    ),
    after="name",
).adding(
    Link(
        "region",
        Words("行政区划代码", "Region (code of six digits)"),
        column=Words("行政区划代码", "Region code"),
        to=Region,
        among=lambda scope: Region.objects.all(),
        unknown=NoSuchPlace,
        what=Words("行政区划", "region"),
        optional=True,
        example="450311",
        note=Words("留空：同上级。", "Empty: as what it stands in."),
    ),
    ORGANISATION,
)
FEEDER = fields.FEEDER.adding(ORGANISATION)
TRANSFORMER = fields.TRANSFORMER.adding(
    Link(
        "feeder",
        Words("线路或干管", "Feeder or main"),
        column=Words("线路编号", "Feeder code"),
        to=Feeder,
        among=lambda scope: of_the_organisation(queries.feeders(scope.viewer), "organisation", scope),
        unknown=NoSuchPlace,
        what=Words("线路", "feeder"),
        fixed=True,
        example="F1",
    ),
    after="code",
).adding(
    _place(
        "place",
        Words("所在地点", "Stands at"),
        optional=True,
        example="YS-1",
        note=Words("填地点编号。", "The code of the place."),
    ),
    after="power_factor",
)
USAGE_POINT = fields.USAGE_POINT.adding(
    _place("place", Words("地点", "Place"), fixed=True, example="YS-M3"), after="code"
).adding(
    Link(
        "transformer",
        Words("变压器", "Transformer"),
        column=Words("变压器编号", "Transformer code"),
        to=Transformer,
        among=lambda scope: _and_above(queries.transformers(scope.viewer), "feeder__organisation", scope),
        unknown=NoSuchPlace,
        optional=True,
        picks=True,
        example="T1",
    ),
    Link(
        "feeder",
        Words("线路或干管", "Feeder or main"),
        column=Words("线路或干管编号", "Feeder or main code"),
        to=Feeder,
        among=lambda scope: _and_above(queries.feeders(scope.viewer), "organisation", scope),
        unknown=NoSuchPlace,
        what=Words("线路", "feeder"),
        optional=True,
        picks=True,
        example="F1",
        note=Words(
            "经变压器供电的，以变压器所接线路为准。",
            "Of a point behind a transformer, it is the transformer's.",
        ),
    ),
    after="utility",
)
