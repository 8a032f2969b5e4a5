"""Where the shell leads to in cases."""

from django.utils.translation import gettext_lazy as _

from tongdian.cases import health  # noqa: F401, registers its parts
from tongdian.cases.pages.claiming import works_cases
from tongdian.cases.pages.home import supervised_here, work_here
from tongdian.cases.pages.sections import at_place, found_cases, of_customer
from tongdian.network.sections import place_sections
from tongdian.parties.sections import customer_sections
from tongdian.shell.home import add_section
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.shell.search import register as register_search

register(
    NavigationEntry(
        title=_("Cases"),
        url_name="cases",
        icon="folder",
        order=5,
        permission="cases.read",
        on_phone=True,
        also=("case", "case-*"),
    )
)

register(
    NavigationEntry(
        title=_("Claims that wait"),
        url_name="claims",
        icon="flag",
        order=6,
        permission="cases.countersign",
        opens=works_cases,
    )
)

register(
    NavigationEntry(
        title=_("Force majeure"),
        url_name="force-majeure",
        icon="alert-triangle",
        order=7,
        permission="cases.open",
    )
)

add_section("cases/home_work.html", work_here, order=2)
add_section("cases/home_counts.html", supervised_here, order=3)
place_sections.add("cases/section.html", at_place, order=20)
customer_sections.add("cases/section.html", of_customer, order=10)
register_search(found_cases, order=10)
