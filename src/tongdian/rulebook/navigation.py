"""Where the shell leads to in the rulebook, and what the home page says of it."""

from django.utils.translation import gettext_lazy as _

from tongdian.rulebook import health  # noqa: F401, registers its parts
from tongdian.rulebook.pages.finding import found_here
from tongdian.rulebook.pages.glance import changes_here, coverage_here, missing_year_here, to_confirm_here
from tongdian.shell.home import add_section
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.shell.search import register as register_search

register(
    NavigationEntry(
        title=_("Regulations"),
        url_name="packs",
        icon="book",
        order=210,
        on_phone=True,
        also=("pack", "chapter", "clause", "rule", "why", "coverage", "official-text"),
    )
)
register(
    NavigationEntry(
        title=_("Interpretations"),
        url_name="to-confirm",
        icon="scale",
        order=220,
        also=("interpretations", "interpretation"),
    )
)
register(NavigationEntry(title=_("Differences"), url_name="differences", icon="git-compare", order=230))
register(
    NavigationEntry(
        title=_("Calendar"),
        url_name="calendar",
        icon="calendar",
        order=240,
        on_phone=True,
        also=("calendar-change", "calendar-year"),
    )
)

add_section("rulebook/home_year.html", missing_year_here, order=-1)
add_section("rulebook/home_confirm.html", to_confirm_here, order=10)
add_section("rulebook/home_coverage.html", coverage_here, order=20)
add_section("rulebook/home_changes.html", changes_here, order=30)
register_search(found_here, order=40)
