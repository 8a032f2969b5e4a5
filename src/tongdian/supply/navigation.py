"""Where the shell leads to in supply; what it adds to the page of a place."""

from django.utils.translation import gettext_lazy as _

from tongdian.network.sections import place_sections
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.supply.rules import READ
from tongdian.supply.sections import hours_at

register(
    NavigationEntry(title=_("Duty room"), url_name="duty-room", icon="bolt", order=121, permission=READ.name)
)
register(
    NavigationEntry(
        title=_("Permits"),
        url_name="permits",
        icon="check",
        order=122,
        permission=READ.name,
        also=("permit", "permit-*"),
    )
)
register(
    NavigationEntry(
        title=_("The school's days"),
        url_name="school-facts",
        icon="calendar",
        order=123,
        permission=READ.name,
        also=("school-fact-*", "school-day*", "place-timetable*"),
    )
)
place_sections.add("supply/at_place.html", hours_at, order=3)
