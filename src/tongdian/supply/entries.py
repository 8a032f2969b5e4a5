"""What is asked of stops, with the links to what is stopped."""

from tongdian.network.models import UsagePoint
from tongdian.network.queries import usage_points
from tongdian.network.rules import NoSuchPlace
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields
from tongdian.registers.links import Link
from tongdian.supply.fields import REASON

ARREARS_STOP = Fields(
    Link(
        "point",
        Words("用电（水）点编号", "Usage point code"),
        to=UsagePoint,
        among=lambda scope: usage_points(scope.viewer),
        unknown=NoSuchPlace,
        example="YS-M3-E",
    ),
    REASON,
)
