"""What is asked of stops, with the links to what is stopped."""

from dataclasses import replace

from tongdian.network.entries import of_the_organisation
from tongdian.network.models import UsagePoint
from tongdian.network.queries import usage_points
from tongdian.network.rules import NoSuchPlace
from tongdian.parties.links import organisation_link
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields
from tongdian.registers.links import Link
from tongdian.supply import fields
from tongdian.supply.fields import REASON
from tongdian.supply.rules import STOP

POINT = Link(
    "point",
    Words("用电（水）点编号", "Usage point code"),
    to=UsagePoint,
    among=lambda scope: of_the_organisation(usage_points(scope.viewer), "place__organisation", scope),
    unknown=NoSuchPlace,
    example="YS-M3-E",
)
ARREARS_STOP = Fields(POINT, REASON)
SWITCH = fields.SWITCH.adding(organisation_link(STOP.name), replace(POINT, name="usage_point", fixed=True))
