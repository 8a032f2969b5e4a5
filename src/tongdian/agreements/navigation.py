"""Where the shell leads to in agreements; what they add to the pages of places and customers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongdian.agreements.pages.proposing import proposals_here
from tongdian.agreements.pages.sections import at_place, found_agreements, of_customer
from tongdian.network.sections import place_sections
from tongdian.parties.sections import customer_sections
from tongdian.shell.home import add_section
from tongdian.shell.navigation import NavigationEntry, register
from tongdian.shell.search import register as register_search

register(
    NavigationEntry(
        title=_("Agreements"),
        url_name="agreements",
        icon="file-text",
        order=115,
        permission="agreements.read",
        also=("agreement", "agreement-*"),
    )
)
register(
    NavigationEntry(
        title=_("Imports"),
        url_name="imports",
        icon="table",
        order=140,
        permission="agreements.import",
        also=("import", "import-*"),
    )
)


place_sections.add("agreements/at_place.html", at_place, order=10)
customer_sections.add("agreements/of_customer.html", of_customer, order=10)
add_section("agreements/home_proposals.html", proposals_here, order=2)
register_search(found_agreements, order=20)
