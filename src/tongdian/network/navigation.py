"""Where the shell leads to in the network."""

from django.utils.translation import gettext_lazy as _

from tongdian.network.queries import find_places
from tongdian.network.registers import FEEDERS, PLACES, TRANSFORMERS, USAGE_POINTS
from tongdian.registers.pages.finding import found_in
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.shell.search import register as register_search

register(
    NavigationEntry(
        title=_("Places"),
        url_name="places",
        icon="route",
        order=120,
        permission="network.read",
        also=("place", "place-*", "usage-point-*"),
    )
)
register(
    NavigationEntry(
        title=_("Network and capacity"),
        url_name="network",
        icon="bolt",
        order=125,
        permission="network.read",
        also=("feeder-*", "transformer", "transformer-*"),
    )
)
register_search(found_in(PLACES, find_places), order=30)
for _register in (FEEDERS, TRANSFORMERS, USAGE_POINTS):
    register_search(found_in(_register), order=31)
