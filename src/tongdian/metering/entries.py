"""What is entered of meters: fields and links, in order."""

from collections.abc import Callable
from dataclasses import replace

from tongdian.metering import fields, queries
from tongdian.metering.rules import EDIT, STANDARD_METHODS, STANDARD_REASONS
from tongdian.network.entries import of_the_organisation
from tongdian.network.models import UsagePoint
from tongdian.network.queries import usage_points
from tongdian.network.rules import NoSuchPlace
from tongdian.parties.links import organisation_link
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields, Scope
from tongdian.registers.links import Link
from tongdian.registers.sorts import Choices, Selection, Text, Truth

METER = fields.METER.adding(organisation_link(EDIT.name))


def _point(name: str, title: Words) -> Link:
    """A usage point of the same organisation."""
    return Link(
        name,
        title,
        to=UsagePoint,
        among=lambda scope: of_the_organisation(usage_points(scope.viewer), "place__organisation", scope),
        unknown=NoSuchPlace,
        example="YS-M3-E",
    )


POINT = _point("usage_point", Words("用电（水）点编号", "Code of the usage point"))
INSTALLATION = Fields(POINT, fields.ON, fields.VALUE)
BEHIND = Fields(
    _point("master", Words("总表的用电（水）点编号", "Code of the master's usage point")), fields.ON
)
NO_LONGER = Fields(fields.ON)
VIRTUAL = fields.VIRTUAL.adding(organisation_link(EDIT.name))
COUNTING = Fields(
    POINT,
    Truth("is_taken_away", Words("减去（否则相加）", "Taken away (else added)"), default=False),
    fields.ON,
)
LEAVING_OUT = Fields(POINT, fields.ON)
ROUTE = fields.ROUTE.adding(organisation_link(EDIT.name))
ON_ROUTE = OFF_ROUTE = Fields(POINT)


def _offered(column: str, otherwise: Choices) -> Callable[[Scope], Choices]:
    """What the pack that says how an organisation's meters are read has in one of its tables; else what
    NEM12 has."""

    def choices(scope: Scope) -> Choices:
        if scope.organisation is None or scope.on is None:
            return otherwise
        return queries.words_of(scope.organisation, scope.on, column) or otherwise

    return choices


METHOD = Selection(
    "method",
    Words("估算或替代的方法", "How it was found"),
    of=_offered("method", STANDARD_METHODS),
    optional=True,
    note=Words("只用于不是从表上抄得的示数。", "Only for what was not read on the meter."),
)
MISSED = Selection(
    "missed",
    Words("未能抄表的原因", "Why it was not read"),
    of=_offered("reason", STANDARD_REASONS),
    optional=True,
    note=Words("估算或替代时填写。", "For an estimated or substituted reading."),
)
READING = Fields(fields.ON, fields.VALUE, fields.QUALITY, fields.TURNED, METHOD, MISSED, fields.REASON)
FILLING = Fields(
    fields.ON,
    Selection(
        "method",
        METHOD.title,
        of=lambda scope: queries.filled_by(scope.organisation, scope.on),
        example="按前次用量",
    ),
    replace(MISSED, optional=False, note=Words("", "")),
)
REMOVAL = Fields(fields.ON, fields.VALUE, Text("reason", Words("拆除原因", "Why it is removed"), most=200))
