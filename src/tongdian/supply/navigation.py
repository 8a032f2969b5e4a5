"""Where the shell leads to in supply; what it adds to the pages of places, accounts and the home page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongdian.accounts.sections import account_sections, own_sections
from tongdian.network.sections import place_sections
from tongdian.shell.home import add_figure, add_section
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.supply.pages.stopping import own_at_home, own_stops, stops_of, supply_at
from tongdian.supply.rules import READ
from tongdian.supply.sections import being_restored, hours_at, may_approve

register(
    NavigationEntry(
        title=_("Stops of supply"),
        url_name="supply-stops",
        icon="player-pause",
        order=21,
        permission="supply.read",
        also=("supply-point*", "supply-stop-*", "supply-suspend"),
    )
)
register(
    NavigationEntry(
        title=_("Switches"),
        url_name="switches",
        icon="adjustments",
        order=129,
        permission="supply.read",
        also=("supply-switch-*", "switch-command*"),
    )
)
add_figure("supply-stops", _("Supplies to be restored"), being_restored, order=9)
place_sections.add("supply/at_place.html", supply_at, order=1)
account_sections.add("supply/of_account.html", stops_of, order=2)
own_sections.add("supply/own.html", own_stops, order=0)
add_section("supply/home_approvals.html", may_approve, order=1)
add_section("supply/own.html", own_at_home, order=-2)


register(
    NavigationEntry(
        title=_("Duty room"),
        url_name="duty-room",
        icon="bolt",
        order=121,
        permission=READ.name,
        for_units=True,
    )
)
register(
    NavigationEntry(
        title=_("Permits"),
        url_name="permits",
        icon="check",
        order=122,
        permission=READ.name,
        for_units=True,
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
        also=("school-fact-*", "place-timetable*"),
    )
)
register(
    NavigationEntry(
        title=_("Moved days"),
        url_name="school-days",
        icon="calendar",
        order=123,
        permission=READ.name,
        also=("school-day-*",),
    )
)
register(
    NavigationEntry(
        title=_("Course timetable"),
        url_name="lessons",
        icon="calendar",
        order=124,
        permission=READ.name,
        also=("lesson-*", "seat-count*"),
    )
)
place_sections.add("supply/hours_at_place.html", hours_at, order=3)
