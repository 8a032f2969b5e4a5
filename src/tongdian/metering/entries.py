"""What is entered of meters: fields and links, in order."""

from tongdian.metering import fields
from tongdian.metering.rules import EDIT
from tongdian.network.entries import of_the_organisation
from tongdian.network.models import UsagePoint
from tongdian.network.queries import usage_points
from tongdian.network.rules import NoSuchPlace
from tongdian.parties.links import organisation_link
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields
from tongdian.registers.links import Link
from tongdian.registers.sorts import Text

METER = fields.METER.adding(organisation_link(EDIT.name))
INSTALLATION = Fields(
    Link(
        "usage_point",
        Words("用电（水）点编号", "Code of the usage point"),
        to=UsagePoint,
        among=lambda scope: of_the_organisation(usage_points(scope.viewer), "place__organisation", scope),
        unknown=NoSuchPlace,
        example="YS-M3-E",
    ),
    fields.ON,
    fields.VALUE,
)
REMOVAL = Fields(fields.ON, fields.VALUE, Text("reason", Words("拆除原因", "Why it is removed"), most=200))
