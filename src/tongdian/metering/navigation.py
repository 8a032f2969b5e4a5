"""Where the shell leads to in metering; what it adds to the page of a place."""

from django.utils.translation import gettext_lazy as _

from tongdian.metering.pages.own import of_customer
from tongdian.metering.registers import METERS
from tongdian.metering.sections import meters_at
from tongdian.network.sections import place_sections
from tongdian.parties.sections import customer_sections
from tongdian.registers.pages.finding import found_in
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.shell.search import register as register_search

register(
    NavigationEntry(
        title=_("Meters"),
        url_name="meters",
        icon="gauge",
        order=127,
        permission="metering.read",
        also=("meter", "meter-*"),
    )
)
register(
    NavigationEntry(
        title=_("Routes of reading"),
        url_name="reading-routes",
        icon="calendar",
        order=128,
        permission="metering.read",
        also=("reading-route", "reading-route-*"),
    )
)
register(
    NavigationEntry(
        title=_("Virtual meters"),
        url_name="virtual-meters",
        icon="scale",
        order=129,
        permission="metering.read",
        also=("virtual-meter", "virtual-meter-*"),
    )
)
customer_sections.add("metering/of_customer.html", of_customer, order=7)
place_sections.add("metering/at_place.html", meters_at, order=5)
register_search(found_in(METERS), order=32)
